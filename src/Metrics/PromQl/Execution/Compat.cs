namespace Fairway.Metrics.PromQl.Execution;

/// <summary>Which Prometheus the answers agree with.</summary>
public sealed record Compat
{
    /// <summary>Prometheus 3, with delayed removal of names and with experimental functions.</summary>
    public static readonly Compat Prometheus3 = new();

    /// <summary>Prometheus 2.42.</summary>
    public static readonly Compat V2 = new() { ClosedRanges = true, ClampBeforeThreshold = true, DelayedNameRemoval = false,
        OldNames = true, LegacyLabelNames = true, Atan2KeepsNames = true, PlainSums = true, ExactBuckets = true, HeapPops = true,
        FilteredPairsDoNotMatch = true, NativeFractionsOnly = true };

    /// <summary>Ranges and the lookback include their oldest millisecond (before 3.0).</summary>
    public bool ClosedRanges { get; init; }

    /// <summary>rate() cuts the extrapolation at zero before it compares with the threshold (before 2.51).</summary>
    public bool ClampBeforeThreshold { get; init; }

    /// <summary>Names of metrics go at the end, not at each operator (feature flag <c>promql-delayed-name-removal</c>).</summary>
    public bool DelayedNameRemoval { get; init; } = true;

    /// <summary>Functions that Prometheus 3 renamed keep their old names too.</summary>
    public bool OldNames { get; init; }

    /// <summary>Functions make labels of ASCII letters, digits and underscores only (before 3.0).</summary>
    public bool LegacyLabelNames { get; init; }

    /// <summary><c>atan2</c> leaves the metric's name, as comparisons do.</summary>
    public bool Atan2KeepsNames { get; init; }

    /// <summary>
    /// <c>sum</c> and <c>avg</c> lose what rounding loses, averages are kept up to date number by number, and the deviation of one
    /// number is 0 whatever it is.
    /// </summary>
    public bool PlainSums { get; init; }

    /// <summary>Buckets of a histogram whose counts are almost the same are not made the same (before 2.49).</summary>
    public bool ExactBuckets { get; init; }

    /// <summary>
    /// <c>topk</c> and <c>bottomk</c> take the worst out of their heap before they put a better one in, and hold any NaN to be better
    /// than the last one: of equal ones others are kept.
    /// </summary>
    public bool HeapPops { get; init; }

    /// <summary>Pairs that a comparison filters out do not count when matches must be unique.</summary>
    public bool FilteredPairsDoNotMatch { get; init; }

    /// <summary><c>histogram_fraction</c> gives nothing for classic histograms.</summary>
    public bool NativeFractionsOnly { get; init; }
}
