using Fairway.Metrics.Ingest;
using Fairway.Metrics.Protobuf;

namespace Fairway.Metrics.Otlp;

/// <summary>What a data point says, whatever its kind; used again for the next one.</summary>
internal sealed class OtlpPoint
{
    private const ulong NanosecondsPerMillisecond = 1_000_000;
    private const int MostBuckets = 20_000;

    private byte[] _gathered = [];

    /// <summary>Milliseconds since 1970; zero when not told.</summary>
    public long Start { get; private set; }

    /// <summary>Milliseconds since 1970; zero when not told.</summary>
    public long Time { get; private set; }

    /// <summary>Value of a number; sum of observations.</summary>
    public double Value { get; private set; }

    /// <summary>Whether a sum of observations was told.</summary>
    public bool HasValue { get; private set; }

    /// <summary>Number of observations.</summary>
    public double Count { get; private set; }

    /// <summary>The series has ended: no value was recorded.</summary>
    public bool IsStale { get; private set; }

    /// <summary>Observations per bucket, not cumulative; or the values of a summary's quantiles.</summary>
    public List<double> Counts { get; } = [];

    /// <summary>Upper bounds of buckets, without infinity; or the quantiles of a summary.</summary>
    public List<double> Bounds { get; } = [];

    /// <summary>Exponential buckets.</summary>
    public ExponentialPoint Exponential { get; } = new();

    /// <summary>Reads a point.</summary>
    /// <param name="point">The message.</param>
    /// <param name="kind">Number of the field of Metric that the point stands in.</param>
    /// <returns>The bytes of its attributes' fields; valid until the next call.</returns>
    /// <exception cref="FormatException">It is torn.</exception>
    public ReadOnlySpan<byte> Read(ReadOnlySpan<byte> point, int kind)
    {
        Clear();
        var attributes = kind switch { OtlpKinds.Gauge or OtlpKinds.Sum or OtlpKinds.Summary => 7, OtlpKinds.Histogram => 9, _ => 1 };
        var (start, end, scattered) = (0, 0, false);
        var reader = new ProtobufReader(point);
        for (var at = 0; reader.Next(); at = reader.Position)
        {
            if (reader.Field == attributes)
            {
                if (end == 0) start = at;
                else if (at != end) scattered = true;
                reader.Skip();
                end = reader.Position;
                continue;
            }

            switch (kind)
            {
                case OtlpKinds.Gauge or OtlpKinds.Sum: Number(ref reader); break;
                case OtlpKinds.Histogram: Histogram(ref reader); break;
                case OtlpKinds.Exponential: ExponentialHistogram(ref reader); break;
                default: Summary(ref reader); break;
            }
        }

        return scattered ? Gather(point, attributes) : point[start..end];
    }

    private void Number(ref ProtobufReader reader)
    {
        switch (reader.Field)
        {
            case 4: (Value, HasValue) = (reader.Double(), true); break;
            case 6: (Value, HasValue) = ((long)reader.Fixed64(), true); break;
            case 8: IsStale = (reader.UInt64() & 1) != 0; break;
            default: Times(ref reader); break;
        }
    }

    private void Histogram(ref ProtobufReader reader)
    {
        switch (reader.Field)
        {
            case 4: Count = reader.Fixed64(); break;
            case 5: (Value, HasValue) = (reader.Double(), true); break;
            case 6: PackedNumbers.Fixed64(ref reader, Counts); break;
            case 7: PackedNumbers.Doubles(ref reader, Bounds); break;
            case 10: IsStale = (reader.UInt64() & 1) != 0; break;
            default: Times(ref reader); break;
        }
    }

    private void ExponentialHistogram(ref ProtobufReader reader)
    {
        switch (reader.Field)
        {
            case 4: Count = reader.Fixed64(); break;
            case 5: (Value, HasValue) = (reader.Double(), true); break;
            case 6: Exponential.Scale = (int)Math.Clamp(reader.SInt64(), -100, 100); break;
            case 7: Exponential.ZeroCount = reader.Fixed64(); break;
            case 8: Side(reader.Bytes(), Exponential.Positive); break;
            case 9: Side(reader.Bytes(), Exponential.Negative); break;
            case 10: IsStale = (reader.UInt64() & 1) != 0; break;
            case 14: Exponential.ZeroThreshold = reader.Double(); break;
            default: Times(ref reader); break;
        }
    }

    private void Summary(ref ProtobufReader reader)
    {
        switch (reader.Field)
        {
            case 4: Count = reader.Fixed64(); break;
            case 5: (Value, HasValue) = (reader.Double(), true); break;
            case 6:
                double quantile = 0, value = 0;
                var inner = new ProtobufReader(reader.Bytes());
                while (inner.Next())
                {
                    if (inner.Field == 1) quantile = inner.Double();
                    else if (inner.Field == 2) value = inner.Double();
                    else inner.Skip();
                }

                Bounds.Add(quantile);
                Counts.Add(value);
                break;
            case 8: IsStale = (reader.UInt64() & 1) != 0; break;
            default: Times(ref reader); break;
        }
    }

    private void Times(ref ProtobufReader reader)
    {
        if (reader.Field == 2) Start = (long)(reader.Fixed64() / NanosecondsPerMillisecond);
        else if (reader.Field == 3) Time = (long)(reader.Fixed64() / NanosecondsPerMillisecond);
        else reader.Skip();
    }

    private static void Side(ReadOnlySpan<byte> message, ExponentialSide side)
    {
        var reader = new ProtobufReader(message);
        while (reader.Next())
        {
            if (reader.Field == 1) side.Offset = (int)Math.Clamp(reader.SInt64(), -1_000_000_000, 1_000_000_000);
            else if (reader.Field == 2) PackedNumbers.Varints(ref reader, side.Counts);
            else reader.Skip();
        }

        if (side.Counts.Count > MostBuckets) throw new FormatException($"a histogram of {side.Counts.Count} buckets; {MostBuckets} is the most");
    }

    private ReadOnlySpan<byte> Gather(ReadOnlySpan<byte> point, int attributes)
    {
        if (_gathered.Length < point.Length) _gathered = new byte[point.Length];
        var length = 0;
        var reader = new ProtobufReader(point);
        for (var at = 0; reader.Next(); at = reader.Position)
        {
            reader.Skip();
            if (reader.Field != attributes) continue;
            point[at..reader.Position].CopyTo(_gathered.AsSpan(length));
            length += reader.Position - at;
        }

        return _gathered.AsSpan(0, length);
    }

    private void Clear()
    {
        (Start, Time, Value, HasValue, Count, IsStale) = (0, 0, 0, false, 0, false);
        Counts.Clear();
        Bounds.Clear();
        Exponential.Clear();
    }
}

/// <summary>Fields of Metric that hold its points.</summary>
internal static class OtlpKinds
{
    public const int Gauge = 5;
    public const int Sum = 7;
    public const int Histogram = 9;
    public const int Exponential = 10;
    public const int Summary = 11;
}
