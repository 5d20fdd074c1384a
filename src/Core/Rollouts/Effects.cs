using Fairway.Catalog;
using Fairway.Kernel;
using NodaTime;

namespace Fairway.Rollouts;

/// <summary>Asks the world for what state and world say is missing.</summary>
internal static class Effects
{
    /// <summary>How long the runtime may differ from what it accepted before it is asked again.</summary>
    public static readonly Duration Patience = Duration.FromSeconds(10);

    private static readonly Duration FirstRetry = Duration.FromSeconds(1);
    private static readonly Duration LastRetry = Duration.FromSeconds(30);

    /// <summary>When a failed effect is tried again: after a second, then twice as long each time, to 30 s.</summary>
    public static Instant RetryAt(EffectFailure failure)
        => failure.At + Duration.Min(LastRetry, FirstRetry * (1 << Math.Min(failure.Attempts - 1, 5)));

    /// <summary>Whether a failed effect may be tried (again) now.</summary>
    public static bool MayTry(EffectFailure? failure, Instant now) => failure is null || now >= RetryAt(failure);

    /// <summary>Whether trying again is pointless: nothing but a change by somebody helps.</summary>
    public static bool IsFinal(EffectFailure? failure) => failure is { Fault: { Retryable: false, Kind: not FaultKind.Fenced } };

    /// <summary>Sets the routes when they differ from those last asked for, or when the edge has lost them.</summary>
    public static void Route(Turn turn, WorldView world, Weight weight)
    {
        var state = turn.State;
        if (RoutePlan.Wanted(state, world, weight) is not { } wanted) return;
        var changed = state.Routes is null || !RoutePlan.AreEqual(state.Routes, wanted);
        var outstanding = state.Routes is { } routes && state.Outbox.ContainsKey(routes.Generation);
        var generation = world.Edge?.Generation ?? 0;
        var lost = !changed && !outstanding && (world.Edge is null ? state.RoutesFailure is not null : generation != state.Routes!.Generation);
        if (!changed && !lost) return;
        if (!changed && !MayTry(state.RoutesFailure, turn.Now)) return;
        var why = changed
            ? Why.Because("routes-changed", "{routes}", ("routes", Describe(wanted)))
            : Why.Because("routes-lost", "the edge has generation {generation} of the routes instead of {wanted}",
                ("generation", generation), ("wanted", state.Routes!.Generation));

        // A ledger restored from a copy may be behind the edge, which does nothing for ids it has passed.
        turn.Issue(id => new RolloutEffect.SetRoutes(id, wanted with { Generation = id }), why, above: Math.Max(generation, Jump(state, state.RoutesFailure)));
    }

    /// <summary>Starts what is missing: candidates for their step, stable instances outside of rollouts or to go back to.</summary>
    public static void Grow(Turn turn, WorldView world)
    {
        var state = turn.State;
        if (state.Active is { } rollout)
        {
            var slot = state[rollout.Candidate];
            var mayStart = rollout.Phase is RolloutPhase.Starting or RolloutPhase.Verifying or RolloutPhase.Shifting or RolloutPhase.Guarding
                && (rollout.Step >= 0 || state.Stable is not { } shrinking || state[shrinking].Instances <= Math.Max(rollout.Start.StableInstances, 0));
            if (mayStart && (slot.Instances < rollout.Target.CandidateInstances || slot.Release?.Digest != rollout.Release.Digest))
                Set(turn, rollout.Candidate, rollout.Release, rollout.Target.CandidateInstances, Why.Because("candidates-wanted",
                    "{count|instance} of {version} wanted", ("count", rollout.Target.CandidateInstances), ("version", rollout.Release.Version)));
        }
        if (state.Stable is { } stable && state.Active is null or { Phase: RolloutPhase.RollingBack })
            GrowStable(turn, stable);
    }

    /// <summary>Asks again where the runtime has forgotten, or refused for a while, what it was asked.</summary>
    public static void Repair(Turn turn, WorldView world)
    {
        foreach (var name in (ReadOnlySpan<SlotName>)[SlotName.A, SlotName.B])
        {
            var slot = turn.State[name];
            if (slot.Release is not { } release || slot.AskedAt is not { } asked || IsOutstanding(turn.State, name) || slot.DrainTo is not null) continue;
            if (slot.Failure is { } failure)
            {
                if (MayTry(failure, turn.Now))
                    Set(turn, name, release, slot.Instances, Why.Because("instances-retried", "asked again after: {fault}", ("fault", failure.Fault.Message)));
            }
            else if (turn.Now - asked >= Patience && !world.IsAsAsked(name, slot))
                Set(turn, name, release, slot.Instances, Why.Because("instances-differ", "slot {slot} does not run the {count|instance} of {version} asked for",
                    ("slot", name), ("count", slot.Instances), ("version", release.Version)));
        }
    }

    /// <summary>Asks the runtime for a slot's instances.</summary>
    public static void Set(Turn turn, SlotName name, Catalog.Release release, int count, Why why)
        => turn.Issue(id => new RolloutEffect.SetInstances(id, name, release, count), why, above: Jump(turn.State, turn.State[name].Failure));

    /// <summary>Whether the runtime has not yet answered for the slot.</summary>
    public static bool IsOutstanding(ServiceState state, SlotName name)
    {
        foreach (var effect in state.Outbox.Values)
            if (effect is RolloutEffect.SetInstances set && set.Slot == name) return true;
        return false;
    }

    // Who fenced us off has seen higher ids than this ledger knows: larger and larger strides get past them.
    private static long Jump(ServiceState state, EffectFailure? failure)
        => failure is { Fault.Kind: FaultKind.Fenced } ? state.LastEffect + (1L << Math.Min(4 * failure.Attempts, 40)) : 0;

    private static void GrowStable(Turn turn, SlotName stable)
    {
        var slot = turn.State[stable];
        var wanted = Shares.StableInstances(turn.State);
        if (slot.Release is { } release && slot.Instances < wanted)
            Set(turn, stable, release, wanted, Why.Because("stable-wanted", "{count|instance} of {version} wanted", ("count", wanted), ("version", release.Version)));
    }

    private static string Describe(Traffic.ServiceRoutes routes)
    {
        var text = string.Join(", ", routes.Arms.Where(arm => arm.Release.Length > 0).Select(arm =>
            $"{arm.Version} {arm.Weight} on {arm.Targets.Count(target => target.State == Traffic.TargetState.Active)}"
            + (arm.Targets.Count(target => target.State == Traffic.TargetState.Draining) is > 0 and var draining ? $" (+{draining} draining)" : "")));
        return text.Length == 0 ? "no release" : text;
    }
}
