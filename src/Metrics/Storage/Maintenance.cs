namespace Fairway.Metrics.Storage;

/// <summary>What one round of maintenance did.</summary>
/// <param name="BlocksCut">Blocks written from memory.</param>
/// <param name="BlocksCompacted">Blocks made into larger ones.</param>
/// <param name="BlocksSaved">Damaged blocks of which what could be read was written anew.</param>
/// <param name="BlocksDeleted">Blocks whose time was over or that took too much room.</param>
/// <param name="SeriesForgotten">Series that hold nothing in memory any more.</param>
/// <param name="Faults">What went wrong; the rest was done.</param>
public sealed record MaintenanceReport(int BlocksCut, int BlocksCompacted, int BlocksSaved, int BlocksDeleted, int SeriesForgotten, IReadOnlyList<StorageFault> Faults);

/// <summary>Moves samples from memory to blocks, compacts and deletes. One round at a time.</summary>
internal sealed class Maintenance(Head head, BlockSet blocks, string log, StoreOptions options)
{
    private readonly List<StorageFault> _faults = [];
    private int _cut, _compacted, _saved, _deleted, _forgotten;
    private bool _isCheckpointOwed;

    /// <summary>One round.</summary>
    /// <param name="now">Milliseconds since 1970: samples ahead of it make nothing old.</param>
    /// <param name="cancellation">Ends it between two steps.</param>
    public MaintenanceReport Run(long now, CancellationToken cancellation)
    {
        _faults.Clear();
        (_cut, _compacted, _saved, _deleted, _forgotten) = (0, 0, 0, 0, 0);
        Try(log, "the log could not be flushed", () => head.Log?.Flush());
        Try(blocks.Folder, "samples could not be moved from memory to a block; they stay in memory and in the log", () => Cut(cancellation));
        Try(blocks.Folder, "a damaged block could not be saved", () => Save(cancellation));
        Try(blocks.Folder, "blocks could not be compacted; they stay as they are", () => Compact(cancellation));
        Try(blocks.Folder, "old blocks could not be deleted", () => Expire(now));
        return new(_cut, _compacted, _saved, _deleted, _forgotten, [.. _faults]);
    }

    private void Try(string where, string what, Action step)
    {
        try
        {
            step();
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            _faults.Add(new(where, $"{what}: {fault.Message}"));
        }
    }

    // A window is cut when half of the next one has come: late samples find it in memory still.
    private void Cut(CancellationToken cancellation)
    {
        var before = long.MinValue;
        if (head.MaxTime != long.MinValue)
        {
            var half = head.MaxTime - (head.Range / 2);
            before = half - (((half % head.Range) + head.Range) % head.Range);
        }

        var isDue = head.MinTime < before;
        if (!isDue && !_isCheckpointOwed) return;
        if (!isDue) before = long.MinValue;
        var parts = head.LookForCut(before, out var segment);
        _isCheckpointOwed = true;
        if (isDue)
        {
            var paths = BlockCutter.Write(parts, before, head.Range, blocks.Folder, blocks.NextSequence, cancellation);
            var opened = paths.ConvertAll(Block.Open);
            lock (head.CommitLock)
            {
                blocks.Replace([], opened);
                _forgotten += head.Forget(parts, before);
            }

            _cut += opened.Count;
        }

        Checkpoint.Write(log, segment, parts, before, head.Metadata);
        _isCheckpointOwed = false;
        foreach (var old in Checkpoint.All(log).Where(s => s < segment).ToArray()) DurableFiles.DeleteFolder(Checkpoint.PathOf(log, old));
        foreach (var old in LogReplay.Segments(log).Where(s => s < segment).ToArray()) File.Delete(LogWriter.PathOf(log, old));
    }

    private void Save(CancellationToken cancellation)
    {
        foreach (var block in blocks.All.Where(b => b.Damage is not null)) Save(block, cancellation);
    }

    // Writes what can be read of a damaged block anew, and puts the block aside.
    private void Save(Block block, CancellationToken cancellation)
    {
        var lost = new List<string>();
        using var writer = new BlockWriter(blocks.Folder, blocks.NextSequence());
        BlockMerge.Write([block], writer, (labels, from, to, why) => lost.Add($"{labels} from {from} to {to} ms ({why})"), cancellation);
        var path = writer.Finish(block.Meta.Level, [block.Meta.Sequence]);
        lock (head.CommitLock) blocks.Replace([block], path is null ? [] : [Block.Open(path)]);
        var aside = blocks.SetAside(block.Folder);
        const int Named = 20;
        var more = lost.Count > Named ? $" and {lost.Count - Named} more" : "";
        _faults.Add(new(aside, $"the block was damaged; all but this was saved to {path ?? "nothing"}: {string.Join("; ", lost.Take(Named))}{more}"));
        _saved++;
    }

    private void Compact(CancellationToken cancellation)
    {
        var longest = Math.Max(head.Range, (long)(options.Retention.TotalMilliseconds / 10));
        while (true)
        {
            cancellation.ThrowIfCancellationRequested();
            var all = blocks.All.Where(b => b.Damage is null).ToArray();
            var plan = CompactionPlan.Next([.. all.Select(b => b.Meta)], head.Range, longest);
            if (plan.Count == 0) return;
            var parents = Array.FindAll(all, b => plan.Contains(b.Meta));
            using var writer = new BlockWriter(blocks.Folder, blocks.NextSequence());
            BlockMerge.Write(parents, writer, null, cancellation);
            var path = writer.Finish(parents.Max(p => p.Meta.Level) + 1, [.. parents.Select(p => p.Meta.Sequence)]);
            lock (head.CommitLock) blocks.Replace(parents, path is null ? [] : [Block.Open(path)]);
            foreach (var parent in parents) DurableFiles.DeleteFolder(parent.Folder);
            _compacted += parents.Length;
        }
    }

    private void Expire(long now)
    {
        var all = blocks.All;
        if (all.Length == 0) return;
        // Counted from the newest sample held, so that a clock that jumps ahead deletes nothing.
        var newest = Math.Min(now, Math.Max(head.MaxTime, all.Max(b => b.Meta.MaxTime)));
        var mostBytes = options.RetentionBytes is { } bytes ? Math.Max(0, bytes - LogBytes(log)) : (long?)null;
        var expired = CompactionPlan.Expired([.. all.Select(b => b.Meta)], newest - (long)options.Retention.TotalMilliseconds, mostBytes);
        var gone = Array.FindAll(all, b => expired.Contains(b.Meta));
        if (gone.Length == 0) return;
        lock (head.CommitLock) blocks.Replace(gone, []);
        foreach (var block in gone) DurableFiles.DeleteFolder(block.Folder);
        _deleted += gone.Length;
    }

    /// <summary>Bytes of the log.</summary>
    public static long LogBytes(string log) =>
        new DirectoryInfo(log).EnumerateFiles("*", SearchOption.AllDirectories).Sum(f => f.Exists ? f.Length : 0);
}
