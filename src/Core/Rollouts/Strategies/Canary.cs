using Fairway.Kernel;
using NodaTime;

namespace Fairway.Rollouts.Strategies;

/// <summary>
/// Shares of traffic that grow. The candidate has as many instances as its share needs, so each carries the load it will carry later and is judged under it;
/// the stable arm keeps all of its own, so a rollback needs nothing started.
/// </summary>
internal static class Canary
{
    public static Plan Plan(RolloutPolicy policy, int stableInstances)
    {
        var wanted = Math.Max(1, policy.Instances);
        var steps = ImmutableArray.CreateBuilder<PlannedStep>();
        foreach (var step in policy.Steps)
        {
            // A weight that does not grow would take traffic from the candidate again: no step forward.
            if (steps.Count > 0 && step.Weight <= steps[^1].Weight) continue;
            steps.Add(new(step.Weight, InstancesFor(step.Weight, wanted), stableInstances, step.Pause));
        }
        if (steps.Count == 0 || steps[^1].Weight < Weight.Full) steps.Add(new(Weight.Full, wanted, stableInstances, Duration.Zero));
        return new(new(Weight.Zero, steps[0].CandidateInstances, stableInstances, Duration.Zero), steps.ToImmutable());
    }

    private static int InstancesFor(Weight weight, int wanted) => Math.Max(1, (weight.BasisPoints * wanted + 9_999) / 10_000);
}
