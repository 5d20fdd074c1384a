using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Fairway.Judgement.Statistics;

/// <summary>
/// <see cref="OddsRatioLikelihood"/> at every rung at once, for tables with a few hundred outcomes: the bell of terms at ψ = 1, then from
/// rung to rung each term times
/// a constant power of the step. Sums are taken in a fixed order of four lanes, so that they are the same on every machine.
/// </summary>
internal static class RatioBell
{
    // Terms below this at ψ = 1 could matter at the ladder's ends and would be lost.
    private const double Least = 1e-250;
    private const double Large = 1e200;

    // 2^(1/4).
    private const double Step = 1.189207115002721;

    public static bool TryAdd(Span<double> logLikelihoods, in TwoByTwo table)
    {
        var outcomes = (int)(table.Highest - table.Lowest) + 1;
        var lanes = (outcomes + 3) / 4;
        Span<Vector256<double>> bell = stackalloc Vector256<double>[lanes];
        bell.Clear();
        var terms = MemoryMarshal.Cast<Vector256<double>, double>(bell);
        var mode = (int)(OddsRatioLikelihood.Mode(1, table) - table.Lowest);
        if (!Fill(terms[..outcomes], mode, table)) return false;
        var observed = (int)(table.CandidateErrors - table.Lowest);
        var logObserved = Math.Log(terms[observed]);

        Span<Vector256<double>> walking = stackalloc Vector256<double>[lanes];
        Span<Vector256<double>> factors = stackalloc Vector256<double>[lanes];
        foreach (var way in (ReadOnlySpan<int>)[1, -1])
        {
            bell.CopyTo(walking);
            var powers = MemoryMarshal.Cast<Vector256<double>, double>(factors);
            Powers(powers, mode, way > 0 ? Step : 1 / Step);
            var scale = 0.0;
            for (int rung = RatioLadder.One, steps = 0; rung >= 0 && rung < logLikelihoods.Length; rung += way, steps += way)
            {
                var sum = Sum(walking);
                if (way > 0 || steps < 0) logLikelihoods[rung] += logObserved + (observed - mode) * steps * RatioLadder.Step - Math.Log(sum) - scale;
                var shrink = sum > Large ? 1 / sum : 1;
                if (sum > Large) scale += Math.Log(sum);
                for (var i = 0; i < walking.Length; i++) walking[i] *= factors[i] * shrink;
            }
        }
        return true;
    }

    private static bool Fill(Span<double> terms, int mode, in TwoByTwo table)
    {
        double candidates = table.CandidateRequests, errors = table.Errors, slack = table.StableRequests - table.Errors, lowest = table.Lowest;
        terms[mode] = 1;
        for (var i = mode; i < terms.Length - 1; i++)
        {
            var j = lowest + i;
            terms[i + 1] = terms[i] * ((candidates - j) * (errors - j) / ((j + 1) * (slack + j + 1)));
        }
        for (var i = mode; i > 0; i--)
        {
            var j = lowest + i;
            terms[i - 1] = terms[i] * (j * (slack + j) / ((candidates - j + 1) * (errors - j + 1)));
        }
        return terms[0] > Least && terms[^1] > Least;
    }

    private static void Powers(Span<double> powers, int mode, double step)
    {
        powers[mode] = 1;
        for (var i = mode + 1; i < powers.Length; i++) powers[i] = powers[i - 1] * step;
        for (var i = mode - 1; i >= 0; i--) powers[i] = powers[i + 1] / step;
    }

    private static double Sum(ReadOnlySpan<Vector256<double>> values)
    {
        var sum = Vector256<double>.Zero;
        foreach (var value in values) sum += value;
        return sum[0] + sum[1] + (sum[2] + sum[3]);
    }
}
