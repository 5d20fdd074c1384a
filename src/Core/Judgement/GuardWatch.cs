using Fairway.Judgement.Statistics;
using NodaTime;

namespace Fairway.Judgement;

/// <summary>The candidate alone, at 100 %, against what the replaced release did.</summary>
/// <remarks>
/// An e-detector (J. Shin, A. Ramdas, A. Rinaldo, arXiv 2203.03532): at every tick a part of the wealth, tick ÷ planned guard, begins to
/// bet. Over the planned guard the
/// parts sum to one, so a false alarm within it has at most the stated probability; beyond it, the mean time to one is the guard divided by
/// that probability.
/// </remarks>
internal static class GuardWatch
{
    /// <summary>The guard's part of the false-rollback probability.</summary>
    public const double Part = 0.03;

    // Requests (or seconds) without which a baseline says nothing.
    private const double LeastBaseline = 100;

    // 99.5 % of a normal distribution lie below.
    private const double Caution = 2.58;

    private static readonly ImmutableArray<double> Worse = [1.5, 2, 4, 8, 32];

    /// <summary>One tick of the guard.</summary>
    public static MetricState Add(MetricState state, MetricPolicy metric, JudgePolicy policy, ArmCounts candidate, Duration length)
    {
        var baseline = state.Baseline + state.Stable;
        if (policy.Guard <= Duration.Zero || baseline.Exposure < LeastBaseline || MetricReading.Arm(metric, candidate) is not { } arm) return state;
        var isShare = MetricReading.IsShare(metric.Source);
        var limit = Limit(baseline, isShare, policy.GuardTolerated);
        if (isShare && limit >= 0.99) return state;

        var fresh = Math.Log(Math.Clamp(length / policy.Guard, 1e-9, 1) / Worse.Length);
        Span<double> logs = stackalloc double[Worse.Length];
        var next = ImmutableArray.CreateBuilder<double>(Worse.Length);
        for (var i = 0; i < Worse.Length; i++)
        {
            var before = state.Guard.IsEmpty ? fresh : LogSum.Of(state.Guard[i], fresh);
            logs[i] = LogSum.Round(before + Gain(arm, limit, Worse[i], isShare) / state.Dispersion);
            next.Add(logs[i]);
        }
        return state with { Guard = next.MoveToImmutable(), LogGuard = LogSum.Round(LogSum.Of(logs)) };
    }

    /// <summary>
    /// The share (or rate) up to which the candidate is not worse: the baseline's upper bound (E. B. Wilson 1927) times what is tolerated.
    /// </summary>
    public static double Limit(Tally baseline, bool isShare, double tolerated)
    {
        const double Square = Caution * Caution;
        var (ratio, n) = (baseline.Ratio, baseline.Exposure);
        if (!isShare) return tolerated * (baseline.Events + Square / 2 + Caution * Math.Sqrt(baseline.Events + Square / 4)) / n;
        var upper = (ratio + Square / (2 * n) + Caution * Math.Sqrt(ratio * (1 - ratio) / n + Square / (4 * n * n))) / (1 + Square / n);
        return BinomialLikelihood.Tilt(upper, Math.Max(1, tolerated));
    }

    private static double Gain((long Events, double Exposure) arm, double limit, double worse, bool isShare)
        => isShare
            ? BinomialLikelihood.LogRatio(arm.Events, (long)arm.Exposure, BinomialLikelihood.Tilt(limit, worse), limit)
            : arm.Events * Math.Log(worse) - limit * arm.Exposure * (worse - 1);
}
