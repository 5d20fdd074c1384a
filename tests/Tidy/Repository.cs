using System.Text.RegularExpressions;

namespace Fairway.Tidy;

/// <summary>A text file of the repository.</summary>
/// <param name="Path">From the root, with <c>/</c>.</param>
/// <param name="Text">Its content.</param>
internal sealed record SourceFile(string Path, string Text)
{
    public string[] Lines { get; } = Text.Split('\n');

    /// <summary>The first folders of its path: <c>src/Core</c> for depth 2.</summary>
    public bool IsUnder(string folder) => Path.StartsWith(folder + "/", StringComparison.Ordinal);

    /// <summary>The code without comments, so that a name in a remark does not count as a use.</summary>
    public string Code { get; } = Path.EndsWith(".cs", StringComparison.Ordinal) ? Regex.Replace(Text, @"(?<![:""'])//.*", "") : Text;
}

/// <summary>The checkout this program was built from.</summary>
internal static class Repository
{
    private static readonly HashSet<string> NotOurs = [".git", "artifacts", "dist", "bin", "obj", ".fairway", "node_modules", "TestResults"];
    private static readonly HashSet<string> Kinds = [".cs", ".md", ".csproj", ".props", ".yaml", ".yml", ".json", ".sh", ".razor", ".js", ".css", ".txt", ""];

    public static string Root { get; } = FindRoot();

    public static ImmutableArray<SourceFile> Files { get; } = [.. Walk(Root).OrderBy(f => f.Path, StringComparer.Ordinal)];

    public static ImmutableArray<SourceFile> Code { get; } = [.. Files.Where(f => f.Path.EndsWith(".cs", StringComparison.Ordinal))];

    public static ImmutableArray<SourceFile> Documents { get; } = [.. Files.Where(f => f.Path.EndsWith(".md", StringComparison.Ordinal))];

    public static bool Exists(string path) => System.IO.Path.Exists(System.IO.Path.Combine(Root, path));

    private static IEnumerable<SourceFile> Walk(string folder)
    {
        foreach (var entry in new DirectoryInfo(folder).EnumerateFileSystemInfos())
        {
            if (NotOurs.Contains(entry.Name)) continue;
            if (entry is DirectoryInfo)
            {
                foreach (var file in Walk(entry.FullName)) yield return file;
            }
            else if (Kinds.Contains(entry.Extension.ToLowerInvariant()))
            {
                yield return new(System.IO.Path.GetRelativePath(Root, entry.FullName), File.ReadAllText(entry.FullName));
            }
        }
    }

    private static string FindRoot()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(System.IO.Path.Combine(folder.FullName, "Fairway.slnx")))
            folder = folder.Parent ?? throw new InvalidOperationException("Fairway.slnx is in no folder above " + AppContext.BaseDirectory);
        return folder.FullName;
    }
}
