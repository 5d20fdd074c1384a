namespace Fairway.Policy;

/// <summary>How much an evaluation may cost and how large its values may become.</summary>
/// <param name="Cost">
/// Most steps: one for each part of the expression each time it is evaluated, for each element that is copied or compared, and for each eight
/// bytes of text or data that are touched. A million take well under a second.
/// </param>
/// <param name="Size">Largest value: one for each part it is made of, and one for each eight bytes of text or data.</param>
public sealed record CelLimits(long Cost, long Size)
{
    /// <summary>Deepest nesting of a value.</summary>
    public const int Depth = 200;

    /// <summary>Longest expression in UTF-16 units.</summary>
    public const int TextLength = 65_536;

    /// <summary>Deepest nesting of an expression in brackets, calls and operators.</summary>
    public const int Nesting = 250;

    /// <summary>A million steps, and values of at most a million parts.</summary>
    public static CelLimits Default { get; } = new(1_000_000, 1_000_000);
}
