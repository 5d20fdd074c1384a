namespace Fairway.Judgement.Statistics;

/// <summary>Likelihood of the odds ratio ψ between two arms of one tick, given the tick's totals.</summary>
/// <remarks>
/// With <c>N = nT + nC</c> requests of which <c>e = eT + eC</c> failed, and any error rate common to the tick, the candidate's share of the
/// failures
/// follows Fisher's noncentral hypergeometric distribution:
/// <c>P(eT | ψ) = w(eT) / Σ_j w(j)</c> with <c>w(j) = C(nT, j) · C(nC, e − j) · ψ^j</c> (R. A. Fisher 1935; A. Fog, "Calculation methods
/// for Wallenius' and
/// Fisher's noncentral hypergeometric distributions", 2008). The common rate cancels, so incidents shared by both arms and changing weights
/// do no harm.
/// Few terms are summed relative to the observed one, by the exact ratio of neighbours. Many are summed around the largest one; where the
/// bell is wide, at every
/// some-th term: for a smooth bell of deviation σ, the trapezoidal rule with steps of s is off by a factor of about exp(−2π²σ²/s²) (L. N.
/// Trefethen and
/// J. A. C. Weideman, SIAM Review 56, 2014), here e⁻⁷⁸.
/// </remarks>
public static class OddsRatioLikelihood
{
    // A remainder this small beside the sum changes no digit of a double.
    private const double Negligible = 1e-18;

    // Sums are rescaled here, far from overflow; the exponent is carried apart.
    private const double Large = 1e250;
    private static readonly double LogLarge = Math.Log(Large);

    // With fewer possible outcomes than this, each is visited from the observed one.
    private const long Few = 200;

    // Bells narrower than this are summed term by term.
    private const double Wide = 40;

    /// <summary>Adds the log-probability of the candidate's errors at every rung of the ladder.</summary>
    /// <param name="logLikelihoods">One per rung of <see cref="RatioLadder"/>.</param>
    /// <param name="table">The tick's counts.</param>
    public static void AddTo(Span<double> logLikelihoods, in TwoByTwo table)
    {
        if (table.Lowest == table.Highest) return;
        if (table.Highest - table.Lowest <= Few && RatioBell.TryAdd(logLikelihoods, table)) return;
        for (var rung = 0; rung < logLikelihoods.Length; rung++) logLikelihoods[rung] += LogProbability(RatioLadder.Ratios[rung], table);
    }

    /// <summary>Natural logarithm of the probability of the candidate's errors given the tick's totals and the odds ratio.</summary>
    /// <param name="oddsRatio">ψ &gt; 0: odds of failing on the candidate over odds on the stable arm.</param>
    /// <param name="table">The tick's counts.</param>
    public static double LogProbability(double oddsRatio, in TwoByTwo table)
    {
        if (table.Lowest == table.Highest) return 0;
        if (table.Highest - table.Lowest > Few) return AroundMode(oddsRatio, table);
        var (above, aboveScale) = Above(oddsRatio, table, table.CandidateErrors);
        var (below, belowScale) = Below(oddsRatio, table, table.CandidateErrors);
        if (aboveScale == 0 && belowScale == 0) return -Math.Log(1 + above + below);
        var logAbove = Math.Log(above) + aboveScale;
        var logBelow = Math.Log(below) + belowScale;
        return -LogSum.Of(0, LogSum.Of(logAbove, logBelow));
    }

    private static double AroundMode(double oddsRatio, in TwoByTwo table)
    {
        var mode = Mode(oddsRatio, table);
        var logRatio = Math.Log(oddsRatio);
        var top = LogWeight(mode, logRatio, table);
        var observed = LogWeight(table.CandidateErrors, logRatio, table) - top;
        var deviation = Deviation(mode, table);
        if (deviation <= Wide)
            return observed - Math.Log(1 + Above(oddsRatio, table, mode).Sum + Below(oddsRatio, table, mode).Sum);

        var stride = Math.Floor(deviation / 2);
        var sum = 1.0;
        foreach (var way in new ReadOnlySpan<double>([-1, 1]))
        {
            for (var j = mode + way * stride; j >= table.Lowest && j <= table.Highest; j += way * stride)
            {
                var term = Math.Exp(LogWeight(j, logRatio, table) - top);
                sum += term;
                if (term < Negligible) break;
            }
        }
        return observed - Math.Log(sum * stride);
    }

    /// <summary>
    /// The largest term, from w(j) = w(j − 1), a quadratic equation in j (J. G. Liao and O. Rosen, The American Statistician 55, 2001).
    /// </summary>
    internal static double Mode(double oddsRatio, in TwoByTwo table)
    {
        double candidates = table.CandidateRequests, errors = table.Errors, slack = table.StableRequests - table.Errors;
        var a = 1 - oddsRatio;
        var b = slack + oddsRatio * (candidates + errors + 2);
        var c = -oddsRatio * (candidates + 1) * (errors + 1);
        // The root within reach, in the form that does not subtract two like numbers.
        var width = Math.Sqrt(Math.Max(0, b * b - 4 * a * c));
        var root = b < 0 ? (width - b) / (2 * a) : -2 * c / (b + width);
        return Math.Clamp(Math.Floor(root), table.Lowest, table.Highest);
    }

    // From the curvature of ln w at its largest term.
    private static double Deviation(double mode, in TwoByTwo table)
        => 1 / Math.Sqrt(1 / (mode + 1) + 1 / (table.CandidateRequests - mode + 1) + 1 / (table.Errors - mode + 1)
            + 1 / (table.StableRequests - table.Errors + mode + 1));

    private static double LogWeight(double j, double logRatio, in TwoByTwo table)
        => j * logRatio - LogGamma.Factorial(j) - LogGamma.Factorial(table.CandidateRequests - j) - LogGamma.Factorial(table.Errors - j)
            - LogGamma.Factorial(table.StableRequests - table.Errors + j);

    /// <summary>Σ w(j) / w(from) over j &gt; from: w(j+1)/w(j) = ψ (nT − j)(e − j) / ((j + 1)(nC − e + j + 1)).</summary>
    private static (double Sum, double LogScale) Above(double oddsRatio, in TwoByTwo table, double from)
    {
        double term = 1, sum = 0, scale = 0;
        double candidates = table.CandidateRequests, errors = table.Errors, slack = table.StableRequests - table.Errors;
        for (var j = from; j < table.Highest; j++)
        {
            var step = oddsRatio * (candidates - j) * (errors - j) / ((j + 1) * (slack + j + 1));
            if (!Accumulate(step, ref term, ref sum, ref scale)) break;
        }

        return (sum, scale);
    }

    /// <summary>Σ w(j) / w(from) over j &lt; from, by the reciprocal ratio.</summary>
    private static (double Sum, double LogScale) Below(double oddsRatio, in TwoByTwo table, double from)
    {
        double term = 1, sum = 0, scale = 0;
        double candidates = table.CandidateRequests, errors = table.Errors, slack = table.StableRequests - table.Errors;
        for (var j = from; j > table.Lowest; j--)
        {
            var step = j * (slack + j) / (oddsRatio * (candidates - j + 1) * (errors - j + 1));
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

        // Ratios fall monotonically away from the start, so below one the rest is smaller than a geometric series.
        return step >= 1 || term >= sum * Negligible * (1 - step);
    }
}
