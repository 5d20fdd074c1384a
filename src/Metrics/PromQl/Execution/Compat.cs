namespace Fairway.Metrics.PromQl.Execution;

/// <summary>Which Prometheus the answers agree with.</summary>
public sealed record Compat
{
    /// <summary>Prometheus 3, with delayed removal of names and with experimental functions.</summary>
    public static readonly Compat Prometheus3 = new();

    /// <summary>Prometheus 2.42.</summary>
    public static readonly Compat V2 = new() { ClosedRanges = true, ClampBeforeThreshold = true, DelayedNameRemoval = false, OldNames = true };

    /// <summary>Ranges and the lookback include their oldest millisecond (before 3.0).</summary>
    public bool ClosedRanges { get; init; }

    /// <summary>rate() cuts the extrapolation at zero before it compares with the threshold (before 2.51).</summary>
    public bool ClampBeforeThreshold { get; init; }

    /// <summary>Names of metrics go at the end, not at each operator (feature flag <c>promql-delayed-name-removal</c>).</summary>
    public bool DelayedNameRemoval { get; init; } = true;

    /// <summary>Functions that Prometheus 3 renamed keep their old names too.</summary>
    public bool OldNames { get; init; }
}
