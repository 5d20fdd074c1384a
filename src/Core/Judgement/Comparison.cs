using Fairway.Judgement.Statistics;

namespace Fairway.Judgement;

/// <summary>One metric, arm against arm, block by block.</summary>
internal static class Comparison
{
    /// <summary>Length of a block of noise. Within it arms may drift apart for no reason, from one to the next they do so afresh.</summary>
    public static readonly NodaTime.Duration Block = NodaTime.Duration.FromMinutes(1);

    /// <summary>One tick's counts added to the block.</summary>
    public static MetricState Add(MetricState state, MetricPolicy metric, in MetricReading reading, double reserve)
    {
        var (candidate, stable) = (state.Candidate + new Tally(reading.CandidateEvents, reading.CandidateExposure),
            state.Stable + new Tally(reading.StableEvents, reading.StableExposure));
        // Nothing happened on either arm: that says nothing of their ratio, but something of what is negligible.
        if (reading.Events == 0)
            return state with { Candidate = candidate, Stable = stable, LogSafety = Math.Max(state.LogSafety, Negligible(candidate, state.Dispersion, metric)) };
        var block = AddTo(state.Block, metric.Source, reading, state.Dispersion);
        return Weighed(state with { Candidate = candidate, Stable = stable, Block = block }, metric, reserve);
    }

    /// <summary>The log-likelihoods with one more reading to the power of 1 ÷ dispersion, rounded.</summary>
    /// <remarks>
    /// An e-value to a power below one is an e-value (Jensen); this power makes up for variance that is larger by that factor.
    /// </remarks>
    public static ImmutableArray<double> AddTo(ImmutableArray<double> before, MetricSource source, in MetricReading reading, double dispersion)
    {
        Span<double> sums = stackalloc double[RatioLadder.Count];
        if (MetricReading.IsShare(source))
            OddsRatioLikelihood.AddTo(sums, new TwoByTwo(
                reading.CandidateEvents, (long)reading.CandidateExposure, reading.StableEvents, (long)reading.StableExposure));
        else
            EventRateLikelihood.AddTo(sums, reading.CandidateEvents, reading.CandidateExposure, reading.StableEvents, reading.StableExposure);
        for (var rung = 0; rung < sums.Length; rung++) sums[rung] = (before.IsEmpty ? 0 : before[rung]) + sums[rung] / dispersion;
        return Kept(sums);
    }

    /// <summary>
    /// The block is over: its likelihoods, with noise, join the sums, its wins and losses the bets, and <paramref name="invest"/> of fresh
    /// wealth too.
    /// </summary>
    public static MetricState Close(MetricState state, MetricPolicy metric, double invest, double reserveAfter)
    {
        var bets = BetsOf(state);
        Span<double> closed = stackalloc double[RatioLadder.Count];
        Span<double> wealth = stackalloc double[bets.Length];
        bets.CopyTo(wealth);
        if (!state.Closed.IsEmpty) state.Closed.AsSpan().CopyTo(closed);
        if (!state.Block.IsEmpty)
        {
            var block = new NoisyBlock(state.Block.AsSpan(), state.Noise, stackalloc double[RatioLadder.Count]);
            for (var rung = 0; rung < closed.Length; rung++) closed[rung] += block.At(rung);
            var tolerated = ToleratedRung(metric, state.Slack);
            var none = block.At(tolerated);
            for (var bet = 0; bet < wealth.Length; bet++) wealth[bet] += block.At(Bets.Alternative(bet, tolerated)) - none;
        }
        var fresh = Math.Log(invest);
        for (var bet = 0; bet < wealth.Length; bet++) wealth[bet] = LogSum.Of(wealth[bet], Bets.LogWeights[bet] + fresh);
        var next = state with { Closed = state.Closed.IsEmpty && state.Block.IsEmpty ? [] : Kept(closed), Block = [], Bets = Kept(wealth) };
        return Weighed(next, metric, reserveAfter);
    }

    /// <summary>Log-likelihood at each ratio of everything compared so far, noise included.</summary>
    public static double[] Likelihoods(MetricState state)
    {
        var sums = state.Closed.IsEmpty ? new double[RatioLadder.Count] : [.. state.Closed];
        var block = new NoisyBlock(state.Block.AsSpan(), state.Noise, stackalloc double[RatioLadder.Count]);
        for (var rung = 0; rung < sums.Length; rung++) sums[rung] += block.At(rung);
        return sums;
    }

    /// <summary>The rung of the tolerated ratio.</summary>
    public static int ToleratedRung(MetricPolicy metric, int slack = 0)
        => Math.Min(RatioLadder.Count - 2, RatioLadder.AtOrAbove(Math.Max(1, metric.Tolerated)) + slack);

    /// <summary>The rung of the margin, above that of the tolerated ratio before any slack.</summary>
    public static int MarginRung(MetricPolicy metric, int slack = 0)
        => Math.Max(RatioLadder.AtOrAbove(Math.Max(1, metric.Tolerated)) + 1, RatioLadder.AtOrBelow(metric.Margin ?? 1) - slack);

    private static ReadOnlySpan<double> BetsOf(MetricState state)
        => state.Bets.IsEmpty ? FirstBets.AsSpan() : state.Bets.AsSpan();

    private static ImmutableArray<double> FirstBets { get; } = [.. Bets.LogWeights.Select(weight => weight + Math.Log(1 - Bets.Reserve))];

    private static MetricState Weighed(MetricState state, MetricPolicy metric, double reserve)
    {
        var block = new NoisyBlock(state.Block.AsSpan(), state.Noise, stackalloc double[RatioLadder.Count]);
        var tolerated = ToleratedRung(metric, state.Slack);
        var none = block.At(tolerated);
        Span<double> wealth = stackalloc double[Bets.LogWeights.Length];
        BetsOf(state).CopyTo(wealth);
        for (var bet = 0; bet < wealth.Length; bet++) wealth[bet] += block.At(Bets.Alternative(bet, tolerated)) - none;
        var evidence = LogSum.Of(Math.Log(reserve), LogSum.Of(wealth));
        return state with
        {
            LogEvidence = LogSum.Round(evidence), LogSafety = Math.Max(Safety(state, metric, block), Negligible(state, metric)),
        };
    }

    private static double Safety(MetricState state, MetricPolicy metric, in NoisyBlock block)
    {
        if (metric.Margin is null) return 0;
        var margin = MarginRung(metric, state.Slack);
        Span<double> parts = stackalloc double[Bets.LogSafetyWeights.Length];
        for (var i = 0; i < parts.Length; i++) parts[i] = Bets.LogSafetyWeights[i] + At(state, block, Bets.BetterThan(i, margin));
        return LogSum.Round(LogSum.Of(parts) - At(state, block, margin));

        static double At(MetricState state, in NoisyBlock block, int rung)
            => (state.Closed.IsEmpty ? 0 : state.Closed[rung]) + block.At(rung);
    }

    /// <summary>Evidence that the candidate's share is below the negligible one, whatever the stable arm does.</summary>
    public static double Negligible(MetricState state, MetricPolicy metric) => Negligible(state.Candidate, state.Dispersion, metric);

    private static double Negligible(Tally candidate, double dispersion, MetricPolicy metric)
    {
        if (metric is not { Margin: not null, Negligible: > 0 and < 1 and var share } || candidate.Exposure <= 0) return 0;
        ReadOnlySpan<double> parts = [0.1, 0.25, 0.5];
        Span<double> logs = stackalloc double[parts.Length];
        for (var i = 0; i < parts.Length; i++)
            logs[i] = BinomialLikelihood.LogRatio((long)candidate.Events, (long)candidate.Exposure, share * parts[i], share);
        return LogSum.Round(LogSum.Mean(logs) / dispersion);
    }

    private static ImmutableArray<double> Kept(ReadOnlySpan<double> values)
    {
        var kept = ImmutableArray.CreateBuilder<double>(values.Length);
        foreach (var value in values) kept.Add(LogSum.Round(value));
        return kept.MoveToImmutable();
    }
}
