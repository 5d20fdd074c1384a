using System.Text.Json.Serialization;
using Fairway.Kernel;
using NodaTime;

namespace Fairway.Judgement;

/// <summary>What happened on both arms between two looks at the edge.</summary>
/// <param name="From">Start of the tick.</param>
/// <param name="To">End of the tick.</param>
/// <param name="Weight">The candidate's confirmed share at the end of the tick; 0 until its first share is confirmed.</param>
/// <param name="Candidate">The candidate's counts in the tick.</param>
/// <param name="Stable">All concurrent stable traffic in the tick; null when there is no stable release.</param>
/// <param name="Mixed">The weight may have changed within the tick: the arms must not be compared, limits of one arm still hold.</param>
public sealed record JudgeTick(Instant From, Instant To, Weight Weight, ArmCounts Candidate, ArmCounts? Stable, bool Mixed = false)
{
    /// <summary>Instances of the candidate that take part of its traffic; 0 when not known.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public int Instances { get; init; }
}

/// <summary>One tick of the window that the absolute ceiling looks at.</summary>
/// <param name="To">End of the tick.</param>
/// <param name="Counts">The candidate's counts.</param>
public sealed record RecentTick(Instant To, ArmCounts Counts)
{
    /// <summary>The stable arm's requests in the tick.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public long StableRequests { get; init; }

    /// <summary>Of these, errors.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public long StableErrors { get; init; }
}

/// <summary>Events and what they are out of (requests), or over (seconds).</summary>
/// <param name="Events">Events.</param>
/// <param name="Exposure">Requests for a share, seconds for a rate.</param>
public readonly record struct Tally(double Events, double Exposure)
{
    /// <summary>Events per exposure; 0 without exposure.</summary>
    [JsonIgnore]
    public double Ratio => Exposure > 0 ? Events / Exposure : 0;

    public static Tally operator +(Tally left, Tally right) => new(left.Events + right.Events, left.Exposure + right.Exposure);
}

/// <summary>
/// What is known of one metric. All logarithms are natural, and rounded to 1e-6 so that a stored state is the state. Empty lists stand for
/// zeros.
/// </summary>
public sealed record MetricState(string Name)
{
    /// <summary>Index in <see cref="Statistics.ArmNoise.Levels"/>: how far alike arms drift apart, as learned before the rollout.</summary>
    public int Noise { get; init; }

    /// <summary>Rungs added to the tolerated ratio, and taken from the margin, for drift between alike arms that lasts long.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public int Slack { get; init; }

    /// <summary>
    /// How many times as much as independent requests alike arms differ within seconds, at least 1: requests that fail in clumps.
    /// Likelihoods are taken to the power of its inverse.
    /// </summary>
    public double Dispersion { get; init; } = 1;

    /// <summary>The candidate's compared counts.</summary>
    public Tally Candidate { get; init; }

    /// <summary>The stable arm's counts in the same ticks.</summary>
    public Tally Stable { get; init; }

    /// <summary>Log-likelihood at each ratio, of blocks that are over.</summary>
    public ImmutableArray<double> Closed { get; init; } = [];

    /// <summary>Log-likelihood at each ratio, of the block that goes on.</summary>
    public ImmutableArray<double> Block { get; init; } = [];

    /// <summary>Wealth of the bet on each alternative at the block's start.</summary>
    public ImmutableArray<double> Bets { get; init; } = [];

    /// <summary>Wealth of the guard's bets against the baseline.</summary>
    public ImmutableArray<double> Guard { get; init; } = [];

    /// <summary>What the replaced release did before the rollout.</summary>
    public Tally Baseline { get; init; }

    /// <summary>Evidence that the ratio is above the tolerated one.</summary>
    public double LogEvidence { get; init; }

    /// <summary>Evidence that the ratio is below the margin.</summary>
    public double LogSafety { get; init; }

    /// <summary>Evidence, at 100 %, that it is worse than the baseline by more than the guard tolerates; null before the guard.</summary>
    public double? LogGuard { get; init; }
}

/// <summary>What the judge carries from tick to tick.</summary>
/// <param name="Candidate">The candidate's counts since it had a share of the traffic.</param>
/// <param name="Stable">The stable arm's counts in the same ticks.</param>
public sealed record JudgeState(ArmCounts Candidate, ArmCounts Stable)
{
    /// <summary>The candidate's latest ticks: the window of the absolute ceiling.</summary>
    public ImmutableArray<RecentTick> Recent { get; init; } = [];

    /// <summary>One per metric of the policy.</summary>
    public ImmutableArray<MetricState> Metrics { get; init; } = [];

    /// <summary>How long the block of noise that goes on has lasted, in whole milliseconds.</summary>
    public Duration BlockElapsed { get; init; }

    /// <summary>Part of the wealth kept back for regressions that begin later.</summary>
    public double Reserve { get; init; }

    /// <summary>The share in force at the last compared tick.</summary>
    public Weight Weight { get; init; }

    /// <summary>The share changed since the block's start.</summary>
    public bool Shifted { get; init; }

    /// <summary>How long the share in force has been compared, in whole milliseconds, up to <see cref="JudgePace.NewFor"/>.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public Duration AtWeight { get; init; }

    /// <summary>Most instances the candidate has had.</summary>
    public int Instances { get; init; }

    /// <summary>The candidate's requests whose latency is not yet to be counted.</summary>
    public long WarmUpLeft { get; init; }

    /// <summary>Log-likelihood ratios of the candidate's share of requests against its weight.</summary>
    public ImmutableArray<double> SampleRatio { get; init; } = [];

    /// <summary>Before the first tick.</summary>
    public static JudgeState Empty { get; } = new(ArmCounts.None, ArmCounts.None);

    /// <summary>Before the first tick of a rollout, with what was learned of the service before.</summary>
    /// <param name="policy">The rollout's policy.</param>
    /// <param name="memory">What was learned; null for nothing, which reckons with strong noise.</param>
    public static JudgeState Begin(JudgePolicy policy, JudgeMemory? memory) => Empty with
    {
        Reserve = Statistics.Bets.Reserve,
        Metrics =
        [
            .. policy.Metrics.Select(metric => memory?.Of(metric.Name) is { } learned
                ? new MetricState(metric.Name)
                {
                    Noise = learned.Noise, Slack = learned.Slack, Dispersion = learned.Dispersion, Baseline = learned.Baseline,
                }
                : new MetricState(metric.Name) { Noise = Statistics.ArmNoise.Pick([]) }),
        ],
    };
}

/// <summary>The judge's answer to one tick.</summary>
/// <param name="Next">State for the next tick.</param>
/// <param name="Verdict">The verdict on everything seen so far.</param>
/// <param name="Why">The verdict's reason with its numbers.</param>
public sealed record JudgeAnswer(JudgeState Next, Verdict Verdict, Why Why);
