namespace Fairway.Metrics.PromQl.Execution;

/// <summary>How an engine answers, and what a query may use.</summary>
public sealed record EngineOptions
{
    /// <summary>How old the newest sample of a series may be.</summary>
    public TimeSpan Lookback { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>The step of a subquery that names none: the global evaluation interval.</summary>
    public TimeSpan SubqueryStep { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>Which Prometheus the answers agree with.</summary>
    public Compat Compat { get; init; } = Compat.Prometheus3;

    /// <summary>Samples that a query may read and make (8 bytes each or more).</summary>
    public long MaxSamples { get; init; } = 50_000_000;

    /// <summary>Series that a selector may match.</summary>
    public int MaxSeries { get; init; } = 1_000_000;

    /// <summary>How long a query may run.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromMinutes(2);

    /// <summary>Measures the timeout and the times of <c>Explain</c>.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;
}
