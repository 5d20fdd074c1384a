using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Fairway.Kernel;
using Fairway.Pipelines;
using Fairway.Ports;
using NodaTime;

namespace Fairway.Adapters.Blobs;

/// <summary>
/// Contents in files named by their digest, for pipelines. A file appears as a whole, by a rename, or not at all, and is checked whenever it is handed out,
/// so one that a crash or somebody damaged is the same as one that is missing.
/// </summary>
public sealed partial class BlobFolder : IPipelineBlobs
{
    private const int NoSpace = 28; // ENOSPC
    private const int MostKept = 50_000;
    private static readonly TimeSpan Moment = TimeSpan.FromMinutes(1);
    private const long LargestWhole = 1024 * 1024;
    private const string Incoming = "incoming";
    private readonly string _folder;
    private readonly TimeProvider _time;
    private readonly SnapshotMemory _memory;
    private Kept? _kept;

    private BlobFolder(string folder, TimeProvider time) => (_folder, _time, _memory) = (folder, time, new(folder, time));

    /// <summary>Opens a folder, made when missing.</summary>
    public static (BlobFolder? Blobs, Fault? Fault) Open(string folder, TimeProvider time)
    {
        folder = Path.GetFullPath(folder);
        try
        {
            Directory.CreateDirectory(folder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
            return (new(folder, time), null);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            return (null, DiskFault(folder, failure));
        }
    }

    /// <inheritdoc/>
    public async Task<(string? Digest, Fault? Fault)> PutAsync(ReadOnlyMemory<byte> content, CancellationToken cancellation)
    {
        var digest = DigestOf(content.Span);
        try
        {
            if (!Has(digest)) await PlaceAsync(digest, file => RandomAccess.WriteAsync(file, content, 0, cancellation).AsTask());
            return (digest, null);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            return (null, DiskFault(_folder, failure));
        }
    }

    /// <inheritdoc/>
    public async Task<byte[]?> GetAsync(string digest, CancellationToken cancellation)
    {
        try
        {
            var content = await File.ReadAllBytesAsync(PathOf(digest), cancellation);
            return DigestOf(content) == digest ? content : null;
        }
        catch (Exception missing) when (missing is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <inheritdoc/>
    public async Task<(FileTree? Tree, Fault? Fault)> SnapshotAsync(string folder, CancellationToken cancellation)
    {
        try
        {
            var (names, fault) = await CheckoutFiles.ListAsync(folder, cancellation);
            return names is null ? (null, fault) : await TakeAsync(folder, names, _memory.Of(folder), mayLeadOut: true, cancellation);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            return (null, DiskFault(folder, failure));
        }
    }

    /// <inheritdoc/>
    public async Task<(FileTree? Tree, Fault? Fault)> CollectAsync(string folder, ImmutableArray<string> patterns, CancellationToken cancellation)
    {
        try
        {
            var selection = new FileSelection(patterns);
            return await TakeAsync(folder, CheckoutFiles.Walk(folder).Where(selection.Takes), null, mayLeadOut: false, cancellation);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            return (null, DiskFault(folder, failure));
        }
    }

    /// <inheritdoc/>
    public async Task<ImmutableArray<(string Path, byte[]? Content)>> ReadAsync(
        string folder, ImmutableArray<string> patterns, long largest, CancellationToken cancellation)
    {
        var selection = new FileSelection(patterns);
        var found = ImmutableArray.CreateBuilder<(string, byte[]?)>();
        using var beneath = new BeneathFolder(folder);
        foreach (var path in CheckoutFiles.Walk(folder).Where(selection.Takes).Order(StringComparer.Ordinal))
        {
            await using var file = beneath.Read(path);
            if (file is null) continue;
            byte[]? content = null;
            if (file.Length <= largest)
            {
                content = new byte[file.Length];
                // It may have shrunk since it was measured.
                content = content[..await file.ReadAtLeastAsync(content, content.Length, throwOnEndOfStream: false, cancellation)];
            }
            found.Add((path, content));
        }
        return found.ToImmutable();
    }

    /// <inheritdoc/>
    public async Task<Fault?> RestoreAsync(FileTree tree, string folder, CancellationToken cancellation)
    {
        try
        {
            using var beneath = new BeneathFolder(folder);
            var buffer = new byte[128 * 1024];
            // Links last: nothing is then written through one of them.
            foreach (var entry in tree.Entries.OrderBy(entry => entry.Kind == TreeEntryKind.Link))
            {
                cancellation.ThrowIfCancellationRequested();
                if (!IsInside(entry.Path)) return new(FaultKind.Invalid, Blame.Release, false, $"'{entry.Path}' leads out of the folder");
                if (entry.Kind == TreeEntryKind.Link) beneath.Link(entry.Path, entry.Content);
                else if (!await CopyAsync(entry, beneath, buffer, cancellation))
                    return new(FaultKind.NotFound, Blame.Platform, false, $"the content of {entry.Path} ({entry.Content}) is not here any more, or is damaged; run again without the cache");
            }
            return null;
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            return DiskFault(folder, failure);
        }
    }

    /// <inheritdoc/>
    public async Task<FileTree?> FindTreeAsync(string digest, CancellationToken cancellation)
    {
        // All of its contents were here a moment ago, and what is young is not removed.
        if (_kept is { } kept && kept.Digest == digest && _time.GetElapsedTime(kept.At) < Moment) return kept.Tree;
        if (await LoadAsync("trees", digest, cancellation) is not { } text) return null;
        try
        {
            var tree = FairwayJson.Read<FileTree>(text);
            return tree.Digest == digest && tree.Entries.All(entry => entry.Kind == TreeEntryKind.Link || Has(entry.Content)) ? tree : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    /// <inheritdoc/>
    public Task<Fault?> KeepTreeAsync(FileTree tree, CancellationToken cancellation) => KeepTreeAsync(tree, tree.Digest, cancellation);

    /// <inheritdoc/>
    public async Task<string?> LoadAsync(string kind, string key, CancellationToken cancellation)
    {
        var path = NameOf(kind, key);
        try
        {
            if (!File.Exists(path)) return null;
            var text = await File.ReadAllTextAsync(path, cancellation);
            File.SetLastWriteTimeUtc(path, _time.GetUtcNow().UtcDateTime);
            return text;
        }
        catch (Exception missing) when (missing is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <inheritdoc/>
    public async Task<Fault?> SaveAsync(string kind, string key, string text, CancellationToken cancellation)
    {
        var path = NameOf(kind, key);
        try
        {
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            var temporary = $"{path}.{Guid.NewGuid():N}.tmp";
            await File.WriteAllTextAsync(temporary, text, cancellation);
            File.Move(temporary, path, overwrite: true);
            return null;
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            return DiskFault(path, failure);
        }
    }

    private Task<Fault?> KeepTreeAsync(FileTree tree, string digest, CancellationToken cancellation) => SaveAsync("trees", digest, FairwayJson.Write(tree), cancellation);

    private async Task<(FileTree? Tree, Fault? Fault)> TakeAsync(
        string folder, IEnumerable<string> names, SnapshotMemory.Folder? memory, bool mayLeadOut, CancellationToken cancellation)
    {
        using var beneath = new BeneathFolder(folder);
        var entries = new List<TreeEntry>();
        foreach (var path in names)
        {
            cancellation.ThrowIfCancellationRequested();
            if (entries.Count >= FileTree.MostEntries) return (null, new(FaultKind.Exhausted, Blame.Release, false, $"there are more than {FileTree.MostEntries} files; name fewer"));
            var info = new FileInfo(Path.Combine(folder, path));
            if (info.Attributes.HasFlag(FileAttributes.ReparsePoint) && info.LinkTarget is { } target)
            {
                if (!mayLeadOut && LeadsOut(path, target))
                    return (null, new(FaultKind.Invalid, Blame.Release, false, $"{path} is a link to '{target}', out of the checkout; leave it out or copy what it leads to"));
                entries.Add(new(path, TreeEntryKind.Link, target, 0));
                continue;
            }
            if (!info.Exists) continue;
            var kind = info.UnixFileMode.HasFlag(UnixFileMode.UserExecute) ? TreeEntryKind.Program : TreeEntryKind.File;
            var known = memory?.Find(path, info);
            if (known is not null && Has(known))
            {
                entries.Add(new(path, kind, known, info.Length));
                continue;
            }
            await using var file = beneath.Read(path);
            // Gone meanwhile, or a pipe, a socket, a device.
            if (file is null) continue;
            var (digest, bytes) = await StoreAsync(file, cancellation);
            memory?.Remember(path, info, digest);
            entries.Add(new(path, kind, digest, bytes));
        }
        memory?.Save();
        var tree = FileTree.Of(entries);
        var whole = tree.Digest;
        if (await KeepTreeAsync(tree, whole, cancellation) is { } fault) return (null, fault);
        if (memory is not null) _kept = tree.Entries.Length > MostKept ? null : new(whole, tree, _time.GetTimestamp());
        return (tree, null);
    }

    private async Task<(string Digest, long Bytes)> StoreAsync(FileStream file, CancellationToken cancellation)
    {
        if (file.Length <= LargestWhole)
        {
            using var whole = new MemoryStream((int)file.Length);
            await file.CopyToAsync(whole, cancellation);
            var content = whole.GetBuffer().AsMemory(0, (int)whole.Length);
            var (digest, fault) = await PutAsync(content, cancellation);
            return (digest ?? throw new IOException(fault!.Message), content.Length);
        }
        var temporary = Temporary();
        try
        {
            using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
            var buffer = new byte[256 * 1024];
            long bytes = 0;
            await using (var copy = new FileStream(temporary, FileMode.CreateNew, FileAccess.Write, FileShare.None, 0))
            {
                for (int read; (read = await file.ReadAsync(buffer, cancellation)) > 0; bytes += read)
                {
                    hash.AppendData(buffer, 0, read);
                    await copy.WriteAsync(buffer.AsMemory(0, read), cancellation);
                }
            }
            var digest = "sha256:" + Convert.ToHexStringLower(hash.GetHashAndReset());
            Directory.CreateDirectory(Path.GetDirectoryName(PathOf(digest))!);
            File.Move(temporary, PathOf(digest), overwrite: true);
            return (digest, bytes);
        }
        finally
        {
            File.Delete(temporary);
        }
    }

    private async Task<bool> CopyAsync(TreeEntry entry, BeneathFolder beneath, byte[] buffer, CancellationToken cancellation)
    {
        if (!Has(entry.Content)) return false;
        using var from = File.OpenHandle(PathOf(entry.Content));
        await using var to = beneath.Write(entry.Path, entry.Kind == TreeEntryKind.Program);
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        for (var (at, read) = (0L, 0); (read = RandomAccess.Read(from, buffer, at)) > 0; at += read)
        {
            cancellation.ThrowIfCancellationRequested();
            hash.AppendData(buffer, 0, read);
            to.Write(buffer.AsSpan(0, read));
        }
        if ("sha256:" + Convert.ToHexStringLower(hash.GetHashAndReset()) == entry.Content) return true;
        File.Delete(PathOf(entry.Content));
        return false;
    }

    private async Task PlaceAsync(string digest, Func<Microsoft.Win32.SafeHandles.SafeFileHandle, Task> write)
    {
        var temporary = Temporary();
        try
        {
            using (var file = File.OpenHandle(temporary, FileMode.CreateNew, FileAccess.Write)) await write(file);
            Directory.CreateDirectory(Path.GetDirectoryName(PathOf(digest))!);
            File.Move(temporary, PathOf(digest), overwrite: true);
        }
        finally
        {
            File.Delete(temporary);
        }
    }

    // What is used again is kept for longer. Once a day is enough to know.
    private bool Has(string digest)
    {
        var file = new FileInfo(PathOf(digest));
        if (!file.Exists) return false;
        var now = _time.GetUtcNow().UtcDateTime;
        if (now - file.LastWriteTimeUtc > TimeSpan.FromDays(1)) file.LastWriteTimeUtc = now;
        return true;
    }

    private static readonly System.Buffers.SearchValues<char> Hex = System.Buffers.SearchValues.Create("0123456789abcdef");

    private string Temporary()
    {
        var folder = Path.Combine(_folder, Incoming);
        Directory.CreateDirectory(folder);
        return Path.Combine(folder, Guid.NewGuid().ToString("N"));
    }

    private string PathOf(string digest) => digest.Length == 71 && digest.StartsWith("sha256:", StringComparison.Ordinal) && digest.AsSpan(7).IndexOfAnyExcept(Hex) < 0
        ? Path.Combine(_folder, "contents", digest[7..9], digest[9..]) : Path.Combine(_folder, "contents", "none");

    private string NameOf(string kind, string key) => Path.Combine(_folder, kind, DigestOf(Encoding.UTF8.GetBytes(key))[7..]);

    private static bool IsInside(string path) => path.Length > 0 && path[0] != '/' && !path.Split('/').Any(part => part is "" or "." or "..");

    private static bool LeadsOut(string path, string target)
    {
        if (target.StartsWith('/')) return true;
        var depth = path.Count(letter => letter == '/');
        foreach (var part in target.Split('/', StringSplitOptions.RemoveEmptyEntries))
        {
            depth += part == ".." ? -1 : part == "." ? 0 : 1;
            if (depth < 0) return true;
        }
        return false;
    }

    /// <summary>The checkout that was taken last.</summary>
    private sealed record Kept(string Digest, FileTree Tree, long At);

    private static string DigestOf(ReadOnlySpan<byte> content) => "sha256:" + Convert.ToHexStringLower(SHA256.HashData(content));

    private static Fault DiskFault(string path, Exception failure) => failure switch
    {
        UnauthorizedAccessException => new(FaultKind.Forbidden, Blame.Platform, false, $"{path}: {failure.Message}; give this user the right"),
        IOException io when (io.HResult & 0xffff) == NoSpace => new(FaultKind.Exhausted, Blame.Platform, true, $"{path} could not be written: the disk is full; make room"),
        _ => new(FaultKind.Unavailable, Blame.Platform, true, $"{path}: {failure.Message}"),
    };
}
