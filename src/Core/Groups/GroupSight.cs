using Fairway.Kernel;
using Fairway.Rollouts;
using NodaTime;

namespace Fairway.Groups;

/// <summary>How a run's part is seen in its service.</summary>
public enum PartSight
{
    /// <summary>Nothing of the run is there.</summary>
    Untouched,

    /// <summary>Nothing of the run is there, and another rollout is under way or waits.</summary>
    Busy,

    /// <summary>The release serves, and it is not the run's doing.</summary>
    Serving,

    /// <summary>It waits for its turn, or its rollout goes on.</summary>
    Rolling,

    /// <summary>It has all traffic and is watched.</summary>
    Guarding,

    /// <summary>Its guard is over: only the group keeps it.</summary>
    Fine,

    /// <summary>Its rollout completed.</summary>
    Completed,

    /// <summary>It completed, and a later release took its place.</summary>
    MovedOn,

    /// <summary>It is on its way back.</summary>
    GoingBack,

    /// <summary>It is back, or was dropped before it began.</summary>
    Back,
}

/// <summary>A part as it is.</summary>
/// <param name="Sight">Where it is.</param>
/// <param name="Rollout">Its rollout; null before that.</param>
/// <param name="Why">Why it ended or goes back; null while it goes forward.</param>
public sealed record SeenPart(PartSight Sight, string? Rollout, Why? Why)
{
    /// <summary>Why the release was taken back here before; null when it was not.</summary>
    public Why? Rejected { get; init; }

    /// <summary>Looks at a service. A service that nobody ever deployed is null.</summary>
    public static SeenPart Of(ServiceState? state, string run, string release, Instant now)
    {
        if (state is null) return new(PartSight.Untouched, null, null);
        var serves = state.StableRelease?.Digest == release;
        if (state.Part is not { } part || part.Run != run)
            return new(state.Active is not null || state.Queued is not null || state.Retiring ? PartSight.Busy : serves ? PartSight.Serving : PartSight.Untouched, null, null)
            {
                Rejected = state.Rejected.GetValueOrDefault(release)?.Why,
            };
        return new(part.Phase switch
        {
            GroupPartPhase.Queued => PartSight.Rolling,
            GroupPartPhase.Rolling => Of(state.Active, now),
            GroupPartPhase.Completed => Completed(state, release, serves),
            // It was asked for and found to serve already, by somebody else's doing.
            _ => serves && part.Rollout is null ? PartSight.Serving : PartSight.Back,
        }, part.Rollout, state.Active?.Id == part.Rollout ? state.Active?.TakenBackFor : part.Why);
    }

    private static PartSight Of(Rollout? rollout, Instant now) => rollout switch
    {
        null or { Phase: RolloutPhase.RollingBack } => PartSight.GoingBack,
        { Phase: RolloutPhase.Guarding, Paused: false } guarded when RolloutDecider.GuardEnds(guarded) <= now && RolloutDecider.IsVerified(guarded) => PartSight.Fine,
        { Phase: RolloutPhase.Guarding } => PartSight.Guarding,
        _ => PartSight.Rolling,
    };

    private static PartSight Completed(ServiceState state, string release, bool serves)
    {
        if (state.Retiring) return PartSight.GoingBack;
        if (serves) return state.Active is { IsRollback: true } ? PartSight.GoingBack : PartSight.Completed;
        return state.StableRelease is null || state.Rejected.ContainsKey(release) || state.Rollout is { IsRollback: true } ? PartSight.Back : PartSight.MovedOn;
    }
}
