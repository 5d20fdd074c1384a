using System.Formats.Tar;
using System.Text;

namespace Fairway.Client.Artifacts;

/// <summary>How packing a folder ended.</summary>
/// <param name="Files">Files and links packed.</param>
/// <param name="Bytes">Their size together.</param>
/// <param name="Problem">Why the folder cannot be packed: where, what, how to mend it. Null when it was.</param>
public sealed record PackResult(int Files, long Bytes, string? Problem);

/// <summary>
/// Packs a folder as a tar for the control plane: entries in order of their paths, no owners, no times, so the same files give the same bytes. What
/// <c>.fairwayignore</c> in the folder names is left out.
/// </summary>
public static class ArtifactPacker
{
    /// <summary>Name of the file with the rules, in the folder's root.</summary>
    public const string IgnoreFile = ".fairwayignore";

    /// <summary>All files together, in bytes, unless said otherwise.</summary>
    public const long DefaultLimit = 2L * 1024 * 1024 * 1024;

    /// <summary>
    /// Writes the folder's tar. Everything is looked at first: with a problem nothing is written, unless a file changed or vanished while it was packed.
    /// An entry without content (an empty file, but also a socket or a pipe) is packed as an empty file.
    /// </summary>
    /// <param name="folder">What to pack.</param>
    /// <param name="output">Where to; stays open.</param>
    /// <param name="limit">Largest total size in bytes.</param>
    /// <param name="cancellation">Stops half-way.</param>
    public static async Task<PackResult> PackAsync(string folder, Stream output, long limit, CancellationToken cancellation)
    {
        var root = new DirectoryInfo(Path.GetFullPath(folder));
        if (!root.Exists) return new(0, 0, $"the folder {root.FullName} does not exist; check the service's path");
        try
        {
            var rules = Path.Combine(root.FullName, IgnoreFile);
            var entries = new List<(string Path, FileSystemInfo Info)>();
            if (Collect(root, "", IgnoreRules.Parse(File.Exists(rules) ? await File.ReadAllTextAsync(rules, cancellation) : ""), entries) is { } unusable) return new(0, 0, unusable);
            var bytes = entries.Sum(entry => LengthOf(entry.Info));
            if (entries.Count == 0) return new(0, 0, $"the folder {root.FullName} holds nothing to pack; build the service first, or check its path and {IgnoreFile}");
            if (bytes > limit) return new(0, 0, TooLarge(root, entries, bytes, limit));
            entries.Sort((one, other) => Encoding.UTF8.GetBytes(one.Path).AsSpan().SequenceCompareTo(Encoding.UTF8.GetBytes(other.Path)));
            await using var tar = new TarWriter(output, TarEntryFormat.Pax, leaveOpen: true);
            foreach (var (path, info) in entries)
                if (await WriteAsync(tar, path, info, cancellation) is { } problem) return new(0, 0, problem);
            return new(entries.Count(entry => entry.Info is not DirectoryInfo || entry.Info.LinkTarget is not null), bytes, null);
        }
        catch (UnauthorizedAccessException refused)
        {
            return new(0, 0, $"{refused.Message} Make it readable, or leave it out by a line in {IgnoreFile}");
        }
    }

    private static string? Collect(DirectoryInfo folder, string prefix, IgnoreRules rules, List<(string Path, FileSystemInfo Info)> into)
    {
        foreach (var info in folder.EnumerateFileSystemInfos())
        {
            var path = prefix + info.Name;
            var isFolder = info is DirectoryInfo && info.LinkTarget is null;
            if (rules.Ignores(path, isFolder)) continue;
            if (info.LinkTarget is { } target)
            {
                if (Leaves(path, target)) return $"link {path} leads to {target}, outside the folder; copy what it leads to, or leave it out by a line in {IgnoreFile}";
                into.Add((path, info));
                continue;
            }

            into.Add((path, info));
            if (info is DirectoryInfo below)
            {
                if (Collect(below, path + "/", rules, into) is { } problem) return problem;
            }
            else if (LengthOf(info) > 0)
            {
                File.OpenHandle(info.FullName).Dispose(); // Unreadable is found before anything is sent.
            }
        }

        return null;
    }

    private static async Task<string?> WriteAsync(TarWriter tar, string path, FileSystemInfo info, CancellationToken cancellation)
    {
        var type = info.LinkTarget is not null ? TarEntryType.SymbolicLink : info is DirectoryInfo ? TarEntryType.Directory : TarEntryType.RegularFile;
        var runs = type == TarEntryType.Directory || (type == TarEntryType.RegularFile && info.UnixFileMode.HasFlag(UnixFileMode.UserExecute));
        var entry = new PaxTarEntry(type, type == TarEntryType.Directory ? path + "/" : path)
        {
            ModificationTime = DateTimeOffset.UnixEpoch,
            Mode = runs ? (UnixFileMode)0b111_101_101 : (UnixFileMode)0b110_100_100,
        };
        if (type == TarEntryType.SymbolicLink) entry.LinkName = info.LinkTarget!;
        var expected = LengthOf(info);
        if (expected == 0)
        {
            await tar.WriteEntryAsync(entry, cancellation);
            return null;
        }

        if (!File.Exists(info.FullName)) return $"{path} vanished while it was packed; try again when nothing writes there";
        await using var content = new FileStream(info.FullName, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, 128 * 1024, useAsync: false);
        if (content.Length != expected) return $"{path} changed while it was packed; try again when nothing writes there";
        entry.DataStream = content;
        await tar.WriteEntryAsync(entry, cancellation);
        return content.Position == expected && content.Length == expected ? null : $"{path} changed while it was packed; try again when nothing writes there";
    }

    private static long LengthOf(FileSystemInfo info) => info is FileInfo { LinkTarget: null } file ? file.Length : 0;

    private static bool Leaves(string path, string target)
    {
        var depth = path.Count(c => c == '/');
        if (target.StartsWith('/')) return true;
        foreach (var part in target.Split('/', StringSplitOptions.RemoveEmptyEntries))
        {
            depth += part switch { "." => 0, ".." => -1, _ => 1 };
            if (depth < 0) return true;
        }

        return false;
    }

    private static string TooLarge(DirectoryInfo root, List<(string Path, FileSystemInfo Info)> entries, long bytes, long limit)
    {
        var largest = entries.Where(entry => entry.Info is FileInfo).MaxBy(entry => LengthOf(entry.Info));
        return $"{root.FullName} holds {Mebibytes(bytes)} MiB, more than the {Mebibytes(limit)} MiB an artifact may have; the largest file is {largest.Path} "
            + $"({Mebibytes(LengthOf(largest.Info))} MiB); leave out what is not needed by lines in {IgnoreFile}";
    }

    private static long Mebibytes(long bytes) => (bytes + 1024 * 1024 - 1) / (1024 * 1024);
}
