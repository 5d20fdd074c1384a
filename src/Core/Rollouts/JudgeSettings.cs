using Fairway.Judgement;
using NodaTime;

namespace Fairway.Rollouts;

/// <summary>How a rollout is judged by evidence, beside the ceiling; from <c>fairway.yaml</c>.</summary>
public sealed record JudgeSettings
{
    /// <summary>Probability, over a whole rollout, that a release no worse than tolerated is taken back by the comparison.</summary>
    public double FalseRollback { get; init; } = 0.01;

    /// <summary>How long a step of a canary may last: the least, the most without proof, and what follows then. A step's own pause is never cut but by proof.</summary>
    public StepLimits Steps { get; init; } = new(Duration.FromSeconds(15), Duration.FromMinutes(10), OnDoubt.Hold);

    /// <summary>Requests that each new instance may serve before its latency counts.</summary>
    public long WarmUpRequests { get; init; } = 50;

    /// <summary>What the arms are compared on.</summary>
    public ImmutableArray<MetricPolicy> Metrics { get; init; } = MetricPolicy.Default;
}
