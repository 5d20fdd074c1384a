using Fairway.Catalog;
using Fairway.Kernel;

namespace Fairway.Rollouts;

/// <summary>
/// Takes a service out of an environment: what waits is dropped, a rollout is ended, the routes go first and the instances after the edge has let go of them.
/// </summary>
internal static class Retirement
{
    /// <summary>A person, or the end of the environment's time, wants it gone.</summary>
    public static Decision Begin(Turn turn, Actor by)
    {
        var why = Why.Because("retiring", "{who} takes it out of {environment}", ("who", by.Name), ("environment", turn.State.Key.Environment), ("reason", by.Reason ?? ""));
        if (turn.State.Retiring || IsGone(turn.State)) return turn.Decide(Why.Because("already-gone", "nothing of it is here, or it is leaving already"));
        turn.Emit(new RolloutEvent.RetirementStarted(by, turn.Now));
        Deploys.DropAll(turn, why);
        if (turn.State.Active is { Phase: not RolloutPhase.RollingBack }) TakeBack.Begin(turn, RolloutPhase.Aborted, by, why, reject: false);
        return turn.Decide(why);
    }

    /// <summary>What is next, once no rollout is active.</summary>
    public static Decision Look(Turn turn, WorldView world)
    {
        var state = turn.State;
        if (state.Routes is { Arms.IsEmpty: false } routes)
            turn.Issue(id => new RolloutEffect.SetRoutes(id, routes with { Generation = id, Matches = [], Arms = [], PreviewArm = null }),
                Why.Because("routes-removed", "the service leaves; nobody is routed to it any more"), above: world.Edge?.Generation ?? 0);
        else if (state.Routes is { } bare && state.RoutesFailure is { } failure && !state.Outbox.ContainsKey(bare.Generation) && Effects.MayTry(failure, turn.Now))
            turn.Issue(id => new RolloutEffect.SetRoutes(id, bare with { Generation = id }), Why.Because("routes-removed", "asked again after: {fault}", ("fault", failure.Fault.Message)),
                above: world.Edge?.Generation ?? 0);
        else if (state.Routes is null || state.RoutesFailure is null && !state.Outbox.ContainsKey(state.Routes.Generation)) Empty(turn, world);
        return turn.Decide(WaitReason.Of(turn.State, world, turn.Now));
    }

    private static void Empty(Turn turn, WorldView world)
    {
        foreach (var name in (ReadOnlySpan<SlotName>)[SlotName.A, SlotName.B])
            if (turn.State[name] is { Instances: > 0, Release: { } release })
                Effects.Set(turn, name, release, 0, Why.Because("retired", "the service leaves; {version} stops", ("version", release.Version)));
        Effects.Repair(turn, world);
        if (turn.State.Outbox.IsEmpty && world.Instances.IsEmpty && turn.State is { A.Failure: null, B.Failure: null }) turn.Emit(new RolloutEvent.Retired(turn.Now));
    }

    private static bool IsGone(ServiceState state)
        => state is { Active: null, Queued: null, Stable: null, A.Instances: 0, B.Instances: 0 } && state.Routes is null or { Arms.IsEmpty: true };
}
