using System.Buffers.Binary;
using System.Numerics;
using Fairway.Metrics.Model;

namespace Fairway.Metrics.Storage;

/// <summary>What a record of the log says; the first byte of its payload.</summary>
internal enum LogRecordKind : byte
{
    /// <summary>Labels of series: number, count of labels, then name and value of each.</summary>
    Series = 1,

    /// <summary>A batch: counter starts, histograms, floats.</summary>
    Batch = 2,

    /// <summary>Metadata: metric, type, help, unit.</summary>
    Metadata = 3,

    /// <summary>In a checkpoint: series with all they hold.</summary>
    State = 4,

    /// <summary>In a checkpoint: its end. Without it the checkpoint is not whole.</summary>
    End = 5,
}

/// <summary>The floats of a batch: each against the one before. A tag byte (bits 0 to 3: bytes of the value, its zero bytes at the low end left out; bit 4: the next series; bit 5: the same time), then what the tag leaves open.</summary>
internal sealed class FloatRecords
{
    private const int SameTime = 32;
    private const int NextSeries = 16;

    private readonly ByteWriter _bytes = new();
    private int _id;
    private long _time;

    /// <summary>What was written.</summary>
    public ReadOnlySpan<byte> Written => _bytes.Written;

    /// <summary>Starts anew.</summary>
    public void Clear()
    {
        _bytes.Truncate(0);
        (_id, _time) = (0, 0);
    }

    /// <summary>Adds a sample.</summary>
    public void Add(int id, long time, long bits)
    {
        var room = _bytes.Room(32);
        var tag = bits == 0 ? 0 : 8 - (BitOperations.TrailingZeroCount(bits) >> 3);
        var at = 1;
        if (id == _id + 1) tag |= NextSeries;
        else at += Signed(room[at..], id - (long)_id);
        if (time == _time) tag |= SameTime;
        else at += Signed(room[at..], time - _time);
        room[0] = (byte)tag;
        var bytes = tag & 15;
        BinaryPrimitives.WriteInt64LittleEndian(room[at..], bytes == 0 ? 0 : bits >>> (64 - (8 * bytes)));
        _bytes.Advance(at + bytes);
        (_id, _time) = (id, time);
    }

    /// <summary>Reads the samples of a record's rest, handing each on.</summary>
    public static void Read(ReadOnlySpan<byte> bytes, Action<int, long, long> sample)
    {
        int at = 0, id = 0;
        var time = 0L;
        Span<byte> tail = stackalloc byte[8];
        while (at < bytes.Length)
        {
            var tag = bytes[at++];
            if ((tag & NextSeries) != 0) id++;
            else id += (int)Signed(bytes, ref at);
            if ((tag & SameTime) == 0) time += Signed(bytes, ref at);
            var length = tag & 15;
            var bits = 0L;
            if (length > 0)
            {
                if (bytes.Length - at >= 8) bits = BinaryPrimitives.ReadInt64LittleEndian(bytes[at..]) << (64 - (8 * length));
                else
                {
                    tail.Clear();
                    bytes.Slice(at, length).CopyTo(tail);
                    bits = BinaryPrimitives.ReadInt64LittleEndian(tail) << (64 - (8 * length));
                }
            }

            at += length;
            sample(id, time, bits);
        }
    }

    private static int Signed(Span<byte> room, long value)
    {
        var folded = (ulong)((value << 1) ^ (value >> 63));
        var at = 0;
        while (folded >= 0x80)
        {
            room[at++] = (byte)(folded | 0x80);
            folded >>= 7;
        }

        room[at++] = (byte)folded;
        return at;
    }

    private static long Signed(ReadOnlySpan<byte> bytes, ref int at)
    {
        var folded = 0UL;
        for (var shift = 0; shift < 64; shift += 7)
        {
            var part = bytes[at++];
            folded |= (ulong)(part & 0x7f) << shift;
            if (part < 0x80) break;
        }

        return (long)(folded >> 1) ^ -(long)(folded & 1);
    }
}

/// <summary>Writes and reads the other parts of records.</summary>
internal static class LogRecord
{
    // Series are written in records of about this size: damage to one loses few.
    private const int SeriesBytes = 16 * 1024;

    /// <summary>Writes labels of series, in as many records as fit.</summary>
    public static void WriteSeries(ByteWriter into, IEnumerable<HeadSeries> all)
    {
        var start = -1;
        foreach (var series in all)
        {
            if (start < 0)
            {
                start = LogFrame.Begin(into);
                into.Byte((byte)LogRecordKind.Series);
            }

            into.Varint((ulong)series.Id);
            WriteLabels(into, series.Labels);
            if (into.Length - start < SeriesBytes) continue;
            LogFrame.End(into, start);
            start = -1;
        }

        if (start >= 0) LogFrame.End(into, start);
    }

    /// <summary>Writes metadata.</summary>
    public static void WriteMetadata(ByteWriter into, IEnumerable<KeyValuePair<string, MetricMetadata>> all)
    {
        var start = LogFrame.Begin(into);
        into.Byte((byte)LogRecordKind.Metadata);
        foreach (var (metric, (type, help, unit)) in all)
        {
            foreach (var text in (ReadOnlySpan<string>)[metric, type, help, unit]) into.Text(text);
        }

        LogFrame.End(into, start);
    }

    /// <summary>Writes a label set.</summary>
    public static void WriteLabels(ByteWriter into, Labels labels)
    {
        into.Varint((ulong)labels.Count);
        for (var i = 0; i < labels.Count; i++)
        {
            into.Text(labels[i].Name);
            into.Text(labels[i].Value);
        }
    }

    /// <summary>Reads a label set.</summary>
    public static Labels ReadLabels(ref ByteReader reader)
    {
        var pairs = new string[reader.Count() * 2];
        for (var i = 0; i < pairs.Length; i++) pairs[i] = reader.Text();
        return Labels.FromOrdered(pairs);
    }

    /// <summary>Writes a histogram with its time.</summary>
    public static void WriteHistogram(ByteWriter into, long time, NativeHistogram histogram)
    {
        var delta = 0L;
        var start = into.Length;
        // Its length stands in front, so that it can be handed to the chunk's decoder alone.
        into.U32(0);
        HistogramChunk.Write(into, 0, histogram, null, time, 0, ref delta);
        BinaryPrimitives.WriteInt32LittleEndian(into.Buffer.AsSpan(start), into.Length - start - 4);
    }

    /// <summary>Reads what <see cref="WriteHistogram"/> wrote.</summary>
    public static Sample ReadHistogram(ref ByteReader reader)
    {
        var bytes = reader.Raw((int)reader.U32());
        var one = new SampleBuffer();
        HistogramChunk.Decode(bytes, 1, long.MinValue, long.MaxValue, one);
        return new(one.Times[0], 0, one.Histogram(0));
    }
}
