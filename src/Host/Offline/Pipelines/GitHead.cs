namespace Fairway.Offline;

/// <summary>What a checkout is at, read from git's own files (gitrepository-layout(5)); nothing is known where they are not.</summary>
internal static class GitHead
{
    /// <summary>Full ref and commit; empty when they are not known.</summary>
    public static (string Ref, string Commit) Of(string checkout)
    {
        try
        {
            var folder = Path.Combine(checkout, ".git");
            if (File.Exists(folder) && File.ReadAllText(folder).Trim() is var pointer && pointer.StartsWith("gitdir: ", StringComparison.Ordinal))
                folder = Path.GetFullPath(pointer[8..], checkout);
            var head = File.ReadAllText(Path.Combine(folder, "HEAD")).Trim();
            if (!head.StartsWith("ref: ", StringComparison.Ordinal)) return ("", head);
            var name = head[5..].Trim();
            var shared = Path.Combine(folder, "commondir");
            if (File.Exists(shared)) folder = Path.GetFullPath(File.ReadAllText(shared).Trim(), folder);
            var file = Path.Combine(folder, name);
            if (File.Exists(file)) return (name, File.ReadAllText(file).Trim());
            var packed = Path.Combine(folder, "packed-refs");
            var line = File.Exists(packed) ? File.ReadLines(packed).FirstOrDefault(line => line.EndsWith(" " + name, StringComparison.Ordinal)) : null;
            return (name, line?.Split(' ')[0] ?? "");
        }
        catch (Exception none) when (none is IOException or UnauthorizedAccessException)
        {
            return ("", "");
        }
    }
}
