using Fairway.Kernel;

namespace Fairway.Rollouts;

/// <summary>What a person should know of a service besides its rollout. A change of the codes is an event, a change of numbers is not.</summary>
internal static class Notices
{
    public static void Update(Turn turn, WorldView world)
    {
        var notices = Of(turn.State, world, turn.Now);
        if (!HaveEqualCodes(notices, turn.State.Notices)) turn.Emit(new RolloutEvent.NoticesChanged(notices, turn.Now));
    }

    private static ImmutableArray<Why> Of(ServiceState state, WorldView world, NodaTime.Instant now)
    {
        var notices = ImmutableArray<Why>.Empty;
        if (world.Edge is null && state.Routes is not null)
            notices = notices.Add(Why.Because("edge-unreachable", "the edge does not answer; its last routes stay in force"));
        if (state.RoutesFailure is { } refused && Effects.IsFinal(refused))
            notices = notices.Add(Why.Because("routes-refused", "the edge refused the routes: {fault}", ("fault", refused.Fault.Message)));
        if (world.Metrics is { Fault: { } silent } asked && state.Active is { Phase: RolloutPhase.Shifting or RolloutPhase.Guarding } active && active.Release.Digest == asked.Candidate)
            notices = notices.Add(Why.Because("metrics-unanswered", "a query gets no answer, so nothing is judged by it meanwhile: {fault}", ("fault", silent.Message)));
        if (Migrating.Held(state, world, now) is { Code: "contract-failed" or "contract-waits-for-person" } held) notices = notices.Add(held);
        if (state.Stable is not { } stable || state[stable] is not { Release: { } release, Instances: > 0 } slot) return notices;
        if (slot.Failure is { } failure)
            notices = notices.Add(Why.Because("instances-refused", "the runtime does not take instances of {version}: {fault}",
                ("version", release.Version), ("fault", failure.Fault.Message)));
        if (world.Ready(stable, slot) == 0)
            notices = notices.Add(Why.Because("stable-unready", "no instance of {version} is ready, {count} wanted; requests go to those that still run",
                ("count", slot.Instances), ("version", release.Version)));
        return notices;
    }

    private static bool HaveEqualCodes(ImmutableArray<Why> one, ImmutableArray<Why> other)
    {
        if (one.Length != other.Length) return false;
        for (var i = 0; i < one.Length; i++)
            if (one[i].Code != other[i].Code) return false;
        return true;
    }
}
