using Fairway.Catalog;
using Fairway.Kernel;
using NodaTime;

namespace Fairway.Rollouts;

/// <summary>Stops instances without hurting a request: first no new ones, confirmed by the edge; then none held, or the drain timeout; then stop.</summary>
internal static class Drains
{
    /// <summary>A request that read the table just before it was swapped may not be counted yet.</summary>
    public static readonly Duration Settle = Duration.FromMilliseconds(250);

    /// <summary>Decides which instances shall stop.</summary>
    public static void Plan(Turn turn, WorldView world)
    {
        foreach (var name in (ReadOnlySpan<SlotName>)[SlotName.A, SlotName.B])
        {
            var slot = turn.State[name];
            var (to, why) = Wanted(turn.State, name, slot, world, turn.Now);
            if (to >= slot.Instances) to = null;
            if (to != slot.DrainTo) turn.Emit(new RolloutEvent.DrainPlanned(name, to, why, turn.Now));
            slot = turn.State[name];
            if (slot is { DrainTo: not null, DrainingSince: null, Routed: true }
                && (turn.State.HasInForce(world) && RoutesAre(turn.State, world, turn.Now) || IsUnknown(turn.State, world)))
                turn.Emit(new RolloutEvent.DrainStarted(name, turn.Now));
        }
    }

    /// <summary>Stops instances that are drained.</summary>
    public static void Stop(Turn turn, WorldView world)
    {
        foreach (var name in (ReadOnlySpan<SlotName>)[SlotName.A, SlotName.B])
        {
            var slot = turn.State[name];
            if (slot is not { DrainTo: { } to, Release: { } release } || to >= slot.Instances) continue;
            if (slot.Routed && !IsDrained(turn.State, world, name, slot, to, turn.Now)) continue;
            if (!CapacityRemains(turn.State, world, name, to)) continue;
            Effects.Set(turn, name, release, to, Why.Because("drained", "{version} in slot {slot} holds no request that must be waited for: {count|instance} kept",
                ("version", release.Version), ("slot", name), ("count", to)));
        }
    }

    /// <summary>How long a drain may take.</summary>
    public static Duration Timeout(ServiceState state) => (state.Service ?? state.Rollout?.Service)?.Traffic.DrainTimeout ?? Duration.Zero;

    private static bool IsDrained(ServiceState state, WorldView world, SlotName name, Slot slot, int to, Instant now)
    {
        if (slot.DrainingSince is not { } since) return false;
        if (now - since >= Timeout(state) || IsUnknown(state, world)) return true;
        return world.Edge is { } edge && state.HasInForce(world) && now - since >= Settle && world.InFlight(edge, name, to) == 0;
    }

    // The edge has refused every table of the service, and routes nobody to it: it would refuse the way back for the same reason.
    private static bool IsUnknown(ServiceState state, WorldView world) => world.Edge is { Generation: 0 } && Effects.IsFinal(state.RoutesFailure);

    // The edge must have confirmed just the table in which they drain, not one from before.
    private static bool RoutesAre(ServiceState state, WorldView world, Instant now)
        => RoutePlan.Wanted(state, world, Shares.Wanted(state, world, now)) is { } wanted && RoutePlan.AreEqual(state.Routes!, wanted);

    private static (int? To, Why Why) Wanted(ServiceState state, SlotName name, Slot slot, WorldView world, Instant now)
    {
        if (slot.Instances == 0) return (null, NotNeeded);
        if (state.Active is { } rollout)
        {
            if (name == rollout.Candidate) return Candidate(state, rollout, slot, world, now);
            if (name == state.Stable) return Stable(state, rollout, slot, world);
        }
        if (name == state.Stable)
        {
            var count = Shares.StableInstances(state);
            return (count < slot.Instances ? count : null, Why.Because("scaled-down", "{count|instance} wanted", ("count", count)));
        }
        return slot.WarmUntil is { } until && now < until ? (null, NotNeeded) : (0, Why.Because("warmth-over", "{version} was kept for a rollback long enough",
            ("version", slot.Release?.Version ?? "")));
    }

    private static (int? To, Why Why) Candidate(ServiceState state, Rollout rollout, Slot slot, WorldView world, Instant now)
    {
        if (rollout.Phase == RolloutPhase.RollingBack)
            return slot.Release?.Digest == rollout.Release.Digest && Shares.Wanted(state, world, now) > Weight.Zero
                ? (null, NotNeeded) : (0, rollout.TakenBackFor ?? rollout.Why);
        return slot.Release?.Digest == rollout.Release.Digest
            ? (null, NotNeeded)
            : (0, Why.Because("slot-needed", "slot {slot} is needed for {version}", ("slot", rollout.Candidate), ("version", rollout.Release.Version)));
    }

    private static (int? To, Why Why) Stable(ServiceState state, Rollout rollout, Slot slot, WorldView world)
    {
        if (rollout.Phase is RolloutPhase.Preparing or RolloutPhase.Verifying or RolloutPhase.RollingBack) return (null, NotNeeded);
        var left = rollout.Target.StableInstances;
        var why = Why.Because("replaced", "{count|instance} of the stable release kept at this step", ("count", left));
        if (left >= slot.Instances) return (null, NotNeeded);

        // A drain once begun goes on; CapacityRemains has the last word.
        if (rollout.Phase == RolloutPhase.Starting || slot.DrainTo == left) return (left, why);
        var enough = rollout.ConfirmedAt is not null && world.Ready(rollout.Candidate, state[rollout.Candidate]) >= rollout.Target.CandidateInstances;
        return (enough ? left : null, why);
    }

    // Between the plan and the stop the candidates may have failed: the promise must hold without the drained ones. That a stable instance which stays is
    // not ready is no reason to keep the others: else a release that mends it could never be shipped.
    private static bool CapacityRemains(ServiceState state, WorldView world, SlotName name, int to)
        => name != state.Stable || state.Active is not { Step: >= 0 } rollout
            || to + world.Ready(rollout.Candidate, state[rollout.Candidate]) >= Shares.Promise(state, rollout);

    private static Why NotNeeded { get; } = Why.Because("not-drained", "it stays");
}
