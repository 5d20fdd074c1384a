using Fairway.Adapters.Files;
using Fairway.Scanning;

namespace Fairway.Offline;

/// <summary>The packages that the lock files of a tree name.</summary>
internal static class LockedPackages
{
    /// <summary>Packages and the number of lock files.</summary>
    public static (ImmutableArray<Package> Packages, int Files) Read(string root, List<string> unread, CancellationToken cancellation)
    {
        var packages = ImmutableArray.CreateBuilder<Package>();
        var files = 0;
        var release = DebianRelease(root);
        foreach (var file in SourceTree.Files(root, unread, cancellation))
        {
            if (!LockFile.IsOne(file.Path) || SourceTree.ReadText(file, LockFile.MaxLength, unread) is not { } text) continue;
            files++;
            var read = LockFile.Read(file.Path, text, name => Beside(file, name));
            packages.AddRange(read.Packages.Select(package => package.Kind == PackageKind.Debian ? package with { Release = release } : package));
            unread.AddRange(read.Problems.Select(problem => $"{file.Path}: {problem}"));
        }
        return (packages.ToImmutable(), files);
    }

    private static string? Beside(SourceTreeFile file, string name)
    {
        var path = Path.Combine(Path.GetDirectoryName(file.FullPath)!, name);
        return File.Exists(path) ? SourceTree.ReadText(new(name, path, new FileInfo(path).Length), LockFile.MaxLength, []) : null;
    }

    // os-release(5) of the tree, where it is an image's root.
    private static string? DebianRelease(string root)
    {
        foreach (var name in (ReadOnlySpan<string>)["etc/os-release", "usr/lib/os-release"])
        {
            var path = Path.Combine(root, name);
            if (!File.Exists(path)) continue;
            foreach (var line in File.ReadLines(path).Take(100))
                if (line.StartsWith("VERSION_ID=", StringComparison.Ordinal)) return line["VERSION_ID=".Length..].Trim('"');
        }
        return null;
    }
}
