namespace Fairway.Judgement.Statistics;

/// <summary>Likelihood of the odds ratio ψ between two arms of one tick, given the tick's totals.</summary>
/// <remarks>
/// With <c>N = nT + nC</c> requests of which <c>e = eT + eC</c> failed, and any error rate common to the tick, the candidate's share of the failures
/// follows Fisher's noncentral hypergeometric distribution:
/// <c>P(eT | ψ) = w(eT) / Σ_j w(j)</c> with <c>w(j) = C(nT, j) · C(nC, e − j) · ψ^j</c> (R. A. Fisher 1935; A. Fog, "Calculation methods for Wallenius' and
/// Fisher's noncentral hypergeometric distributions", 2008). The common rate cancels, so incidents shared by both arms and changing weights do no harm.
/// Terms are taken relative to the observed one, by the exact ratio of neighbours, so no factorials of large numbers are subtracted.
/// </remarks>
public static class OddsRatioLikelihood
{
    // A remainder this small beside the sum changes no digit of a double.
    private const double Negligible = 1e-18;

    // Sums are rescaled here, far from overflow; the exponent is carried apart.
    private const double Large = 1e250;
    private static readonly double LogLarge = Math.Log(Large);

    /// <summary>Natural logarithm of the probability of the candidate's errors given the tick's totals and the odds ratio.</summary>
    /// <param name="oddsRatio">ψ &gt; 0: odds of failing on the candidate over odds on the stable arm.</param>
    /// <param name="table">The tick's counts.</param>
    public static double LogProbability(double oddsRatio, in TwoByTwo table)
    {
        if (table.Lowest == table.Highest) return 0;
        var (above, aboveScale) = Above(oddsRatio, table);
        var (below, belowScale) = Below(oddsRatio, table);
        var logAbove = Math.Log(above) + aboveScale;
        var logBelow = Math.Log(below) + belowScale;
        var top = Math.Max(0, Math.Max(logAbove, logBelow));
        return -(top + Math.Log(Math.Exp(-top) + Math.Exp(logAbove - top) + Math.Exp(logBelow - top)));
    }

    /// <summary>Σ w(j) / w(eT) over j &gt; eT: w(j+1)/w(j) = ψ (nT − j)(e − j) / ((j + 1)(nC − e + j + 1)).</summary>
    private static (double Sum, double LogScale) Above(double oddsRatio, in TwoByTwo table)
    {
        double term = 1, sum = 0, scale = 0;
        double candidates = table.CandidateRequests, errors = table.Errors, slack = table.StableRequests - table.Errors;
        for (var j = table.CandidateErrors; j < table.Highest; j++)
        {
            var step = oddsRatio * (candidates - j) * (errors - j) / ((j + 1.0) * (slack + j + 1.0));
            if (!Accumulate(step, ref term, ref sum, ref scale)) break;
        }

        return (sum, scale);
    }

    /// <summary>Σ w(j) / w(eT) over j &lt; eT, by the reciprocal ratio.</summary>
    private static (double Sum, double LogScale) Below(double oddsRatio, in TwoByTwo table)
    {
        double term = 1, sum = 0, scale = 0;
        double candidates = table.CandidateRequests, errors = table.Errors, slack = table.StableRequests - table.Errors;
        for (var j = table.CandidateErrors; j > table.Lowest; j--)
        {
            var step = j * (slack + j) / (oddsRatio * (candidates - j + 1.0) * (errors - j + 1.0));
            if (!Accumulate(step, ref term, ref sum, ref scale)) break;
        }

        return (sum, scale);
    }

    private static bool Accumulate(double step, ref double term, ref double sum, ref double scale)
    {
        term *= step;
        sum += term;
        if (sum > Large)
        {
            sum /= Large;
            term /= Large;
            scale += LogLarge;
        }

        // Ratios fall monotonically away from the observed term, so below one the rest is smaller than a geometric series.
        return step >= 1 || term >= sum * Negligible * (1 - step);
    }
}
