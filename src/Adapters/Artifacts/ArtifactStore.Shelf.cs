using Fairway.Artifacts;
using Fairway.Catalog;
using Fairway.Kernel;
using Fairway.Ports;
using NodaTime;

namespace Fairway.Adapters.Artifacts;

/// <summary>The stored folders, listed, handed out and removed.</summary>
public sealed partial class ArtifactStore : IArtifactShelf
{
    // Between "it is there already" and "it is removed" nothing may come.
    private readonly Lock _placing = new();
    private readonly Dictionary<string, long> _checks = new(StringComparer.Ordinal);

    /// <inheritdoc/>
    public Task<(ImmutableArray<StoredArtifact> Artifacts, Fault? Fault)> ListAsync(CancellationToken cancellation) => Task.Run<(ImmutableArray<StoredArtifact>, Fault?)>(() =>
    {
        try
        {
            var found = ImmutableArray.CreateBuilder<StoredArtifact>();
            foreach (var folder in new DirectoryInfo(_folder).EnumerateDirectories("sha256-*"))
            {
                cancellation.ThrowIfCancellationRequested();
                var digest = folder.Name.Replace('-', ':');
                if (!ContentDigest.IsDigest(digest)) continue;
                long checks;
                lock (_placing) checks = ChecksOf(digest);
                found.Add(new(digest, StoredAt(folder), BytesOf(folder)) { IsImage = IsImage(folder.FullName, digest), Checks = checks });
            }
            return (found.ToImmutable(), null);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            return ([], DiskFault(_folder, failure));
        }
    }, cancellation);

    /// <inheritdoc/>
    public Task<Fault?> VerifyAsync(string digest, CancellationToken cancellation)
        => ContentDigest.IsDigest(digest) ? CheckAsync(digest, cancellation) : Task.FromResult<Fault?>(Refused($"'{digest}' is no digest"));

    /// <inheritdoc/>
    public async Task<Fault?> ExportAsync(string digest, Stream tar, CancellationToken cancellation)
    {
        if (await VerifyAsync(digest, cancellation) is { } fault) return fault;
        try
        {
            await ArtifactArchive.WriteAsync(FolderOf(digest), tar, cancellation);
            return null;
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            return DiskFault(FolderOf(digest), failure);
        }
    }

    /// <inheritdoc/>
    public Task<(bool Removed, Fault? Fault)> RemoveAsync(StoredArtifact artifact, Func<Task> record, CancellationToken cancellation) => Task.Run<(bool, Fault?)>(async () =>
    {
        var folder = new DirectoryInfo(FolderOf(artifact.Digest));
        var aside = Path.Combine(_folder, $"{Aside}{Guid.NewGuid():N}.{folder.Name}");
        try
        {
            lock (_placing)
            {
                if (!folder.Exists || StoredAt(folder) != artifact.StoredAt || ChecksOf(artifact.Digest) != artifact.Checks) return (false, null);
                // Gone at once and as a whole.
                Directory.Move(folder.FullName, aside);
            }
            Sync();
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            return (false, DiskFault(folder.FullName, failure));
        }
        try
        {
            await record();
        }
        catch
        {
            lock (_placing) PutBack(new(aside));
            throw;
        }
        try
        {
            // From here on it is something to sweep, whenever this process ends.
            var gone = Path.Combine(_folder, $"{Incoming}removed-{Guid.NewGuid():N}");
            Directory.Move(aside, gone);
            Sweep(new(gone));
            SweepPool();
            return (true, null);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            return (false, DiskFault(aside, failure));
        }
    }, cancellation);

    // Nobody wrote down that it goes, so it is not gone; what was stored anew meanwhile is the same.
    private void PutBack(DirectoryInfo aside)
    {
        var folder = Path.Combine(_folder, aside.Name[(aside.Name.LastIndexOf('.') + 1)..]);
        if (Directory.Exists(folder)) Sweep(aside);
        else Directory.Move(aside.FullName, folder);
    }

    private long ChecksOf(string digest) => _checks.GetValueOrDefault(digest);

    private static Instant StoredAt(DirectoryInfo folder) => Instant.FromDateTimeUtc(folder.LastWriteTimeUtc);

    private static long BytesOf(DirectoryInfo folder)
    {
        var sum = 0L;
        foreach (var info in folder.EnumerateFileSystemInfos())
            if (info.LinkTarget is null) sum += info is DirectoryInfo below ? BytesOf(below) : ((FileInfo)info).Length;
        return sum;
    }
}
