using Fairway.Kernel;
using NodaTime;

namespace Fairway.Rollouts;

/// <summary>The candidate's share of the traffic.</summary>
internal static class Shares
{
    /// <summary>The share last asked for.</summary>
    public static Weight Present(ServiceState state) => state.Active is { } active ? state.WeightOf(active.Candidate) : Weight.Zero;

    /// <summary>The share to ask for now.</summary>
    public static Weight Wanted(ServiceState state, WorldView world, Instant now)
    {
        if (state.Active is not { } rollout) return Weight.Zero;
        var present = state.WeightOf(rollout.Candidate);
        return rollout.Phase switch
        {
            RolloutPhase.Shifting or RolloutPhase.Guarding => Forward(state, rollout, world, present),
            RolloutPhase.RollingBack => Back(state, rollout, world, present, now),
            _ => present,
        };
    }

    /// <summary>Whether the rollout had the stable arm shrink, so that it must grow again before it takes everything back.</summary>
    public static bool ShrankStable(ServiceState state, Rollout rollout)
    {
        if (state.Stable is null || rollout.Phase is RolloutPhase.Preparing or RolloutPhase.Expanding) return false;
        var full = StableInstances(state);
        if (rollout.Start.StableInstances < full) return true;
        for (var i = 0; i <= rollout.Step; i++)
            if (rollout.Steps[i].StableInstances < full) return true;
        return false;
    }

    /// <summary>Instances that the stable release has outside of rollouts.</summary>
    public static int StableInstances(ServiceState state) => Math.Max(1, state.Service?.Rollout.Instances ?? 1);

    /// <summary>Ready instances that the service is promised while a rollout replaces some.</summary>
    public static int Promise(ServiceState state, Rollout rollout)
    {
        var missing = rollout.Strategy == Strategy.Rolling && !rollout.IsRollback ? Math.Max(0, rollout.Service.Rollout.MaxUnavailable) : 0;
        return Math.Max(1, Math.Min(StableInstances(state), Math.Max(1, rollout.Service.Rollout.Instances)) - missing);
    }

    private static Weight Forward(ServiceState state, Rollout rollout, WorldView world, Weight present)
    {
        var target = rollout.Target;
        if (target.Weight <= present) return present;
        return world.Ready(rollout.Candidate, state[rollout.Candidate]) >= target.CandidateInstances ? target.Weight : present;
    }

    // Where the stable arm was scaled down, traffic follows its ready instances; a dead candidate and a lost patience are worse than too few of them.
    private static Weight Back(ServiceState state, Rollout rollout, WorldView world, Weight present, Instant now)
    {
        if (present == Weight.Zero || state.Stable is not { } stable || !ShrankStable(state, rollout)) return Weight.Zero;
        if (world.Ready(rollout.Candidate, state[rollout.Candidate]) == 0 || now - rollout.Since >= rollout.Service.Rollout.ProgressDeadline) return Weight.Zero;
        var promise = Promise(state, rollout);
        var ready = Math.Min(promise, world.Ready(stable, state[stable]));
        var rest = Weight.FromBasisPoints(10_000 - ready * 10_000 / promise);
        return rest < present ? rest : present;
    }
}
