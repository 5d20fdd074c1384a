using System.Numerics;

namespace Fairway.Cli.Load;

/// <summary>
/// Counts of latencies in log-linear buckets over microseconds: 128 linear steps in each power of two, so a value is known to 0.8 % whatever its size
/// (the layout of HdrHistogram, G. Tene, hdrhistogram.org). Not thread-safe.
/// </summary>
public sealed class LatencyHistogram
{
    private const int SubBits = 7;
    private const int SubCount = 1 << SubBits;
    private readonly long[] _counts = new long[(40 - SubBits + 1) << SubBits];

    /// <summary>Values recorded.</summary>
    public long Count { get; private set; }

    /// <summary>The longest value, exactly.</summary>
    public TimeSpan Max { get; private set; }

    /// <summary>Counts one value.</summary>
    public void Record(TimeSpan latency)
    {
        _counts[IndexOf((long)latency.TotalMicroseconds)]++;
        Count++;
        if (latency > Max) Max = latency;
    }

    /// <summary>Adds all of another's values.</summary>
    public void Add(LatencyHistogram other)
    {
        for (var i = 0; i < _counts.Length; i++) _counts[i] += other._counts[i];
        Count += other.Count;
        if (other.Max > Max) Max = other.Max;
    }

    /// <summary>The value that a share of all values do not exceed; zero when there are none.</summary>
    /// <param name="share">0 to 1, such as 0.99.</param>
    public TimeSpan Percentile(double share)
    {
        var wanted = (long)Math.Ceiling(share * Count);
        if (Count == 0) return TimeSpan.Zero;
        if (wanted >= Count) return Max;
        long seen = 0;
        for (var i = 0; i < _counts.Length; i++)
        {
            seen += _counts[i];
            if (seen >= wanted && seen > 0) return TimeSpan.FromMicroseconds(Math.Min(Middle(i), Max.TotalMicroseconds));
        }

        return Max;
    }

    private int IndexOf(long microseconds)
    {
        if (microseconds < SubCount) return (int)Math.Max(0, microseconds);
        var exponent = BitOperations.Log2((ulong)microseconds) - SubBits;
        return Math.Min(((exponent + 1) << SubBits) + (int)((microseconds >> exponent) & (SubCount - 1)), _counts.Length - 1);
    }

    private static double Middle(int index)
    {
        if (index < SubCount) return index;
        var exponent = (index >> SubBits) - 1;
        return ((long)(SubCount + (index & (SubCount - 1))) << exponent) + ((1L << exponent) / 2.0);
    }
}
