namespace Fairway.Judgement.Statistics;

/// <summary>Likelihood of the ratio ρ between two arms' rates of rare events (restarts, out-of-memory kills), given their total.</summary>
/// <remarks>
/// Poisson events with exposures <c>xT</c> and <c>xC</c> (instance-seconds): given <c>r = rT + rC</c>, rT is binomial with probability
/// <c>ρ xT / (ρ xT + xC)</c> (J. Przyborowski and H. Wilenski, Biometrika 31, 1940). Constant factors in ρ are left out: only ratios are
/// used.
/// </remarks>
public static class EventRateLikelihood
{
    /// <summary>Natural logarithm of the likelihood, up to a constant that does not depend on <paramref name="ratio"/>.</summary>
    /// <param name="ratio">ρ &gt; 0: rate on the candidate over rate on the stable arm.</param>
    /// <param name="candidateEvents">rT ≥ 0.</param>
    /// <param name="candidateExposure">xT &gt; 0, any unit common to both arms.</param>
    /// <param name="stableEvents">rC ≥ 0.</param>
    /// <param name="stableExposure">xC &gt; 0.</param>
    public static double Log(double ratio, long candidateEvents, double candidateExposure, long stableEvents, double stableExposure)
    {
        // An arm without exposure says nothing of the ratio.
        if (candidateExposure <= 0 || stableExposure <= 0) return 0;
        var events = (double)candidateEvents + stableEvents;
        var share = candidateExposure / (candidateExposure + stableExposure);
        return candidateEvents * Math.Log(ratio) - events * Math.Log(ratio * share + (1 - share));
    }

    /// <summary>Adds the log-likelihood at every rung of the ladder.</summary>
    /// <param name="logLikelihoods">One per rung of <see cref="RatioLadder"/>.</param>
    /// <param name="candidateEvents">rT ≥ 0.</param>
    /// <param name="candidateExposure">xT.</param>
    /// <param name="stableEvents">rC ≥ 0.</param>
    /// <param name="stableExposure">xC.</param>
    public static void AddTo(Span<double> logLikelihoods, long candidateEvents, double candidateExposure, long stableEvents, double stableExposure)
    {
        for (var rung = 0; rung < logLikelihoods.Length; rung++)
            logLikelihoods[rung] += Log(RatioLadder.Ratios[rung], candidateEvents, candidateExposure, stableEvents, stableExposure);
    }
}
