using System.Diagnostics;

namespace Fairway.Rollouts.Strategies;

/// <summary>The steps that take a service from one release to the next. All strategies are plans for one machine.</summary>
/// <param name="Start">What must run before the first request is shifted: the stable arm shrinks to its number first, then the candidate grows.</param>
/// <param name="Steps">Weights never fall and end at 100 %.</param>
public sealed record Plan(PlannedStep Start, ImmutableArray<PlannedStep> Steps)
{
    /// <summary>The plan of a strategy.</summary>
    /// <param name="strategy">Which.</param>
    /// <param name="policy">Instances, steps, surge.</param>
    /// <param name="stableInstances">Instances of the stable release now; null for a first release, which has nothing to share traffic with.</param>
    public static Plan For(Strategy strategy, RolloutPolicy policy, int? stableInstances) => (strategy, stableInstances) switch
    {
        (_, null) => BlueGreen.Plan(policy, 0),
        (Strategy.Canary, { } stable) => Canary.Plan(policy, stable),
        (Strategy.BlueGreen, { } stable) => BlueGreen.Plan(policy, stable),
        (Strategy.Rolling, { } stable) => Rolling.Plan(policy, stable),
        _ => throw new UnreachableException(strategy.ToString()),
    };
}
