using Fairway.Metrics.Model;

namespace Fairway.Metrics.PromQl.Functions.Histograms;

/// <summary>A bucket of a native histogram.</summary>
/// <param name="Lower">Its lower bound.</param>
/// <param name="Upper">Its upper bound.</param>
/// <param name="LowerInclusive">Whether the lower bound belongs to it.</param>
/// <param name="UpperInclusive">Whether the upper bound belongs to it.</param>
/// <param name="Count">Observations in it.</param>
internal readonly record struct Bucket(double Lower, double Upper, bool LowerInclusive, bool UpperInclusive, double Count);

/// <summary>Where the buckets of native histograms begin and end (Prometheus, specification of native histograms).</summary>
internal static class BucketBounds
{
    private static readonly double[][] Fractions = [.. Enumerable.Range(0, 9).Select(schema => Enumerable.Range(0, 1 << schema).Select(i => Math.Pow(2, (double)i / (1 << schema))).ToArray())];

    /// <summary>Upper bound of a bucket.</summary>
    public static double Upper(int index, int schema, double[]? bounds)
    {
        if (schema == NativeHistogram.CustomBounds)
        {
            if (index < 0) return double.NegativeInfinity;
            return bounds is not null && index < bounds.Length ? bounds[index] : double.PositiveInfinity;
        }

        if (schema < 0)
        {
            var exponent = index * (1 << -schema);
            return exponent == 1024 ? double.MaxValue : Math.ScaleB(1, exponent);
        }

        var fraction = Fractions[schema][index & ((1 << schema) - 1)];
        var power = index >> schema;
        return fraction == 1 && power == 1024 ? double.MaxValue : Math.ScaleB(fraction, power);
    }

    /// <summary>The index of a bucket once there are fewer of them.</summary>
    public static int Reduced(int index, int from, int to) => ((index - 1) >> (from - to)) + 1;

    /// <summary>Indexes and counts of buckets that are not empty, in order.</summary>
    public static IEnumerable<(int Index, double Count)> Each(BucketSpan[] spans, double[] counts)
    {
        var index = 0;
        var at = 0;
        foreach (var span in spans)
        {
            index += span.Offset;
            for (var i = 0; i < span.Length && at < counts.Length; i++, index++, at++)
            {
                if (counts[at] != 0) yield return (index, counts[at]);
            }
        }
    }

    /// <summary>All buckets that are not empty, from the lowest values to the highest.</summary>
    public static IEnumerable<Bucket> All(NativeHistogram h)
    {
        foreach (var (index, count) in Each(h.NegativeSpans, h.NegativeBuckets).Reverse())
            yield return new(-Upper(index, h.Schema, null), -Upper(index - 1, h.Schema, null), true, false, count);
        if (h.ZeroCount != 0) yield return new(-h.ZeroThreshold, h.ZeroThreshold, true, true, h.ZeroCount);
        foreach (var (index, count) in Each(h.PositiveSpans, h.PositiveBuckets))
        {
            var lower = Upper(index - 1, h.Schema, h.Bounds);
            yield return new(lower, Upper(index, h.Schema, h.Bounds), double.IsNegativeInfinity(lower), true, count);
        }
    }
}
