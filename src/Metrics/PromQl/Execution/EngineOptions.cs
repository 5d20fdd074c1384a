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

    /// <summary>Samples that a query may keep until it ends (8 bytes each or more): its answer, and what is sorted or matched on the way.</summary>
    public long MaxSamples { get; init; } = 50_000_000;

    /// <summary>Samples that a query may look at, series by series, without keeping them.</summary>
    public long MaxSamplesRead { get; init; } = 2_000_000_000;

    /// <summary>Series that a selector may match.</summary>
    public int MaxSeries { get; init; } = 1_000_000;

    /// <summary>How long a query may run.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromMinutes(2);

    /// <summary>Threads that one query may read series with; the answer is the same for any number.</summary>
    public int Threads { get; init; } = Environment.ProcessorCount;

    /// <summary>Measures the timeout and the times of <c>Explain</c>.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;
}
