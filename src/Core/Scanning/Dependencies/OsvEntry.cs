using System.Text.Json;

namespace Fairway.Scanning;

/// <summary>One change of state in a range: exactly one of its members is given.</summary>
/// <param name="Kind">What happens: <c>introduced</c>, <c>fixed</c>, <c>last_affected</c> or <c>limit</c>.</param>
/// <param name="Version">At which version.</param>
public sealed record OsvEvent(string Kind, string Version);

/// <summary>What is affected: a package, at versions that are listed or lie in ranges.</summary>
/// <param name="Kind">Where the package comes from.</param>
/// <param name="Release">The part of the ecosystem after a colon, such as <c>12</c> of <c>Debian:12</c>; empty without one.</param>
/// <param name="Name">Its name, as it is compared.</param>
/// <param name="Versions">Versions that are listed.</param>
/// <param name="Ranges">Ranges over versions; those over commits are left out.</param>
public sealed record OsvAffected(PackageKind Kind, string Release, string Name, ImmutableHashSet<string> Versions, ImmutableArray<ImmutableArray<OsvEvent>> Ranges);

/// <summary>A known weakness, in the Open Source Vulnerability format (ossf.github.io/osv-schema).</summary>
/// <param name="Id">Such as <c>GHSA-jfh8-c2jp-5v3q</c>.</param>
/// <param name="Summary">In a line.</param>
/// <param name="Aliases">Other ids of the same weakness.</param>
/// <param name="Affected">What is affected.</param>
/// <param name="IsWithdrawn">It was taken back, and is none.</param>
/// <param name="Score">The highest CVSS base score given; null when none can be computed.</param>
/// <param name="Severity">How bad.</param>
public sealed record OsvEntry(
    string Id, string Summary, ImmutableArray<string> Aliases, ImmutableArray<OsvAffected> Affected, bool IsWithdrawn, double? Score, Severity Severity)
{
    /// <summary>Largest entry, in bytes.</summary>
    public const int MaxBytes = 16 << 20;

    /// <summary>Reads an entry; only of packages that are wanted.</summary>
    /// <param name="utf8">The JSON text.</param>
    /// <param name="wants">Whether a package, by its compared name, is wanted.</param>
    /// <returns>The entry; null when it affects nothing that is wanted.</returns>
    /// <exception cref="FormatException">It is no such entry.</exception>
    public static OsvEntry? Read(ReadOnlyMemory<byte> utf8, Func<PackageKind, string, bool> wants)
    {
        if (utf8.Length > MaxBytes) throw new FormatException($"it is larger than {MaxBytes >> 20} MiB");
        try
        {
            using var document = JsonDocument.Parse(utf8, new() { MaxDepth = 64 });
            return Read(document.RootElement, wants);
        }
        catch (Exception malformed) when (malformed is JsonException or InvalidOperationException)
        {
            throw new FormatException(malformed.Message, malformed);
        }
    }

    private static OsvEntry? Read(JsonElement root, Func<PackageKind, string, bool> wants)
    {
        if (LockJson.Text(root, "id") is not { Length: > 0 and <= 200 } id) throw new FormatException("it has no id");
        var affected = ImmutableArray.CreateBuilder<OsvAffected>();
        var scores = new List<double>();
        var words = new List<Severity>();
        Weigh(root, scores, words);
        foreach (var item in Items(root, "affected"))
        {
            if (Package(item) is not { } package || !wants(package.Kind, package.Name)) continue;
            Weigh(item, scores, words);
            affected.Add(new(package.Kind, package.Release, package.Name,
                [.. Items(item, "versions").Where(version => version.ValueKind == JsonValueKind.String).Select(version => version.GetString()!)],
                [.. Items(item, "ranges").Where(range => LockJson.Text(range, "type") is "SEMVER" or "ECOSYSTEM").Select(Events)]));
        }
        if (affected.Count == 0) return null;
        var score = scores.Count > 0 ? scores.Max() : (double?)null;
        var severity = score is { } number ? SeverityText.OfScore(number) : words.Count > 0 ? words.Max() : Severity.Medium;
        var aliases = Items(root, "aliases").Where(alias => alias.ValueKind == JsonValueKind.String).Select(alias => alias.GetString()!).Take(100);
        return new(id, Line(LockJson.Text(root, "summary") ?? LockJson.Text(root, "details") ?? ""), [.. aliases], affected.ToImmutable(),
            root.TryGetProperty("withdrawn", out var withdrawn) && withdrawn.ValueKind == JsonValueKind.String, score, severity);
    }

    private static (PackageKind Kind, string Release, string Name)? Package(JsonElement item)
    {
        if (item.ValueKind != JsonValueKind.Object || !item.TryGetProperty("package", out var package)) return null;
        if (LockJson.Text(package, "ecosystem") is not { } ecosystem || LockJson.Text(package, "name") is not { Length: > 0 } name) return null;
        var parts = ecosystem.Split(':', 2);
        PackageKind? kind = parts[0] switch
        {
            "NuGet" => PackageKind.NuGet,
            "npm" => PackageKind.Npm,
            "PyPI" => PackageKind.PyPi,
            "Go" => PackageKind.Go,
            "Debian" => PackageKind.Debian,
            _ => null,
        };
        return kind is { } known ? (known, parts.Length == 2 ? parts[1] : "", Scanning.Package.NameOf(known, name)) : null;
    }

    private static ImmutableArray<OsvEvent> Events(JsonElement range)
    {
        var events = ImmutableArray.CreateBuilder<OsvEvent>();
        foreach (var item in Items(range, "events"))
            foreach (var kind in (ReadOnlySpan<string>)["introduced", "fixed", "last_affected", "limit"])
                if (LockJson.Text(item, kind) is { } version) events.Add(new(kind, version));
        return events.ToImmutable();
    }

    // Where there is no vector that we can compute, the database's own word stands.
    private static void Weigh(JsonElement owner, List<double> scores, List<Severity> words)
    {
        foreach (var severity in Items(owner, "severity"))
            if (LockJson.Text(severity, "score") is { } vector && CvssScore.Base(vector) is { } score && LockJson.Text(severity, "type") is "CVSS_V4" or "CVSS_V3" or "CVSS_V2") scores.Add(score);
        foreach (var name in (ReadOnlySpan<string>)["database_specific", "ecosystem_specific"])
            if (owner.TryGetProperty(name, out var specific) && (LockJson.Text(specific, "severity") ?? LockJson.Text(specific, "urgency")) is { } word
                && SeverityText.TryParse(word.ToLowerInvariant(), out var said)) words.Add(said);
    }

    private static JsonElement.ArrayEnumerator Items(JsonElement parent, string name)
        => parent.ValueKind == JsonValueKind.Object && parent.TryGetProperty(name, out var list) && list.ValueKind == JsonValueKind.Array ? list.EnumerateArray() : default;

    private static string Line(string text)
    {
        var line = text.AsSpan().Trim();
        if (line.IndexOfAny('\r', '\n') is > 0 and var end) line = line[..end];
        return line.Length > 200 ? string.Concat(line[..200], "…") : line.ToString();
    }
}
