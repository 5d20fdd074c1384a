using System.Text;
using Fairway.Kernel;

namespace Fairway.Source;

/// <summary>An entry of a commit's tree.</summary>
/// <param name="Mode">As git writes it: <c>100644</c>, <c>100755</c>, <c>120000</c> a symbolic link, <c>160000</c> a submodule.</param>
/// <param name="Path">From the tree's root.</param>
public readonly record struct TreeEntry(string Mode, string Path)
{
    /// <summary>Whether it is a symbolic link.</summary>
    public bool IsLink => Mode == "120000";

    /// <summary>Whether it is a submodule.</summary>
    public bool IsSubmodule => Mode == "160000";
}

/// <summary>Tells what in a tree could act outside of it.</summary>
public static class TreeCheck
{
    /// <summary>What is wrong with an entry; null when nothing is.</summary>
    public static PushFinding? Judge(TreeEntry entry, RepositorySettings repository)
    {
        var shown = PlainText.Of(entry.Path, 120);
        if (Encoding.UTF8.GetByteCount(entry.Path) > repository.Limits.LongestPath) return new($"the path {shown} is longer than {repository.Limits.LongestPath} bytes", "shorten it");
        if (entry.Path.Length == 0 || entry.Path[0] == '/') return new($"the path \"{shown}\" is not inside the tree", "rename the file");
        foreach (var part in entry.Path.Split('/'))
        {
            if (part is "" or "." or "..") return new($"the path {shown} leads out of the tree", "rename the file");
            if (LooksLikeGit(part)) return new($"the path {shown} is or looks like git's own folder", "rename it; some systems take it for .git");
            if (part.Any(char.IsControl)) return new($"the path {shown} has control characters", "rename the file");
        }
        if (entry.IsSubmodule && !repository.Submodules) return new($"{shown} is a submodule", "commit its files themselves, or allow it with source.repositories.NAME.submodules: true (it is never fetched)");
        return entry.Mode is "100644" or "100755" or "100664" or "120000" or "160000" or "040000" ? null : new($"{shown} has the mode {entry.Mode}", "commit it as a plain file");
    }

    /// <summary>What is wrong with where a symbolic link leads; null when it stays inside the tree.</summary>
    /// <param name="path">Where the link is.</param>
    /// <param name="target">Where it leads.</param>
    public static PushFinding? JudgeLink(string path, string target)
    {
        var depth = path.Split('/').Length - 1;
        var leaves = target.Length == 0 || target[0] == '/' || target.Contains('\0', StringComparison.Ordinal) || target.Contains('\\', StringComparison.Ordinal);
        var down = false;
        foreach (var part in target.Split('/'))
        {
            // Up again after down: what was gone down may itself be a link, and its parent anywhere.
            leaves |= (part == ".." && (down || --depth < 0)) || LooksLikeGit(part);
            down |= part is not (".." or "." or "");
        }
        return leaves ? new($"{PlainText.Of(path, 120)} is a symbolic link to {PlainText.Of(target, 120)}, outside of the tree", "make it a file, or a link to a file of the repository") : null;
    }

    /// <summary>
    /// Whether some system takes a name for <c>.git</c>: in any case, with dots and blanks at its end, as <c>git~1</c>, with a stream's
    /// name behind it, or with letters between that HFS+ does not see.
    /// </summary>
    public static bool LooksLikeGit(string name)
    {
        var seen = new string([.. name.Where(letter => letter is not ((>= '\u200c' and <= '\u200f') or (>= '\u202a' and <= '\u202e') or (>= '\u206a' and <= '\u206f') or '\ufeff'))]);
        var end = seen.IndexOfAny([':', '\\']);
        var plain = (end < 0 ? seen : seen[..end]).TrimEnd('.', ' ');
        return plain.Equals(".git", StringComparison.OrdinalIgnoreCase) || plain.Equals("git~1", StringComparison.OrdinalIgnoreCase)
            || (end >= 0 && seen[end] == '\\' && LooksLikeGit(seen[(end + 1)..]));
    }
}
