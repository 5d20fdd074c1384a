namespace Fairway.Judgement.Statistics;

/// <summary>
/// How far two arms with the same release drift apart from one minute to the next: the deviation τ of ln ψ. Requests are not independent
/// (one slow disk, one bad
/// neighbour, one customer's burst), and a test that takes them so rolls good releases back.
/// </summary>
/// <remarks>
/// A random effect per block (R. DerSimonian and N. Laird 1986, for 2×2 tables): within a block the odds ratio is ψ·e^ε with ε ~ N(0, τ²),
/// so the block's likelihood is
/// the mean of <c>L(ψ·e^ε)</c> over ε. The normal is on the ladder's rungs with exact variance. One block can then never say more than its
/// noise lets it, and τ is learned
/// from blocks of stable traffic against stable traffic (ψ = 1) by the same likelihood. The mixture keeps the likelihood ratio monotone, as
/// the normal density is
/// log-concave (S. Karlin, "Total Positivity", 1968), so a test of "ψ = ψ₀" holds for "ψ ≤ ψ₀".
/// </remarks>
public static class ArmNoise
{
    /// <summary>The values of τ that are told apart.</summary>
    public static ImmutableArray<double> Levels { get; } = [0, 0.1, 0.15, 0.2, 0.25, 0.3, 0.4, 0.5, 0.7, 1.0];

    // What is believed before any data, in natural logarithms: the stronger the rarer.
    private static readonly ImmutableArray<double> Prior = [0, -0.2, -0.32, -0.42, -0.48, -0.6, -0.8, -1, -1.6, -3];

    // How much less likely than the best a level may be and still be taken, in natural logarithms: half a deviation's worth of caution.
    private const double Caution = 0.5;

    private static readonly ImmutableArray<ImmutableArray<double>> LogWeights = [.. Levels.Select(Discretise)];

    private static readonly ImmutableArray<ImmutableArray<double>> Weights = [.. LogWeights.Select(logs => logs.Select(Math.Exp).ToImmutableArray())];

    /// <summary>Index in <see cref="Levels"/> of the level to reckon with: the largest that the evidence does not speak against.</summary>
    /// <param name="logLikelihoods">One per level, from <see cref="Learn"/>; empty when nothing is learned, which takes 0.25.</param>
    public static int Pick(ReadOnlySpan<double> logLikelihoods)
    {
        var best = double.NegativeInfinity;
        for (var level = 0; level < Levels.Length; level++) best = Math.Max(best, At(logLikelihoods, level));
        for (var level = Levels.Length - 1; level > 0; level--)
            if (At(logLikelihoods, level) >= best - Caution) return level;
        return 0;

        static double At(ReadOnlySpan<double> logs, int level) => Prior[level] + (logs.IsEmpty ? 0 : logs[level]);
    }

    /// <summary>
    /// Rungs by which a comparison must make up for drift that lasts longer than a block: one and a half deviations of what the blocks' own
    /// noise does not explain.
    /// </summary>
    /// <param name="blocks">Log-likelihood of each level between blocks.</param>
    /// <param name="longBlocks">Log-likelihood of each level between long blocks.</param>
    /// <param name="length">Blocks in a long block.</param>
    /// <remarks>Believed only on evidence, as a service with few events has none and little harm from it.</remarks>
    public static int Slack(ReadOnlySpan<double> blocks, ReadOnlySpan<double> longBlocks, int length)
    {
        if (blocks.IsEmpty || longBlocks.IsEmpty) return 0;
        var most = 0;
        for (var level = 1; level < Levels.Length; level++)
            if (longBlocks[level] > longBlocks[most]) most = level;
        if (longBlocks[most] - longBlocks[0] < 1) return 0;
        var (slow, quick) = (Levels[most], Levels[Pick(blocks)]);
        return (int)Math.Round(1.5 * Math.Sqrt(Math.Max(0, slow * slow - quick * quick / length)) / RatioLadder.Step);
    }

    /// <summary>Adds what one block of stable against stable says of each level.</summary>
    /// <param name="logLikelihoods">One per level.</param>
    /// <param name="block">The block's log-likelihoods, one per rung.</param>
    public static void Learn(Span<double> logLikelihoods, ReadOnlySpan<double> block)
    {
        Span<double> buffer = stackalloc double[RatioLadder.Count];
        var noisy = new NoisyBlock(block, Levels.Length - 1, buffer);
        for (var level = 0; level < Levels.Length; level++) logLikelihoods[level] += noisy.At(RatioLadder.One, level);
    }

    /// <summary>ln of the mean of L(ψ·e^ε) over ε, at one rung.</summary>
    /// <param name="block">The block's log-likelihoods, one per rung.</param>
    /// <param name="rung">The rung of ψ.</param>
    /// <param name="level">Index in <see cref="Levels"/>.</param>
    public static double Mixed(ReadOnlySpan<double> block, int rung, int level)
    {
        if (level == 0) return block[rung];
        var weights = LogWeights[level].AsSpan();
        var reach = weights.Length - 1;
        var top = double.NegativeInfinity;
        for (var shift = -reach; shift <= reach; shift++) top = Math.Max(top, Shifted(block, weights, rung, shift));
        var sum = 0.0;
        for (var shift = -reach; shift <= reach; shift++) sum += Math.Exp(Shifted(block, weights, rung, shift) - top);
        return top + Math.Log(sum);
    }

    /// <summary>Σ of the weights times the shifted values.</summary>
    internal static double WeightedSum(ReadOnlySpan<double> values, int rung, int level)
    {
        var weights = Weights[level].AsSpan();
        var (sum, last) = (weights[0] * values[rung], values.Length - 1);
        for (var shift = 1; shift < weights.Length; shift++)
            sum += weights[shift] * (values[Math.Min(rung + shift, last)] + values[Math.Max(rung - shift, 0)]);
        return sum;
    }

    private static double Shifted(ReadOnlySpan<double> block, ReadOnlySpan<double> weights, int rung, int shift)
        => block[Math.Clamp(rung + shift, 0, block.Length - 1)] + weights[Math.Abs(shift)];

    /// <summary>ln weights of 0, ±1, ±2… rungs.</summary>
    private static ImmutableArray<double> Discretise(double deviation)
    {
        if (deviation == 0) return [0];
        var rungs = deviation / RatioLadder.Step;
        // Too narrow for the lattice: three points with the right variance.
        if (rungs < 1) return [Math.Log(1 - rungs * rungs), Math.Log(rungs * rungs / 2)];
        var weights = Enumerable.Range(0, (int)Math.Ceiling(3.5 * rungs) + 1).Select(shift => Math.Exp(-0.5 * shift * shift / (rungs * rungs))).ToArray();
        var total = 2 * weights.Sum() - weights[0];
        return [.. weights.Select(weight => Math.Log(weight / total))];
    }
}
