namespace Fairway.Differential;

/// <summary>Whether two answers are the same.</summary>
internal static class Comparison
{
    /// <summary>
    /// Go and .NET round functions like <c>exp</c> and <c>^</c> in ways of their own, some 1e-16 apart; what is made of their results
    /// (sums of like sign, products) keeps that but for a few times. Everything else is the same to the last bit.
    /// </summary>
    private const double Tolerance = 1e-12;

    /// <summary>How they differ; null when they do not.</summary>
    /// <param name="theirs">Of Prometheus.</param>
    /// <param name="ours">Of our engine.</param>
    /// <param name="isExact">Whether values must be the same to the last bit.</param>
    /// <param name="isOrdered">Whether the order of the series is part of the answer: that of their values, since equal ones may stand anyhow.</param>
    public static string? Difference(Answer theirs, Answer ours, bool isExact, bool isOrdered)
    {
        if (theirs.Error != ours.Error) return theirs.Error.Length == 0 ? "an error of ours only" : ours.Error.Length == 0 ? "an error of theirs only" : "another kind of error";
        if (theirs.Error.Length > 0) return null;
        if (theirs.Type != ours.Type) return "another type";
        if (theirs.Text != ours.Text) return "another text";
        if (theirs.Series.Length != ours.Series.Length) return $"{theirs.Series.Length} series of theirs, {ours.Series.Length} of ours";
        var mine = ours.Series.ToDictionary(s => s.Labels, StringComparer.Ordinal);
        foreach (var series in theirs.Series)
        {
            if (!mine.TryGetValue(series.Labels, out var other)) return $"no {series.Labels} of ours";
            if (!series.Times.AsSpan().SequenceEqual(other.Times)) return $"other times of {series.Labels}";
            for (var i = 0; i < series.Values.Length; i++)
            {
                if (!AreEqual(series.Values[i], other.Values[i], isExact))
                    return $"{series.Labels}: {series.Values[i]:R} of theirs, {other.Values[i]:R} of ours at {Samples.Seconds(series.Times[i] - Samples.Start)} s";
            }
        }

        for (var i = 0; isOrdered && i < ours.Series.Length; i++)
        {
            if (!AreEqual(theirs.Series[i].Values[0], ours.Series[i].Values[0], isExact)) return $"another order from the place {i} on";
        }

        return null;
    }

    /// <summary>Whether two values are the same; NaN is NaN.</summary>
    public static bool AreEqual(double a, double b, bool isExact)
    {
        if (BitConverter.DoubleToInt64Bits(a) == BitConverter.DoubleToInt64Bits(b) || (double.IsNaN(a) && double.IsNaN(b))) return true;
        return !isExact && Math.Abs(a - b) <= Tolerance * Math.Max(Math.Abs(a), Math.Abs(b));
    }
}
