namespace Fairway.Judgement.Statistics;

/// <summary>Sums of numbers that are given by their logarithms.</summary>
public static class LogSum
{
    /// <summary>ln(e^a + e^b).</summary>
    public static double Of(double a, double b)
    {
        if (double.IsNegativeInfinity(a)) return b;
        if (double.IsNegativeInfinity(b)) return a;
        return a > b ? a + Math.Log(1 + Math.Exp(b - a)) : b + Math.Log(1 + Math.Exp(a - b));
    }

    /// <summary>Logarithm of the sum.</summary>
    public static double Of(ReadOnlySpan<double> logs)
    {
        var top = double.NegativeInfinity;
        foreach (var log in logs) top = Math.Max(top, log);
        if (double.IsNegativeInfinity(top)) return top;
        var sum = 0.0;
        foreach (var log in logs) sum += Math.Exp(log - top);
        return top + Math.Log(sum);
    }

    /// <summary>To six decimals: what is kept is what is stored, and small differences between machines vanish.</summary>
    // Canonical JSON (RFC 8785) knows no negative zero: adding zero makes it the other one.
    public static double Round(double log) => (Math.Abs(log) < 1e9 ? Math.Round(log * 1e6) / 1e6 : Math.Round(log)) + 0.0;

    /// <summary>Logarithm of the mean.</summary>
    public static double Mean(ReadOnlySpan<double> logs) => Of(logs) - Math.Log(logs.Length);
}
