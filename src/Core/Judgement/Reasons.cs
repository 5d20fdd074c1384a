using System.Globalization;
using Fairway.Kernel;

namespace Fairway.Judgement;

/// <summary>The judge's reasons, in words.</summary>
internal static class Reasons
{
    public static Why Regressed(JudgePolicy policy, JudgeState state)
    {
        var evidence = Judge.Weigh(policy, state);
        var worst = evidence.MaxBy(one => Math.Max(one.LogRegression, Guard(state, one.Metric)) - one.LogRegressionThreshold)!;
        var isGuard = Guard(state, worst.Metric) > worst.LogRegression;
        return isGuard
            ? Why.Because("worse-than-before", "{metric}: clearly more than the replaced release had before (e-value {evidence}, threshold {threshold})",
                ("metric", worst.Metric), ("evidence", EValue(Judge.LogEvidence(policy, state))), ("threshold", EValue(Judge.LogThreshold(policy))))
            : Why.Because("regressed", "{metric}: {candidate} on the candidate against {stable} on the stable release, {ratio} times the odds "
                + "(95 %: {low} to {high}); e-value {evidence}, threshold {threshold}",
                ("metric", worst.Metric), ("candidate", Share(worst.Candidate)), ("stable", Share(worst.Stable)),
                ("ratio", Number(worst.Ratio)), ("low", Number(worst.Low)), ("high", Number(worst.High)), ("evidence", EValue(Judge.LogEvidence(policy, state))), ("threshold", EValue(Judge.LogThreshold(policy))));
    }

    public static Why Safe(JudgePolicy policy, JudgeState state)
    {
        var first = Judge.Weigh(policy, state).First(one => one.LogSafety is not null);
        return Why.Because("proven-safe", "{metric}: {candidate} on the candidate against {stable} on the stable release; proven no worse than the margin "
            + "(e-value {evidence}, threshold {threshold})",
            ("metric", first.Metric), ("candidate", Share(first.Candidate)), ("stable", Share(first.Stable)), ("evidence", EValue(first.LogSafety!.Value)),
            ("threshold", EValue(first.LogSafetyThreshold)));
    }

    public static Why NotEnough(JudgePolicy policy, JudgeState state)
    {
        MetricPolicy? slowest = null;
        var known = new MetricState("no metric");
        foreach (var metric in policy.Metrics)
        {
            if (slowest is not null && (metric.Margin is null || (slowest.Margin is not null && Of(state, metric).LogSafety >= known.LogSafety))) continue;
            (slowest, known) = (metric, Of(state, metric));
        }
        return Why.Because("not-enough-evidence", "{metric}: {candidate} on the candidate against {stable} on the stable release; no proof yet "
            + "either way (worse: e-value {worse} of {threshold}, safe: {safe} of {needed})",
            ("metric", known.Name), ("candidate", Share(known.Candidate)), ("stable", Share(known.Stable)),
            ("worse", EValue(Judge.LogEvidence(policy, state))), ("threshold", EValue(Judge.LogThreshold(policy))), ("safe", EValue(known.LogSafety)),
            ("needed", EValue(-Math.Log(policy.FalseSafe))));
    }

    public static Why NothingToCompare(Why ceiling)
        => new("nothing-to-compare", "there is no stable release to compare with, only the ceiling is watched: " + ceiling.Template, ceiling.Facts);

    public static Why WrongSplit(JudgeState state)
        => Why.Because("wrong-split", "the candidate gets another share of the requests than the {weight} it should: "
            + "routing or counting is at fault, so nothing is proven",
            ("weight", state.Weight), ("candidate", state.Candidate.Requests), ("stable", state.Stable.Requests));

    private static MetricState Of(JudgeState state, MetricPolicy metric)
    {
        foreach (var one in state.Metrics)
            if (one.Name == metric.Name) return one;
        return new(metric.Name);
    }

    private static double Guard(JudgeState state, string metric)
        => state.Metrics.FirstOrDefault(one => one.Name == metric)?.LogGuard is { } log
            ? log + Math.Log(GuardWatch.Part / (1 - GuardWatch.Part)) : double.NegativeInfinity;

    private static string Share(Tally tally) => string.Create(CultureInfo.InvariantCulture, $"{tally.Events:0} of {tally.Exposure:0}");

    private static string Number(double? value)
        => value is { } number ? number.ToString(number < 10 ? "0.##" : "0", CultureInfo.InvariantCulture) : "any";

    private static string EValue(double log)
        => log > 13.8 ? "over 1000000" : Math.Exp(log).ToString(log < 2.3 ? "0.##" : "0", CultureInfo.InvariantCulture);
}
