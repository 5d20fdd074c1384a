using Fairway.Metrics.Model;

namespace Fairway.Metrics.Storage;

/// <summary>How a chunk's bytes are laid out; the numbers are those on disk.</summary>
internal enum ChunkKind : byte
{
    /// <summary>Floats as Prometheus lays them out.</summary>
    Xor = 1,

    /// <summary>Floats as packed decimals.</summary>
    Packed = 2,

    /// <summary>Native histograms.</summary>
    Histograms = 3,
}

/// <summary>A closed run of samples of one series, somewhere in bytes that are never written again and go on for at least <see cref="OpenFloats.Slack"/> behind it.</summary>
internal readonly record struct Chunk(ChunkKind Kind, ushort Count, long MinTime, long MaxTime, byte[] Bytes, int Offset, int Length)
{
    /// <summary>The chunk's bytes alone.</summary>
    public ReadOnlySpan<byte> Data => Bytes.AsSpan(Offset, Length);

    /// <summary>Adds the samples between two times (both included).</summary>
    public void Read(long from, long to, SampleBuffer into)
    {
        if (MaxTime < from || MinTime > to) return;
        var bytes = Bytes.AsSpan(Offset);
        if (Kind == ChunkKind.Histograms)
        {
            HistogramChunk.Decode(bytes, Count, from, to, into);
            return;
        }

        into.Room(Count, out var times, out var values);
        if (Kind == ChunkKind.Xor)
        {
            into.Fill(XorChunk.Decode(bytes, Count, from, to, times, values));
            return;
        }

        PackedChunk.Decode(bytes, times, values);
        into.Fill(Trim(times, values, from, to));
    }

    // Moves what lies between two times to the front.
    private int Trim(Span<long> times, Span<double> values, long from, long to)
    {
        if (MinTime >= from && MaxTime <= to) return times.Length;
        var (start, end) = (0, times.Length);
        while (start < end && times[start] < from) start++;
        while (end > start && times[end - 1] > to) end--;
        times[start..end].CopyTo(times);
        values[start..end].CopyTo(values);
        return end - start;
    }
}
