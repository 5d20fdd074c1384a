using System.Text.Json;

namespace Fairway.Scanning;

/// <summary>Packages of a CycloneDX document in JSON (cyclonedx.org/docs/1.6/json), by their package URLs: <c>bom.json</c> and <c>*.cdx.json</c>, as the specification names such files.</summary>
internal static class BillOfMaterials
{
    private const int Deepest = 64;

    public static IEnumerable<Package> Read(string text, List<string> problems)
    {
        using var document = LockJson.Parse(text);
        if (LockJson.Text(document.RootElement, "bomFormat") != "CycloneDX") throw new FormatException("it is no CycloneDX document");
        foreach (var package in Components(document.RootElement, problems, 0)) yield return package;
    }

    private static IEnumerable<Package> Components(JsonElement parent, List<string> problems, int depth)
    {
        if (depth > Deepest) throw new FormatException("its components nest too deeply");
        if (parent.ValueKind != JsonValueKind.Object || !parent.TryGetProperty("components", out var components) || components.ValueKind != JsonValueKind.Array) yield break;
        foreach (var component in components.EnumerateArray())
        {
            if (component.ValueKind == JsonValueKind.Object && LockJson.Text(component, "purl") is { } purl)
            {
                if (Parse(purl) is { } package)
                    yield return package with { IsDevelopment = LockJson.Text(component, "scope") == "excluded", Hashes = Hashes(component) };
                else if (problems.Count < 20) problems.Add("a component's package URL is of no kind that is known here");
            }
            foreach (var inner in Components(component, problems, depth + 1)) yield return inner;
        }
    }

    private static ImmutableArray<(string, string)> Hashes(JsonElement component)
    {
        if (!component.TryGetProperty("hashes", out var hashes) || hashes.ValueKind != JsonValueKind.Array) return [];
        return [.. hashes.EnumerateArray().Take(16).Select(hash => (Algorithm: LockJson.Text(hash, "alg"), Hex: LockJson.Text(hash, "content")))
            .Where(hash => hash is { Algorithm.Length: > 0 and <= 20, Hex.Length: >= 32 and <= 128 } && hash.Hex.All(char.IsAsciiHexDigit)).Select(hash => (hash.Algorithm!, hash.Hex!.ToLowerInvariant()))];
    }

    /// <summary>A package URL: <c>pkg:type/namespace/name@version?qualifiers#subpath</c>, each part percent-encoded; null when it is none of the kinds known here.</summary>
    internal static Package? Parse(string purl)
    {
        if (!purl.StartsWith("pkg:", StringComparison.Ordinal)) return null;
        var rest = purl[4..].TrimStart('/');
        if (rest.IndexOf('#', StringComparison.Ordinal) is >= 0 and var hash) rest = rest[..hash];
        var qualifiers = "";
        if (rest.IndexOf('?', StringComparison.Ordinal) is >= 0 and var question) (rest, qualifiers) = (rest[..question], rest[(question + 1)..]);
        var version = "";
        if (rest.LastIndexOf('@') is > 0 and var at && rest.IndexOf('/', at) < 0) (rest, version) = (rest[..at], Uri.UnescapeDataString(rest[(at + 1)..]));
        if (rest.IndexOf('/', StringComparison.Ordinal) is not (> 0 and var slash) || slash == rest.Length - 1) return null;
        var name = string.Join('/', rest[(slash + 1)..].Split('/', StringSplitOptions.RemoveEmptyEntries).Select(Uri.UnescapeDataString));
        return rest[..slash].ToLowerInvariant() switch
        {
            "nuget" => new(PackageKind.NuGet, name, version),
            "npm" => new(PackageKind.Npm, name, version),
            "pypi" => new(PackageKind.PyPi, name, version),
            "golang" => new(PackageKind.Go, name, version),
            "deb" when name.StartsWith("debian/", StringComparison.Ordinal) => new(PackageKind.Debian, name[7..], version)
            {
                Architecture = Of(qualifiers, "arch"), Release = Of(qualifiers, "distro") is { } distro && distro.StartsWith("debian-", StringComparison.Ordinal) ? distro[7..] : null,
            },
            _ => null,
        };
    }

    private static string? Of(string qualifiers, string name)
        => qualifiers.Split('&').Select(pair => pair.Split('=', 2)).FirstOrDefault(pair => pair is [var key, _] && key == name) is [_, var value] ? Uri.UnescapeDataString(value) : null;
}
