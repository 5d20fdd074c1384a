using NodaTime;

namespace Fairway.Adapters.Blobs;

/// <summary>The part that removes what is not used any more.</summary>
public sealed partial class BlobFolder
{
    private const string Keys = "keys";

    // A file's time is brought up to date at most once a day, so one that is in use may look a day old.
    private static readonly TimeSpan Young = TimeSpan.FromHours(25);

    /// <inheritdoc/>
    public async Task<int> PruneAsync(Duration unused, long most, IEnumerable<string> kept, CancellationToken cancellation)
    {
        var stays = new HashSet<string>(StringComparer.Ordinal);
        foreach (var digest in kept)
        {
            stays.Add(NameOf("trees", digest));
            foreach (var entry in (await FindTreeAsync(digest, cancellation))?.Entries ?? []) stays.Add(PathOf(entry.Content));
        }
        return await Task.Run(() => Prune(unused, most, stays, cancellation), cancellation);
    }

    private int Prune(Duration unused, long most, HashSet<string> stays, CancellationToken cancellation)
    {
        var now = _time.GetUtcNow().UtcDateTime;
        var (limit, young) = (now - unused.ToTimeSpan(), now - Young);
        var (removed, total) = (0, 0L);
        var left = new List<FileInfo>();
        foreach (var file in new DirectoryInfo(_folder).EnumerateFiles("*", SearchOption.AllDirectories))
        {
            cancellation.ThrowIfCancellationRequested();
            if (file.Directory!.Name == Keys) continue;
            // What a killed process had not finished to write has no name that anybody looks for.
            var isHalf = file.Extension == ".tmp" || file.Directory.Name == Incoming;
            if (file.LastWriteTimeUtc < (isHalf ? young : limit) && !stays.Contains(file.FullName)) removed += Remove(file);
            else
            {
                total += file.Length;
                if (file.LastWriteTimeUtc < young && !stays.Contains(file.FullName)) left.Add(file);
            }
        }
        foreach (var file in left.OrderBy(file => file.LastWriteTimeUtc))
        {
            if (total <= most) break;
            total -= file.Length;
            removed += Remove(file);
        }
        return removed;
    }

    private static int Remove(FileInfo file)
    {
        file.Delete();
        return 1;
    }
}
