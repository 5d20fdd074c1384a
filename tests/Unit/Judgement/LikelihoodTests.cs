using System.Numerics;
using Fairway.Judgement.Statistics;

namespace Fairway.Judgement;

public sealed class LikelihoodTests
{
    [Theory]
    [InlineData(3, 10, 2, 90)]
    [InlineData(0, 10, 12, 90)]
    [InlineData(25, 40, 60, 300)]
    [InlineData(2, 1_000, 0, 999_000)]
    [InlineData(120, 150, 40, 160)]
    public void Every_rung_at_once_equals_the_enumeration_with_exact_binomials(long candidateErrors, long candidates, long stableErrors, long stables)
    {
        var table = new TwoByTwo(candidateErrors, candidates, stableErrors, stables);
        var rungs = new double[RatioLadder.Count];
        OddsRatioLikelihood.AddTo(rungs, table);
        // Whole doublings are whole numbers or their inverses.
        for (var rung = 0; rung < RatioLadder.Count; rung += 4)
        {
            var (numerator, denominator) = rung >= RatioLadder.One ? (1 << ((rung - RatioLadder.One) / 4), 1) : (1, 1 << ((RatioLadder.One - rung) / 4));
            BigInteger total = 0;
            for (var j = table.Lowest; j <= table.Highest; j++) total += Weight(j);
            Assert.Equal(BigInteger.Log(Weight(candidateErrors)) - BigInteger.Log(total), rungs[rung], 1e-9);

            BigInteger Weight(long j) => Choose(candidates, j) * Choose(stables, table.Errors - j)
                * BigInteger.Pow(numerator, (int)j) * BigInteger.Pow(denominator, (int)(table.Errors - j));
        }
    }

    [Theory]
    [InlineData(300, 3_000, 900, 27_000)]
    [InlineData(2_500, 5_000, 600, 20_000)]
    [InlineData(0, 5_000, 600, 20_000)]
    public void Many_outcomes_summed_at_every_some_th_equal_the_sum_of_all(long candidateErrors, long candidates, long stableErrors, long stables)
    {
        var table = new TwoByTwo(candidateErrors, candidates, stableErrors, stables);
        foreach (var ratio in new[] { 0.0625, 0.5, 1, 2, 16, 128 })
        {
            var logs = new List<double>();
            for (var j = table.Lowest; j <= table.Highest; j++)
                logs.Add(LogChoose(candidates, j) + LogChoose(stables, table.Errors - j) + j * Math.Log(ratio));
            var expected = logs[(int)(candidateErrors - table.Lowest)] - LogSum.Of(logs.ToArray());
            Assert.Equal(expected, OddsRatioLikelihood.LogProbability(ratio, table), 1e-6);
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(20)]
    [InlineData(170)]
    [InlineData(256)]
    [InlineData(1_000)]
    public void Logarithms_of_factorials_are_those_of_the_exact_product(int n)
    {
        BigInteger product = 1;
        for (var i = 2; i <= n; i++) product *= i;
        Assert.Equal(BigInteger.Log(product), LogGamma.Factorial(n), 1e-9);
    }

    [Fact]
    public void Rates_are_binomial_given_their_total()
    {
        // 5 restarts in 10 instance-hours against 3 in 90: P(5 of 8 | ρ) with p = 10ρ/(10ρ + 90).
        foreach (var ratio in new[] { 0.5, 1, 4 })
        {
            double p = 10 * ratio / (10 * ratio + 90), none = 0.1;
            var expected = 5 * Math.Log(p / none) + 3 * Math.Log((1 - p) / (1 - none));
            Assert.Equal(expected, EventRateLikelihood.Log(ratio, 5, 10, 3, 90) - EventRateLikelihood.Log(1, 5, 10, 3, 90), 1e-12);
        }
    }

    [Fact]
    public void The_ladder_is_quarter_doublings_around_one()
    {
        Assert.Equal((RatioLadder.Count, 1.0, 1 / 16.0, 128.0), (RatioLadder.Ratios.Length, RatioLadder.Ratios[RatioLadder.One], RatioLadder.Ratios[0], RatioLadder.Ratios[^1]));
        for (var rung = 1; rung < RatioLadder.Count; rung++)
            Assert.Equal(RatioLadder.Step, Math.Log(RatioLadder.Ratios[rung] / RatioLadder.Ratios[rung - 1]), 1e-12);
        Assert.Equal((2.0, 2.0), (RatioLadder.Ratios[RatioLadder.AtOrAbove(2)], RatioLadder.Ratios[RatioLadder.AtOrBelow(2)]));
        Assert.True(RatioLadder.Ratios[RatioLadder.AtOrAbove(2.5)] > 2.5 && RatioLadder.Ratios[RatioLadder.AtOrBelow(2.5)] < 2.5);
    }

    [Fact]
    public void The_interval_holds_the_truth_and_shrinks_with_evidence()
    {
        var previous = double.PositiveInfinity;
        foreach (var scale in new[] { 1, 4, 16 })
        {
            var rungs = new double[RatioLadder.Count];
            OddsRatioLikelihood.AddTo(rungs, new TwoByTwo(20 * scale, 1_000 * scale, 90 * scale, 9_000 * scale));
            var (low, high) = RatioLadder.Interval(rungs, 0.05);
            var truth = 20.0 / 980 / (90.0 / 8_910);
            Assert.InRange(truth, low, high);
            Assert.InRange(RatioLadder.MostLikely(rungs)!.Value, truth * 0.97, truth * 1.03);
            Assert.True(high / low < previous);
            previous = high / low;
        }
        Assert.Null(RatioLadder.MostLikely(new double[RatioLadder.Count]));
        Assert.Equal((0, double.PositiveInfinity), RatioLadder.Interval(new double[RatioLadder.Count], 0.05));
    }

    [Fact]
    public void An_expected_bet_gains_nothing_on_alike_arms_and_loses_on_a_better_candidate()
    {
        foreach (var level in new[] { 0, 3, 7 })
        foreach (var truth in new[] { RatioLadder.One, RatioLadder.One - 4 })
        {
            // Over all outcomes of 12 errors, 100 requests against 900, with noise in the truth too.
            double expected = 0;
            for (long j = 0; j <= 12; j++)
            {
                var rungs = new double[RatioLadder.Count];
                OddsRatioLikelihood.AddTo(rungs, new TwoByTwo(j, 100, 12 - j, 900));
                expected += Math.Exp(ArmNoise.Mixed(rungs, truth, level) + ArmNoise.Mixed(rungs, RatioLadder.One + 8, level) - ArmNoise.Mixed(rungs, RatioLadder.One, level));
            }
            if (truth == RatioLadder.One) Assert.Equal(1, expected, 1e-9);
            else Assert.True(expected < 1);
        }
    }

    [Fact]
    public void Noise_for_many_rungs_is_the_noise_for_one()
    {
        var rungs = new double[RatioLadder.Count];
        OddsRatioLikelihood.AddTo(rungs, new TwoByTwo(90, 200, 15, 1_800));
        for (var level = 0; level < ArmNoise.Levels.Length; level++)
        {
            var block = new NoisyBlock(rungs, level, new double[RatioLadder.Count]);
            for (var rung = 0; rung < RatioLadder.Count; rung++) Assert.Equal(ArmNoise.Mixed(rungs, rung, level), block.At(rung), 1e-9);
        }
    }

    private static double LogChoose(long n, long k) => LogGamma.Factorial(n) - LogGamma.Factorial(k) - LogGamma.Factorial(n - k);

    private static BigInteger Choose(long n, long k)
    {
        BigInteger result = 1;
        for (long i = 0; i < k; i++) result = result * (n - i) / (i + 1);
        return result;
    }
}
