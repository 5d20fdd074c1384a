namespace Fairway.Policy;

/// <summary>Counts what an evaluation costs, and ends it when it may not cost more.</summary>
public sealed class CelMeter
{
    private readonly CelLimits _limits;

    internal CelMeter(CelLimits limits) => _limits = limits;

    /// <summary>What it cost so far.</summary>
    public long Cost { get; private set; }

    /// <summary>Pays for so many steps or elements before they are taken.</summary>
    /// <param name="units">How many; 0 or more.</param>
    public void Charge(long units)
    {
        Cost = Sizes.Add(Cost, units);
        if (Cost > _limits.Cost) throw new CelLimitException(CelErrorKind.CostLimit, $"the evaluation costs more than {_limits.Cost} steps");
    }

    /// <summary>Pays for so many characters or bytes before they are touched.</summary>
    public void ChargeText(long length) => Charge((length / 8) + 1);

    /// <summary>The value itself, when it is neither too large nor too deep.</summary>
    public CelValue Admit(CelValue value)
    {
        if (value.Weight > _limits.Size) throw new CelLimitException(CelErrorKind.SizeLimit, $"a value would have more than {_limits.Size} parts");
        if (value.Depth > CelLimits.Depth) throw new CelLimitException(CelErrorKind.SizeLimit, $"a value would nest deeper than {CelLimits.Depth}");
        return value;
    }
}

/// <summary>A limit was met: the evaluation ends, whatever would absorb an error.</summary>
internal sealed class CelLimitException(CelErrorKind kind, string message) : Exception(message)
{
    public CelErrorKind Kind { get; } = kind;
}
