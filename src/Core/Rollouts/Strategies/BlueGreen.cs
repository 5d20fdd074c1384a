using Fairway.Kernel;
using NodaTime;

namespace Fairway.Rollouts.Strategies;

/// <summary>All instances started beside the old ones, then all traffic at once.</summary>
internal static class BlueGreen
{
    public static Plan Plan(RolloutPolicy policy, int stableInstances)
    {
        var wanted = Math.Max(1, policy.Instances);
        return new(new(Weight.Zero, wanted, stableInstances, Duration.Zero), [new(Weight.Full, wanted, stableInstances, Duration.Zero)]);
    }
}
