namespace Fairway.Judgement.Statistics;

/// <summary>
/// The odds (or rate) ratios at which likelihoods are kept: both nulls, their alternatives, and a fine ladder for the interval shown to people.
/// </summary>
/// <remarks>
/// Alternatives as multiples of the null: a discrete mixture of likelihood ratios is itself an e-process (H. Robbins 1970, "Statistical methods related
/// to the law of the iterated logarithm"; mixtures of e-values: V. Vovk and R. Wang 2021).
/// </remarks>
public sealed class RatioGrid
{
    private static readonly ImmutableArray<double> Steps = [1.25, 1.5, 2, 3, 5, 10, 30, 100];
    private const int LadderPerDoubling = 4;
    private const int LadderDoublings = 7;

    private readonly ImmutableArray<double> _ratios;
    private readonly int _tolerated;
    private readonly int _margin;
    private readonly ImmutableArray<int> _worse;
    private readonly ImmutableArray<int> _better;
    private readonly ImmutableArray<int> _ladder;

    /// <summary>A grid for two questions.</summary>
    /// <param name="tolerated">Regressed means: ratio proven above this (≥ 1).</param>
    /// <param name="margin">Safe means: ratio proven below this (&gt; <paramref name="tolerated"/>).</param>
    public RatioGrid(double tolerated, double margin)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(tolerated, 1);
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(margin, tolerated);
        (Tolerated, Margin) = (tolerated, margin);
        var worse = Steps.Select(step => tolerated * step).ToArray();
        var better = Steps.Select(step => margin / step).ToArray();
        var ladder = Enumerable.Range(-LadderPerDoubling * LadderDoublings, 2 * LadderPerDoubling * LadderDoublings + 1)
            .Select(step => Math.Pow(2, (double)step / LadderPerDoubling)).ToArray();
        _ratios = [.. worse.Concat(better).Concat(ladder).Append(tolerated).Append(margin).Distinct().Order()];
        _tolerated = _ratios.IndexOf(tolerated);
        _margin = _ratios.IndexOf(margin);
        _worse = [.. worse.Select(ratio => _ratios.IndexOf(ratio))];
        _better = [.. better.Select(ratio => _ratios.IndexOf(ratio))];
        _ladder = [.. ladder.Select(ratio => _ratios.IndexOf(ratio))];
    }

    /// <summary>Regressed means: ratio proven above this.</summary>
    public double Tolerated { get; }

    /// <summary>Safe means: ratio proven below this.</summary>
    public double Margin { get; }

    /// <summary>All ratios, ascending; likelihoods are kept in this order.</summary>
    public ImmutableArray<double> Ratios => _ratios;

    /// <summary>Natural logarithm of the evidence against "ratio ≤ tolerated".</summary>
    /// <param name="logLikelihoods">In the order of <see cref="Ratios"/>, summed over ticks.</param>
    public double LogEvidenceOfRegression(ReadOnlySpan<double> logLikelihoods) => LogMean(logLikelihoods, _worse) - logLikelihoods[_tolerated];

    /// <summary>Natural logarithm of the evidence against "ratio ≥ margin": proof of non-inferiority.</summary>
    /// <param name="logLikelihoods">In the order of <see cref="Ratios"/>, summed over ticks.</param>
    public double LogEvidenceOfSafety(ReadOnlySpan<double> logLikelihoods) => LogMean(logLikelihoods, _better) - logLikelihoods[_margin];

    /// <summary>
    /// Ratios not ruled out at any time so far with confidence 1 − <paramref name="alpha"/>: a confidence sequence by inverting the mixture test at each
    /// rung of the ladder (A. Wald; S. R. Howard et al., Annals of Statistics 49, 2021).
    /// </summary>
    /// <returns>Lowest and highest rung kept; 0 and infinity where the ladder's end is still inside.</returns>
    public (double Low, double High) Interval(ReadOnlySpan<double> logLikelihoods, double alpha)
    {
        var limit = LogMean(logLikelihoods, _ladder) - Math.Log(1 / alpha);
        int low = -1, high = -1;
        for (var rung = 0; rung < _ladder.Length; rung++)
        {
            if (logLikelihoods[_ladder[rung]] <= limit) continue;
            if (low < 0) low = rung;
            high = rung;
        }

        // Nothing is ever ruled out entirely: the most likely rung is above the mean.
        return (low <= 0 ? 0 : _ratios[_ladder[low - 1]], high == _ladder.Length - 1 ? double.PositiveInfinity : _ratios[_ladder[high + 1]]);
    }

    /// <summary>The rung with the highest likelihood.</summary>
    public double MostLikely(ReadOnlySpan<double> logLikelihoods)
    {
        var best = _ladder[0];
        foreach (var index in _ladder)
            if (logLikelihoods[index] > logLikelihoods[best]) best = index;
        return _ratios[best];
    }

    private static double LogMean(ReadOnlySpan<double> values, ImmutableArray<int> indexes)
    {
        var top = double.NegativeInfinity;
        foreach (var index in indexes) top = Math.Max(top, values[index]);
        var sum = 0.0;
        foreach (var index in indexes) sum += Math.Exp(values[index] - top);
        return top + Math.Log(sum / indexes.Length);
    }
}
