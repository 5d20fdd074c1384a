using System.Collections.Concurrent;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Fairway.Artifacts;
using Fairway.Kernel;

namespace Fairway.Adapters.Artifacts;

/// <summary>
/// Images: each is a whole OCI layout in a folder of its manifest's digest, and its contents are hard links into one pool, so that what images share is there once.
/// </summary>
public sealed partial class ArtifactStore
{
    private const string Pool = ".blobs";

    /// <inheritdoc/>
    public async Task<(string? Digest, Fault? Fault)> StoreImageAsync(string layout, CancellationToken cancellation)
    {
        var incoming = new DirectoryInfo(Path.Combine(_folder, Incoming + Guid.NewGuid().ToString("N")));
        try
        {
            var (image, problem) = await Task.Run(() => ReadLayout(layout, cancellation), cancellation);
            if (image is null) return (null, Refused($"the image layout was refused: {problem}"));
            if (image.Bytes > _limits.TotalBytes) return (null, Refused($"the image layout was refused: it has more than {_limits.TotalBytes >> 20} MiB"));
            var blobs = Directory.CreateDirectory(Path.Combine(incoming.FullName, OciLayout.Blobs));
            var pool = Directory.CreateDirectory(Path.Combine(_folder, Pool));
            foreach (var part in image.Parts)
                if (await TakeAsync(Path.Combine(layout, part.Path), Path.Combine(blobs.FullName, ContentDigestOf(part)), pool.FullName, part, cancellation) is { } refused) return (null, refused);
            await File.WriteAllTextAsync(Path.Combine(incoming.FullName, OciLayout.MarkFile), OciLayout.Mark, cancellation);
            await File.WriteAllBytesAsync(Path.Combine(incoming.FullName, OciLayout.IndexFile), image.Index(), cancellation);
            TarExtraction.MakeReadOnly(incoming);
            Sync();
            await PlaceAsync(incoming, image.Root.Digest, cancellation);
            return (image.Root.Digest, null);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            return (null, DiskFault(_folder, failure));
        }
        finally
        {
            Sweep(incoming);
        }
    }

    // No folder of files can have the digest of something that it holds: what is one is an image.
    private static bool IsImage(string folder, string digest) => File.Exists(Path.Combine(folder, OciLayout.Blobs + digest[7..])) && File.Exists(Path.Combine(folder, OciLayout.MarkFile));

    private static async Task<string?> ImageProblemAsync(string folder, string digest, CancellationToken cancellation)
    {
        var (image, problem) = await Task.Run(() => ReadLayout(folder, cancellation), cancellation);
        if (image is null) return problem;
        if (image.Root.Digest != digest) return $"it holds the image {image.Root.Digest}";
        var index = await File.ReadAllBytesAsync(Path.Combine(folder, OciLayout.IndexFile), cancellation);
        if (!image.Index().AsSpan().SequenceEqual(index)) return "its index.json was changed";
        if (await File.ReadAllTextAsync(Path.Combine(folder, OciLayout.MarkFile), cancellation) != OciLayout.Mark) return "its oci-layout was changed";
        var files = new DirectoryInfo(folder).EnumerateFileSystemInfos("*", SearchOption.AllDirectories).Count();
        // Two folders and two files around the contents.
        return files == image.Parts.Length + 4 ? null : "it holds something that does not belong to the image";
    }

    private static (OciImage? Image, string? Problem) ReadLayout(string folder, CancellationToken cancellation)
    {
        var known = new ConcurrentDictionary<string, (string Digest, long Bytes)?>(StringComparer.Ordinal);
        return OciLayout.Read(path => known.GetOrAdd(path, Measure), path => File.ReadAllBytes(Path.Combine(folder, path)));

        (string Digest, long Bytes)? Measure(string path)
        {
            cancellation.ThrowIfCancellationRequested();
            var at = new DirectoryInfo(folder);
            var parts = path.Split('/');
            foreach (var part in parts[..^1])
            {
                at = new(Path.Combine(at.FullName, part));
                if (!at.Exists || at.LinkTarget is not null) return null;
            }
            var file = new FileInfo(Path.Combine(at.FullName, parts[^1]));
            if (!file.Exists || file.LinkTarget is not null) return null;
            using var stream = file.OpenRead();
            return ("sha256:" + Convert.ToHexStringLower(SHA256.HashData(stream)), stream.Length);
        }
    }

    private async Task<Fault?> TakeAsync(string from, string to, string pool, OciDescriptor part, CancellationToken cancellation)
    {
        var shared = Path.Combine(pool, ContentDigestOf(part));
        // What is in the pool is used when it is whole, and replaced when it is not.
        if (File.Exists(shared) && await DigestOfAsync(shared, cancellation) == part.Digest && HardLink(shared, to) == 0) return null;
        using (var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256))
        {
            await using var source = new FileStream(from, FileMode.Open, FileAccess.Read, FileShare.Read, 0);
            await using var target = new FileStream(to, FileMode.CreateNew, FileAccess.Write, FileShare.None, 0);
            var piece = new byte[128 * 1024];
            var left = part.Bytes;
            for (var read = await source.ReadAsync(piece, cancellation); read > 0 && left >= 0; read = await source.ReadAsync(piece, cancellation))
            {
                left -= read;
                hash.AppendData(piece, 0, read);
                await target.WriteAsync(piece.AsMemory(0, read), cancellation);
            }
            if (left != 0 || "sha256:" + Convert.ToHexStringLower(hash.GetHashAndReset()) != part.Digest) return Refused($"the image layout was refused: {part.Digest} changed while it was read");
        }
        lock (_placing)
        {
            // Renamed over what may be there, so the pool's entry is whole or not there.
            var temporary = $"{shared}.{Guid.NewGuid():N}";
            if (HardLink(to, temporary) == 0) File.Move(temporary, shared, overwrite: true);
        }
        return null;
    }

    // An entry of the pool that no image has any more: it alone is the last name of its file.
    private void SweepPool()
    {
        var pool = new DirectoryInfo(Path.Combine(_folder, Pool));
        if (!pool.Exists) return;
        var used = new HashSet<string>(StringComparer.Ordinal);
        try
        {
            foreach (var image in new DirectoryInfo(_folder).EnumerateDirectories())
            {
                var blobs = new DirectoryInfo(Path.Combine(image.FullName, OciLayout.Blobs));
                if (image.Name != Pool && blobs.Exists) used.UnionWith(blobs.EnumerateFiles().Select(file => file.Name));
            }
            foreach (var entry in pool.EnumerateFiles())
                if (!used.Contains(entry.Name)) entry.Delete();
        }
        catch (Exception busy) when (busy is IOException or UnauthorizedAccessException)
        {
            return; // Something came or went meanwhile: the next removal sweeps again.
        }
    }

    private static async Task<string> DigestOfAsync(string file, CancellationToken cancellation)
    {
        await using var stream = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.Read, 0);
        return "sha256:" + Convert.ToHexStringLower(await SHA256.HashDataAsync(stream, cancellation));
    }

    private static string ContentDigestOf(OciDescriptor part) => part.Digest[7..];

    [LibraryImport("libc", EntryPoint = "link", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int HardLink(string from, string to);
}
