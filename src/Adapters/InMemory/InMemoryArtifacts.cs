using System.Formats.Tar;
using System.Security.Cryptography;
using System.Text;
using Fairway.Catalog;
using Fairway.Kernel;
using Fairway.Ports;

namespace Fairway.Adapters.InMemory;

/// <summary>Artifacts kept in memory.</summary>
public sealed class InMemoryArtifacts : IArtifacts
{
    private readonly Lock _lock = new();
    private readonly HashSet<string> _stored = [];

    /// <summary>Why a release's files cannot be made ready; null when they can.</summary>
    public Func<Release, Fault?> Faults { get; set; } = _ => null;

    /// <summary>An artifact is here, whatever is in it.</summary>
    public void Add(string digest)
    {
        lock (_lock) _stored.Add(digest);
    }

    /// <summary>An artifact is lost.</summary>
    public void Remove(string digest)
    {
        lock (_lock) _stored.Remove(digest);
    }

    /// <summary>Makes a release's files ready; see <see cref="IArtifacts.PrepareAsync"/>.</summary>
    public Fault? Prepare(Release release)
    {
        if (Faults(release) is { } fault) return fault;
        lock (_lock)
            return _stored.Contains(release.Artifact)
                ? null
                : new(FaultKind.NotFound, Blame.Platform, Retryable: false, $"artifact {release.Artifact} of {release.Version} is not here; deploy it from its folder again");
    }

    /// <inheritdoc/>
    public async Task<(string? Digest, Fault? Fault)> StoreAsync(Stream tar, CancellationToken cancellation)
    {
        var lines = new SortedDictionary<string, string>(StringComparer.Ordinal);
        try
        {
            await using var reader = new TarReader(tar, leaveOpen: true);
            while (await reader.GetNextEntryAsync(copyData: false, cancellation) is { } entry)
                if (await AddAsync(lines, entry, cancellation) is { } refused) return (null, refused);
        }
        catch (Exception error) when (error is InvalidDataException or EndOfStreamException or FormatException)
        {
            return (null, new(FaultKind.Invalid, Blame.Release, Retryable: false, $"not a whole tar archive: {error.Message}"));
        }
        var text = string.Join('\n', lines.Select(line => $"{line.Key} {line.Value}"));
        var digest = "sha256:" + Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)));
        Add(digest);
        return (digest, null);
    }

    /// <inheritdoc/>
    public Task<bool> ExistsAsync(string digest, CancellationToken cancellation)
    {
        lock (_lock) return Task.FromResult(_stored.Contains(digest));
    }

    /// <inheritdoc/>
    public Task<Fault?> PrepareAsync(Release release, CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        return Task.FromResult(Prepare(release));
    }

    private static async Task<Fault?> AddAsync(SortedDictionary<string, string> lines, TarEntry entry, CancellationToken cancellation)
    {
        if (Normal(entry.Name) is not { } path) return Refused(entry, "its path leads out of the artifact");
        switch (entry.EntryType)
        {
            case TarEntryType.Directory:
                return null;
            case TarEntryType.RegularFile or TarEntryType.V7RegularFile:
                var content = entry.DataStream is { } data ? await SHA256.HashDataAsync(data, cancellation) : SHA256.HashData([]);
                lines[path] = $"{(entry.Mode & (UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute)) != UnixFileMode.None} {Convert.ToHexStringLower(content)}";
                return null;
            case TarEntryType.SymbolicLink when Normal(Path.Combine(Path.GetDirectoryName(path) ?? "", entry.LinkName)) is not null && !Path.IsPathRooted(entry.LinkName):
                lines[path] = $"link {entry.LinkName}";
                return null;
            case TarEntryType.SymbolicLink:
                return Refused(entry, "it links out of the artifact");
            default:
                return Refused(entry, $"it is a {entry.EntryType}; only files, folders and symbolic links are taken");
        }
    }

    private static string? Normal(string path)
    {
        if (path.StartsWith('/')) return null;
        var parts = new List<string>();
        foreach (var part in path.Split('/'))
        {
            if (part is "" or ".") continue;
            if (part != "..") parts.Add(part);
            else if (parts.Count == 0) return null;
            else parts.RemoveAt(parts.Count - 1);
        }
        return string.Join('/', parts);
    }

    private static Fault Refused(TarEntry entry, string why) => new(FaultKind.Invalid, Blame.Release, Retryable: false, $"{entry.Name} in the archive is refused: {why}");
}
