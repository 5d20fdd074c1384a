namespace Fairway.Judgement.Statistics;

/// <summary>
/// The ratios (of odds, or of rates) at which log-likelihoods are kept: quarter doublings from 1/16 to 128. Any test or interval is read
/// from the one ladder, so a
/// judge's state is a few numbers however long it watches.
/// </summary>
public static class RatioLadder
{
    private const int Lowest = -16;

    // 2^(0/4) to 2^(3/4), written out: the same on every machine.
    private static readonly ImmutableArray<double> Quarters = [1, 1.189207115002721, 1.4142135623730951, 1.681792830507429];

    /// <summary>Number of rungs.</summary>
    public const int Count = 45;

    /// <summary>The rung of ratio 1.</summary>
    public const int One = -Lowest;

    /// <summary>Distance of two rungs in natural logarithm: ln 2 / 4.</summary>
    public const double Step = 0.17328679513998632;

    /// <summary>The ratios, ascending.</summary>
    public static ImmutableArray<double> Ratios { get; } =
        [.. Enumerable.Range(Lowest, Count).Select(rung => Math.ScaleB(Quarters[rung & 3], rung >> 2))];

    /// <summary>The lowest rung at or above a ratio, the last one for larger ratios.</summary>
    public static int AtOrAbove(double ratio)
    {
        var rung = 0;
        while (rung < Count - 1 && Ratios[rung] < ratio * (1 - 1e-12)) rung++;
        return rung;
    }

    /// <summary>The highest rung at or below a ratio, the first one for smaller ratios.</summary>
    public static int AtOrBelow(double ratio)
    {
        var rung = Count - 1;
        while (rung > 0 && Ratios[rung] > ratio * (1 + 1e-12)) rung--;
        return rung;
    }

    /// <summary>
    /// Ratios not ruled out at any time so far with confidence 1 − <paramref name="alpha"/>: a confidence sequence by inverting the test of
    /// each ratio against an
    /// even mixture over the ladder (S. R. Howard, A. Ramdas, J. McAuliffe, J. Sekhon, Annals of Statistics 49, 2021).
    /// </summary>
    /// <param name="logLikelihoods">One per rung.</param>
    /// <param name="alpha">Probability that the true ratio is ever outside.</param>
    /// <returns>The bounds, interpolated between rungs; 0 and infinity where the ladder's end is still inside.</returns>
    public static (double Low, double High) Interval(ReadOnlySpan<double> logLikelihoods, double alpha)
    {
        var limit = LogSum.Mean(logLikelihoods) + Math.Log(alpha);
        int low = 0, high = Count - 1;
        while (logLikelihoods[low] <= limit) low++;
        while (logLikelihoods[high] <= limit) high--;
        return (low == 0 ? 0 : Crossing(logLikelihoods, low - 1, low, limit),
            high == Count - 1 ? double.PositiveInfinity : Crossing(logLikelihoods, high + 1, high, limit));
    }

    /// <summary>The ratio of the highest likelihood, between rungs by a parabola; null when all are alike: nothing is known.</summary>
    public static double? MostLikely(ReadOnlySpan<double> logLikelihoods)
    {
        var best = 0;
        for (var rung = 1; rung < Count; rung++)
            if (logLikelihoods[rung] > logLikelihoods[best]) best = rung;
        if (best is 0 or Count - 1) return logLikelihoods[0] == logLikelihoods[Count - 1] ? null : Ratios[best];
        double left = logLikelihoods[best - 1], top = logLikelihoods[best], right = logLikelihoods[best + 1];
        var bend = left - 2 * top + right;
        return bend >= 0 ? Ratios[best] : Ratios[best] * Math.Exp(Step * (left - right) / (2 * bend));
    }

    // A likelihood that is concave in ln ψ lies above its chord: the straight line never narrows the interval wrongly by more than a rung.
    private static double Crossing(ReadOnlySpan<double> values, int outside, int inside, double limit)
    {
        var share = (limit - values[outside]) / (values[inside] - values[outside]);
        return Ratios[outside] * Math.Exp(Math.Log(Ratios[inside] / Ratios[outside]) * share);
    }
}
