namespace Fairway.Judgement.Statistics;

/// <summary>
/// One block's likelihoods with noise taken into account, at any rung: <see cref="ArmNoise.Mixed"/>, for many rungs of one block.
/// </summary>
public readonly ref struct NoisyBlock
{
    // Below this a sum has lost digits; logarithms are then added the long way.
    private const double Least = 1e-270;

    private readonly ReadOnlySpan<double> _block;
    private readonly ReadOnlySpan<double> _linear;
    private readonly int _level;
    private readonly double _top;

    /// <summary>A block to be asked about.</summary>
    /// <param name="block">Its log-likelihoods, one per rung; empty for a block without events.</param>
    /// <param name="level">Index in <see cref="ArmNoise.Levels"/>.</param>
    /// <param name="buffer">Room for one number per rung.</param>
    public NoisyBlock(ReadOnlySpan<double> block, int level, Span<double> buffer)
    {
        _block = block;
        _linear = buffer;
        _level = level;
        if (block.IsEmpty || level == 0) return;
        _top = double.NegativeInfinity;
        foreach (var value in block) _top = Math.Max(_top, value);
        for (var rung = 0; rung < block.Length; rung++) buffer[rung] = Math.Exp(block[rung] - _top);
    }

    /// <summary>ln of the mean of L(ψ·e^ε) over ε.</summary>
    public double At(int rung) => At(rung, _level);

    /// <summary>The same, for another level than the block's own, which must not be 0.</summary>
    public double At(int rung, int level)
    {
        if (_block.IsEmpty) return 0;
        if (level == 0) return _block[rung];
        var sum = ArmNoise.WeightedSum(_linear, rung, level);
        return sum > Least ? _top + Math.Log(sum) : ArmNoise.Mixed(_block, rung, level);
    }
}
