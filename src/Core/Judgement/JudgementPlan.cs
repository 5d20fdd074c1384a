using Fairway.Judgement.Statistics;
using Fairway.Kernel;
using NodaTime;

namespace Fairway.Judgement;

/// <summary>A question to ask before choosing steps.</summary>
/// <param name="BaseShare">Share of the stable release's requests that fail (or are slow), in (0, 1).</param>
/// <param name="Factor">The candidate's share over that, above 1.</param>
/// <param name="RequestsPerSecond">Requests to both arms, above 0.</param>
/// <param name="Weight">The candidate's share of them, above 0 and below 100 %.</param>
public sealed record PlanQuestion(double BaseShare, double Factor, double RequestsPerSecond, Weight Weight);

/// <summary>What to expect.</summary>
/// <param name="Detect">Mean time until the regression is proven; null when it never is, as it is too small.</param>
/// <param name="ProveSafe">Mean time until a release that is as good as the stable one is proven safe; null when it never is.</param>
/// <param name="FailedUntilDetected">The candidate's failed requests until then, all told.</param>
/// <param name="FailedByWald">The fewest that any test with the same false-rollback probability could do with on average, were the
/// regression known (A. Wald 1945).</param>
public sealed record PlanAnswer(Duration? Detect, Duration? ProveSafe, double? FailedUntilDetected, double FailedByWald);

/// <summary>How long detection and proof of safety take.</summary>
/// <remarks>
/// Wald's identity: evidence grows by its mean per request, so a threshold is reached after threshold ÷ mean. The mean is the difference in
/// Kullback-Leibler divergence of the
/// truth from the null and from the alternative, each with the same margins (conditional test). Of all alternatives the quickest counts.
/// Noise between arms, of which the
/// plan knows nothing, makes it longer.
/// </remarks>
public static class JudgementPlan
{
    /// <summary>What to expect of the first metric with a share of requests, such as errors.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The question is outside its ranges.</exception>
    public static PlanAnswer Expect(JudgePolicy policy, PlanQuestion question)
    {
        Check(question);
        var metric = policy.Metrics.FirstOrDefault(one => MetricReading.IsShare(one.Source)) ?? MetricPolicy.Default[0];
        var weight = question.Weight.BasisPoints / 10_000.0;
        var worse = Math.Min(0.999999, question.BaseShare * question.Factor);
        var part = policy.Metrics.IsEmpty ? 1 : Judge.PartOf(policy, metric);
        var guarded = policy.Guard > Duration.Zero ? 1 - GuardWatch.Part : 1;
        var threshold = Judge.LogThreshold(policy) - Math.Log(part * guarded);
        var tolerated = Comparison.ToleratedRung(metric);
        var detect = RequestsUntil(RegressionBets(tolerated), threshold, weight, worse, question.BaseShare, tolerated);
        var margin = Comparison.MarginRung(metric);
        var safe = metric.Margin is null ? null
            : RequestsUntil(SafetyBets(margin), -Math.Log(policy.FalseSafe), weight, question.BaseShare, question.BaseShare, margin);
        var isWorse = worse * (1 - question.BaseShare) > RatioLadder.Ratios[tolerated] * question.BaseShare * (1 - worse);
        var ideal = isWorse ? Divergence(weight, worse, question.BaseShare, RatioLadder.Ratios[tolerated]) : 0;
        var wald = ideal > 0 ? -Math.Log(policy.FalseRollback) / ideal * weight * worse : double.PositiveInfinity;
        return new(Time(detect), Time(safe), detect * weight * worse, wald);

        Duration? Time(double? requests)
            => requests / question.RequestsPerSecond is { } seconds and < 1e8 ? Duration.FromSeconds(seconds) : null;
    }

    /// <summary>
    /// The candidate's requests still needed to prove it safe, if it is as good as the stable arm and all stays as it was.
    /// </summary>
    internal static long? RequestsToSafe(JudgePolicy policy, MetricPolicy metric, MetricState state)
    {
        if (metric.Margin is null || Known(metric, state) is not { } known) return null;
        var left = -Math.Log(policy.FalseSafe) - state.LogSafety;
        if (left <= 0) return 0;
        var margin = Comparison.MarginRung(metric, state.Slack);
        var gain = Best(SafetyBets(margin), known.Weight, known.Share, known.Share, margin);
        return Whole(left / gain * known.Weight);
    }

    /// <summary>The candidate's requests still needed to prove a regression of the margin's size, or of fourfold.</summary>
    internal static long? RequestsToRegressed(JudgePolicy policy, MetricPolicy metric, MetricState state, double threshold)
    {
        if (Known(metric, state) is not { } known) return null;
        var left = threshold - state.LogEvidence;
        if (left <= 0) return 0;
        var tolerated = Comparison.ToleratedRung(metric, state.Slack);
        var worse = BinomialLikelihood.Tilt(known.Share, metric.Margin is null ? 4 : RatioLadder.Ratios[Comparison.MarginRung(metric)]);
        var gain = Best(RegressionBets(tolerated), known.Weight, worse, known.Share, tolerated);
        return Whole(left / gain * known.Weight);
    }

    // Only of shares: a rate has no requests. Half an event where there is none yet.
    private static (double Weight, double Share)? Known(MetricPolicy metric, MetricState state)
    {
        if (!MetricReading.IsShare(metric.Source) || state.Candidate.Exposure <= 0 || state.Stable.Exposure <= 0) return null;
        var requests = state.Candidate.Exposure + state.Stable.Exposure;
        var share = (state.Candidate.Events + state.Stable.Events + 0.5) / (requests + 1);
        return (state.Candidate.Exposure / requests, Math.Clamp(share, 1e-9, 1 - 1e-9));
    }

    private static long? Whole(double requests) => requests is > 0 and < 1e15 ? (long)Math.Ceiling(requests) : null;

    private static IEnumerable<(int Rung, double LogWeight)> RegressionBets(int tolerated)
        => Bets.LogWeights.Select((weight, i) => (Bets.Alternative(i, tolerated), weight + Math.Log(1 - Bets.Reserve)));

    private static IEnumerable<(int Rung, double LogWeight)> SafetyBets(int margin)
        => Bets.LogSafetyWeights.Select((weight, i) => (Bets.BetterThan(i, margin), weight));

    private static double? RequestsUntil(
        IEnumerable<(int Rung, double LogWeight)> bets, double threshold, double weight, double candidate, double stable, int none)
    {
        var all = bets.ToArray();
        double? least = null;
        var atNone = Divergence(weight, candidate, stable, RatioLadder.Ratios[none]);
        foreach (var (rung, _) in all)
        {
            var gain = atNone - Divergence(weight, candidate, stable, RatioLadder.Ratios[rung]);
            if (gain <= 1e-15) continue;
            // Neighbours that gain nearly as fast add their weight.
            var near = all.Where(bet => atNone - Divergence(weight, candidate, stable, RatioLadder.Ratios[bet.Rung]) >= 0.85 * gain);
            var shared = LogSum.Of([.. near.Select(bet => bet.LogWeight)]);
            var needed = Math.Max(threshold - shared, 0.01) / gain;
            if (least is null || needed < least) least = needed;
        }
        return least;
    }

    private static double Best(IEnumerable<(int Rung, double LogWeight)> bets, double weight, double candidate, double stable, int none)
        => Divergence(weight, candidate, stable, RatioLadder.Ratios[none])
            - bets.Min(bet => Divergence(weight, candidate, stable, RatioLadder.Ratios[bet.Rung]));

    /// <summary>Divergence per request of the true 2×2 shares from those with the same margins and another odds ratio, in nats.</summary>
    private static double Divergence(double weight, double candidate, double stable, double oddsRatio)
    {
        double hit = weight * candidate, errors = hit + (1 - weight) * stable;
        var expected = WithMargins(weight, errors, oddsRatio);
        return Term(hit, expected) + Term(weight - hit, weight - expected) + Term(errors - hit, errors - expected)
            + Term(1 - weight - errors + hit, 1 - weight - errors + expected);

        static double Term(double actual, double fitted) => actual <= 0 ? 0 : actual * Math.Log(actual / Math.Max(fitted, 1e-300));
    }

    /// <summary>The candidate's share of failing requests at an odds ratio and given margins: h(1 − w − e + h) = ψ(w − h)(e − h).</summary>
    private static double WithMargins(double weight, double errors, double oddsRatio)
    {
        var (a, b, c) = (1 - oddsRatio, 1 - weight - errors + oddsRatio * (weight + errors), -oddsRatio * weight * errors);
        var width = Math.Sqrt(Math.Max(0, b * b - 4 * a * c));
        return b < 0 ? (width - b) / (2 * a) : -2 * c / (b + width);
    }

    private static void Check(PlanQuestion question)
    {
        if (question.BaseShare is not (> 0 and < 1)) throw new ArgumentOutOfRangeException(nameof(question), "the base share is above 0 and below 1");
        if (question.Factor is not (> 1 and < 1e6)) throw new ArgumentOutOfRangeException(nameof(question), "the factor is above 1");
        if (question.RequestsPerSecond is not (> 0 and < 1e12)) throw new ArgumentOutOfRangeException(nameof(question), "requests per second are above 0");
        if (question.Weight == Weight.Zero || question.Weight == Weight.Full)
            throw new ArgumentOutOfRangeException(nameof(question), "the weight is above 0 and below 100 %");
    }
}
