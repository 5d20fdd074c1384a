using Fairway.Kernel;
using NodaTime;

namespace Fairway.Rollouts.Strategies;

/// <summary>
/// Instances replaced in batches, traffic following capacity. At no time are more than <c>instances + maxSurge</c> asked for, nor fewer than
/// <c>instances − maxUnavailable</c> ready because of the rollout.
/// </summary>
internal static class Rolling
{
    public static Plan Plan(RolloutPolicy policy, int stableInstances)
    {
        var wanted = Math.Max(1, policy.Instances);
        var surge = Math.Max(0, policy.MaxSurge);
        var missing = Math.Clamp(policy.MaxUnavailable, 0, wanted);
        if (surge + missing == 0) surge = 1;

        // Without surge the old ones make room first; with it the first batch comes on top.
        var left = surge > 0 ? stableInstances : Math.Max(0, stableInstances - missing);
        var candidates = Math.Min(wanted, surge > 0 ? surge : missing);
        var start = new PlannedStep(Weight.Zero, candidates, left, Duration.Zero);
        var steps = ImmutableArray.CreateBuilder<PlannedStep>();
        while (true)
        {
            var rest = stableInstances * (wanted - candidates);
            left = Math.Min(left, Math.Max(0, (rest + wanted - 1) / wanted - missing));
            var weight = left == 0 ? Weight.Full : Weight.FromBasisPoints(candidates * 10_000 / wanted);
            steps.Add(new(weight, candidates, left, Duration.Zero));
            if (candidates == wanted) return new(start, steps.ToImmutable());
            candidates = Math.Min(wanted, candidates + surge + missing);
        }
    }
}
