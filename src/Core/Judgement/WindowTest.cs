using Fairway.Judgement.Statistics;

namespace Fairway.Judgement;

/// <summary>What the counts of two spans of time, one after the other, say of their ratio.</summary>
/// <param name="Ratio">Most likely ratio of odds (of shares) or of rates, after over before; null when nothing is known.</param>
/// <param name="Low">Lower end of its 95 % interval.</param>
/// <param name="High">Upper end; null for no limit.</param>
public sealed record WindowEvidence(double? Ratio, double Low, double? High);

/// <summary>The judge's likelihoods and interval, for two spans of time instead of two arms.</summary>
/// <remarks>
/// Times differ for reasons of their own, so a difference counts only beyond <see cref="Tolerated"/>, as in the guard
/// (<see cref="JudgePolicy.GuardTolerated"/>). The interval is that of a confidence sequence, which is wider than one of a fixed size.
/// </remarks>
public static class WindowTest
{
    /// <summary>Odds (or rates) of two times within this factor either way are taken for alike.</summary>
    public const double Tolerated = 2;

    private const double Alpha = 0.05;

    // Beyond this a double no longer holds every whole number.
    private const double Most = 1L << 50;

    /// <summary>After against before.</summary>
    /// <param name="isShare">Events out of a whole number; else events over an exposure.</param>
    /// <param name="before">Counts before.</param>
    /// <param name="after">Counts after.</param>
    /// <param name="dispersion">How many times as much as independent events they differ by themselves; at least 1.</param>
    public static WindowEvidence Weigh(bool isShare, Tally before, Tally after, double dispersion)
    {
        if (!IsSound(before) || !IsSound(after)) return new(null, 0, null);
        var source = isShare ? MetricSource.Share : MetricSource.Rate;
        var (left, right) = (Whole(after, isShare), Whole(before, isShare));
        var likelihoods = Comparison.AddTo([], source, new((long)left.Events, left.Exposure, (long)right.Events, right.Exposure), Math.Max(1, dispersion)).AsSpan();
        var (low, high) = RatioLadder.Interval(likelihoods, Alpha);
        return new(RatioLadder.MostLikely(likelihoods) is { } ratio ? Math.Round(ratio, 6) : null, Math.Round(low, 6), double.IsFinite(high) ? Math.Round(high, 6) : null);
    }

    /// <summary>Whether a share is proven to be below one that nobody minds, by the judge's own test.</summary>
    public static bool IsNegligible(Tally counts, double share, double dispersion)
    {
        if (!IsSound(counts)) return false;
        var metric = new MetricPolicy("", MetricSource.Share, 1) { Margin = 1, Negligible = share };
        return Comparison.Negligible(new MetricState("") { Candidate = Whole(counts, true), Dispersion = Math.Max(1, dispersion) }, metric) >= -Math.Log(Alpha);
    }

    private static bool IsSound(Tally counts) => counts is { Events: >= 0 and < Most, Exposure: > 0 and < Most };

    private static Tally Whole(Tally counts, bool isShare)
        => isShare ? new(Math.Min(Math.Floor(counts.Events), Math.Floor(counts.Exposure)), Math.Floor(counts.Exposure)) : new(Math.Floor(counts.Events), counts.Exposure);
}
