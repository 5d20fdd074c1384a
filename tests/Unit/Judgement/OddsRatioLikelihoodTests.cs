using System.Numerics;
using Fairway.Judgement.Statistics;

namespace Fairway.Judgement;

public sealed class OddsRatioLikelihoodTests
{
    public static TheoryData<long, long, long, long> SmallTables()
    {
        var tables = new TheoryData<long, long, long, long>();
        foreach (var candidates in new long[] { 1, 2, 5, 9 })
        foreach (var stables in new long[] { 1, 3, 12 })
        for (long candidateErrors = 0; candidateErrors <= candidates; candidateErrors += 2)
        for (long stableErrors = 0; stableErrors <= stables; stableErrors += 3)
            tables.Add(candidateErrors, candidates, stableErrors, stables);
        return tables;
    }

    [Theory, MemberData(nameof(SmallTables))]
    public void Equals_the_enumeration_with_exact_binomials(long candidateErrors, long candidates, long stableErrors, long stables)
    {
        var table = new TwoByTwo(candidateErrors, candidates, stableErrors, stables);
        foreach (var (numerator, denominator) in new[] { (1, 1), (2, 1), (1, 4), (100, 1), (1, 100) })
        {
            // Exact: Σ C(nT, j) C(nC, e − j) a^j b^(e − j), in whole numbers.
            BigInteger total = 0;
            for (var j = table.Lowest; j <= table.Highest; j++) total += Weight(j);
            var expected = Math.Log((double)Weight(candidateErrors) / (double)total);
            Assert.Equal(expected, OddsRatioLikelihood.LogProbability((double)numerator / denominator, table), 1e-11);

            BigInteger Weight(long j) => Choose(candidates, j) * Choose(stables, table.Errors - j)
                * BigInteger.Pow(numerator, (int)j) * BigInteger.Pow(denominator, (int)(table.Errors - j));
        }
    }

    [Theory]
    [InlineData(40_000, 1_000_000, 900_000, 20_000_000)]
    [InlineData(0, 1_000_000, 900_000, 20_000_000)]
    [InlineData(500_000, 1_000_000, 10, 20_000_000)]
    public void Probabilities_of_large_tables_stay_finite_and_ordered(long candidateErrors, long candidates, long stableErrors, long stables)
    {
        var table = new TwoByTwo(candidateErrors, candidates, stableErrors, stables);
        var most = (double)candidateErrors * (stables - stableErrors) / Math.Max(1, (double)stableErrors * (candidates - candidateErrors));
        var atEstimate = OddsRatioLikelihood.LogProbability(Math.Max(most, 1e-9), table);
        Assert.InRange(atEstimate, -30, 0);
        foreach (var ratio in new[] { 0.001, 0.1, 1, 10, 1000 })
        {
            var log = OddsRatioLikelihood.LogProbability(ratio, table);
            Assert.True(double.IsFinite(log));
            Assert.True(log <= atEstimate + 1e-6, $"likelihood at {ratio} is above the maximum");
        }
    }

    [Fact]
    public void Probabilities_of_all_outcomes_sum_to_one_at_every_ratio()
    {
        foreach (var ratio in new[] { 0.01, 0.5, 1, 3, 100 })
        {
            double sum = 0;
            for (long j = 0; j <= 300; j++)
                if (300 - j <= 5000) sum += Math.Exp(OddsRatioLikelihood.LogProbability(ratio, new TwoByTwo(j, 700, 300 - j, 5000)));
            Assert.Equal(1, sum, 1e-9);
        }
    }

    [Fact]
    public void A_tick_without_errors_or_without_an_arm_says_nothing()
    {
        Assert.Equal(0, OddsRatioLikelihood.LogProbability(5, new TwoByTwo(0, 100, 0, 900)));
        Assert.Equal(0, OddsRatioLikelihood.LogProbability(5, new TwoByTwo(0, 0, 7, 900)));
        Assert.Equal(0, OddsRatioLikelihood.LogProbability(5, new TwoByTwo(7, 100, 0, 0)));
        Assert.Equal(0, OddsRatioLikelihood.LogProbability(5, new TwoByTwo(100, 100, 900, 900)));
    }

    [Fact]
    public void The_expected_likelihood_ratio_is_one_under_the_null_and_below_it_for_a_better_candidate()
    {
        foreach (var truth in new[] { 1.0, 0.8, 0.2 })
        {
            double expected = 0;
            for (long j = 0; j <= 40; j++)
            {
                var table = new TwoByTwo(j, 200, 40 - j, 1800);
                expected += Math.Exp(OddsRatioLikelihood.LogProbability(truth, table)
                    + OddsRatioLikelihood.LogProbability(3, table) - OddsRatioLikelihood.LogProbability(1, table));
            }
            if (truth == 1.0) Assert.Equal(1, expected, 1e-9);
            else Assert.True(expected < 1);
        }
    }

    private static BigInteger Choose(long n, long k)
    {
        if (k < 0 || k > n) return 0;
        BigInteger result = 1;
        for (long i = 0; i < k; i++) result = result * (n - i) / (i + 1);
        return result;
    }
}
