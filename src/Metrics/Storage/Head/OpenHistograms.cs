using Fairway.Metrics.Model;

namespace Fairway.Metrics.Storage;

/// <summary>The histogram chunk a series writes to. Bytes are only added, so a reader that knows a count may decode while a writer goes on.</summary>
internal sealed class OpenHistograms
{
    private ByteWriter _bytes = new();
    private long _delta;

    /// <summary>Samples in the chunk.</summary>
    public int Count { get; private set; }

    /// <summary>Time of the first sample.</summary>
    public long First { get; private set; }

    /// <summary>Time of the newest sample.</summary>
    public long Last { get; private set; }

    /// <summary>The newest sample; stays when the chunk is closed.</summary>
    public NativeHistogram? Newest { get; private set; }

    /// <summary>Adds a sample newer than all before it.</summary>
    public void Add(long time, NativeHistogram histogram)
    {
        if (Count == 0) (First, _delta) = (time, 0);
        HistogramChunk.Write(_bytes, Count, histogram, Count == 0 ? null : Newest, time, Last, ref _delta);
        (Last, Newest) = (time, histogram);
        Count++;
    }

    /// <summary>The chunk as it is now.</summary>
    public Chunk Look()
    {
        _ = _bytes.Room(OpenFloats.Slack);
        return new(ChunkKind.Histograms, (ushort)Count, First, Last, _bytes.Buffer, 0, _bytes.Length);
    }

    /// <summary>Closes the chunk and begins the next.</summary>
    public Chunk Close(ChunkSlabs slabs)
    {
        var chunk = slabs.Keep(ChunkKind.Histograms, Count, First, Last, _bytes.Written);
        _bytes = new();
        Count = 0;
        return chunk;
    }

    /// <summary>Whether two samples are the same, bit for bit.</summary>
    public static bool Same(NativeHistogram a, NativeHistogram b)
    {
        var one = new ByteWriter();
        var other = new ByteWriter();
        var delta = 0L;
        HistogramChunk.Write(one, 0, a, null, 0, 0, ref delta);
        HistogramChunk.Write(other, 0, b, null, 0, 0, ref delta);
        return one.Written.SequenceEqual(other.Written);
    }
}
