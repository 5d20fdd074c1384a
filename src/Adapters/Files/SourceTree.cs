using System.Text;

namespace Fairway.Adapters.Files;

/// <summary>A file of a tree.</summary>
/// <param name="Path">Relative to the tree, with <c>/</c>.</param>
/// <param name="FullPath">Where it is.</param>
/// <param name="Length">In bytes.</param>
public sealed record SourceTreeFile(string Path, string FullPath, long Length);

/// <summary>
/// The files below a folder, in order of their paths. Symbolic links are not followed, devices and pipes not opened, <c>.git</c> and <c>node_modules</c> not entered;
/// at most <see cref="MostFiles"/> files and <see cref="Deepest"/> levels.
/// </summary>
public static class SourceTree
{
    /// <summary>Most files.</summary>
    public const int MostFiles = 1_000_000;

    /// <summary>Deepest folder.</summary>
    public const int Deepest = 100;

    private const int SniffedBytes = 8_000;

    /// <summary>Files of a folder; of a path that is a file, that file alone.</summary>
    /// <param name="path">Folder or file.</param>
    /// <param name="unread">Where a sentence goes for each part that cannot be looked at.</param>
    /// <param name="cancellation">Stops half-way.</param>
    public static IEnumerable<SourceTreeFile> Files(string path, ICollection<string> unread, CancellationToken cancellation)
    {
        if (File.Exists(path))
        {
            var file = new FileInfo(path);
            return [new(file.Name, file.FullName, file.Length)];
        }
        return Walk(new DirectoryInfo(path), "", 0, unread, cancellation).Take(MostFiles);
    }

    /// <summary>A file's text; null when it is binary (a zero byte among its first), too large or cannot be read, which is told.</summary>
    /// <param name="file">The file.</param>
    /// <param name="limit">Largest size in bytes.</param>
    /// <param name="unread">Where the reason goes; binary files need none.</param>
    public static string? ReadText(SourceTreeFile file, long limit, ICollection<string> unread)
    {
        if (file.Length > limit)
        {
            unread.Add($"{file.Path}: it has {file.Length >> 20} MiB, more than {limit >> 20}");
            return null;
        }
        try
        {
            using var stream = new FileStream(file.FullPath, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            using var content = new MemoryStream();
            var buffer = new byte[64 << 10];
            int read;
            // It may grow while it is read.
            while (content.Length <= limit && (read = stream.Read(buffer)) > 0)
            {
                if (content.Length == 0 && buffer.AsSpan(0, Math.Min(read, SniffedBytes)).Contains((byte)0)) return null;
                content.Write(buffer, 0, read);
            }
            return Encoding.UTF8.GetString(content.GetBuffer().AsSpan(0, (int)content.Length));
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            unread.Add($"{file.Path}: it cannot be read: {failure.Message}");
            return null;
        }
    }

    private static IEnumerable<SourceTreeFile> Walk(DirectoryInfo folder, string prefix, int depth, ICollection<string> unread, CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        if (depth > Deepest)
        {
            unread.Add($"{prefix}: folders nest more than {Deepest} deep");
            yield break;
        }
        foreach (var entry in Entries(folder, prefix, unread))
        {
            if (entry.LinkTarget is not null) continue;
            if (entry is DirectoryInfo below)
            {
                if (below.Name is ".git" or "node_modules") continue;
                foreach (var file in Walk(below, prefix + below.Name + "/", depth + 1, unread, cancellation)) yield return file;
            }
            // A length of nothing may be a pipe or a device, which is not opened; an empty file has nothing to find either.
            else if (entry is FileInfo { Length: > 0 } file) yield return new(prefix + file.Name, file.FullName, file.Length);
        }
    }

    private static FileSystemInfo[] Entries(DirectoryInfo folder, string prefix, ICollection<string> unread)
    {
        try
        {
            var entries = folder.GetFileSystemInfos();
            Array.Sort(entries, (one, other) => string.CompareOrdinal(one.Name, other.Name));
            return entries;
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            unread.Add($"{prefix}: it cannot be listed: {failure.Message}");
            return [];
        }
    }
}
