namespace Fairway.Metrics.Model;

/// <summary>What is known of a histogram against the one before it (Prometheus, histogram.CounterResetHint).</summary>
public enum ResetHint { Unknown, Reset, NotReset, Gauge }

/// <summary>A run of buckets.</summary>
/// <param name="Offset">For the first span the index of its first bucket; for a later one the gap to the end of the span before it.</param>
/// <param name="Length">Number of buckets.</param>
public readonly record struct BucketSpan(int Offset, int Length);

/// <summary>
/// A native histogram with float counts, absolute per bucket (Prometheus, FloatHistogram; spec "Native Histograms"). Immutable by
/// convention: whoever changes one copies it first.
/// </summary>
public sealed record NativeHistogram
{
    /// <summary>Schema of custom bounds.</summary>
    public const int CustomBounds = -53;

    /// <summary>-4 to 8: bucket i ends at 2^(i * 2^-schema); or <see cref="CustomBounds"/>.</summary>
    public required int Schema { get; init; }

    /// <summary>Width of the zero bucket: observations with an absolute value up to this.</summary>
    public double ZeroThreshold { get; init; }

    /// <summary>Observations in the zero bucket.</summary>
    public double ZeroCount { get; init; }

    /// <summary>All observations. A stale marker is a histogram whose <see cref="Sum"/> is the marker.</summary>
    public double Count { get; init; }

    /// <summary>Sum of all observations.</summary>
    public double Sum { get; init; }

    /// <summary>Where the positive buckets lie.</summary>
    public BucketSpan[] PositiveSpans { get; init; } = [];

    /// <summary>Count of each positive bucket, in order of the spans; absolute, not a difference.</summary>
    public double[] PositiveBuckets { get; init; } = [];

    /// <summary>Where the negative buckets lie.</summary>
    public BucketSpan[] NegativeSpans { get; init; } = [];

    /// <summary>Count of each negative bucket, in order of the spans.</summary>
    public double[] NegativeBuckets { get; init; } = [];

    /// <summary>Upper bounds for <see cref="CustomBounds"/>, rising, without +Inf; null otherwise.</summary>
    public double[]? Bounds { get; init; }

    /// <summary>What is known against the sample before.</summary>
    public ResetHint Hint { get; init; }
}
