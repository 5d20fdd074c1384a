namespace Fairway.Metrics.PromQl.Functions;

/// <summary>Quantiles of numbers.</summary>
internal static class Quantile
{
    /// <summary>The value at rank q * (n - 1), interpolated; NaN sorts first. Sorts the numbers.</summary>
    public static double Of(double q, Span<double> values)
    {
        if (values.IsEmpty || double.IsNaN(q)) return double.NaN;
        if (q < 0) return double.NegativeInfinity;
        if (q > 1) return double.PositiveInfinity;
        values.Sort();
        var rank = q * (values.Length - 1);
        var lower = Math.Max(0, Math.Floor(rank));
        var upper = Math.Min(values.Length - 1, lower + 1);
        var weight = rank - Math.Floor(rank);
        return (values[(int)lower] * (1 - weight)) + (values[(int)upper] * weight);
    }
}
