using Fairway.Metrics.Model;

namespace Fairway.Metrics.Storage;

/// <summary>
/// Native histograms, one after the other, each against the one before. A sample: flags, time (signed varint, from the second on the change of the
/// difference), the layout where it changed, then the numbers. Numbers that are all integers are signed differences; others are the bytes that differ.
/// </summary>
internal static class HistogramChunk
{
    private const byte NewLayout = 1;
    private const byte Integers = 2;
    private const int HintShift = 2;

    /// <summary>Adds the samples between two times (both included).</summary>
    public static void Decode(ReadOnlySpan<byte> bytes, int count, long from, long to, SampleBuffer into)
    {
        var reader = new ByteReader(bytes);
        NativeHistogram? before = null;
        long time = 0, delta = 0;
        for (var i = 0; i < count; i++)
        {
            var histogram = Next(ref reader, i, before, ref time, ref delta);
            if (time > to) return;
            if (time >= from) into.Add(time, histogram);
            before = histogram;
        }
    }

    /// <summary>Writes a sample.</summary>
    /// <param name="into">Where to.</param>
    /// <param name="index">Its position in the chunk.</param>
    /// <param name="histogram">The sample.</param>
    /// <param name="before">The sample before it; null for the first.</param>
    /// <param name="time">Its time.</param>
    /// <param name="lastTime">Time of the sample before.</param>
    /// <param name="delta">Difference of the times of the two samples before; then of this one.</param>
    public static void Write(ByteWriter into, int index, NativeHistogram histogram, NativeHistogram? before, long time, long lastTime, ref long delta)
    {
        var isNew = before is null || !SameLayout(histogram, before);
        var isWhole = IsWhole(histogram) && (isNew || IsWhole(before!));
        into.Byte((byte)((isNew ? NewLayout : 0) | (isWhole ? Integers : 0) | ((int)histogram.Hint << HintShift)));
        if (index == 0) into.Signed(time);
        else
        {
            into.Signed(time - lastTime - delta);
            delta = time - lastTime;
        }

        if (isNew) WriteLayout(into, histogram);
        var old = isNew ? null : before;
        Number(into, histogram.Count, old?.Count ?? 0, isWhole);
        Number(into, histogram.ZeroCount, old?.ZeroCount ?? 0, isWhole);
        Number(into, histogram.Sum, old?.Sum ?? 0, whole: false);
        Numbers(into, histogram.PositiveBuckets, old?.PositiveBuckets, isWhole);
        Numbers(into, histogram.NegativeBuckets, old?.NegativeBuckets, isWhole);
    }

    private static NativeHistogram Next(ref ByteReader reader, int index, NativeHistogram? before, ref long time, ref long delta)
    {
        var flags = reader.Byte();
        if (index == 0) time = reader.Signed();
        else
        {
            delta += reader.Signed();
            time += delta;
        }

        var isNew = (flags & NewLayout) != 0;
        var whole = (flags & Integers) != 0;
        var layout = isNew ? ReadLayout(ref reader) : before ?? throw new InvalidDataException("a histogram chunk begins without a layout");
        var old = isNew ? null : before;
        var count = Number(ref reader, old?.Count ?? 0, whole);
        var zero = Number(ref reader, old?.ZeroCount ?? 0, whole);
        var sum = Number(ref reader, old?.Sum ?? 0, whole: false);
        var positive = Numbers(ref reader, layout.PositiveSpans, old?.PositiveBuckets, whole);
        var negative = Numbers(ref reader, layout.NegativeSpans, old?.NegativeBuckets, whole);
        return layout with
        {
            Count = count, ZeroCount = zero, Sum = sum, PositiveBuckets = positive, NegativeBuckets = negative, Hint = (ResetHint)(flags >> HintShift),
        };
    }

    private static bool SameLayout(NativeHistogram a, NativeHistogram b) =>
        a.Schema == b.Schema
        && BitConverter.DoubleToInt64Bits(a.ZeroThreshold) == BitConverter.DoubleToInt64Bits(b.ZeroThreshold)
        && a.PositiveSpans.AsSpan().SequenceEqual(b.PositiveSpans)
        && a.NegativeSpans.AsSpan().SequenceEqual(b.NegativeSpans)
        && (a.Bounds is null) == (b.Bounds is null)
        && a.Bounds.AsSpan().SequenceEqual(b.Bounds);

    private static void WriteLayout(ByteWriter into, NativeHistogram histogram)
    {
        into.Signed(histogram.Schema);
        into.U64(BitConverter.DoubleToUInt64Bits(histogram.ZeroThreshold));
        foreach (var spans in (ReadOnlySpan<BucketSpan[]>)[histogram.PositiveSpans, histogram.NegativeSpans])
        {
            into.Varint((ulong)spans.Length);
            foreach (var (offset, length) in spans)
            {
                into.Signed(offset);
                into.Varint((ulong)length);
            }
        }

        into.Varint(histogram.Bounds is null ? 0 : (ulong)histogram.Bounds.Length + 1);
        foreach (var bound in histogram.Bounds ?? []) into.U64(BitConverter.DoubleToUInt64Bits(bound));
    }

    private static NativeHistogram ReadLayout(ref ByteReader reader)
    {
        var schema = (int)reader.Signed();
        var threshold = BitConverter.UInt64BitsToDouble(reader.U64());
        var positive = ReadSpans(ref reader);
        var negative = ReadSpans(ref reader);
        var bounds = reader.Count();
        double[]? custom = bounds == 0 ? null : new double[bounds - 1];
        for (var i = 0; i < bounds - 1; i++) custom![i] = BitConverter.UInt64BitsToDouble(reader.U64());
        return new() { Schema = schema, ZeroThreshold = threshold, PositiveSpans = positive, NegativeSpans = negative, Bounds = custom };
    }

    private static BucketSpan[] ReadSpans(ref ByteReader reader)
    {
        var spans = new BucketSpan[reader.Count()];
        for (var i = 0; i < spans.Length; i++) spans[i] = new((int)reader.Signed(), (int)reader.Varint());
        return spans;
    }

    private static void Numbers(ByteWriter into, double[] values, double[]? before, bool whole)
    {
        for (var i = 0; i < values.Length; i++) Number(into, values[i], before is null ? 0 : before[i], whole);
    }

    private static double[] Numbers(ref ByteReader reader, BucketSpan[] spans, double[]? before, bool whole)
    {
        var values = new double[Buckets(spans)];
        for (var i = 0; i < values.Length; i++) values[i] = Number(ref reader, before is null ? 0 : before[i], whole);
        return values;
    }

    private static int Buckets(BucketSpan[] spans)
    {
        var count = 0L;
        foreach (var span in spans) count += span.Length;
        return count is >= 0 and <= 1 << 20 ? (int)count : throw new InvalidDataException($"a histogram has {count} buckets");
    }

    private static void Number(ByteWriter into, double value, double before, bool whole)
    {
        if (whole)
        {
            into.Signed((long)value - (long)before);
            return;
        }

        // The bytes that differ: how many (high half) from which on (low half).
        var change = BitConverter.DoubleToUInt64Bits(value) ^ BitConverter.DoubleToUInt64Bits(before);
        var skipped = change == 0 ? 0 : System.Numerics.BitOperations.TrailingZeroCount(change) >> 3;
        change >>= 8 * skipped;
        var length = change == 0 ? 0 : 8 - (System.Numerics.BitOperations.LeadingZeroCount(change) >> 3);
        into.Byte((byte)((length << 4) | skipped));
        for (var i = 0; i < length; i++) into.Byte((byte)(change >> (8 * i)));
    }

    private static double Number(ref ByteReader reader, double before, bool whole)
    {
        if (whole) return (long)before + reader.Signed();
        var head = reader.Byte();
        var change = 0UL;
        for (var i = 0; i < head >> 4; i++) change |= (ulong)reader.Byte() << (8 * i);
        return BitConverter.UInt64BitsToDouble(BitConverter.DoubleToUInt64Bits(before) ^ (change << (8 * (head & 15))));
    }

    private static bool IsWhole(NativeHistogram histogram) =>
        IsWhole(histogram.Count) && IsWhole(histogram.ZeroCount) && IsWhole(histogram.PositiveBuckets) && IsWhole(histogram.NegativeBuckets);

    private static bool IsWhole(double[] values)
    {
        foreach (var value in values)
        {
            if (!IsWhole(value)) return false;
        }

        return true;
    }

    private static bool IsWhole(double value) =>
        Math.Abs(value) <= 1L << 52 && BitConverter.DoubleToInt64Bits((double)(long)value) == BitConverter.DoubleToInt64Bits(value);
}
