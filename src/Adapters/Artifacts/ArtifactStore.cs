using System.Collections.Concurrent;
using System.Runtime.InteropServices;
using Fairway.Catalog;
using Fairway.Kernel;
using Fairway.Ports;
using Microsoft.Win32.SafeHandles;

namespace Fairway.Adapters.Artifacts;

/// <summary>
/// Artifacts as folders named by their digest, <c>sha256-…</c>. An artifact appears as a whole, by a rename, or not at all; its files are
/// read-only, as far as permissions bind this user (they do not bind root).
/// </summary>
public sealed partial class ArtifactStore : IArtifacts
{
    private const string Incoming = ".incoming-";
    private const string Aside = ".aside-";
    private const int NoSpace = 28; // ENOSPC
    private readonly string _folder;
    private readonly ArtifactLimits _limits;
    private readonly ConcurrentDictionary<string, Lazy<Task<Fault?>>> _prepared = new(StringComparer.Ordinal);

    private ArtifactStore(string folder, ArtifactLimits limits) => (_folder, _limits) = (folder, limits);

    /// <summary>Opens a folder, made when missing, and sweeps what a crash left half-done.</summary>
    public static (ArtifactStore? Store, Fault? Fault) Open(string folder, ArtifactLimits? limits = null)
    {
        folder = Path.GetFullPath(folder);
        try
        {
            Directory.CreateDirectory(folder);
            foreach (var leftover in new DirectoryInfo(folder).GetDirectories(Incoming + "*")) TarExtraction.Delete(leftover);
            var store = new ArtifactStore(folder, limits ?? new());
            foreach (var aside in new DirectoryInfo(folder).GetDirectories(Aside + "*")) store.PutBack(aside);
            return (store, null);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            return (null, DiskFault(folder, failure));
        }
    }

    /// <summary>Where the files of a digest are, or would be.</summary>
    /// <exception cref="ArgumentException">Not a digest.</exception>
    public string FolderOf(string digest) => ContentDigest.IsDigest(digest)
        ? Path.Combine(_folder, digest.Replace(':', '-'))
        : throw new ArgumentException($"'{digest}' is no digest; it is written sha256: and 64 hex digits", nameof(digest));

    /// <inheritdoc/>
    public async Task<(string? Digest, Fault? Fault)> StoreAsync(Stream tar, CancellationToken cancellation)
    {
        var incoming = new DirectoryInfo(Path.Combine(_folder, Incoming + Guid.NewGuid().ToString("N")));
        try
        {
            incoming.Create();
            await TarExtraction.ExtractAsync(tar, incoming.FullName, _limits, cancellation);
            var digest = await ArtifactDigest.OfAsync(incoming.FullName, cancellation);
            TarExtraction.MakeReadOnly(incoming);
            Sync();
            await PlaceAsync(incoming, digest, cancellation);
            return (digest, null);
        }
        catch (RefusedEntryException refused)
        {
            return (null, Refused($"the artifact was refused: {refused.Message}; leave it out or change it"));
        }
        catch (Exception malformed) when (malformed is InvalidDataException or EndOfStreamException or FormatException)
        {
            return (null, Refused($"what was sent is not a complete tar archive ({malformed.Message}); send it again, uncompressed"));
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

    /// <inheritdoc/>
    public Task<bool> ExistsAsync(string digest, CancellationToken cancellation)
        => Task.FromResult(ContentDigest.IsDigest(digest) && Directory.Exists(FolderOf(digest)));

    /// <inheritdoc/>
    public async Task<Fault?> PrepareAsync(Release release, CancellationToken cancellation)
    {
        if (!ContentDigest.IsDigest(release.Artifact))
            return Refused($"release {release.Version} names the artifact '{release.Artifact}', which is no digest; deploy it again");
        // Whoever decided before this to remove it has decided on something else.
        lock (_placing) _checks[release.Artifact] = ChecksOf(release.Artifact) + 1;
        // Who asks while it is checked waits for that check; who asks later has it checked again, for a byte may have changed since.
        var check = _prepared.GetOrAdd(release.Artifact, digest => new(() => Task.Run(() => CheckAsync(digest, CancellationToken.None))));
        var checking = check.Value;
        _ = checking.ContinueWith(_ => _prepared.TryRemove(new(release.Artifact, check)), CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
        return await checking.WaitAsync(cancellation);
    }

    private async Task<Fault?> CheckAsync(string digest, CancellationToken cancellation)
    {
        var folder = FolderOf(digest);
        if (!Directory.Exists(folder))
            return new(FaultKind.NotFound, Blame.Platform, false, $"artifact {digest} is not on this machine; deploy the release again");
        try
        {
            if (IsImage(folder, digest))
            {
                return await ImageProblemAsync(folder, digest, cancellation) is not { } problem ? null : new(FaultKind.Invalid, Blame.Platform, false,
                    $"the image in {folder} was changed or damaged: {problem}; build it again, which replaces it");
            }
            var found = await ArtifactDigest.OfAsync(folder, cancellation);
            if (found != digest)
                return new(FaultKind.Invalid, Blame.Platform, false,
                    $"the files in {folder} were changed or damaged (their digest is {found}); "
                    + "deploy the release again, which replaces them");
            TarExtraction.MakeReadOnly(new(folder));
            return null;
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            return DiskFault(folder, failure);
        }
    }

    // The same files may be there already, may be there damaged, or may come at the same moment from somebody else.
    private async Task PlaceAsync(DirectoryInfo incoming, string digest, CancellationToken cancellation)
    {
        var folder = FolderOf(digest);
        var damaged = Directory.Exists(folder) && await CheckAsync(digest, cancellation) is not null;
        try
        {
            lock (_placing)
            {
                if (damaged && Directory.Exists(folder)) Directory.Move(folder, Path.Combine(_folder, Incoming + "damaged-" + Guid.NewGuid().ToString("N")));
                if (Directory.Exists(folder))
                {
                    // Stored anew: whoever decided to remove what was there has decided on something else.
                    Directory.SetLastWriteTimeUtc(folder, Directory.GetLastWriteTimeUtc(incoming.FullName));
                    return;
                }
                Directory.Move(incoming.FullName, folder);
            }
            Sync();
        }
        catch (IOException) when (Directory.Exists(folder) && Directory.Exists(incoming.FullName))
        {
            return; // Somebody else placed the same files first.
        }
    }

    // What cannot be removed now is swept when the store is opened again.
    private static void Sweep(DirectoryInfo incoming)
    {
        try
        {
            incoming.Refresh();
            TarExtraction.Delete(incoming);
        }
        catch (Exception busy) when (busy is IOException or UnauthorizedAccessException)
        {
            return;
        }
    }

    // One flush of the file system costs less than one per file.
    private void Sync()
    {
        using var handle = new SafeFileHandle(Open(_folder, 0x80000), ownsHandle: true);
        if (handle.IsInvalid || SyncFileSystem(handle) != 0)
            throw new IOException($"{_folder} cannot be flushed to disk", Marshal.GetLastPInvokeError());
    }

    private static Fault Refused(string message) => new(FaultKind.Invalid, Blame.Release, false, message);

    private static Fault DiskFault(string path, Exception failure) => failure switch
    {
        UnauthorizedAccessException => new(
            FaultKind.Forbidden, Blame.Platform, false,
            $"{path} may not be written: {failure.Message}; give this user the right, or choose another data folder"),
        IOException io when (io.HResult & 0xffff) == NoSpace => new(
            FaultKind.Exhausted, Blame.Platform, true, $"{path} has no room for the artifact: the disk is full; make room"),
        _ => new(FaultKind.Unavailable, Blame.Platform, true, $"{path}: {failure.Message}"),
    };

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Open(string path, int flags);

    [LibraryImport("libc", EntryPoint = "syncfs", SetLastError = true)]
    private static partial int SyncFileSystem(SafeFileHandle file);
}
