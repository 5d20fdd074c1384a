using System.Text.Json;

namespace Fairway.Scanning;

/// <summary>What a lock file names.</summary>
/// <param name="Packages">Each package at each version once, in the file's order.</param>
/// <param name="Problems">What in it could not be read; a sentence each, without the file's name.</param>
public sealed record LockReading(ImmutableArray<Package> Packages, ImmutableArray<string> Problems);

/// <summary>
/// Reads the files in which package tools write down what they took. At most <see cref="MaxLength"/> characters and <see cref="MaxPackages"/> packages a file.
/// </summary>
public static class LockFile
{
    /// <summary>Longest file, in characters.</summary>
    public const int MaxLength = 64 << 20;

    /// <summary>Most packages of one file.</summary>
    public const int MaxPackages = 100_000;

    /// <summary>Names of the files that are read, for messages.</summary>
    public const string Names = "packages.lock.json, project.assets.json, *.deps.json, package-lock.json, npm-shrinkwrap.json, requirements*.txt, poetry.lock, "
        + "Pipfile.lock, uv.lock, go.mod, go.sum, dpkg/status, bom.json, *.cdx.json";

    /// <summary>Whether a path is that of a lock file.</summary>
    public static bool IsOne(string path) => ReaderOf(path) is not null;

    /// <summary>Reads a file.</summary>
    /// <param name="path">Its path, whose last part says what it is.</param>
    /// <param name="text">Its content.</param>
    /// <param name="beside">The text of a file beside it, such as <c>go.sum</c>; null when there is none.</param>
    public static LockReading Read(string path, string text, Func<string, string?>? beside = null)
    {
        if (ReaderOf(path) is not { } read) return new([], ["it is no lock file"]);
        if (text.Length > MaxLength) return new([], [$"it is longer than {MaxLength >> 20} Mi characters"]);
        var problems = new List<string>();
        try
        {
            var packages = read(text.StartsWith('\uFEFF') ? text[1..] : text, beside ?? (_ => null), problems)
                .Take(MaxPackages + 1).Where(package => IsSane(package, problems)).Select(package => package with { Path = path })
                .DistinctBy(package => (package.Kind, package.ComparedName, package.Name, package.Version, package.Architecture)).ToImmutableArray();
            if (packages.Length > MaxPackages) return new([], [$"it names more than {MaxPackages} packages"]);
            return new(packages, [.. problems]);
        }
        catch (Exception malformed) when (malformed is JsonException or FormatException or InvalidOperationException)
        {
            return new([], [.. problems, $"it cannot be read: {malformed.Message}"]);
        }
    }

    private static bool IsSane(Package package, List<string> problems)
    {
        if (package.Name.Length is > 0 and <= 512 && package.Version.Length <= 256 && !package.Name.Any(char.IsControl) && !package.Version.Any(char.IsControl)) return true;
        if (problems.Count < 20) problems.Add("a package has no usable name or version");
        return false;
    }

    private delegate IEnumerable<Package> Reader(string text, Func<string, string?> beside, List<string> problems);

    private static Reader? ReaderOf(string path)
    {
        var name = path[(path.LastIndexOf('/') + 1)..];
        return name switch
        {
            "packages.lock.json" => (text, _, _) => NuGetLock.ReadLock(text),
            "project.assets.json" => (text, _, _) => NuGetLock.ReadLibraries(text),
            "package-lock.json" or "npm-shrinkwrap.json" or ".package-lock.json" => (text, _, _) => NpmLock.Read(text),
            "poetry.lock" or "uv.lock" => (text, _, _) => PythonLock.ReadToml(text),
            "Pipfile.lock" => (text, _, _) => PythonLock.ReadPipfile(text),
            "go.mod" => (text, beside, problems) => GoLock.ReadMod(text, beside("go.sum"), problems),
            "go.sum" => (text, beside, _) => beside("go.mod") is null ? GoLock.ReadSum(text) : [],
            "status" when path is "status" || path.EndsWith("dpkg/status", StringComparison.Ordinal) => (text, _, _) => DebianStatus.Read(text, null),
            "bom.json" => (text, _, problems) => BillOfMaterials.Read(text, problems),
            _ when name.EndsWith(".cdx.json", StringComparison.Ordinal) => (text, _, problems) => BillOfMaterials.Read(text, problems),
            _ when name.EndsWith(".deps.json", StringComparison.Ordinal) => (text, _, _) => NuGetLock.ReadLibraries(text),
            _ when name.StartsWith("requirements", StringComparison.Ordinal) && name.EndsWith(".txt", StringComparison.Ordinal) => (text, _, problems) => Requirements.Read(text, problems),
            _ => null,
        };
    }
}

/// <summary>JSON as lock files have it.</summary>
internal static class LockJson
{
    /// <summary>Parses a text; comments and a last comma are passed over.</summary>
    public static JsonDocument Parse(string text)
        => JsonDocument.Parse(text, new() { MaxDepth = 256, AllowTrailingCommas = true, CommentHandling = JsonCommentHandling.Skip });

    /// <summary>The members of an object, or none.</summary>
    public static IEnumerable<JsonProperty> Members(JsonElement parent, string name)
        => parent.ValueKind == JsonValueKind.Object && parent.TryGetProperty(name, out var child) && child.ValueKind == JsonValueKind.Object ? child.EnumerateObject() : [];

    /// <summary>A text; null when there is none of that name.</summary>
    public static string? Text(JsonElement parent, string name)
        => parent.ValueKind == JsonValueKind.Object && parent.TryGetProperty(name, out var child) && child.ValueKind == JsonValueKind.String ? child.GetString() : null;

    /// <summary>Whether a member is true.</summary>
    public static bool IsTrue(JsonElement parent, string name)
        => parent.ValueKind == JsonValueKind.Object && parent.TryGetProperty(name, out var child) && child.ValueKind == JsonValueKind.True;

    /// <summary>A digest in Base64 as hex; empty when it is none.</summary>
    public static ImmutableArray<(string, string)> Base64Hash(string algorithm, string? base64)
    {
        var bytes = new byte[64];
        return base64 is { Length: <= 88 } && Convert.TryFromBase64String(base64, bytes, out var length) && length >= 20
            ? [(algorithm, Convert.ToHexStringLower(bytes.AsSpan(0, length)))] : [];
    }
}
