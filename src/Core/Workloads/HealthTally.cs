using Fairway.Catalog;

namespace Fairway.Workloads;

/// <summary>Equal answers of a check in a row: the hysteresis between single answers and a state.</summary>
/// <param name="Good">Whether the last answers were good.</param>
/// <param name="InARow">How many; 0 before the first answer.</param>
public readonly record struct HealthTally(bool Good, int InARow)
{
    /// <summary>With one more answer.</summary>
    public HealthTally With(bool good) => good == Good && InARow > 0 ? this with { InARow = Math.Min(InARow, int.MaxValue - 1) + 1 } : new(good, 1);

    /// <summary>True for healthy, false for unhealthy, null while there are too few equal answers to change anything.</summary>
    public bool? Verdict(HealthCheck check) => InARow == 0 ? null
        : Good ? InARow >= Math.Max(1, check.HealthyAfter) ? true : null
        : InARow >= Math.Max(1, check.UnhealthyAfter) ? false : null;
}
