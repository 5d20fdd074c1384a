using Fairway.Configuration;

namespace Fairway.Offline;

/// <summary>A project's folder as the detectors look at it: few, small files, never far down.</summary>
/// <param name="path">The folder.</param>
public sealed class ProjectFolder(string path)
{
    private const int MaxFiles = 400;
    private const int MaxBytes = 256 << 10;

    private static readonly HashSet<string> Skipped = new(StringComparer.OrdinalIgnoreCase)
        { "node_modules", "bin", "obj", "out", "dist", "build", "target", "vendor", "venv", "env", "site-packages", "__pycache__", "test",
            "tests", "packages", "artifacts" };

    private static readonly string[] HealthPaths = ["/healthz", "/readyz", "/health", "/ready", "/livez", "/_health", "/up", "/ping"];

    /// <summary>Absolute path.</summary>
    public string FullPath { get; } = Path.GetFullPath(path);

    /// <summary>A service's name made of the folder's; <c>app</c> when nothing of it can be used.</summary>
    public string ServiceName => NameOf(Path.GetFileName(FullPath.TrimEnd('/')));

    /// <summary>A service's name made of another; the folder's, or <c>app</c>, when nothing of it can be used.</summary>
    public static string NameOf(string name) => ServiceNames.Near(name) ?? "app";

    /// <summary>Whether a file is there.</summary>
    public bool Has(string file) => File.Exists(Path.Combine(FullPath, file));

    /// <summary>Whether a folder is there.</summary>
    public bool HasFolder(string folder) => Directory.Exists(Path.Combine(FullPath, folder));

    /// <summary>A file's text; empty when it is missing or too large to be one that people write.</summary>
    public string Read(string file)
    {
        var info = new FileInfo(Path.Combine(FullPath, file));
        return info.Exists && info.Length <= MaxBytes ? File.ReadAllText(info.FullName) : "";
    }

    /// <summary>
    /// Files with one of these endings, as relative paths, the nearest first and then by name; at most so many folders down.
    /// </summary>
    public IReadOnlyList<string> Files(int depth, params ReadOnlySpan<string> endings)
    {
        var found = new List<string>();
        var folders = new Queue<(string Folder, int Depth)>([(FullPath, 0)]);
        while (folders.TryDequeue(out var next) && found.Count < MaxFiles)
        {
            foreach (var file in Directory.EnumerateFiles(next.Folder).Order(StringComparer.Ordinal))
                foreach (var ending in endings)
                    if (file.EndsWith(ending, StringComparison.OrdinalIgnoreCase)) found.Add(Path.GetRelativePath(FullPath, file));
            if (next.Depth >= depth) continue;
            foreach (var inner in Directory.EnumerateDirectories(next.Folder).Order(StringComparer.Ordinal))
                if (Path.GetFileName(inner) is var name && !name.StartsWith('.') && !Skipped.Contains(name))
                    folders.Enqueue((inner, next.Depth + 1));
        }
        return found;
    }

    /// <summary>A health check's path that stands as a literal in the source; null when none does.</summary>
    public string? HealthPath(params ReadOnlySpan<string> endings)
    {
        var texts = Files(3, endings).Select(Read).ToArray();
        return Array.Find(HealthPaths, path => Array.Exists(texts, text
            => text.Contains($"\"{path}\"", StringComparison.Ordinal) || text.Contains($"'{path}'", StringComparison.Ordinal)
                || text.Contains($"`{path}`", StringComparison.Ordinal)
            || text.Contains($"\"GET {path}\"", StringComparison.Ordinal)));
    }
}
