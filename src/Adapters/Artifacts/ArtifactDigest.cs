using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Fairway.Adapters.Artifacts;

/// <summary>The digest of a folder's files.</summary>
/// <remarks>
/// SHA-256 over UTF-8 text: the line <c>fairway artifact 1</c>, then a line per entry, in ascending order of the path's UTF-8 bytes. Paths are relative, with
/// <c>/</c>; lengths are in bytes and make every character possible in a name.
/// <list type="bullet">
/// <item><c>file LENGTH PATH MODE SHA256</c>: MODE is <c>x</c> when the owner may execute it, else <c>-</c>; SHA256 of the content in hex.</item>
/// <item><c>link LENGTH PATH LENGTH TARGET</c>: a symbolic link.</item>
/// <item><c>folder LENGTH PATH</c>: only for a folder with nothing in it.</item>
/// </list>
/// Owner, times and every other permission bit are not part of it.
/// </remarks>
internal static class ArtifactDigest
{
    /// <summary>The digest, <c>sha256:</c> and 64 hex digits.</summary>
    public static async Task<string> OfAsync(string folder, CancellationToken cancellation)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData("fairway artifact 1\n"u8);
        foreach (var (path, info) in Entries(new DirectoryInfo(folder), "").OrderBy(entry => Encoding.UTF8.GetBytes(entry.Path), ByteOrder.Instance))
            hash.AppendData(Encoding.UTF8.GetBytes(await LineAsync(path, info, cancellation)));
        return "sha256:" + Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    private static IEnumerable<(string Path, FileSystemInfo Info)> Entries(DirectoryInfo folder, string prefix)
    {
        foreach (var info in folder.EnumerateFileSystemInfos())
        {
            var path = prefix + info.Name;
            if (info is not DirectoryInfo { LinkTarget: null } below)
            {
                yield return (path, info);
                continue;
            }

            var any = false;
            foreach (var entry in Entries(below, path + "/"))
            {
                any = true;
                yield return entry;
            }

            if (!any) yield return (path, info);
        }
    }

    private static async Task<string> LineAsync(string path, FileSystemInfo info, CancellationToken cancellation)
    {
        if (info.LinkTarget is { } target) return $"link {Length(path)} {path} {Length(target)} {target}\n";
        if (info is DirectoryInfo) return $"folder {Length(path)} {path}\n";
        var mode = info.UnixFileMode.HasFlag(UnixFileMode.UserExecute) ? 'x' : '-';
        await using var content = new FileStream(info.FullName, FileMode.Open, FileAccess.Read, FileShare.Read, 128 * 1024, useAsync: false);
        return $"file {Length(path)} {path} {mode} {Convert.ToHexStringLower(await SHA256.HashDataAsync(content, cancellation))}\n";
    }

    private static string Length(string text) => Encoding.UTF8.GetByteCount(text).ToString(CultureInfo.InvariantCulture);

    private sealed class ByteOrder : IComparer<byte[]>
    {
        public static ByteOrder Instance { get; } = new();

        public int Compare(byte[]? x, byte[]? y) => x.AsSpan().SequenceCompareTo(y);
    }
}
