using Fairway.Judgement;
using Fairway.Kernel;
using Fairway.Workloads;
using NodaTime;

namespace Fairway.Rollouts;

/// <summary>Why a rollout is taken back by itself.</summary>
internal static class TakeBack
{
    /// <summary>How long fewer candidates than needed may be ready while they have traffic; none at all is not borne at any time.</summary>
    public static readonly Duration ShortLimit = Duration.FromSeconds(30);

    /// <summary>A hook's outcome this long after its own time-out will not come any more.</summary>
    public static readonly Duration HookGrace = Duration.FromSeconds(30);

    /// <summary>The first reason that holds; null when the rollout may go on. The release is rejected only if it is to blame.</summary>
    public static (Why Why, bool Reject)? Reason(ServiceState state, WorldView world, Instant now)
    {
        var rollout = state.Active!;
        return Asked(state, rollout)
            ?? Hooks(rollout, now)
            ?? Verifying.Failed(rollout)
            ?? Migrating.Failed(rollout)
            ?? Instances(state, rollout, world, now)
            ?? Judged(rollout)
            ?? Doubted(rollout, now)
            ?? Deadline(state, rollout, world, now);
    }

    /// <summary>Turns the rollout round.</summary>
    public static void Begin(Turn turn, RolloutPhase endsAs, Actor by, Why why, bool reject)
    {
        var rollout = turn.State.Active!;
        turn.Emit(new RolloutEvent.RollbackStarted(endsAs, by, why, turn.Now));
        if (reject) turn.Emit(new RolloutEvent.ReleaseRejected(rollout.Release.Digest, rollout.Release.Version, rollout.Id, by, why, turn.Now));
    }

    /// <summary>When the progress deadline is over; null while the rollout waits for a person, for its group, or on purpose.</summary>
    public static Instant? DeadlineEnds(Rollout rollout)
    {
        if (rollout.Paused || rollout.GateHolds || Progress.IsForPerson(rollout) || StepProof.MayAskPerson(rollout)) return null;
        if (rollout is { Phase: RolloutPhase.Guarding, IsHeldByGroup: true }) return null;
        var from = rollout.ProgressAt;
        if (rollout.Phase == RolloutPhase.Guarding) from = Instant.Max(from, Progress.GuardEnds(rollout));
        if ((Progress.StepEnds(rollout) ?? StepProof.Limit(rollout)) is { } stepEnds) from = Instant.Max(from, stepEnds);
        foreach (var (kind, run) in rollout.Hooks)
            if (run.Outcome is null && HookEnds(rollout, kind, run) is { } ends) from = Instant.Max(from, ends);
        if (Verifying.Ends(rollout) is { } verified) from = Instant.Max(from, verified);
        if (Migrating.Ends(rollout) is { } migrated) from = Instant.Max(from, migrated);
        return from + rollout.Service.Rollout.ProgressDeadline;
    }

    /// <summary>When a running hook has certainly failed.</summary>
    public static Instant? HookEnds(Rollout rollout, HookKind kind, HookRun run) => kind switch
    {
        HookKind.Before => run.StartedAt + rollout.Service.Rollout.Before?.Timeout + HookGrace,
        HookKind.Smoke => run.StartedAt + rollout.Service.Rollout.Smoke?.Timeout + HookGrace,
        _ => null,
    };

    private static (Why Why, bool Reject)? Asked(ServiceState state, Rollout rollout)
    {
        if (rollout.Phase == RolloutPhase.Preparing && Effects.IsFinal(rollout.PrepareFailure))
            return Blamed("prepare-failed", "the release's files could not be made ready: {fault}", rollout.PrepareFailure!.Fault);
        var slot = state[rollout.Candidate];
        if (slot.Release?.Digest == rollout.Release.Digest && Effects.IsFinal(slot.Failure))
            return Blamed("start-refused", "the runtime refused the instances: {fault}", slot.Failure!.Fault);
        return rollout.Phase is RolloutPhase.Verifying or RolloutPhase.Shifting or RolloutPhase.Guarding && Effects.IsFinal(state.RoutesFailure)
            ? Blamed("routes-refused", "the edge refused the routes: {fault}", state.RoutesFailure!.Fault)
            : null;
    }

    private static (Why Why, bool Reject)? Hooks(Rollout rollout, Instant now)
    {
        foreach (var (kind, run) in rollout.Hooks)
        {
            if (kind == HookKind.After || run.Passed) continue;
            if (run.Outcome is { } outcome)
                return outcome.Fault is { } fault
                    ? Blamed($"{Progress.Name(kind)}-failed", $"the {Progress.Name(kind)} command failed: {{fault}}", fault)
                    : (Why.Because($"{Progress.Name(kind)}-failed", $"the {Progress.Name(kind)} command exited with code {{code}}", ("code", outcome.ExitCode ?? 0),
                        ("output", outcome.Output ?? "")), true);
            if (HookEnds(rollout, kind, run) is { } ends && now >= ends)
                return (Why.Because($"{Progress.Name(kind)}-lost", $"the {Progress.Name(kind)} command did not end within {{limit}}", ("limit", WaitReason.Text(ends - run.StartedAt))), false);
        }
        return null;
    }

    private static (Why Why, bool Reject)? Instances(ServiceState state, Rollout rollout, WorldView world, Instant now)
    {
        var slot = state[rollout.Candidate];
        if (rollout.Phase is RolloutPhase.Preparing or RolloutPhase.Expanding || slot.Release?.Digest != rollout.Release.Digest || slot.Instances == 0) return null;
        if (world.First(rollout.Candidate, slot, static one => one.Phase == InstancePhase.Failed) is { } failed)
            return failed.Fault is { } fault
                ? Blamed("start-failed", "an instance could not be started: {fault}", fault)
                : (Why.Because("start-failed", "instance {instance} could not be started", ("instance", failed.Id)), true);

        var restarts = world.Restarts(rollout.Candidate, slot) - (rollout.RestartsBefore ?? 0);
        if (rollout.Phase == RolloutPhase.Starting && world.First(rollout.Candidate, slot, static one => one.Phase != InstancePhase.Ready && one.LastExit is not null) is { } ended
            && (restarts > 0 || ended.Phase == InstancePhase.BackingOff))
            return (Why.Because("start-exited", "instance {instance} {exit} before it was ready",
                ("instance", ended.Id), ("exit", ended.LastExit!.ToString()), ("output", ended.LastExit.LastOutput)), true);
        if (restarts > rollout.Service.Rollout.MaxRestarts)
            return (Why.Because("crash-loop", "its instances restarted {restarts} times; the limit is {limit}",
                ("restarts", restarts), ("limit", rollout.Service.Rollout.MaxRestarts)), true);

        if (state.WeightOf(rollout.Candidate) == Weight.Zero) return null;
        var ready = world.Ready(rollout.Candidate, slot);
        var needed = Watch.Needed(rollout);
        if (ready == 0)
            return (Why.Because("readiness-lost", "none of its instances is ready any more; it needs {needed}", ("needed", needed), ("weight", rollout.Weight)), true);
        return rollout.ShortSince is { } since && now - since >= ShortLimit
            ? (Why.Because("readiness-short", "only {ready} of {needed|instance} ready for {time}; the limit is {limit}",
                ("ready", ready), ("needed", needed), ("time", WaitReason.Text(now - since)), ("limit", WaitReason.Text(ShortLimit))), true)
            : null;
    }

    private static (Why Why, bool Reject)? Judged(Rollout rollout)
        => rollout is { Phase: RolloutPhase.Shifting or RolloutPhase.Guarding, Verdict: Verdict.Regressed, VerdictWhy: { } why } ? (why, true) : null;

    // Nothing is known against the release: it may come again.
    private static (Why Why, bool Reject)? Doubted(Rollout rollout, Instant now)
        => !rollout.Paused && rollout.ConfirmedAt is { } confirmed && StepProof.Wants(rollout) && StepProof.Advise(rollout, confirmed, now) == StepAdvice.RollBack
            ? (StepProof.Doubt(rollout, now), false)
            : null;

    private static (Why Why, bool Reject)? Deadline(ServiceState state, Rollout rollout, WorldView world, Instant now)
    {
        if (DeadlineEnds(rollout) is not { } ends || now < ends) return null;
        var waiting = WaitReason.Of(state, world, now);
        return (Why.Because("no-progress", "no progress for {deadline}: {waiting}", ("deadline", WaitReason.Text(rollout.Service.Rollout.ProgressDeadline)),
            ("waiting", waiting.Sentence), ("phase", rollout.Phase)), waiting.Code == WaitReason.ForReadiness);
    }

    private static (Why Why, bool Reject) Blamed(string code, string template, Fault fault)
        => (Why.Because(code, template, ("fault", fault.Message), ("blame", fault.Who)), fault.Who == Blame.Release);
}
