using Fairway.Catalog;
using Fairway.Kernel;
using Fairway.Ports;

namespace Fairway.Adapters.Artifacts;

/// <summary>Documents as files named by their digest. One appears as a whole, by a rename after a flush, or not at all.</summary>
public sealed class ArtifactDocuments : IArtifactDocuments
{
    /// <summary>Largest document, in bytes.</summary>
    public const int MaxBytes = 64 << 20;

    private const string Incoming = ".incoming-";
    private readonly string _folder;

    private ArtifactDocuments(string folder) => _folder = folder;

    /// <summary>Opens a folder, made when missing, and sweeps what a crash left half-done.</summary>
    public static (ArtifactDocuments? Documents, Fault? Fault) Open(string folder)
    {
        try
        {
            Directory.CreateDirectory(folder);
            foreach (var leftover in Directory.EnumerateFiles(folder, Incoming + "*")) File.Delete(leftover);
            return (new(folder), null);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            return (null, DiskFault(folder, failure));
        }
    }

    /// <inheritdoc/>
    public async Task<(string? Digest, Fault? Fault)> StoreAsync(ReadOnlyMemory<byte> content, CancellationToken cancellation)
    {
        if (content.Length > MaxBytes) return (null, new(FaultKind.Invalid, Blame.Release, false, $"the document is larger than {MaxBytes >> 20} MiB"));
        var digest = ContentDigest.Of(content.Span);
        var file = FileOf(digest);
        var temporary = Path.Combine(_folder, Incoming + Guid.NewGuid().ToString("N"));
        try
        {
            // A damaged one is replaced.
            if (File.Exists(file) && (await ReadAsync(digest, cancellation)).Fault is null) return (digest, null);
            await using (var stream = new FileStream(temporary, FileMode.CreateNew, FileAccess.Write))
            {
                await stream.WriteAsync(content, cancellation);
                stream.Flush(flushToDisk: true);
            }
            File.Move(temporary, file, overwrite: true);
            return (digest, null);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            return (null, DiskFault(_folder, failure));
        }
        finally
        {
            if (File.Exists(temporary)) File.Delete(temporary);
        }
    }

    /// <inheritdoc/>
    public async Task<(ReadOnlyMemory<byte> Content, Fault? Fault)> ReadAsync(string digest, CancellationToken cancellation)
    {
        if (!ContentDigest.IsDigest(digest)) return (default, new(FaultKind.Invalid, Blame.Fairway, false, "a document is named by its digest"));
        try
        {
            var file = new FileInfo(FileOf(digest));
            if (!file.Exists) return (default, new(FaultKind.NotFound, Blame.Platform, false, $"the document {digest} is not there"));
            if (file.Length > MaxBytes) return (default, Changed(digest));
            var content = await File.ReadAllBytesAsync(file.FullName, cancellation);
            return ContentDigest.Of(content) == digest ? (content, null) : (default, Changed(digest));
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            return (default, DiskFault(_folder, failure));
        }
    }

    private string FileOf(string digest) => Path.Combine(_folder, "sha256-" + ContentDigest.Hex(digest));

    private static Fault Changed(string digest) => new(FaultKind.Invalid, Blame.Platform, false, $"the document {digest} was changed or damaged; have it made again");

    private static Fault DiskFault(string path, Exception failure)
        => new(failure is UnauthorizedAccessException ? FaultKind.Forbidden : FaultKind.Unavailable, Blame.Platform, failure is IOException, $"{path}: {failure.Message}");
}
