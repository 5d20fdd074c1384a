namespace Fairway.Judgement.Statistics;

/// <summary>
/// Likelihood ratios of one arm's share against a fixed share: for ceilings, the guard after the rollout and the sample-ratio check.
/// </summary>
public static class BinomialLikelihood
{
    /// <summary>ln of P(events | share) / P(events | null share).</summary>
    /// <param name="events">Events.</param>
    /// <param name="total">Trials, at least <paramref name="events"/>.</param>
    /// <param name="share">The alternative, in (0, 1).</param>
    /// <param name="nullShare">The null, in (0, 1).</param>
    public static double LogRatio(long events, long total, double share, double nullShare)
        => events * Math.Log(share / nullShare) + (total - events) * Math.Log((1 - share) / (1 - nullShare));

    /// <summary>The share whose odds are <paramref name="oddsRatio"/> times those of <paramref name="share"/>.</summary>
    public static double Tilt(double share, double oddsRatio) => oddsRatio * share / (1 - share + oddsRatio * share);
}
