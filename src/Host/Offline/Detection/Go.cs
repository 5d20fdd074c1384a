using System.Text.RegularExpressions;

namespace Fairway.Offline;

/// <summary>A Go module with a main package: at its root, or under cmd/.</summary>
internal static partial class Go
{
    public static DetectedService? Detect(ProjectFolder folder)
    {
        if (ModulePath().Match(folder.Read("go.mod")) is not { Success: true } module) return null;
        var last = module.Groups["path"].Value.Split('/').Last(part => !MajorVersion().IsMatch(part));
        if (folder.Files(0, ".go").Any(file => IsMain(folder, file))) return Service(folder, ProjectFolder.NameOf(last), ".");
        var commands = folder.Files(2, ".go").Where(file => file.StartsWith("cmd/", StringComparison.Ordinal) && IsMain(folder, file))
            .Select(file => Path.GetDirectoryName(file)!)
            .Distinct(StringComparer.Ordinal).ToArray();
        if (commands.Length == 0) return null;
        var package = Array.Find(commands, command => Path.GetFileName(command) == last) ?? commands[0];
        return Service(folder, ProjectFolder.NameOf(Path.GetFileName(package)), $"./{package}");
    }

    private static DetectedService Service(ProjectFolder folder, string name, string package)
        => new(name, $"Go, go.mod, package {package}", $"./{name}")
    {
        Build = $"go build -o out/{name} {package}",
        Path = "out",
        Ready = folder.HealthPath(".go"),
    };

    private static bool IsMain(ProjectFolder folder, string file)
        => !file.EndsWith("_test.go", StringComparison.Ordinal) && MainPackage().IsMatch(folder.Read(file));

    [GeneratedRegex(@"^module\s+""?(?<path>[^\s""]+)",
        RegexOptions.Multiline | RegexOptions.ExplicitCapture | RegexOptions.NonBacktracking)]
    private static partial Regex ModulePath();

    [GeneratedRegex(@"^v\d+$", RegexOptions.NonBacktracking)]
    private static partial Regex MajorVersion();

    [GeneratedRegex(@"^package\s+main\b", RegexOptions.Multiline | RegexOptions.NonBacktracking)]
    private static partial Regex MainPackage();
}
