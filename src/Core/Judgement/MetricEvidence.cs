using Fairway.Judgement.Statistics;

namespace Fairway.Judgement;

/// <summary>What is known of one metric, for people to look at and for the record.</summary>
/// <param name="Metric">The metric's name.</param>
/// <param name="Candidate">The candidate's events and exposure (requests, or seconds).</param>
/// <param name="Stable">The stable arm's, in the same ticks.</param>
public sealed record MetricEvidence(string Metric, Tally Candidate, Tally Stable)
{
    /// <summary>ln of the e-value for "worse than tolerated".</summary>
    public required double LogRegression { get; init; }

    /// <summary>ln of the e-value at which this metric alone makes it Regressed.</summary>
    public required double LogRegressionThreshold { get; init; }

    /// <summary>ln of the e-value for "better than the margin"; null when the metric has no margin.</summary>
    public double? LogSafety { get; init; }

    /// <summary>ln of the e-value at which this metric is proven good enough.</summary>
    public required double LogSafetyThreshold { get; init; }

    /// <summary>Most likely odds (or rate) ratio, candidate over stable; null when nothing is known.</summary>
    public double? Ratio { get; init; }

    /// <summary>Lower end of the 95 % confidence sequence for the ratio: true at all times at once.</summary>
    public double Low { get; init; }

    /// <summary>Upper end; null for no limit.</summary>
    public double? High { get; init; }

    /// <summary>How far alike arms drift apart in a minute: deviation of the logarithm of the ratio.</summary>
    public double Noise { get; init; }

    /// <summary>
    /// Requests of the candidate until it is proven safe if it is as good as the stable one; null when that cannot be said.
    /// </summary>
    public long? RequestsToSafe { get; init; }

    /// <summary>
    /// Requests of the candidate until a regression as large as the margin (or of fourfold, without one) is proven; null when that cannot
    /// be said.
    /// </summary>
    public long? RequestsToRegressed { get; init; }

    internal static MetricEvidence Of(JudgePolicy policy, MetricPolicy metric, MetricState state)
    {
        var likelihoods = Comparison.Likelihoods(state);
        var (low, high) = RatioLadder.Interval(likelihoods, 0.05);
        var guarded = policy.Guard > NodaTime.Duration.Zero ? 1 - GuardWatch.Part : 1;
        var threshold = Judge.LogThreshold(policy) - Math.Log(guarded * Judge.PartOf(policy, metric));
        return new(metric.Name, state.Candidate, state.Stable)
        {
            LogRegression = state.LogEvidence,
            LogRegressionThreshold = Math.Round(threshold, 6),
            LogSafety = metric.Margin is null ? null : state.LogSafety,
            LogSafetyThreshold = Math.Round(-Math.Log(policy.FalseSafe), 6),
            Ratio = RatioLadder.MostLikely(likelihoods) is { } ratio ? Math.Round(ratio, 6) : null,
            Low = Math.Round(low, 6),
            High = double.IsFinite(high) ? Math.Round(high, 6) : null,
            Noise = ArmNoise.Levels[state.Noise],
            RequestsToSafe = JudgementPlan.RequestsToSafe(policy, metric, state),
            RequestsToRegressed = JudgementPlan.RequestsToRegressed(policy, metric, state, threshold),
        };
    }
}
