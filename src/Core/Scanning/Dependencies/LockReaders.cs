using System.Buffers;
using System.Text.Json;

namespace Fairway.Scanning;

/// <summary>NuGet's files: <c>packages.lock.json</c>, <c>project.assets.json</c>, <c>*.deps.json</c>.</summary>
internal static class NuGetLock
{
    public static IEnumerable<Package> ReadLock(string text)
    {
        using var document = LockJson.Parse(text);
        foreach (var framework in LockJson.Members(document.RootElement, "dependencies"))
        {
            if (framework.Value.ValueKind != JsonValueKind.Object) continue;
            foreach (var entry in framework.Value.EnumerateObject())
                if (LockJson.Text(entry.Value, "resolved") is { } version && LockJson.Text(entry.Value, "type") != "Project")
                    yield return new(PackageKind.NuGet, entry.Name, version) { Hashes = LockJson.Base64Hash("SHA-512", LockJson.Text(entry.Value, "contentHash")) };
        }
    }

    public static IEnumerable<Package> ReadLibraries(string text)
    {
        using var document = LockJson.Parse(text);
        foreach (var library in LockJson.Members(document.RootElement, "libraries"))
        {
            var slash = library.Name.IndexOf('/', StringComparison.Ordinal);
            if (slash <= 0 || !string.Equals(LockJson.Text(library.Value, "type"), "package", StringComparison.OrdinalIgnoreCase)) continue;
            var hash = LockJson.Text(library.Value, "sha512");
            if (hash?.StartsWith("sha512-", StringComparison.Ordinal) == true) hash = hash["sha512-".Length..];
            yield return new(PackageKind.NuGet, library.Name[..slash], library.Name[(slash + 1)..]) { Hashes = LockJson.Base64Hash("SHA-512", hash) };
        }
    }
}

/// <summary>npm's <c>package-lock.json</c>, versions 1 to 3.</summary>
internal static class NpmLock
{
    private const string Folder = "node_modules/";

    public static IEnumerable<Package> Read(string text)
    {
        using var document = LockJson.Parse(text);
        var root = document.RootElement;
        var found = root.ValueKind == JsonValueKind.Object && root.TryGetProperty("packages", out _) ? Flat(root) : Nested(root, 0);
        foreach (var package in found) yield return package;
    }

    private static IEnumerable<Package> Flat(JsonElement root)
    {
        foreach (var entry in LockJson.Members(root, "packages"))
        {
            var at = entry.Name.LastIndexOf(Folder, StringComparison.Ordinal);
            if (at < 0 || LockJson.IsTrue(entry.Value, "link") || LockJson.Text(entry.Value, "version") is not { } version) continue;
            yield return Of(LockJson.Text(entry.Value, "name") ?? entry.Name[(at + Folder.Length)..], version, entry.Value);
        }
    }

    private static IEnumerable<Package> Nested(JsonElement parent, int depth)
    {
        if (depth > 64) throw new FormatException("its packages nest too deeply");
        foreach (var entry in LockJson.Members(parent, "dependencies"))
        {
            if (LockJson.Text(entry.Value, "version") is { } version)
            {
                // "npm:other@1.2.3" is another package under this name.
                var name = entry.Name;
                if (version.StartsWith("npm:", StringComparison.Ordinal) && version.LastIndexOf('@') is > 4 and var at) (name, version) = (version[4..at], version[(at + 1)..]);
                if (version.Length > 0 && char.IsAsciiDigit(version[0])) yield return Of(name, version, entry.Value);
            }
            foreach (var inner in Nested(entry.Value, depth + 1)) yield return inner;
        }
    }

    private static Package Of(string name, string version, JsonElement entry) => new(PackageKind.Npm, name, version)
    {
        IsDevelopment = LockJson.IsTrue(entry, "dev") || LockJson.IsTrue(entry, "devOptional"),
        Hashes = [.. (LockJson.Text(entry, "integrity") ?? "").Split(' ', StringSplitOptions.RemoveEmptyEntries).SelectMany(one => Hash(one))],
    };

    private static ImmutableArray<(string, string)> Hash(string integrity) => integrity.Split('-', 2) switch
    {
        ["sha512", var hash] => LockJson.Base64Hash("SHA-512", hash),
        ["sha384", var hash] => LockJson.Base64Hash("SHA-384", hash),
        ["sha256", var hash] => LockJson.Base64Hash("SHA-256", hash),
        ["sha1", var hash] => LockJson.Base64Hash("SHA-1", hash),
        _ => [],
    };
}

/// <summary>Python's lock files: <c>poetry.lock</c>, <c>uv.lock</c>, <c>Pipfile.lock</c>.</summary>
internal static class PythonLock
{
    public static IEnumerable<Package> ReadToml(string text)
    {
        foreach (var package in TomlReader.Read(text).Tables("package"))
        {
            if (package.Text("name") is not { } name || package.Text("version") is not { } version) continue;
            // The project itself and folders beside it are no packages of a registry.
            if (package.Table("source") is { } source && (source.Values.ContainsKey("editable") || source.Values.ContainsKey("virtual") || source.Values.ContainsKey("directory"))) continue;
            yield return new(PackageKind.PyPi, name, version)
            {
                Line = package.Line,
                IsDevelopment = package.Text("category") == "dev",
                Hashes = package.Table("sdist")?.Text("hash") is { } hash && hash.StartsWith("sha256:", StringComparison.Ordinal) ? [("SHA-256", hash[7..])] : [],
            };
        }
    }

    public static IEnumerable<Package> ReadPipfile(string text)
    {
        using var document = LockJson.Parse(text);
        foreach (var section in (string[])["default", "develop"])
            foreach (var entry in LockJson.Members(document.RootElement, section))
                if (LockJson.Text(entry.Value, "version") is { } version)
                    yield return new(PackageKind.PyPi, entry.Name, version.TrimStart('=')) { IsDevelopment = section == "develop" };
    }
}

/// <summary>pip's <c>requirements.txt</c>: what is pinned by <c>==</c>.</summary>
internal static class Requirements
{
    private static readonly SearchValues<char> NameEnds = SearchValues.Create(" ;[=<>!~@,");

    public static IEnumerable<Package> Read(string text, List<string> problems)
    {
        var lines = text.Split('\n');
        for (var at = 0; at < lines.Length; at++)
        {
            var number = at + 1;
            var line = lines[at].TrimEnd('\r');
            while (line.EndsWith('\\') && at + 1 < lines.Length) line = line[..^1] + " " + lines[++at].TrimEnd('\r');
            var comment = line.StartsWith('#') ? 0 : line.IndexOf(" #", StringComparison.Ordinal);
            line = (comment < 0 ? line : line[..comment]).Trim();
            if (line.Length == 0) continue;
            if (line[0] == '-')
            {
                if (line.StartsWith("-r", StringComparison.Ordinal) || line.StartsWith("--requirement", StringComparison.Ordinal)) continue; // Read as a file of its own.
                if (line.StartsWith("-e", StringComparison.Ordinal) || line.StartsWith("--editable", StringComparison.Ordinal)) problems.Add($"line {number}: an editable package has no version");
                continue;
            }
            if (Of(line, number) is { } package) yield return package;
            else if (problems.Count < 100) problems.Add($"line {number}: the version is not pinned by ==");
        }
    }

    private static Package? Of(string line, int number)
    {
        var end = line.AsSpan().IndexOfAny(NameEnds);
        var name = end < 0 ? line : line[..end];
        var rest = end < 0 ? "" : line[end..].TrimStart();
        if (rest.StartsWith('[') && rest.IndexOf(']', StringComparison.Ordinal) is > 0 and var closed) rest = rest[(closed + 1)..].TrimStart();
        if (!rest.StartsWith("==", StringComparison.Ordinal)) return null;
        rest = rest.TrimStart('=').TrimStart();
        var stop = rest.AsSpan().IndexOfAny(" ;,");
        var version = stop < 0 ? rest : rest[..stop];
        if (version.Length == 0 || version.EndsWith('*')) return null;
        var hashes = ImmutableArray.CreateBuilder<(string, string)>();
        foreach (var part in line.Split("--hash=", StringSplitOptions.None).Skip(1))
            if (part.Trim().Split(' ')[0] is { Length: 71 } hash && hash.StartsWith("sha256:", StringComparison.Ordinal)) hashes.Add(("SHA-256", hash[7..]));
        // Several hashes are of several archives; which one was taken is not said.
        return new(PackageKind.PyPi, name, version) { Line = number, Hashes = hashes.Count == 1 ? hashes.ToImmutable() : [] };
    }
}

/// <summary>Go's <c>go.mod</c> and <c>go.sum</c>.</summary>
internal static class GoLock
{
    public static IEnumerable<Package> ReadMod(string text, string? sum, List<string> problems)
    {
        var required = new List<(string Name, string Version, int Line)>();
        var replaced = new Dictionary<string, (string Name, string Version)>(StringComparer.Ordinal);
        foreach (var (verb, words, line) in Directives(text))
        {
            if (verb == "require" && words.Length >= 2) required.Add((words[0], words[1], line));
            else if (verb == "replace" && Array.IndexOf(words, "=>") is > 0 and var arrow && arrow + 1 < words.Length)
                replaced[string.Join(' ', words[..arrow])] = (words[arrow + 1], arrow + 2 < words.Length ? words[arrow + 2] : "");
        }
        foreach (var (name, version, line) in required)
        {
            var taken = (name, version);
            if (replaced.TryGetValue($"{name} {version}", out var exact) || replaced.TryGetValue(name, out exact)) taken = exact;
            if (taken.version.Length == 0) problems.Add($"line {line}: {name} is replaced by a folder, which has no version");
            else yield return new(PackageKind.Go, taken.name, taken.version) { Line = line };
        }
        if (sum is null) yield break;
        var named = required.Select(one => one.Name).ToHashSet(StringComparer.Ordinal);
        // Before Go 1.17 the file named direct requirements only.
        foreach (var package in ReadSum(sum))
            if (!named.Contains(package.Name) && IsOld(text)) yield return package;
    }

    public static IEnumerable<Package> ReadSum(string text)
    {
        var newest = new Dictionary<string, (string Version, int Line)>(StringComparer.Ordinal);
        var number = 0;
        foreach (var line in text.Split('\n'))
        {
            number++;
            if (line.Split(' ', StringSplitOptions.RemoveEmptyEntries) is not [var name, var version, _] || version.EndsWith("/go.mod", StringComparison.Ordinal)) continue;
            if (!newest.TryGetValue(name, out var known) || PackageVersion.Compare(PackageKind.Go, version, known.Version) > 0) newest[name] = (version, number);
        }
        return newest.Select(row => new Package(PackageKind.Go, row.Key, row.Value.Version) { Line = row.Value.Line });
    }

    private static bool IsOld(string text)
        => Directives(text).FirstOrDefault(directive => directive.Verb == "go") is not { Words: [var version, ..] } || PackageVersion.Compare(PackageKind.PyPi, version, "1.17") < 0;

    private static IEnumerable<(string Verb, string[] Words, int Line)> Directives(string text)
    {
        var block = "";
        var number = 0;
        foreach (var written in text.Split('\n'))
        {
            number++;
            var comment = written.IndexOf("//", StringComparison.Ordinal);
            var words = (comment < 0 ? written : written[..comment]).Split([' ', '\t', '\r'], StringSplitOptions.RemoveEmptyEntries).Select(word => word.Trim('"', '`')).ToArray();
            if (words.Length == 0) continue;
            if (block.Length > 0 && words[0] == ")") block = "";
            else if (block.Length > 0) yield return (block, words, number);
            else if (words.Length == 2 && words[1] == "(") block = words[0];
            else yield return (words[0], words[1..], number);
        }
    }
}

/// <summary>Debian's <c>/var/lib/dpkg/status</c> (deb-control(5)).</summary>
internal static class DebianStatus
{
    public static IEnumerable<Package> Read(string text, string? release)
    {
        var fields = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        var (number, begin) = (0, 1);
        foreach (var written in text.Split('\n').Append(""))
        {
            number++;
            var line = written.TrimEnd('\r');
            if (line.Length == 0)
            {
                if (Of(fields, begin, release) is { } package) yield return package;
                fields.Clear();
                begin = number + 1;
            }
            else if (line[0] is not (' ' or '\t') && line.IndexOf(':', StringComparison.Ordinal) is > 0 and var colon) fields[line[..colon]] = line[(colon + 1)..].Trim();
        }
    }

    private static Package? Of(Dictionary<string, string> fields, int line, string? release)
    {
        if (!fields.TryGetValue("Package", out var name) || !fields.TryGetValue("Version", out var version)) return null;
        if (fields.TryGetValue("Status", out var status) && !status.EndsWith(" installed", StringComparison.Ordinal)) return null;
        // "Source: glibc (2.36-9)"; without it the source has the package's own name and version.
        var source = fields.TryGetValue("Source", out var written) ? written.Split(' ', 2) : [name];
        return new(PackageKind.Debian, name, version)
        {
            Line = line,
            Architecture = fields.GetValueOrDefault("Architecture"),
            Source = (source[0], source.Length == 2 ? source[1].Trim('(', ')') : version),
            Release = release,
        };
    }
}
