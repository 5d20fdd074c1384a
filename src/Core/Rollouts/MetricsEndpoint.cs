using NodaTime;

namespace Fairway.Rollouts;

/// <summary>Where an instance shows metrics of its own, in a format of Prometheus.</summary>
public sealed record MetricsEndpoint
{
    /// <summary>Path on the instance's port.</summary>
    public string Path { get; init; } = "/metrics";

    /// <summary>Between two readings.</summary>
    public Duration Interval { get; init; } = Duration.FromSeconds(15);
}
