using Fairway.Metrics.Model;

namespace Fairway.Metrics.Ingest;

/// <summary>Whether a native histogram from outside can be one (Prometheus, histogram.Validate).</summary>
internal static class HistogramCheck
{
    private const int MostBuckets = 20_000;

    /// <summary>What is wrong with it; null when nothing is.</summary>
    public static string? Fault(NativeHistogram h)
    {
        var custom = h.Schema == NativeHistogram.CustomBounds;
        if (!custom && h.Schema is < -4 or > 8) return $"histogram has schema {h.Schema}; -4 to 8 and -53 are known";
        if (StaleMarker.Is(h.Sum)) return null;
        if (Spans("positive", h.PositiveSpans, h.PositiveBuckets) is { } positive) return positive;
        if (Spans("negative", h.NegativeSpans, h.NegativeBuckets) is { } negative) return negative;
        if (h.ZeroCount < 0 || h.Count < 0) return "histogram has a negative count";
        if (custom) return Custom(h);
        if (!(h.ZeroThreshold >= 0)) return $"histogram has the zero threshold {h.ZeroThreshold}";
        return h.Bounds is null ? null : "histogram with an exponential schema must not have custom bounds";
    }

    private static string? Custom(NativeHistogram h)
    {
        if (h.Bounds is null) return "histogram with custom buckets has no bounds";
        if (h.ZeroCount != 0 || h.ZeroThreshold != 0) return "histogram with custom buckets must not have a zero bucket";
        if (h.NegativeSpans.Length > 0 || h.NegativeBuckets.Length > 0) return "histogram with custom buckets must not have negative buckets";
        for (var i = 0; i < h.Bounds.Length; i++)
        {
            if (!double.IsFinite(h.Bounds[i]) || (i > 0 && h.Bounds[i] <= h.Bounds[i - 1])) return "histogram has custom bounds that do not rise";
        }

        long end = 0;
        foreach (var span in h.PositiveSpans) end += (long)span.Offset + span.Length;
        return end > h.Bounds.Length + 1 || (h.PositiveSpans.Length > 0 && h.PositiveSpans[0].Offset < 0) ? $"histogram has buckets beyond its {h.Bounds.Length} bounds" : null;
    }

    private static string? Spans(string side, BucketSpan[] spans, double[] buckets)
    {
        long sum = 0;
        for (var i = 0; i < spans.Length; i++)
        {
            if (spans[i].Length < 0) return $"histogram has a {side} span of length {spans[i].Length}";
            if (i > 0 && spans[i].Offset < 0) return $"histogram has a {side} span number {i + 1} with negative offset {spans[i].Offset}";
            sum += spans[i].Length;
        }

        if (sum != buckets.Length) return $"histogram has {side} spans of {sum} buckets, but {buckets.Length} buckets";
        if (sum > MostBuckets) return $"histogram has {sum} {side} buckets, {MostBuckets} is the most";
        foreach (var bucket in buckets)
        {
            if (!(bucket >= 0)) return $"histogram has a {side} bucket with the count {bucket}";
        }

        return null;
    }
}
