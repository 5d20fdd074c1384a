using Fairway.Metrics.Model;

namespace Fairway.Metrics.Storage;

/// <summary>Makes one block of several. Chunks are copied as they are; only where blocks overlap or chunks are small are they written anew.</summary>
internal static class BlockMerge
{
    // Below this many samples a chunk, on average, it pays to write them anew.
    private const int FewSamples = 60;

    /// <summary>Writes the block.</summary>
    /// <param name="blocks">At least one.</param>
    /// <param name="writer">Of the new block; not finished here.</param>
    /// <param name="lost">Called for what cannot be read: the labels, the times, and why; null to throw instead.</param>
    /// <param name="cancellation">Ends the work.</param>
    public static void Write(IReadOnlyList<Block> blocks, BlockWriter writer, Action<Labels, long, long, string>? lost, CancellationToken cancellation)
    {
        // Of samples at one time the one that came first holds.
        var ordered = blocks.OrderBy(b => b.Meta.Sequence).ToArray();
        var next = new int[ordered.Length];
        var sources = new List<Chunk>[ordered.Length];
        for (var i = 0; i < sources.Length; i++) sources[i] = [];
        var slabs = new ChunkSlabs();
        while (true)
        {
            cancellation.ThrowIfCancellationRequested();
            var least = Least(ordered, next);
            if (least is null) return;
            slabs.Reset();
            for (var i = 0; i < ordered.Length; i++)
            {
                sources[i].Clear();
                if (next[i] == ordered[i].Index.Count || !ordered[i].Index.LabelsOf(next[i], null).Equals(least)) continue;
                var source = sources[i];
                Action<long, long, string>? skip = lost is null ? null : (from, to, why) => lost(least, from, to, why);
                ordered[i].Read(least, ordered[i].Index.PlaceOf(next[i]), long.MinValue, long.MaxValue, chunk => source.Add(slabs.Keep(chunk.Kind, chunk.Count, chunk.MinTime, chunk.MaxTime, chunk.Data)), skip);
                next[i]++;
            }

            writer.Add(least, Join(sources, slabs));
        }
    }

    private static Labels? Least(Block[] blocks, int[] next)
    {
        Labels? least = null;
        for (var i = 0; i < blocks.Length; i++)
        {
            if (next[i] == blocks[i].Index.Count) continue;
            var labels = blocks[i].Index.LabelsOf(next[i], null);
            if (least is null || labels.CompareTo(least) < 0) least = labels;
        }

        return least;
    }

    private static List<Chunk> Join(List<Chunk>[] sources, ChunkSlabs slabs)
    {
        var all = sources.SelectMany(s => s).OrderBy(c => c.MinTime).ToList();
        if (all.Count < 2) return all;
        var isApart = true;
        for (var i = 1; i < all.Count; i++) isApart &= all[i].MinTime > all[i - 1].MaxTime;
        if (isApart && all.Sum(c => c.Count) >= all.Count * FewSamples) return all;
        var columns = new SampleBuffer[sources.Length];
        for (var i = 0; i < sources.Length; i++)
        {
            columns[i] = new();
            foreach (var chunk in sources[i]) chunk.Read(long.MinValue, long.MaxValue, columns[i]);
        }

        var merged = new SampleBuffer();
        SampleMerge.Merge(columns, merged);
        var joined = new List<Chunk>();
        ChunkEncoder.Encode(merged, slabs, joined);
        return joined;
    }
}
