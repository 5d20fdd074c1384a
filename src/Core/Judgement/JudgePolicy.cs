using System.Text.Json.Serialization;
using NodaTime;

namespace Fairway.Judgement;

/// <summary>Where a metric's counts come from.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<MetricSource>))]
public enum MetricSource
{
    /// <summary><see cref="ArmCounts.Errors"/> of <see cref="ArmCounts.Requests"/>.</summary>
    Errors,

    /// <summary><see cref="ArmCounts.Timeouts"/> of <see cref="ArmCounts.Requests"/>.</summary>
    Timeouts,

    /// <summary><see cref="ArmCounts.Resets"/> of <see cref="ArmCounts.Requests"/>.</summary>
    Resets,

    /// <summary><see cref="ArmCounts.AboveP95"/> of <see cref="ArmCounts.Timed"/>.</summary>
    AboveP95,

    /// <summary><see cref="ArmCounts.AboveP99"/> of <see cref="ArmCounts.Timed"/>.</summary>
    AboveP99,

    /// <summary><see cref="ArmCounts.Restarts"/> over <see cref="ArmCounts.InstanceSeconds"/>.</summary>
    Restarts,

    /// <summary>A share from a metrics source: the <see cref="MetricCount"/> of the metric's name, events out of a whole number.</summary>
    Share,

    /// <summary>A rate from a metrics source: the <see cref="MetricCount"/> of the metric's name, events over an exposure.</summary>
    Rate,
}

/// <summary>A metric on which the arms are compared. More of it is worse.</summary>
/// <param name="Name">For people, and the name of a queried metric.</param>
/// <param name="Source">Where its counts come from.</param>
/// <param name="Weight">Its part of the false-rollback probability; parts are taken relative to their sum.</param>
public sealed record MetricPolicy(string Name, MetricSource Source, double Weight)
{
    /// <summary>Regressed means: odds (or rate) ratio proven above this, rounded up to a quarter doubling; at least 1.</summary>
    public double Tolerated { get; init; } = 1;

    /// <summary>
    /// Safe needs: ratio proven below this, rounded down to a quarter doubling; above <see cref="Tolerated"/>. Null when the metric can
    /// convict but proof of safety does not wait for it.
    /// </summary>
    /// <remarks>
    /// What is worse by less is within the margin: under the default of 2.5, which is 2.38 on the ladder, a release with twice the errors
    /// may be called safe, and is in one run out of six, before it is proven worse. A margin of 2 takes half as long again for each proof.
    /// </remarks>
    public double? Margin { get; init; }

    /// <summary>Of a share: proven below this it is good enough, whatever the ratio. Null for none.</summary>
    public double? Negligible { get; init; }

    /// <summary>What a metrics source is asked for; null for what Fairway counts by itself.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public MetricQuery? Query { get; init; }

    /// <summary>What a service is compared on unless it says otherwise.</summary>
    public static ImmutableArray<MetricPolicy> Default { get; } =
    [
        new("errors", MetricSource.Errors, 0.86) { Margin = 2.5, Negligible = 0.001 },
        new("timeouts", MetricSource.Timeouts, 0.02),
        new("resets", MetricSource.Resets, 0.02),
        new("latency-p95", MetricSource.AboveP95, 0.05) { Margin = 2 },
        new("latency-p99", MetricSource.AboveP99, 0.02),
        new("restarts", MetricSource.Restarts, 0.03),
    ];
}

/// <summary>Limits the judge works with.</summary>
/// <param name="MaxErrorRatio">Absolute ceiling: regressed at this share of errors…</param>
/// <param name="MinRequests">… of at least this many requests.</param>
public sealed record JudgePolicy(double MaxErrorRatio, long MinRequests)
{
    /// <summary>
    /// Probability, over a whole rollout and all metrics, that a release no worse than tolerated is called <see cref="Verdict.Regressed"/>.
    /// </summary>
    public double FalseRollback { get; init; } = 0.01;

    /// <summary>
    /// Probability that a release at or beyond a margin is ever called <see cref="Verdict.Safe"/>; where what is negligible is tried too, and
    /// the release is at that limit as well, at most twice this.
    /// </summary>
    public double FalseSafe { get; init; } = 0.05;

    /// <summary>What the arms are compared on; empty leaves only the ceiling.</summary>
    public ImmutableArray<MetricPolicy> Metrics { get; init; } = [];

    /// <summary>
    /// Requests that each new instance of the candidate may serve before its latency counts: cold caches are not a regression. Errors
    /// always count.
    /// </summary>
    public long WarmUpRequests { get; init; }

    /// <summary>How long the judge means to go on watching at 100 %, against what the replaced release did; zero does not watch.</summary>
    public Duration Guard { get; init; } = Duration.FromMinutes(10);

    /// <summary>
    /// Worse than the replaced release by more than this factor of odds (or rate) is Regressed at 100 %. Times differ, so it is wider than
    /// <see cref="MetricPolicy.Tolerated"/>.
    /// </summary>
    public double GuardTolerated { get; init; } = WindowTest.Tolerated;
}
