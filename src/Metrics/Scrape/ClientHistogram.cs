using Fairway.Metrics.Model;
using Fairway.Metrics.Protobuf;

namespace Fairway.Metrics.Scrape;

/// <summary>A histogram of the protobuf exposition: classic buckets, native ones, or both (io.prometheus.client, message
/// Histogram).</summary>
internal sealed class ClientHistogram
{
    private readonly List<BucketSpan> _positiveSpans = [];
    private readonly List<BucketSpan> _negativeSpans = [];
    private readonly List<double> _positive = [];
    private readonly List<double> _negative = [];
    private long _schema;
    private double _zeroThreshold;
    private double _zeroCount;
    private bool _hasSchema;

    /// <summary>Number of observations.</summary>
    public double Count { get; private set; }

    /// <summary>Sum of observations.</summary>
    public double Sum { get; private set; }

    /// <summary>When counting began, in milliseconds since 1970; zero when not told.</summary>
    public long Start { get; private set; }

    /// <summary>Number of exemplars.</summary>
    public int Exemplars { get; private set; }

    /// <summary>Classic buckets: upper bound and observations up to it.</summary>
    public List<(double Bound, double Below)> Buckets { get; } = [];

    /// <summary>Whether it has native buckets. One without any observation shows it by its zero threshold or an empty span.</summary>
    public bool IsNative => _positiveSpans.Count > 0 || _negativeSpans.Count > 0 || _zeroThreshold > 0 || _zeroCount > 0 || (_hasSchema && _schema != 0);

    /// <summary>Reads a message.</summary>
    /// <exception cref="FormatException">It is torn.</exception>
    public void Read(ReadOnlySpan<byte> message)
    {
        Clear();
        long positive = 0, negative = 0;
        var reader = new ProtobufReader(message);
        while (reader.Next())
        {
            switch (reader.Field)
            {
                case 1: Count = reader.UInt64(); break;
                case 2: Sum = reader.Double(); break;
                case 3: Bucket(reader.Bytes()); break;
                case 4: Count = reader.Double() is > 0 and var count ? count : Count; break;
                case 5: (_schema, _hasSchema) = (reader.SInt64(), true); break;
                case 6: _zeroThreshold = reader.Double(); break;
                case 7: _zeroCount = reader.UInt64(); break;
                case 8: _zeroCount = reader.Double() is > 0 and var zeros ? zeros : _zeroCount; break;
                case 9: _negativeSpans.Add(HistogramMessage.Span(reader.Bytes())); break;
                case 10: PackedNumbers.Deltas(ref reader, ref negative, _negative); break;
                case 11: PackedNumbers.Doubles(ref reader, _negative); break;
                case 12: _positiveSpans.Add(HistogramMessage.Span(reader.Bytes())); break;
                case 13: PackedNumbers.Deltas(ref reader, ref positive, _positive); break;
                case 14: PackedNumbers.Doubles(ref reader, _positive); break;
                case 15: Start = Milliseconds(reader.Bytes()); break;
                case 16:
                    Exemplars++;
                    reader.Skip();
                    break;
                default: reader.Skip(); break;
            }
        }
    }

    /// <summary>Its native buckets.</summary>
    public NativeHistogram ToNative(bool gauge) => new()
    {
        Schema = (int)Math.Clamp(_schema, -100, 100),
        ZeroThreshold = _zeroThreshold,
        ZeroCount = _zeroCount,
        Count = Count,
        Sum = Sum,
        // The empty span says "native, but nothing observed yet".
        PositiveSpans = [.. _positiveSpans.Where(s => s.Length > 0 || _positive.Count > 0)],
        PositiveBuckets = [.. _positive],
        NegativeSpans = [.. _negativeSpans.Where(s => s.Length > 0 || _negative.Count > 0)],
        NegativeBuckets = [.. _negative],
        Hint = gauge ? ResetHint.Gauge : ResetHint.Unknown,
    };

    /// <summary>A google.protobuf.Timestamp in milliseconds since 1970.</summary>
    public static long Milliseconds(ReadOnlySpan<byte> timestamp)
    {
        long seconds = 0, nanoseconds = 0;
        var reader = new ProtobufReader(timestamp);
        while (reader.Next())
        {
            if (reader.Field == 1) seconds = reader.Int64();
            else if (reader.Field == 2) nanoseconds = reader.Int64();
            else reader.Skip();
        }

        return Math.Abs(seconds) > 1_000_000_000_000 ? 0 : (seconds * 1000) + (nanoseconds / 1_000_000);
    }

    private void Bucket(ReadOnlySpan<byte> message)
    {
        double bound = 0, below = 0;
        var reader = new ProtobufReader(message);
        while (reader.Next())
        {
            switch (reader.Field)
            {
                case 1: below = reader.UInt64(); break;
                case 2: bound = reader.Double(); break;
                case 3:
                    Exemplars++;
                    reader.Skip();
                    break;
                case 4: below = reader.Double() is > 0 and var real ? real : below; break;
                default: reader.Skip(); break;
            }
        }

        Buckets.Add((bound, below));
    }

    private void Clear()
    {
        (Count, Sum, Start, Exemplars, _schema, _zeroThreshold, _zeroCount, _hasSchema) = (0, 0, 0, 0, 0, 0, 0, false);
        _positiveSpans.Clear();
        _negativeSpans.Clear();
        _positive.Clear();
        _negative.Clear();
        Buckets.Clear();
    }
}
