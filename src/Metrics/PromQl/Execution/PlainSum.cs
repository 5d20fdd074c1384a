namespace Fairway.Metrics.PromQl.Execution;

/// <summary>Sums and averages as Prometheus 2.42 makes them.</summary>
internal static class PlainSum
{
    /// <summary>Takes a series into the sums of an aggregation, or into its averages.</summary>
    /// <param name="values">Of the series; may be absent.</param>
    /// <param name="totals">The sums or averages so far; absent where there was nothing yet.</param>
    /// <param name="counts">Numbers so far; null for sums.</param>
    public static void Add(double[] values, double[] totals, double[]? counts)
    {
        for (var step = 0; step < values.Length; step++)
        {
            var value = values[step];
            if (Column.IsAbsent(value)) continue;
            var isFirst = Column.IsAbsent(totals[step]);
            if (counts is not null) counts[step]++;
            if (isFirst) totals[step] = value;
            else if (counts is null) totals[step] += value;
            else if (!Stays(totals[step], value)) totals[step] += (value / counts[step]) - (totals[step] / counts[step]);
        }
    }

    /// <summary>avg_over_time(): keeps what rounding loses, but not beside infinity.</summary>
    public static double Average(ReadOnlySpan<double> values)
    {
        double mean = 0, lost = 0;
        for (var i = 0; i < values.Length; i++)
        {
            if (!Stays(mean, values[i])) Neumaier((values[i] / (i + 1)) - (mean / (i + 1)), ref mean, ref lost);
        }

        return double.IsInfinity(mean) ? mean : mean + lost;
    }

    // An infinite average stays what it is unless the other infinity or NaN comes.
    private static bool Stays(double mean, double value) =>
        double.IsInfinity(mean) && (double.IsInfinity(value) ? mean > 0 == value > 0 : !double.IsNaN(value));

    private static void Neumaier(double value, ref double sum, ref double lost)
    {
        var total = sum + value;
        lost += Math.Abs(sum) >= Math.Abs(value) ? (sum - total) + value : (value - total) + sum;
        sum = total;
    }
}
