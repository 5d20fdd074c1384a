using Fairway.Metrics.Model;

namespace Fairway.Metrics.Otlp;

/// <summary>One side of an exponential histogram: buckets without gaps.</summary>
internal sealed class ExponentialSide
{
    /// <summary>Index of the first bucket.</summary>
    public int Offset { get; set; }

    /// <summary>Observations per bucket.</summary>
    public List<double> Counts { get; } = [];

    /// <summary>Index behind the last bucket.</summary>
    public int End => Offset + Counts.Count;

    /// <summary>Empties it.</summary>
    public void Clear()
    {
        Offset = 0;
        Counts.Clear();
    }

    /// <summary>Joins buckets until each is 2^<paramref name="by"/> times as wide in the exponent.</summary>
    public void Coarsen(int by)
    {
        if (by <= 0 || Counts.Count == 0) return;
        by = Math.Min(by, 31);
        var first = Offset >> by;
        for (var i = 0; i < Counts.Count; i++)
        {
            var to = ((Offset + i) >> by) - first;
            var count = Counts[i];
            Counts[i] = 0;
            Counts[to] += count;
        }

        var length = ((End - 1) >> by) - first + 1;
        Counts.RemoveRange(length, Counts.Count - length);
        Offset = first;
    }

    /// <summary>Adds the buckets of another side of the same scale.</summary>
    public void Add(ExponentialSide other)
    {
        if (other.Counts.Count == 0) return;
        if (Counts.Count == 0) Offset = other.Offset;
        if (other.Offset < Offset)
        {
            Counts.InsertRange(0, new double[Offset - other.Offset]);
            Offset = other.Offset;
        }

        if (other.End > End) Counts.AddRange(new double[other.End - End]);
        for (var i = 0; i < other.Counts.Count; i++) Counts[other.Offset - Offset + i] += other.Counts[i];
    }

    /// <summary>As Prometheus has buckets: its index names the upper bound, one more than OpenTelemetry's; runs of empty ones are left
    /// out.</summary>
    public (BucketSpan[] Spans, double[] Buckets) ToSpans()
    {
        var spans = new List<BucketSpan>();
        var buckets = new List<double>(Counts.Count);
        var end = 0;
        for (var i = 0; i < Counts.Count;)
        {
            if (Counts[i] == 0)
            {
                i++;
                continue;
            }

            var start = i;
            // A gap of two costs less than a span of its own.
            while (i < Counts.Count && (Counts[i] != 0 || (i + 1 < Counts.Count && Counts[i + 1] != 0) || (i + 2 < Counts.Count && Counts[i + 2] != 0))) buckets.Add(Counts[i++]);
            var index = Offset + start + 1;
            spans.Add(new(spans.Count == 0 ? index : index - end, i - start));
            end = Offset + i + 1;
        }

        return ([.. spans], [.. buckets]);
    }
}

/// <summary>An exponential histogram as it came.</summary>
internal sealed class ExponentialPoint
{
    /// <summary>Resolution: buckets grow by 2^(2^-scale).</summary>
    public int Scale { get; set; }

    /// <summary>Observations in the zero bucket.</summary>
    public double ZeroCount { get; set; }

    /// <summary>Width of the zero bucket.</summary>
    public double ZeroThreshold { get; set; }

    /// <summary>Positive observations.</summary>
    public ExponentialSide Positive { get; } = new();

    /// <summary>Negative observations, by their absolute value.</summary>
    public ExponentialSide Negative { get; } = new();

    /// <summary>Empties it.</summary>
    public void Clear()
    {
        (Scale, ZeroCount, ZeroThreshold) = (0, 0, 0);
        Positive.Clear();
        Negative.Clear();
    }
}

/// <summary>Exponential histograms added up; the coarsest of them gives the scale.</summary>
internal sealed class ExponentialSum(int scale)
{
    /// <summary>Scale above which Prometheus has no schema.</summary>
    public const int MostScale = 8;

    /// <summary>Scale below which Prometheus has no schema.</summary>
    public const int LeastScale = -4;

    // A zero threshold that is not told means exactly zero; this is what Prometheus takes for it.
    private const double DefaultZeroThreshold = 1e-128;
    private const int MostBuckets = 1024;

    private readonly ExponentialPoint _sum = new() { Scale = scale };

    /// <summary>Adds one; it is made coarser if need be.</summary>
    /// <exception cref="FormatException">Its buckets are further from the others than numbers go.</exception>
    public void Add(ExponentialPoint point)
    {
        var common = Math.Min(_sum.Scale, point.Scale);
        while (common > LeastScale && IsWide(point, common)) common--;
        // At the coarsest scale all doubles fit into some two hundred buckets.
        if (IsWide(point, common)) throw new FormatException("an exponential histogram with buckets beyond all numbers");
        Coarsen(_sum, common);
        Coarsen(point, common);
        _sum.Positive.Add(point.Positive);
        _sum.Negative.Add(point.Negative);
        _sum.ZeroCount += point.ZeroCount;
        _sum.ZeroThreshold = Math.Max(_sum.ZeroThreshold, point.ZeroThreshold);
    }

    /// <summary>The sum as a native histogram.</summary>
    public NativeHistogram ToNative(double count, double total) => ToNative(_sum, count, total);

    /// <summary>A point as a native histogram.</summary>
    /// <exception cref="FormatException">It is coarser than any schema.</exception>
    public static NativeHistogram ToNative(ExponentialPoint point, double count, double total)
    {
        if (point.Scale < LeastScale) throw new FormatException($"exponential histogram of scale {point.Scale}; {LeastScale} is the least");
        Coarsen(point, Math.Min(point.Scale, MostScale));
        var (positiveSpans, positive) = point.Positive.ToSpans();
        var (negativeSpans, negative) = point.Negative.ToSpans();
        return new()
        {
            Schema = point.Scale,
            Count = count,
            Sum = total,
            ZeroCount = point.ZeroCount,
            ZeroThreshold = point.ZeroThreshold > 0 ? point.ZeroThreshold : DefaultZeroThreshold,
            PositiveSpans = positiveSpans,
            PositiveBuckets = positive,
            NegativeSpans = negativeSpans,
            NegativeBuckets = negative,
        };
    }

    private static void Coarsen(ExponentialPoint point, int scale)
    {
        point.Positive.Coarsen(point.Scale - scale);
        point.Negative.Coarsen(point.Scale - scale);
        point.Scale = scale;
    }

    private bool IsWide(ExponentialPoint point, int scale) =>
        Width(_sum.Positive, point.Positive, scale, point.Scale) > MostBuckets || Width(_sum.Negative, point.Negative, scale, point.Scale) > MostBuckets;

    private long Width(ExponentialSide ours, ExponentialSide theirs, int scale, int theirScale)
    {
        var (by, theirBy) = (Math.Min(_sum.Scale - scale, 31), Math.Min(theirScale - scale, 31));
        if (ours.Counts.Count == 0 && theirs.Counts.Count == 0) return 0;
        if (ours.Counts.Count == 0) (ours, by) = (theirs, theirBy);
        if (theirs.Counts.Count == 0) (theirs, theirBy) = (ours, by);
        var start = Math.Min(ours.Offset >> by, theirs.Offset >> theirBy);
        var end = Math.Max((ours.End - 1) >> by, (theirs.End - 1) >> theirBy);
        return (long)end - start + 1;
    }
}
