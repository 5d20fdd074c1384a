using System.Buffers;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Fairway.Catalog;
using NodaTime;
using NodaTime.Text;

namespace Fairway.Artifacts;

/// <summary>Something a build used: a repository at a commit, a base image, another artifact.</summary>
/// <param name="Uri">Where it is, such as <c>git+https://example.org/shop@refs/heads/main</c>. Without a password.</param>
/// <param name="Digests">Its digests by algorithm, such as <c>gitCommit</c> or <c>sha256</c>, in hex.</param>
public sealed record ResolvedDependency(string Uri, ImmutableSortedDictionary<string, string> Digests);

/// <summary>How an artifact was built.</summary>
/// <param name="Artifact">Its digest.</param>
/// <param name="Name">What it is called, such as the service.</param>
/// <param name="Invocation">The run that built it.</param>
public sealed record Provenance(string Artifact, string Name, string Invocation)
{
    /// <summary>Type of our builds: what the parameters mean.</summary>
    public const string BuildType = "https://fairway.dev/pipeline/v1";

    /// <summary>The program that built it, as SLSA names builders.</summary>
    public const string Builder = "https://fairway.dev/builder/v1";

    /// <summary>What people can set from outside, by name: pipeline, job, ref, inputs. Never a secret.</summary>
    public ImmutableSortedDictionary<string, string> Parameters { get; init; } = ImmutableSortedDictionary<string, string>.Empty;

    /// <summary>What it used.</summary>
    public ImmutableArray<ResolvedDependency> Dependencies { get; init; } = [];

    /// <summary>Version of the program.</summary>
    public string BuilderVersion { get; init; } = "0";

    /// <summary>When the run began.</summary>
    public Instant? StartedAt { get; init; }

    /// <summary>When it ended.</summary>
    public Instant? FinishedAt { get; init; }

    /// <summary>
    /// The in-toto Statement v1 with SLSA provenance v1 as its predicate (slsa.dev/spec/v1.0/provenance), as UTF-8 JSON. The same build gives the same bytes.
    /// </summary>
    public byte[] ToStatement()
    {
        var output = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(output, new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
        {
            json.WriteStartObject();
            json.WriteString("_type", InTotoStatement.Type);
            json.WriteStartArray("subject");
            json.WriteStartObject();
            json.WriteString("name", Name);
            json.WriteStartObject("digest");
            json.WriteString("sha256", ContentDigest.Hex(Artifact));
            json.WriteEndObject();
            json.WriteEndObject();
            json.WriteEndArray();
            json.WriteString("predicateType", InTotoStatement.SlsaProvenance);
            json.WriteStartObject("predicate");
            WriteDefinition(json);
            WriteDetails(json);
            json.WriteEndObject();
            json.WriteEndObject();
        }
        return output.WrittenSpan.ToArray();
    }

    private void WriteDefinition(Utf8JsonWriter json)
    {
        json.WriteStartObject("buildDefinition");
        json.WriteString("buildType", BuildType);
        json.WriteStartObject("externalParameters");
        foreach (var (name, value) in Parameters) json.WriteString(name, value);
        json.WriteEndObject();
        json.WriteStartArray("resolvedDependencies");
        foreach (var dependency in Dependencies)
        {
            json.WriteStartObject();
            json.WriteString("uri", dependency.Uri);
            json.WriteStartObject("digest");
            foreach (var (algorithm, hex) in dependency.Digests) json.WriteString(algorithm, hex);
            json.WriteEndObject();
            json.WriteEndObject();
        }
        json.WriteEndArray();
        json.WriteEndObject();
    }

    private void WriteDetails(Utf8JsonWriter json)
    {
        json.WriteStartObject("runDetails");
        json.WriteStartObject("builder");
        json.WriteString("id", Builder);
        json.WriteStartObject("version");
        json.WriteString("fairway", BuilderVersion);
        json.WriteEndObject();
        json.WriteEndObject();
        json.WriteStartObject("metadata");
        json.WriteString("invocationId", Invocation);
        if (StartedAt is { } started) json.WriteString("startedOn", InstantPattern.General.Format(started));
        if (FinishedAt is { } finished) json.WriteString("finishedOn", InstantPattern.General.Format(finished));
        json.WriteEndObject();
        json.WriteEndObject();
    }
}

/// <summary>What an in-toto statement says of whom.</summary>
/// <param name="Subjects">SHA-256 digests of the things that it is about, in hex.</param>
/// <param name="PredicateType">What it says.</param>
/// <param name="Builder">Who built it, for SLSA provenance; null otherwise.</param>
public sealed record InTotoStatement(ImmutableArray<string> Subjects, string PredicateType, string? Builder)
{
    /// <summary>The statement's type (in-toto Attestation Framework, Statement v1).</summary>
    public const string Type = "https://in-toto.io/Statement/v1";

    /// <summary>The predicate's type of SLSA provenance v1.</summary>
    public const string SlsaProvenance = "https://slsa.dev/provenance/v1";

    /// <summary>The payload's type in an envelope.</summary>
    public const string PayloadType = "application/vnd.in-toto+json";

    /// <summary>Reads a statement.</summary>
    /// <exception cref="FormatException">It is none.</exception>
    public static InTotoStatement Read(ReadOnlyMemory<byte> utf8)
    {
        try
        {
            using var document = JsonDocument.Parse(utf8, new() { MaxDepth = 64 });
            var root = document.RootElement;
            if (root.GetProperty("_type").GetString() != Type) throw new FormatException("it is no in-toto Statement v1");
            var subjects = ImmutableArray.CreateBuilder<string>();
            foreach (var subject in root.GetProperty("subject").EnumerateArray())
                if (subject.GetProperty("digest").TryGetProperty("sha256", out var hex) && hex.GetString() is { } digest) subjects.Add(digest);
            return new(subjects.ToImmutable(), root.GetProperty("predicateType").GetString() ?? "", BuilderOf(root));
        }
        catch (Exception malformed) when (malformed is JsonException or KeyNotFoundException or InvalidOperationException)
        {
            throw new FormatException($"it is no in-toto statement: {malformed.Message}", malformed);
        }
    }

    private static string? BuilderOf(JsonElement root)
        => root.TryGetProperty("predicate", out var predicate) && predicate.ValueKind == JsonValueKind.Object && predicate.TryGetProperty("runDetails", out var run)
            && run.ValueKind == JsonValueKind.Object && run.TryGetProperty("builder", out var builder) && builder.ValueKind == JsonValueKind.Object
            && builder.TryGetProperty("id", out var id) && id.ValueKind == JsonValueKind.String ? id.GetString() : null;
}
