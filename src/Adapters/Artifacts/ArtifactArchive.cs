using System.Formats.Tar;
using System.Text;

namespace Fairway.Adapters.Artifacts;

/// <summary>
/// Writes an artifact as a tar archive (POSIX.1-2001 pax): entries in ascending order of their paths' UTF-8 bytes, no owners, no times, modes 0644 and 0755. The
/// same files give the same bytes on every machine.
/// </summary>
internal static class ArtifactArchive
{
    /// <summary>Writes a folder.</summary>
    /// <param name="folder">The artifact's folder.</param>
    /// <param name="output">Where to; stays open.</param>
    /// <param name="cancellation">Stops half-way.</param>
    public static async Task WriteAsync(string folder, Stream output, CancellationToken cancellation)
    {
        var entries = new List<(byte[] Order, string Path, FileSystemInfo Info)>();
        Collect(new DirectoryInfo(folder), "", entries);
        entries.Sort((one, other) => one.Order.AsSpan().SequenceCompareTo(other.Order));
        await using var tar = new TarWriter(output, TarEntryFormat.Pax, leaveOpen: true);
        foreach (var (_, path, info) in entries) await WriteAsync(tar, path, info, cancellation);
    }

    private static void Collect(DirectoryInfo folder, string prefix, List<(byte[] Order, string Path, FileSystemInfo Info)> into)
    {
        foreach (var info in folder.EnumerateFileSystemInfos())
        {
            var path = prefix + info.Name;
            into.Add((Encoding.UTF8.GetBytes(path), path, info));
            if (info is DirectoryInfo { LinkTarget: null } below) Collect(below, path + "/", into);
        }
    }

    private static async Task WriteAsync(TarWriter tar, string path, FileSystemInfo info, CancellationToken cancellation)
    {
        var type = info.LinkTarget is not null ? TarEntryType.SymbolicLink : info is DirectoryInfo ? TarEntryType.Directory : TarEntryType.RegularFile;
        var runs = type == TarEntryType.Directory || (type == TarEntryType.RegularFile && info.UnixFileMode.HasFlag(UnixFileMode.UserExecute));
        var entry = new PaxTarEntry(type, type == TarEntryType.Directory ? path + "/" : path)
        {
            ModificationTime = DateTimeOffset.UnixEpoch, Mode = runs ? (UnixFileMode)0b111_101_101 : (UnixFileMode)0b110_100_100,
        };
        if (type == TarEntryType.SymbolicLink) entry.LinkName = info.LinkTarget!;
        if (type != TarEntryType.RegularFile)
        {
            await tar.WriteEntryAsync(entry, cancellation);
            return;
        }
        await using var content = new FileStream(info.FullName, FileMode.Open, FileAccess.Read, FileShare.Read, 128 * 1024, useAsync: false);
        entry.DataStream = content;
        await tar.WriteEntryAsync(entry, cancellation);
    }
}
