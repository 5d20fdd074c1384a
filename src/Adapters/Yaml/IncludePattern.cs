using System.IO.Enumeration;

namespace Fairway.Adapters.Yaml;

/// <summary>
/// Finds the files an <c>include</c> names: a path, or a pattern with <c>*</c>, <c>?</c> and <c>**</c> (any number of folders). Hidden
/// files need their dot.
/// </summary>
internal static class IncludePattern
{
    private const int MaxFolders = 4_096;

    /// <summary>Whether it may stand for several files.</summary>
    public static bool IsPattern(string text) => text.AsSpan().IndexOfAny('*', '?') >= 0;

    /// <summary>
    /// Files that match, as paths with <c>/</c> relative to <paramref name="folder"/> (or absolute, if the pattern is), in ordinal order.
    /// </summary>
    /// <exception cref="IOException">A folder cannot be listed.</exception>
    /// <exception cref="UnauthorizedAccessException">A folder may not be listed.</exception>
    public static IReadOnlyList<string> Find(string folder, string pattern)
    {
        var found = new SortedSet<string>(StringComparer.Ordinal);
        var (start, parts) = pattern.StartsWith('/') ? ("/", pattern.TrimStart('/').Split('/')) : ("", pattern.Split('/'));
        var folders = 0;
        Walk(start, 0);
        return [.. found];

        void Walk(string path, int index)
        {
            var absolute = Path.Combine(folder, path);
            if (!Directory.Exists(absolute) || ++folders > MaxFolders) return;
            var part = parts[index];
            var last = index == parts.Length - 1;
            if (part == "**")
            {
                if (!last) Walk(path, index + 1);
                foreach (var inner in Directory.EnumerateDirectories(absolute)
                    .Where(inner => !Path.GetFileName(inner).StartsWith('.') && new DirectoryInfo(inner).LinkTarget is null))
                    Walk(Join(path, Path.GetFileName(inner)), index);
                if (last) AddFiles(path, absolute, "*");
            }
            else if (last) AddFiles(path, absolute, part);
            else if (!IsPattern(part)) Walk(Join(path, part), index + 1);
            else
                foreach (var inner in Directory.EnumerateDirectories(absolute).Where(inner => Matches(part, Path.GetFileName(inner))))
                    Walk(Join(path, Path.GetFileName(inner)), index + 1);
        }

        void AddFiles(string path, string absolute, string part)
        {
            foreach (var file in Directory.EnumerateFiles(absolute).Where(file => Matches(part, Path.GetFileName(file))))
                found.Add(Join(path, Path.GetFileName(file)));
        }
    }

    private static bool Matches(string part, string name)
        => (part.StartsWith('.') || !name.StartsWith('.')) && FileSystemName.MatchesSimpleExpression(part, name, ignoreCase: false);

    private static string Join(string path, string name) => path.Length == 0 || path.EndsWith('/') ? path + name : $"{path}/{name}";
}
