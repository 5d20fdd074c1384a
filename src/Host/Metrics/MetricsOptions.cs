namespace Fairway.Metrics;

/// <summary>How the metrics engine runs.</summary>
public sealed record MetricsOptions
{
    /// <summary>The store's folder; made when it is not there.</summary>
    public required string Data { get; init; }

    /// <summary>A <c>prometheus.yml</c>; null for none.</summary>
    public string? ConfigFile { get; init; }

    /// <summary>What is scraped besides, at targets that the program itself discovers.</summary>
    public ImmutableArray<Configuration.ScrapeConfig> Discovered { get; init; } = [];

    /// <summary>How long samples are kept.</summary>
    public TimeSpan Retention { get; init; } = TimeSpan.FromDays(15);

    /// <summary>Clock and timers.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;
}
