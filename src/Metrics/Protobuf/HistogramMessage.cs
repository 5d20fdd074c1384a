using Fairway.Metrics.Model;

namespace Fairway.Metrics.Protobuf;

/// <summary>The native histogram of remote write, the same in both versions (prompb, message Histogram).</summary>
internal sealed class HistogramMessage
{
    private readonly List<BucketSpan> _positiveSpans = [];
    private readonly List<BucketSpan> _negativeSpans = [];
    private readonly List<double> _positive = [];
    private readonly List<double> _negative = [];
    private readonly List<double> _bounds = [];

    /// <summary>After <see cref="Read"/>: milliseconds since 1970.</summary>
    public long Time { get; private set; }

    /// <summary>After <see cref="Read"/>: when counting began, in milliseconds since 1970; zero when not told.</summary>
    public long Start { get; private set; }

    /// <summary>Reads a message.</summary>
    /// <exception cref="FormatException">It is torn.</exception>
    public NativeHistogram Read(ReadOnlySpan<byte> message)
    {
        Clear();
        double count = 0, sum = 0, zeroThreshold = 0, zeroCount = 0;
        long positive = 0, negative = 0, schema = 0, hint = 0;
        var reader = new ProtobufReader(message);
        while (reader.Next())
        {
            switch (reader.Field)
            {
                case 1: count = reader.UInt64(); break;
                case 2: count = reader.Double(); break;
                case 3: sum = reader.Double(); break;
                case 4: schema = reader.SInt64(); break;
                case 5: zeroThreshold = reader.Double(); break;
                case 6: zeroCount = reader.UInt64(); break;
                case 7: zeroCount = reader.Double(); break;
                case 8: _negativeSpans.Add(Span(reader.Bytes())); break;
                case 9: PackedNumbers.Deltas(ref reader, ref negative, _negative); break;
                case 10: PackedNumbers.Doubles(ref reader, _negative); break;
                case 11: _positiveSpans.Add(Span(reader.Bytes())); break;
                case 12: PackedNumbers.Deltas(ref reader, ref positive, _positive); break;
                case 13: PackedNumbers.Doubles(ref reader, _positive); break;
                case 14: hint = reader.Int64(); break;
                case 15: Time = reader.Int64(); break;
                case 16: PackedNumbers.Doubles(ref reader, _bounds); break;
                case 17: Start = reader.Int64(); break;
                default: reader.Skip(); break;
            }
        }

        return new()
        {
            Schema = (int)Math.Clamp(schema, int.MinValue, int.MaxValue),
            ZeroThreshold = zeroThreshold,
            ZeroCount = zeroCount,
            Count = count,
            Sum = sum,
            PositiveSpans = [.. _positiveSpans],
            PositiveBuckets = [.. _positive],
            NegativeSpans = [.. _negativeSpans],
            NegativeBuckets = [.. _negative],
            Bounds = schema == NativeHistogram.CustomBounds ? [.. _bounds] : null,
            Hint = hint switch { 1 => ResetHint.Reset, 2 => ResetHint.NotReset, 3 => ResetHint.Gauge, _ => ResetHint.Unknown },
        };
    }

    /// <summary>Writes a histogram with float counts.</summary>
    public static void Write(ProtobufWriter writer, int field, NativeHistogram h, long time)
    {
        var begun = writer.Begin(field);
        writer.Double(2, h.Count);
        writer.Double(3, h.Sum);
        writer.SInt64(4, h.Schema);
        writer.Double(5, h.ZeroThreshold);
        writer.Double(7, h.ZeroCount);
        Side(writer, 8, h.NegativeSpans, 10, h.NegativeBuckets);
        Side(writer, 11, h.PositiveSpans, 13, h.PositiveBuckets);
        writer.Varint(14, h.Hint switch { ResetHint.Reset => 1, ResetHint.NotReset => 2, ResetHint.Gauge => 3, _ => 0 });
        writer.Varint(15, (ulong)time);
        if (h.Bounds is not null) Packed(writer, 16, h.Bounds);
        writer.End(begun);
    }

    /// <summary>A span of buckets; the same fields wherever Prometheus has one.</summary>
    public static BucketSpan Span(ReadOnlySpan<byte> message)
    {
        long offset = 0;
        ulong length = 0;
        var reader = new ProtobufReader(message);
        while (reader.Next())
        {
            if (reader.Field == 1) offset = reader.SInt64();
            else if (reader.Field == 2) length = reader.UInt64();
            else reader.Skip();
        }

        if (offset is < int.MinValue or > int.MaxValue || length > int.MaxValue) throw new FormatException("protobuf: a bucket span out of range");
        return new((int)offset, (int)length);
    }

    private static void Side(ProtobufWriter writer, int spanField, BucketSpan[] spans, int bucketField, double[] buckets)
    {
        foreach (var span in spans)
        {
            var begun = writer.Begin(spanField);
            writer.SInt64(1, span.Offset);
            writer.Varint(2, (ulong)span.Length);
            writer.End(begun);
        }

        if (buckets.Length > 0) Packed(writer, bucketField, buckets);
    }

    private static void Packed(ProtobufWriter writer, int field, double[] values)
    {
        var begun = writer.Begin(field);
        foreach (var value in values) writer.RawFixed64((ulong)BitConverter.DoubleToInt64Bits(value));
        writer.End(begun);
    }

    private void Clear()
    {
        (Time, Start) = (0, 0);
        _positiveSpans.Clear();
        _negativeSpans.Clear();
        _positive.Clear();
        _negative.Clear();
        _bounds.Clear();
    }
}
