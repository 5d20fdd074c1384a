using NodaTime;

namespace Fairway.Catalog;

/// <summary>Something that was found out about an artifact: bound to its digest, never changed, only followed by a newer one.</summary>
/// <param name="Artifact">Digest of the artifact, <c>sha256:</c> and 64 hex digits.</param>
/// <param name="Kind">What was looked at: lower-case words joined by <c>-</c> and <c>/</c>, such as those of <see cref="AttestationKinds"/>.</param>
/// <param name="Passed">Whether it was found good.</param>
/// <param name="Summary">One sentence for a person. Never a secret.</param>
/// <param name="By">Who says so: a person, or <c>fairway</c>.</param>
/// <param name="At">When.</param>
public sealed record Attestation(string Artifact, string Kind, bool Passed, string Summary, string By, Instant At)
{
    /// <summary>Longest <see cref="Kind"/>, in characters.</summary>
    public const int MaxKind = 64;

    /// <summary>Longest <see cref="Summary"/>, in characters.</summary>
    public const int MaxSummary = 1000;

    /// <summary>Most <see cref="Numbers"/>.</summary>
    public const int MaxNumbers = 64;

    /// <summary>What was counted, by camelCase name, such as <c>failed</c>: finite.</summary>
    public ImmutableSortedDictionary<string, double> Numbers { get; init; } = ImmutableSortedDictionary<string, double>.Empty;

    /// <summary>The pipeline run that found it; null when it was none.</summary>
    public string? Run { get; init; }

    /// <summary>Digest of the stored document with the details (an envelope, a bill of materials, a SARIF log); null when there is none.</summary>
    public string? Document { get; init; }

    /// <summary>Whether both say the same, whenever they say it.</summary>
    public bool SaysTheSame(Attestation other)
        => Artifact == other.Artifact && Kind == other.Kind && Passed == other.Passed && Summary == other.Summary && By == other.By && Run == other.Run
            && Document == other.Document && Numbers.SequenceEqual(other.Numbers);

    /// <summary>The newest of each kind: what holds now.</summary>
    /// <param name="all">In the order they were made.</param>
    public static ImmutableSortedDictionary<string, Attestation> InForce(IEnumerable<Attestation> all)
    {
        var newest = ImmutableSortedDictionary.CreateBuilder<string, Attestation>(StringComparer.Ordinal);
        foreach (var one in all) newest[one.Kind] = one;
        return newest.ToImmutable();
    }

    /// <summary>What keeps it from being recorded: where, what, how to mend it; null when nothing does.</summary>
    public string? Problem()
    {
        if (!ContentDigest.IsDigest(Artifact)) return $"artifact \"{Tame(Artifact)}\" is no digest; write sha256: and 64 hex digits";
        if (Document is { } document && !ContentDigest.IsDigest(document)) return $"document \"{Tame(document)}\" is no digest; write sha256: and 64 hex digits";
        if (By.Length is 0 or > 200) return "who says so must be named in at most 200 characters";
        if (Run is { Length: 0 or > 200 }) return "a run's id has 1 to 200 characters";
        return Problem(Kind, Summary, Numbers);
    }

    /// <summary>
    /// Why somebody from outside, such as a scanner or a test system of its own, cannot attest it; null when they can. They say nothing that only Fairway knows, and nothing
    /// good of what a run of ours found bad; bad news are always heard.
    /// </summary>
    /// <param name="before">What is attested of the artifact already, in order.</param>
    public string? NotFromOutside(IEnumerable<Attestation> before)
    {
        if (AttestationKinds.IsOurs(Kind)) return $"{Kind} is what Fairway itself attests, of what it did";
        return Passed && before.LastOrDefault(one => one.Kind == Kind && one.Run is not null) is { Passed: false } found
            ? $"run {found.Run} found that {Kind} failed ({found.Summary}); what failed is mended by the next release" : null;
    }

    /// <summary>What is wrong with what is said, of an artifact or of a service alike; null when nothing is.</summary>
    public static string? Problem(string kind, string summary, IReadOnlyDictionary<string, double> numbers)
    {
        if (!AttestationKinds.IsKind(kind)) return $"kind \"{Tame(kind)}\" is none; write lower-case words joined by - and /, such as scan/secrets";
        if (summary.Length is 0 or > MaxSummary || summary.Any(char.IsControl)) return $"the summary must be one line of 1 to {MaxSummary} characters";
        if (numbers.Count > MaxNumbers) return $"there are {numbers.Count} numbers; keep to {MaxNumbers}";
        foreach (var (name, value) in numbers)
            if (name.Length is 0 or > MaxKind || name.Any(char.IsControl) || !double.IsFinite(value)) return $"number \"{Tame(name)}\" must have a short name and be finite";
        return null;
    }

    private static string Tame(string text) => new([.. text.Take(80).Select(c => char.IsControl(c) ? '?' : c)]);
}

/// <summary>Kinds of <see cref="Attestation"/> that Fairway itself makes or asks for.</summary>
public static class AttestationKinds
{
    /// <summary>Tests were run on it, or on the sources it was built from.</summary>
    public const string Tests = "tests";

    /// <summary>Sources and history hold no secret.</summary>
    public const string SecretScan = "scan/secrets";

    /// <summary>Dockerfiles and manifests keep to the standards.</summary>
    public const string StandardsScan = "scan/standards";

    /// <summary>No dependency has a known weakness.</summary>
    public const string DependencyScan = "scan/dependencies";

    /// <summary>A signed statement of how it was built; <see cref="Attestation.Document"/> is the envelope.</summary>
    public const string Provenance = "provenance";

    /// <summary>A bill of materials; <see cref="Attestation.Document"/> is the CycloneDX document.</summary>
    public const string Sbom = "sbom";

    /// <summary>It answered as it should after a deploy.</summary>
    public const string Smoke = "smoke";

    /// <summary>The checks of <c>rollout.verify</c> passed in a rollout of it, or one failed.</summary>
    public const string Verify = "verify";

    /// <summary>Begin of the kind of a pipeline that ran because the artifact was deployed, before the pipeline's name.</summary>
    public const string PipelinePrefix = "pipeline/";

    /// <summary>A person wants it kept: while the newest has passed, garbage collection leaves it alone.</summary>
    public const string Pin = "pin";

    /// <summary>The data of a service was backed up. Of a service, not of an artifact.</summary>
    public const string Backup = "backup";

    /// <summary>A backup was restored, and what came of it was looked at. Of a service, not of an artifact.</summary>
    public const string RestoreDrill = "restore-drill";

    /// <summary>Whether only Fairway itself says so, of what it did: nobody attests it from outside.</summary>
    public static bool IsOurs(string kind) => kind is Provenance or Sbom or Pin or Verify || kind.StartsWith(PipelinePrefix, StringComparison.Ordinal);

    /// <summary>Whether a text can be a kind.</summary>
    public static bool IsKind(string? text)
    {
        if (text is null or { Length: 0 or > Attestation.MaxKind }) return false;
        for (var i = 0; i < text.Length; i++)
        {
            var joint = text[i] is '-' or '/';
            if (!joint && !char.IsAsciiLetterLower(text[i]) && !char.IsAsciiDigit(text[i])) return false;
            if (joint && (i == 0 || i == text.Length - 1 || text[i - 1] is '-' or '/')) return false;
        }
        return true;
    }
}
