using System.Text.RegularExpressions;

namespace Fairway.Offline;

/// <summary>A Rust package with a binary.</summary>
internal static partial class Rust
{
    public static DetectedService? Detect(ProjectFolder folder)
    {
        var manifest = folder.Read("Cargo.toml");
        if (Package().Match(manifest) is not { Success: true } package) return null;
        var binary = Binary().Match(manifest) is { Success: true } named ? named.Groups["name"].Value
            : folder.Has("src/main.rs") ? package.Groups["name"].Value
            : folder.Files(2, ".rs").FirstOrDefault(file => Path.GetDirectoryName(file) == "src/bin") is { } file
                ? Path.GetFileNameWithoutExtension(file) : null;
        if (binary is null) return null;
        return new(ProjectFolder.NameOf(package.Groups["name"].Value), "Rust, Cargo.toml", $"./bin/{binary}")
        {
            // Into a folder of its own: target/release also holds gigabytes of intermediate files.
            Build = $"cargo install --path . --root out --force{(folder.Has("Cargo.lock") ? " --locked" : "")}",
            Path = "out",
            Ready = folder.HealthPath(".rs"),
        };
    }

    [GeneratedRegex(@"^\[package\][^\[]*?^name\s*=\s*""(?<name>[^""]+)""", RegexOptions.Multiline | RegexOptions.ExplicitCapture | RegexOptions.NonBacktracking)]
    private static partial Regex Package();

    [GeneratedRegex(@"^\[\[bin\]\][^\[]*?^name\s*=\s*""(?<name>[^""]+)""", RegexOptions.Multiline | RegexOptions.ExplicitCapture | RegexOptions.NonBacktracking)]
    private static partial Regex Binary();
}
