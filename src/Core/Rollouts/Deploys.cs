using Fairway.Catalog;
using Fairway.Gates;
using Fairway.Kernel;
using Fairway.Rollouts.Strategies;

namespace Fairway.Rollouts;

/// <summary>What becomes of a wish to have a release in an environment. The newest wish wins.</summary>
internal static class Deploys
{
    /// <summary>Fairway itself, where no person asked.</summary>
    public static Actor Fairway { get; } = new("fairway");

    public static Decision Decide(Turn turn, RolloutObservation.DeployRequested request)
    {
        var state = turn.State;
        var (version, digest) = (request.Release.Version, request.Release.Digest);
        var insists = request is { Force: true, Automatic: false };
        if (state.Rejected.TryGetValue(digest, out var rejection) && !insists)
            return turn.Decide(Why.Because("release-rejected", "{version} was taken back in {rollout}: {reason}. Deploy it with --force, or unreject it first",
                ("version", version), ("rollout", rejection.Rollout), ("reason", rejection.Why.Sentence), ("digest", digest))) with { Refused = Refusal.Refused };

        if (request.Gate is { Answer: GateAnswer.Deny } denied) return turn.Decide(denied.Why) with { Refused = Refusal.Refused };
        if (Known(turn, request) is { } known) return known;
        if (insists) Unreject(turn, request);
        if (request.Gate is { Answer: GateAnswer.Hold } held) return Queue(turn, request, held.Why);
        if (state.Active is { } active) return DuringRollout(turn, active, request);
        var other = state.Queued is { } waiting && waiting.Release.Digest != digest ? waiting : null;
        if (other is not null && Mode(request) != QueueMode.Newest) return Queue(turn, request, Why.Because("deploy-queued-behind", "{version} waits behind {other}",
            ("version", version), ("other", other.Release.Version)));
        if (other is not null) Drop(turn, other, Why.Because("replaced", "replaced in the queue by {version}", ("version", version)));
        Passing.Record(turn, request.Gate);
        return state.StableRelease?.Digest == digest ? Serving(turn, request) : Begin(turn, request, IsRollback: false);
    }

    /// <summary>Starts what was queued, now that there is room and the gate lets it pass; true when something happened.</summary>
    public static bool StartQueued(Turn turn, RolloutObservation.DeployRequested queued, WorldView world)
    {
        var release = queued.Release;
        if (turn.State.Rejected.TryGetValue(release.Digest, out var rejection))
        {
            Drop(turn, queued, Why.Because("release-rejected", "{version} was taken back in {rollout} while it was queued", ("version", release.Version), ("rollout", rejection.Rollout)));
            return true;
        }
        switch (Passing.Ask(turn, world, release, GateMoment.Queue))
        {
            case Passed.No:
                Drop(turn, queued, turn.State.Gate!.Why);
                return true;
            case Passed.NotYet:
                return false;
            case Passed.Yes:
            default:
                break;
        }
        if (turn.State.StableRelease?.Digest == release.Digest)
        {
            Drop(turn, queued, Why.Because("already-serving", "{version} serves already", ("version", release.Version)));
            Configure(turn, queued);
        }
        else Begin(turn, queued, IsRollback: false);
        return true;
    }

    /// <summary>Drops what is queued.</summary>
    public static void Drop(Turn turn, RolloutObservation.DeployRequested queued, Why why)
        => turn.Emit(new RolloutEvent.DeployDropped(queued.Release.Digest, queued.Release.Version, queued.By, why, turn.Now));

    /// <summary>Drops everything that waits.</summary>
    public static void DropAll(Turn turn, Why why)
    {
        foreach (var behind in turn.State.Behind) Drop(turn, behind, why);
        if (turn.State.Queued is { } queued) Drop(turn, queued, why);
    }

    /// <summary>Begins a rollout; there is none active.</summary>
    public static Decision Begin(Turn turn, RolloutObservation.DeployRequested request, bool IsRollback)
    {
        var state = turn.State;
        var strategy = IsRollback ? Strategy.BlueGreen : request.Strategy ?? request.Service.Rollout.Strategy;
        var plan = Plan.For(strategy, request.Service.Rollout, state.Stable is { } stable ? state[stable].Instances : null);
        var number = state.RolloutCount + 1;
        var why = Why.Because(IsRollback ? "rollback-asked" : "deploy-asked", IsRollback ? "{who} goes back to {version}" : "{who} deploys {version} by {strategy}",
            ("who", request.By.Name), ("version", request.Release.Version), ("strategy", strategy), ("reason", request.By.Reason ?? ""));
        turn.Emit(new RolloutEvent.RolloutStarted($"{state.Key}/{number}", number, request.Release, state.StableRelease, IsRollback, request.Service, strategy,
            state.Stable?.Other() ?? FreeSlot(state, request.Release), plan.Start, plan.Steps, request.By, why, turn.Now)
        {
            Group = request.Group,
        });
        return turn.Decide(why);
    }

    /// <summary>What is said of a release that is on its way already; null when it is not.</summary>
    private static Decision? Known(Turn turn, RolloutObservation.DeployRequested request)
    {
        var (state, release) = (turn.State, request.Release);
        if (state.Active is { } active && active.Release.Digest == release.Digest && active.Phase != RolloutPhase.RollingBack)
        {
            if (state.Queued is { } other && Mode(request) == QueueMode.Newest) Drop(turn, other, Why.Because("replaced", "{version} is wanted after all", ("version", release.Version)));
            return turn.Decide(Why.Because("already-rolling-out", "{version} is being rolled out already, in {rollout}", ("version", release.Version), ("rollout", active.Id)));
        }
        if (state.Behind.Any(one => one.Release.Digest == release.Digest))
            return turn.Decide(Why.Because("already-queued", "{version} is queued already", ("version", release.Version)));
        if (state.Queued?.Release.Digest != release.Digest) return null;
        if (state.Active is { } ahead)
            return turn.Decide(Why.Because("already-queued", "{version} is queued already, after {rollout}", ("version", release.Version), ("rollout", ahead.Id)));
        // What was held and passes now begins below, asked for by who asks now.
        return request.Gate is { Answer: GateAnswer.Hold } held ? turn.Decide(held.Why) : null;
    }

    private static Decision DuringRollout(Turn turn, Rollout active, RolloutObservation.DeployRequested request)
    {
        var release = request.Release;
        var waits = active.Phase == RolloutPhase.RollingBack || active.IsRollback || active.Phase == RolloutPhase.Guarding || Mode(request) != QueueMode.Newest;
        var why = waits
            ? Why.Because("deploy-queued", "{version} is deployed when {rollout} ({phase}) has ended", ("version", release.Version), ("rollout", active.Id), ("phase", active.Phase))
            : Why.Because("superseded", "superseded by {version}", ("version", release.Version), ("rollout", active.Id));
        var decision = Queue(turn, request, why);
        if (waits || decision.Refused is not null) return decision;
        TakeBack.Begin(turn, RolloutPhase.Aborted, request.By, why, reject: false);
        return turn.Decide(why);
    }

    private static Decision Queue(Turn turn, RolloutObservation.DeployRequested request, Why why)
    {
        Passing.Record(turn, request.Gate);
        if (turn.State.Queued is not { } waiting)
        {
            turn.Emit(new RolloutEvent.DeployQueued(request, why, turn.Now));
            return turn.Decide(why);
        }
        switch (Mode(request))
        {
            case QueueMode.Newest:
                Drop(turn, waiting, Why.Because("replaced", "replaced in the queue by {version}", ("version", request.Release.Version)));
                turn.Emit(new RolloutEvent.DeployQueued(request, why, turn.Now));
                return turn.Decide(why);
            case QueueMode.All when turn.State.Behind.Length < ServiceState.BehindLimit:
                turn.Emit(new RolloutEvent.DeployQueued(request, why, turn.Now) { Behind = true });
                return turn.Decide(why);
            case QueueMode.All:
            case QueueMode.Oldest:
            default:
                return turn.Decide(Why.Because("queue-full", "{other} waits already, and {environment} keeps {limit|request} waiting at most; abort it, or ask again later",
                    ("other", waiting.Release.Version), ("environment", turn.State.Key.Environment),
                    ("limit", Mode(request) == QueueMode.All ? ServiceState.BehindLimit + 1 : 1))) with { Refused = Refusal.Refused };
        }
    }

    private static QueueMode Mode(RolloutObservation.DeployRequested request) => request.Service.Queue ?? QueueMode.Newest;

    private static Decision Serving(Turn turn, RolloutObservation.DeployRequested request)
        => turn.Decide(Configure(turn, request)
            ? Why.Because("configured", "{version} serves already; its routes and policies were updated", ("version", request.Release.Version))
            : Why.Because("already-serving", "{version} serves already; nothing changed", ("version", request.Release.Version)));

    private static bool Configure(Turn turn, RolloutObservation.DeployRequested request)
    {
        // As JSON, because arrays in records compare by identity.
        if (turn.State.Service is { } present && FairwayJson.Write(present) == FairwayJson.Write(request.Service)) return false;
        turn.Emit(new RolloutEvent.ServiceConfigured(request.Service, request.By, turn.Now));
        return true;
    }

    private static void Unreject(Turn turn, RolloutObservation.DeployRequested request)
    {
        if (turn.State.Rejected.ContainsKey(request.Release.Digest))
            turn.Emit(new RolloutEvent.ReleaseUnrejected(request.Release.Digest, request.By, turn.Now));
    }

    private static SlotName FreeSlot(ServiceState state, Release release)
        => state.B.Instances > 0 && state.B.Release?.Digest == release.Digest || state.A.Instances > 0 && state.A.Release?.Digest != release.Digest && state.B.Instances == 0
            ? SlotName.B : SlotName.A;
}
