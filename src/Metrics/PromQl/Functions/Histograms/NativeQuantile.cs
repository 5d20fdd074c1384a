using Fairway.Metrics.Model;

namespace Fairway.Metrics.PromQl.Functions.Histograms;

/// <summary>Estimates from native histograms. Inside a bucket observations are taken to be spread evenly on a logarithmic scale, in the zero bucket and between custom bounds on a linear one.</summary>
internal static class NativeQuantile
{
    /// <summary>A quantile; <paramref name="ranOut"/> tells that observations which are no numbers hide it, <paramref name="skewed"/> that they shift it.</summary>
    public static double Of(double q, NativeHistogram h, out bool ranOut, out bool skewed)
    {
        (ranOut, skewed) = (false, false);
        if (q < 0) return double.NegativeInfinity;
        if (q > 1) return double.PositiveInfinity;
        if (h.Count == 0 || double.IsNaN(q)) return double.NaN;
        var forward = double.IsNaN(h.Sum) || q < 0.5;
        var rank = (forward ? q : 1 - q) * h.Count;
        var count = 0.0;
        var bucket = default(Bucket);
        foreach (var next in forward ? BucketBounds.All(h) : BucketBounds.All(h).Reverse())
        {
            bucket = next;
            count += next.Count;
            if (count >= rank) break;
        }

        var isCustom = h.Schema == NativeHistogram.CustomBounds;
        bucket = Narrowed(h, bucket);
        if (isCustom && double.IsNegativeInfinity(bucket.Lower)) return bucket.Upper;
        if (isCustom && double.IsPositiveInfinity(bucket.Upper)) return bucket.Lower;
        count = Math.Min(count, h.Count);
        if (count < rank)
        {
            ranOut = double.IsNaN(h.Sum);
            if (ranOut) return double.NaN;
            return forward ? bucket.Upper : bucket.Lower;
        }

        skewed = double.IsNaN(h.Sum);
        var share = (forward ? rank - (count - bucket.Count) : count - rank) / bucket.Count;
        if (isCustom || (bucket.Lower <= 0 && bucket.Upper >= 0)) return bucket.Lower + ((bucket.Upper - bucket.Lower) * share);
        var (low, high) = (Math.Log2(Math.Abs(bucket.Lower)), Math.Log2(Math.Abs(bucket.Upper)));
        return bucket.Lower > 0 ? Math.Pow(2, low + ((high - low) * share)) : -Math.Pow(2, high + ((low - high) * (1 - share)));
    }

    /// <summary>Which share of the observations lies between two values.</summary>
    public static double Fraction(double lower, double upper, NativeHistogram h)
    {
        if (h.Count == 0 || double.IsNaN(lower) || double.IsNaN(upper)) return double.NaN;
        if (lower >= upper) return 0;
        return (RankOf(upper, h) - RankOf(lower, h)) / h.Count;
    }

    /// <summary>Population variance of the observations, each taken to lie in the middle of its bucket.</summary>
    public static double Variance(NativeHistogram h)
    {
        var mean = h.Sum / h.Count;
        var sum = new KahanSum();
        foreach (var bucket in BucketBounds.All(h))
        {
            var middle = Middle(h, bucket);
            sum.Add(bucket.Count * (middle - mean) * (middle - mean));
        }

        return (sum.Sum + sum.Lost) / h.Count;
    }

    private static double Middle(NativeHistogram h, Bucket bucket)
    {
        if (h.Schema == NativeHistogram.CustomBounds) return (bucket.Upper + bucket.Lower) / 2;
        if (bucket.Lower <= 0 && bucket.Upper >= 0) return 0;
        return Math.Sqrt(bucket.Upper * bucket.Lower) * (bucket.Upper < 0 ? -1 : 1);
    }

    // The zero bucket of a histogram with values of one sign only, and the first custom bucket, begin or end at zero.
    private static Bucket Narrowed(NativeHistogram h, Bucket bucket)
    {
        if (h.Schema == NativeHistogram.CustomBounds) return double.IsNegativeInfinity(bucket.Lower) && bucket.Upper > 0 ? bucket with { Lower = 0 } : bucket;
        if (bucket.Lower > 0 || bucket.Upper < 0) return bucket;
        if (h.NegativeBuckets.Length == 0 && h.PositiveBuckets.Length > 0) return bucket with { Lower = 0 };
        return h.PositiveBuckets.Length == 0 && h.NegativeBuckets.Length > 0 ? bucket with { Upper = 0 } : bucket;
    }

    // Observations below a value.
    private static double RankOf(double value, NativeHistogram h)
    {
        var rank = 0.0;
        foreach (var each in BucketBounds.All(h))
        {
            var bucket = Narrowed(h, each);
            if (bucket.Lower >= value) return Math.Min(rank, h.Count);
            if (bucket.Upper > value) return Math.Min(rank + (bucket.Count * ShareBelow(value, bucket, h)), h.Count);
            rank += bucket.Count;
        }

        return double.IsNaN(h.Sum) ? Math.Min(rank, h.Count) : h.Count;
    }

    private static double ShareBelow(double value, Bucket bucket, NativeHistogram h)
    {
        if (double.IsNegativeInfinity(bucket.Lower)) return 1;
        if (double.IsPositiveInfinity(bucket.Upper)) return 0;
        if (h.Schema == NativeHistogram.CustomBounds || (bucket.Lower <= 0 && bucket.Upper >= 0)) return (value - bucket.Lower) / (bucket.Upper - bucket.Lower);
        var (low, high, at) = (Math.Log2(Math.Abs(bucket.Lower)), Math.Log2(Math.Abs(bucket.Upper)), Math.Log2(Math.Abs(value)));
        return value > 0 ? (at - low) / (high - low) : 1 - ((at - high) / (low - high));
    }
}
