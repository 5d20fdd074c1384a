using System.Formats.Tar;

namespace Fairway.Adapters.Artifacts;

/// <summary>Writes a tar stream's entries into an empty folder, never outside it.</summary>
internal static class TarExtraction
{
    private const UnixFileMode ReadOnly = UnixFileMode.UserRead | UnixFileMode.GroupRead | UnixFileMode.OtherRead;
    private const UnixFileMode Execute = UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute;

    /// <summary>Extracts everything.</summary>
    /// <exception cref="RefusedEntryException">An entry that no artifact may have.</exception>
    /// <exception cref="InvalidDataException">Not a tar, or cut off.</exception>
    /// <exception cref="IOException">The disk.</exception>
    public static async Task ExtractAsync(Stream tar, string folder, ArtifactLimits limits, CancellationToken cancellation)
    {
        var tree = new ArtifactTree(limits);
        await using var watched = new EndWatchingStream(tar);
        await using var reader = new TarReader(watched, leaveOpen: true);
        while (await reader.GetNextEntryAsync(copyData: false, cancellation) is { } entry)
        {
            if (entry.EntryType is TarEntryType.GlobalExtendedAttributes) continue;
            var path = tree.Normalize(entry.Name);
            if (path.Length == 0) continue;
            await ExtractAsync(entry, path, Path.Combine(folder, path), tree, folder, cancellation);
        }

        if (watched.EndWasReached) throw new InvalidDataException("the archive is cut off: it has no end mark");
        tree.CheckLinks();
        // Last, so that nothing above was written through one.
        foreach (var (path, target) in tree.Links) File.CreateSymbolicLink(Path.Combine(folder, path), target);
    }

    /// <summary>Takes every write permission away, files first.</summary>
    public static void MakeReadOnly(DirectoryInfo folder)
    {
        foreach (var info in folder.EnumerateFileSystemInfos())
        {
            if (info.LinkTarget is not null) continue;
            if (info is DirectoryInfo below) MakeReadOnly(below);
            else Set(info, info.UnixFileMode.HasFlag(UnixFileMode.UserExecute) ? ReadOnly | Execute : ReadOnly);
        }

        Set(folder, ReadOnly | Execute);
    }

    /// <summary>Deletes a folder that may be read-only.</summary>
    public static void Delete(DirectoryInfo folder)
    {
        if (!folder.Exists) return;
        Unlock(folder);
        folder.Delete(recursive: true);
    }

    private static void Unlock(DirectoryInfo folder)
    {
        folder.UnixFileMode = ReadOnly | Execute | UnixFileMode.UserWrite;
        foreach (var below in folder.EnumerateDirectories())
            if (below.LinkTarget is null) Unlock(below);
    }

    private static async Task ExtractAsync(TarEntry entry, string path, string target, ArtifactTree tree, string folder, CancellationToken cancellation)
    {
        switch (entry.EntryType)
        {
            case TarEntryType.Directory or TarEntryType.DirectoryList:
                tree.AddFolder(path);
                Directory.CreateDirectory(target);
                break;
            case TarEntryType.RegularFile or TarEntryType.V7RegularFile or TarEntryType.ContiguousFile:
                tree.AddFile(path, entry.Length);
                await WriteAsync(target, entry.DataStream ?? Stream.Null, entry.Mode, cancellation);
                break;
            case TarEntryType.SymbolicLink:
                tree.AddLink(path, entry.LinkName);
                Directory.CreateDirectory(Path.GetDirectoryName(target)!);
                break;
            case TarEntryType.HardLink:
                var original = tree.Normalize(entry.LinkName);
                if (!tree.HasFile(original)) throw new RefusedEntryException($"hard link '{path}' refers to '{entry.LinkName}', which is no file before it in the archive");
                var source = new FileInfo(Path.Combine(folder, original));
                tree.AddFile(path, source.Length);
                await using (var content = source.OpenRead()) await WriteAsync(target, content, source.UnixFileMode, cancellation);
                break;
            default:
                throw new RefusedEntryException($"'{path}' is neither a file, a folder nor a link but {entry.EntryType}");
        }
    }

    private static async Task WriteAsync(string target, Stream content, UnixFileMode mode, CancellationToken cancellation)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(target)!);
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite };
        await using var file = new FileStream(target, options);
        await content.CopyToAsync(file, cancellation);
        await file.FlushAsync(cancellation);
        if (mode.HasFlag(UnixFileMode.UserExecute)) File.SetUnixFileMode(file.SafeFileHandle, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
    }

    private static void Set(FileSystemInfo info, UnixFileMode mode)
    {
        if (info.UnixFileMode != mode) info.UnixFileMode = mode;
    }
}
