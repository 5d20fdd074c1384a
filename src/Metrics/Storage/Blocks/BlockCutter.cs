using Fairway.Metrics.Model;

namespace Fairway.Metrics.Storage;

/// <summary>Writes what a head held before a time as blocks, one for each window of the block range.</summary>
internal static class BlockCutter
{
    /// <summary>Writes the blocks.</summary>
    /// <param name="parts">The head at one moment, in order of labels.</param>
    /// <param name="before">Milliseconds since 1970.</param>
    /// <param name="range">Length of a window.</param>
    /// <param name="folder">Where blocks are.</param>
    /// <param name="nextSequence">Gives a block its number.</param>
    /// <param name="cancellation">Ends the work; what was not finished is taken back.</param>
    /// <returns>The folders written, oldest first.</returns>
    public static List<string> Write(IReadOnlyList<HeadPart> parts, long before, long range, string folder, Func<int> nextSequence, CancellationToken cancellation)
    {
        var written = new List<string>();
        try
        {
            foreach (var window in Windows(parts, before, range))
            {
                using var writer = new BlockWriter(folder, nextSequence());
                var slabs = new ChunkSlabs();
                var chunks = new List<Chunk>();
                for (var i = 0; i < parts.Count; i++)
                {
                    if ((i & 0xff) == 0) cancellation.ThrowIfCancellationRequested();
                    chunks.Clear();
                    Gather(parts[i], before, range, window, slabs, chunks);
                    writer.Add(parts[i].Labels, chunks);
                }

                if (writer.Finish(1, []) is { } path) written.Add(path);
            }
        }
        catch
        {
            // The head still has it all.
            foreach (var path in written) DurableFiles.DeleteFolder(path);
            throw;
        }

        return written;
    }

    private static SortedSet<long> Windows(IReadOnlyList<HeadPart> parts, long before, long range)
    {
        var windows = new SortedSet<long>();
        foreach (var part in parts)
        {
            foreach (ref readonly var chunk in part.Closed[..part.ClosedBefore(before)]) windows.Add(Window(chunk.MinTime, range));
            foreach (ref readonly var sample in part.LateBefore(before)) windows.Add(Window(sample.Time, range));
        }

        return windows;
    }

    private static void Gather(HeadPart part, long before, long range, long window, ChunkSlabs slabs, List<Chunk> into)
    {
        foreach (ref readonly var chunk in part.Closed[..part.ClosedBefore(before)])
        {
            if (Window(chunk.MinTime, range) == window) into.Add(chunk);
        }

        var late = new SampleBuffer();
        foreach (ref readonly var sample in part.LateBefore(before))
        {
            if (Window(sample.Time, range) == window) sample.AddTo(late);
        }

        if (late.Count == 0) return;
        var ordered = new SampleBuffer();
        foreach (var chunk in into) chunk.Read(long.MinValue, long.MaxValue, ordered);
        var merged = new SampleBuffer();
        SampleMerge.Merge([ordered, late], merged);
        into.Clear();
        ChunkEncoder.Encode(merged, slabs, into);
    }

    private static long Window(long time, long range)
    {
        var floor = Math.DivRem(time, range, out var rest);
        return rest < 0 ? floor - 1 : floor;
    }
}
