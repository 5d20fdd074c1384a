namespace Fairway.Metrics.PromQl.Functions.Histograms;

/// <summary>Estimates from classic histograms: cumulative counts by upper bound, in order of the bounds, each bound once.</summary>
internal static class ClassicQuantile
{
    // Differences this small come from rounding, not from data.
    private const double Tolerance = 1e-12;

    /// <summary>A quantile. Makes the counts rise where they do not.</summary>
    /// <param name="q">From 0 to 1.</param>
    /// <param name="bounds">Upper bounds.</param>
    /// <param name="counts">Counts up to each.</param>
    /// <param name="exact">Whether the smallest difference of counts is one.</param>
    /// <param name="forced">Whether counts fell.</param>
    public static double Of(double q, ReadOnlySpan<double> bounds, Span<double> counts, bool exact, out bool forced)
    {
        forced = false;
        if (double.IsNaN(q)) return double.NaN;
        if (q < 0) return double.NegativeInfinity;
        if (q > 1) return double.PositiveInfinity;
        if (bounds.IsEmpty || !double.IsPositiveInfinity(bounds[^1])) return double.NaN;
        forced = MakeMonotonic(counts, exact);
        if (bounds.Length < 2 || counts[^1] == 0 || double.IsNaN(counts[^1])) return double.NaN;
        var rank = q * counts[^1];
        var at = 0;
        while (at < bounds.Length - 1 && !(counts[at] >= rank)) at++;
        if (at == bounds.Length - 1) return bounds[^2];
        if (at == 0 && bounds[0] <= 0) return bounds[0];
        var (start, before) = at == 0 ? (0.0, 0.0) : (bounds[at - 1], counts[at - 1]);
        return start + ((bounds[at] - start) * ((rank - before) / (counts[at] - before)));
    }

    /// <summary>Which share of the observations lies between two values.</summary>
    public static double Fraction(double lower, double upper, ReadOnlySpan<double> bounds, Span<double> counts)
    {
        if (bounds.IsEmpty || !double.IsPositiveInfinity(bounds[^1])) return double.NaN;
        MakeMonotonic(counts, exact: false);
        if (counts[^1] == 0 || double.IsNaN(counts[^1]) || double.IsNaN(lower) || double.IsNaN(upper)) return double.NaN;
        return lower >= upper ? 0 : (RankOf(upper, bounds, counts) - RankOf(lower, bounds, counts)) / counts[^1];
    }

    private static double RankOf(double value, ReadOnlySpan<double> bounds, ReadOnlySpan<double> counts)
    {
        var rank = 0.0;
        for (var i = 0; i < bounds.Length; i++)
        {
            var low = i > 0 ? bounds[i - 1] : bounds[0] > 0 ? 0 : double.NegativeInfinity;
            if (low >= value) return rank;
            if (bounds[i] > value)
            {
                if (double.IsNegativeInfinity(low)) return counts[i];
                return double.IsPositiveInfinity(bounds[i]) ? rank : rank + ((counts[i] - rank) * (value - low) / (bounds[i] - low));
            }

            rank = counts[i];
        }

        return counts[^1];
    }

    private static bool MakeMonotonic(Span<double> counts, bool exact)
    {
        var forced = false;
        for (var i = 1; i < counts.Length; i++)
        {
            var (before, now) = (counts[i - 1], counts[i]);
            if (now == before) continue;
            if (!exact && AlmostEqual(before, now)) counts[i] = before;
            else if (now < before) (counts[i], forced) = (before, true);
        }

        return forced;
    }

    private static bool AlmostEqual(double a, double b)
    {
        var size = Math.Abs(a) + Math.Abs(b);
        var difference = Math.Abs(a - b);
        if (a == 0 || b == 0 || size < 2.2250738585072014E-308) return difference < Tolerance * 2.2250738585072014E-308;
        return difference / Math.Min(size, double.MaxValue) < Tolerance;
    }
}
