using System.Diagnostics;
using Fairway.Kernel;

namespace Fairway.Rollouts;

/// <summary>A person's word. Said twice it does no more than once; said too late it is refused and changes nothing.</summary>
internal static class Commands
{
    public static Decision Decide(Turn turn, RolloutObservation.Commanded commanded)
    {
        var by = commanded.By;
        if (commanded.Command == RolloutCommand.Unreject) return Unreject(turn, commanded);
        if (commanded.Command == RolloutCommand.Retire) return Retirement.Begin(turn, by);
        var meant = turn.State.Active?.Release ?? turn.State.StableRelease;
        if (commanded.Target is { } target && target != meant?.Digest)
            return Conflict(turn, "meant-for-another", "meant for {target}, but the release is {present} now", ("target", target), ("present", meant?.Digest ?? "none"));
        return commanded.Command switch
        {
            RolloutCommand.Pause => Pause(turn, by),
            RolloutCommand.Resume => Resume(turn, by),
            RolloutCommand.Promote => Promote(turn, by),
            RolloutCommand.Abort => Abort(turn, by),
            RolloutCommand.Rollback => turn.State.Active is { } active ? RollbackActive(turn, active, by) : RollbackStable(turn, by),
            _ => throw new UnreachableException(commanded.Command.ToString()),
        };
    }

    private static Decision Pause(Turn turn, Actor by)
    {
        if (turn.State.Active is not { } rollout) return NoRollout(turn, "pause");
        if (rollout.Phase == RolloutPhase.RollingBack) return Conflict(turn, "going-back", "{rollout} is going back; that cannot be paused", ("rollout", rollout.Id));
        if (rollout.Paused) return turn.Decide(Why.Because("already-paused", "{rollout} is paused already", ("rollout", rollout.Id)));
        turn.Emit(new RolloutEvent.Paused(by, turn.Now));
        return turn.Decide(Why.Because("paused", "{who} paused {rollout} at {weight}", ("who", by.Name), ("rollout", rollout.Id), ("weight", rollout.Weight), ("reason", by.Reason ?? "")));
    }

    private static Decision Resume(Turn turn, Actor by)
    {
        if (turn.State.Active is not { } rollout) return NoRollout(turn, "resume");
        if (!rollout.Paused)
            return turn.Decide(Progress.WaitsForPerson(rollout, turn.Now)
                ? Why.Because("not-paused", "{rollout} is not paused: its step waits for promote", ("rollout", rollout.Id))
                : Why.Because("not-paused", "{rollout} is not paused", ("rollout", rollout.Id)));
        turn.Emit(new RolloutEvent.Resumed(by, turn.Now));
        return turn.Decide(Why.Because("resumed", "{who} resumed {rollout}", ("who", by.Name), ("rollout", rollout.Id), ("reason", by.Reason ?? "")));
    }

    private static Decision Promote(Turn turn, Actor by)
    {
        if (turn.State.Active is not { } rollout) return NoRollout(turn, "promote");
        if (rollout.Phase == RolloutPhase.RollingBack) return Conflict(turn, "going-back", "{rollout} is going back; it cannot be promoted", ("rollout", rollout.Id));
        if (rollout.Phase == RolloutPhase.Guarding)
            return rollout.PromotedPast == rollout.Steps.Length
                ? turn.Decide(Why.Because("already-promoted", "the guard of {rollout} is ended already", ("rollout", rollout.Id)))
                : Promoted(turn, by, rollout.Steps.Length, Why.Because("promoted", "{who} ended the guard of {rollout}", ("who", by.Name), ("rollout", rollout.Id)));
        if (Progress.WaitsForPerson(rollout, turn.Now))
            return Promoted(turn, by, rollout.Step, Why.Because("promoted", "{who} promoted {rollout} past step {step} of {steps}",
                ("who", by.Name), ("rollout", rollout.Id), ("step", rollout.Step + 1), ("steps", rollout.Steps.Length)));

        // A step that a person has just promoted is not yet left: the same word again means no more.
        var isLeavingStep = rollout.Phase == RolloutPhase.Shifting && rollout.PromotedPast == rollout.Step;
        if ((rollout.Promoted || isLeavingStep) && !rollout.Paused)
            return turn.Decide(Why.Because("already-promoted", "{rollout} is promoted already", ("rollout", rollout.Id)));
        return Promoted(turn, by, null, Why.Because("promoted", "{who} promoted {rollout} to 100%", ("who", by.Name), ("rollout", rollout.Id), ("reason", by.Reason ?? "")));
    }

    private static Decision Promoted(Turn turn, Actor by, int? past, Why why)
    {
        turn.Emit(new RolloutEvent.Promoted(by, past, turn.Now));
        return turn.Decide(why);
    }

    private static Decision Abort(Turn turn, Actor by)
    {
        if (turn.State.Active is not { } rollout)
        {
            if (turn.State.Queued is not { } held) return NoRollout(turn, "abort");
            var dropped = Why.Because("aborted", "aborted by {who}", ("who", by.Name), ("reason", by.Reason ?? ""), ("version", held.Release.Version));
            Deploys.DropAll(turn, dropped);
            return turn.Decide(dropped);
        }
        var why = Why.Because("aborted", "aborted by {who}", ("who", by.Name), ("reason", by.Reason ?? ""), ("rollout", rollout.Id));

        // Abort means: everything on the stable release, and stay there.
        var queued = turn.State.Queued;
        if (queued is not null) Deploys.DropAll(turn, why);
        if (rollout.Phase != RolloutPhase.RollingBack) TakeBack.Begin(turn, RolloutPhase.Aborted, by, why, reject: false);
        else if (queued is null) return turn.Decide(Why.Because("already-going-back", "{rollout} is going back already", ("rollout", rollout.Id)));
        return turn.Decide(why);
    }

    /// <summary>The word of a release group about its part.</summary>
    public static Decision Group(Turn turn, RolloutObservation.Grouped grouped)
    {
        var state = turn.State;
        if (grouped.Word == GroupWord.Finish)
        {
            if (state.Active is not { } active || active.Group != grouped.Run || active.Release.Digest != grouped.Release || active.Phase != RolloutPhase.Guarding)
                return Conflict(turn, "meant-for-another", "meant for {target} in {run}, which is not in its guard", ("target", grouped.Release), ("run", grouped.Run));
            if (active.Released) return turn.Decide(Why.Because("already-released", "{run} lets {rollout} complete already", ("run", grouped.Run), ("rollout", active.Id)));
            turn.Emit(new RolloutEvent.GroupReleased(grouped.By, turn.Now));
            return turn.Decide(Why.Because("group-released", "every part of {run} is fine: {rollout} may complete", ("run", grouped.Run), ("rollout", active.Id)));
        }
        var why = Why.Because("taken-back-with-group", "taken back with {run}: {reason}", ("run", grouped.Run), ("reason", grouped.By.Reason ?? ""));
        if (state.Active is { } rollout && rollout.Group == grouped.Run && rollout.Release.Digest == grouped.Release)
        {
            if (rollout.Phase == RolloutPhase.RollingBack) return turn.Decide(Why.Because("already-going-back", "{rollout} is going back already", ("rollout", rollout.Id)));
            TakeBack.Begin(turn, RolloutPhase.Aborted, grouped.By, why, reject: false);
            return turn.Decide(why);
        }
        if (state.Behind.Append(state.Queued).FirstOrDefault(one => one?.Group == grouped.Run && one.Release.Digest == grouped.Release) is { } queued)
        {
            Deploys.Drop(turn, queued, why);
            return turn.Decide(why);
        }
        if (state.Active is not null || state.StableRelease?.Digest != grouped.Release)
            return Conflict(turn, "meant-for-another", "meant for {target} of {run}, but the release is {present} now", ("target", grouped.Release), ("run", grouped.Run),
                ("present", (state.Active?.Release ?? state.StableRelease)?.Digest ?? "none"));
        return BeginRollback(turn, grouped.By, why, reject: false);
    }

    private static Decision RollbackActive(Turn turn, Rollout rollout, Actor by)
    {
        if (rollout.IsRollback || rollout is { Phase: RolloutPhase.RollingBack, EndsAs: RolloutPhase.RolledBack })
            return turn.Decide(Why.Because("already-going-back", "{rollout} is going back already", ("rollout", rollout.Id)));
        var why = Why.Because("taken-back", "taken back by {who}", ("who", by.Name), ("reason", by.Reason ?? ""), ("rollout", rollout.Id));
        TakeBack.Begin(turn, RolloutPhase.RolledBack, by, why, reject: true);
        return turn.Decide(why);
    }

    private static Decision RollbackStable(Turn turn, Actor by)
        => BeginRollback(turn, by, Why.Because("taken-back", "taken back by {who}", ("who", by.Name), ("reason", by.Reason ?? "")), reject: true);

    private static Decision BeginRollback(Turn turn, Actor by, Why why, bool reject)
    {
        var state = turn.State;
        if (state is not { StableRelease: { } stable, Service: { } service }) return Conflict(turn, "nothing-to-take-back", "no release serves; there is nothing to take back");
        var target = state.Past.LastOrDefault(past => past.Digest != stable.Digest && !state.Rejected.ContainsKey(past.Digest));
        if (target is null)
            return Conflict(turn, "nothing-to-go-back-to", "there is no earlier release that {version} could give way to", ("version", stable.Version));
        if (reject) turn.Emit(new RolloutEvent.ReleaseRejected(stable.Digest, stable.Version, $"{state.Key}/{state.RolloutCount + 1}", by, why, turn.Now));
        return Deploys.Begin(turn, new(target, service, null, by, Automatic: false), IsRollback: true);
    }

    private static Decision Unreject(Turn turn, RolloutObservation.Commanded commanded)
    {
        if (commanded.Target is not { } digest) return Conflict(turn, "target-missing", "say which release shall be allowed again");
        if (!turn.State.Rejected.ContainsKey(digest)) return turn.Decide(Why.Because("not-rejected", "{target} is not rejected", ("target", digest)));
        turn.Emit(new RolloutEvent.ReleaseUnrejected(digest, commanded.By, turn.Now));
        return turn.Decide(Why.Because("unrejected", "{who} allowed {target} again", ("who", commanded.By.Name), ("target", digest)));
    }

    private static Decision NoRollout(Turn turn, string what)
        => Conflict(turn, "no-rollout", "no rollout is active; there is nothing to {what}", ("what", what));

    private static Decision Conflict(Turn turn, string code, string template, params ReadOnlySpan<(string Name, object Value)> facts)
        => turn.Decide(Why.Because(code, template, facts)) with { Refused = Refusal.Conflict };
}
