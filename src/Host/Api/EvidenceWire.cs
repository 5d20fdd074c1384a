using Fairway.Client.Wire;
using Fairway.Judgement;
using Fairway.Rollouts;

namespace Fairway.Api;

/// <summary>The judge's evidence as the API writes it.</summary>
internal static class EvidenceWire
{
    /// <summary>What is known of a rollout; null when there is nothing to compare.</summary>
    public static EvidenceInfo? Of(Rollout rollout)
    {
        var (policy, state) = (rollout.JudgePolicy, rollout.Judge);
        if (policy.Metrics.IsEmpty || rollout.Previous is null) return null;
        return new(
            RolloutWire.Name(rollout.Verdict), rollout.VerdictWhy is { } why ? RolloutWire.Of(why) : null, policy.FalseRollback, LogEvidence(policy, state),
            Judge.LogThreshold(policy), [.. Judge.Weigh(policy, state).Select(Of)]);
    }

    /// <summary>ln of the e-value over all metrics.</summary>
    public static double LogEvidence(JudgePolicy policy, JudgeState state)
        => Judge.LogEvidence(policy, state) is var log && double.IsFinite(log) ? Math.Round(log, 4) : 0;

    private static MetricEvidenceInfo Of(MetricEvidence one) => new(
        one.Metric, Of(one.Candidate), Of(one.Stable), one.LogRegression, one.LogRegressionThreshold, one.LogSafety, one.LogSafetyThreshold, one.Ratio, one.Low, one.High,
        one.RequestsToSafe, one.RequestsToRegressed);

    private static TallyInfo Of(Tally tally) => new(tally.Events, tally.Exposure);
}
