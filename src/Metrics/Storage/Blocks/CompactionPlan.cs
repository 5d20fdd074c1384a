namespace Fairway.Metrics.Storage;

/// <summary>Says which blocks to compact next, and which to delete. Pure.</summary>
internal static class CompactionPlan
{
    // Each level is three times as long as the one before (as Prometheus, ExponentialBlockRanges).
    private const int Step = 3;

    /// <summary>The blocks to make one of; empty when there is nothing to do.</summary>
    /// <param name="blocks">All blocks.</param>
    /// <param name="range">Length of a block as it is first written, in milliseconds.</param>
    /// <param name="longest">Length that compaction may reach.</param>
    public static IReadOnlyList<BlockMeta> Next(IReadOnlyCollection<BlockMeta> blocks, long range, long longest)
    {
        if (blocks.Count < 2) return [];
        var ordered = blocks.OrderBy(b => b.MinTime).ThenBy(b => b.Sequence).ToArray();
        var overlapping = Overlapping(ordered);
        if (overlapping.Count > 0) return overlapping;
        var newest = ordered.Max(b => b.MaxTime);
        for (var length = range * Step; length <= longest; length *= Step)
        {
            var group = ordered
                .GroupBy(b => Window(b.MinTime, length))
                .Where(g => newest >= (g.Key + 1) * length)
                .Select(g => g.Where(b => Window(b.MaxTime, length) == g.Key).ToArray())
                .FirstOrDefault(g => g.Length > 1);
            if (group is not null) return group;
        }

        return [];
    }

    /// <summary>The blocks whose time is over or that take too much room, oldest first.</summary>
    /// <param name="blocks">All blocks.</param>
    /// <param name="oldest">Milliseconds since 1970: what is wholly older goes.</param>
    /// <param name="mostBytes">What all may take; null for no limit.</param>
    public static IReadOnlyList<BlockMeta> Expired(IReadOnlyCollection<BlockMeta> blocks, long oldest, long? mostBytes)
    {
        var expired = blocks.Where(b => b.MaxTime < oldest).OrderBy(b => b.MaxTime).ToList();
        if (mostBytes is not { } most) return expired;
        var left = blocks.Except(expired).OrderBy(b => b.MaxTime).ToList();
        var bytes = left.Sum(b => b.Bytes);
        foreach (var block in left)
        {
            if (bytes <= most) break;
            bytes -= block.Bytes;
            expired.Add(block);
        }

        return expired;
    }

    // The first run of blocks of which each overlaps one before it.
    private static List<BlockMeta> Overlapping(BlockMeta[] ordered)
    {
        var run = new List<BlockMeta>();
        var reach = long.MinValue;
        foreach (var block in ordered)
        {
            if (run.Count > 0 && block.MinTime > reach)
            {
                if (run.Count > 1) return run;
                run.Clear();
            }

            run.Add(block);
            reach = Math.Max(reach, block.MaxTime);
        }

        return run.Count > 1 ? run : [];
    }

    private static long Window(long time, long length)
    {
        var floor = Math.DivRem(time, length, out var rest);
        return rest < 0 ? floor - 1 : floor;
    }
}
