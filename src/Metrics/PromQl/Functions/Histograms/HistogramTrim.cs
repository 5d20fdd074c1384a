using Fairway.Metrics.Model;

namespace Fairway.Metrics.PromQl.Functions.Histograms;

/// <summary>Cuts off what a histogram has above or below a value; a bucket that the value falls into is shared out as a quantile would interpolate it.</summary>
internal static class HistogramTrim
{
    /// <summary>What is left.</summary>
    /// <param name="h">The histogram.</param>
    /// <param name="at">The value.</param>
    /// <param name="keepsLower">Whether the part below is kept.</param>
    public static NativeHistogram Cut(NativeHistogram h, double at, bool keepsLower)
    {
        double count = 0, sum = 0;
        double[] Kept(BucketSpan[] spans, double[] counts, double sign)
        {
            var kept = new double[counts.Length];
            var index = 0;
            var place = 0;
            foreach (var span in spans)
            {
                index += span.Offset;
                for (var i = 0; i < span.Length; i++, index++, place++)
                {
                    var (near, far) = (BucketBounds.Upper(index - 1, h.Schema, h.Bounds), BucketBounds.Upper(index, h.Schema, h.Bounds));
                    var (lower, upper) = sign > 0 ? (near, far) : (-far, -near);
                    kept[place] = counts[place] * Share(h, lower, upper, at, keepsLower, out var middle);
                    count += kept[place];
                    if (kept[place] != 0) sum += kept[place] * middle;
                }
            }

            return kept;
        }

        var positive = Kept(h.PositiveSpans, h.PositiveBuckets, 1);
        var negative = Kept(h.NegativeSpans, h.NegativeBuckets, -1);
        var (zeroLower, zeroUpper) = (h.NegativeBuckets.Length == 0 && h.PositiveBuckets.Length > 0 ? 0 : -h.ZeroThreshold,
            h.PositiveBuckets.Length == 0 && h.NegativeBuckets.Length > 0 ? 0 : h.ZeroThreshold);
        var zero = h.ZeroCount == 0 ? 0 : h.ZeroCount * Share(h, zeroLower, zeroUpper, at, keepsLower, out _);
        count += zero;
        var unchanged = count.Equals(h.Count);
        return h with
        {
            PositiveBuckets = positive, NegativeBuckets = negative, ZeroCount = zero, Count = count, Sum = unchanged ? h.Sum : sum, Hint = ResetHint.Gauge,
        };
    }

    private static double Share(NativeHistogram h, double lower, double upper, double at, bool keepsLower, out double middle)
    {
        var isCustom = h.Schema == NativeHistogram.CustomBounds;
        if (isCustom && double.IsNegativeInfinity(lower) && upper > 0) lower = 0;
        var (from, to) = keepsLower ? (lower, Math.Min(upper, at)) : (Math.Max(lower, at), upper);
        middle = Middle(from, to, isCustom);
        if (to <= from && !(upper.Equals(lower) && (keepsLower ? at >= upper : at <= lower))) return 0;
        if (from.Equals(lower) && to.Equals(upper)) return 1;
        if (double.IsInfinity(lower) || double.IsInfinity(upper)) return keepsLower == double.IsInfinity(upper) ? 0 : 1;
        if (isCustom || (lower <= 0 && upper >= 0)) return (to - from) / (upper - lower);
        var (low, high) = (Math.Log2(Math.Abs(lower)), Math.Log2(Math.Abs(upper)));
        return Math.Abs((Math.Log2(Math.Abs(to)) - Math.Log2(Math.Abs(from))) / (high - low));
    }

    private static double Middle(double from, double to, bool isCustom)
    {
        if (double.IsInfinity(from)) return to;
        if (double.IsInfinity(to)) return from;
        if (isCustom || (from <= 0 && to >= 0)) return (from + to) / 2;
        return from > 0 ? Math.Sqrt(from * to) : -Math.Sqrt(from * to);
    }
}
