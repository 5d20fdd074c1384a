using System.Numerics;

namespace Fairway.Traffic;

/// <summary>
/// Log-linear buckets over microseconds: 64 linear steps in each power of two, so a bucket is at most 1/64 (1.6 %) wide relative to its value.
/// The layout of HdrHistogram with 6 sub-bucket bits (G. Tene, hdrhistogram.org).
/// </summary>
public static class LatencyBuckets
{
    private const int SubBits = 6;

    /// <summary>Number of buckets; the last one also holds everything longer (2^36 µs, about 19 hours).</summary>
    public const int Count = (36 - SubBits + 1) << SubBits;

    /// <summary>The bucket of a latency in microseconds; negative counts as 0.</summary>
    public static int IndexOf(long microseconds)
    {
        if (microseconds < 1 << SubBits) return (int)Math.Max(0, microseconds);
        var exponent = BitOperations.Log2((ulong)microseconds) - SubBits;
        var index = ((exponent + 1) << SubBits) + (int)((microseconds >> exponent) & ((1 << SubBits) - 1));
        return Math.Min(index, Count - 1);
    }

    /// <summary>The bucket's lower bound in microseconds (inclusive).</summary>
    public static long LowerBound(int index)
    {
        if (index < 1 << SubBits) return index;
        var exponent = (index >> SubBits) - 1;
        return ((1L << SubBits) + (index & ((1 << SubBits) - 1))) << exponent;
    }

    /// <summary>The bucket's upper bound in microseconds (exclusive).</summary>
    public static long UpperBound(int index) => LowerBound(index + 1);

    /// <summary>The middle of a bucket, in microseconds: off by at most half a bucket (0.8 %).</summary>
    public static double Middle(int index) => (LowerBound(index) + UpperBound(index)) / 2.0;

    /// <summary>The bucket in which a share of all counts is reached (nearest rank); null without a count.</summary>
    /// <param name="counts">Buckets and their counts, ascending.</param>
    /// <param name="share">Above 0, at most 1.</param>
    public static int? At(IReadOnlyCollection<KeyValuePair<int, long>> counts, double share)
    {
        long total = 0, below = 0;
        foreach (var (_, count) in counts) total += count;
        var wanted = Math.Ceiling(share * total);
        foreach (var (bucket, count) in counts)
            if ((below += count) >= wanted && below > 0) return bucket;
        return null;
    }
}
