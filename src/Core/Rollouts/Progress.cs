using Fairway.Workloads;
using Fairway.Catalog;
using Fairway.Gates;
using Fairway.Kernel;
using Fairway.Verification;
using NodaTime;

namespace Fairway.Rollouts;

/// <summary>Takes the rollout forward, or to its end when it goes back. One move at a time.</summary>
internal static class Progress
{
    /// <summary>One move; false when there is none now.</summary>
    public static bool Move(Turn turn, WorldView world)
    {
        if (turn.State.Active is not { } rollout)
            return turn.State.Queued is { } queued && !turn.State.Retiring && Deploys.StartQueued(turn, queued, world);
        return rollout.Phase switch
        {
            RolloutPhase.Preparing => Prepare(turn, rollout),
            RolloutPhase.Expanding => Expand(turn, rollout),
            RolloutPhase.Starting => Start(turn, rollout, world),
            RolloutPhase.Verifying => Verify(turn, rollout, world),
            RolloutPhase.Shifting => Shift(turn, rollout, world),
            RolloutPhase.Guarding => Guard(turn, rollout, world),
            RolloutPhase.RollingBack => GoBack(turn, rollout, world),
            _ => false,
        };
    }

    /// <summary>When the present step is over; null when it waits for a person or for proof, or the weight is not confirmed.</summary>
    public static Instant? StepEnds(Rollout rollout)
    {
        if (rollout.ConfirmedAt is not { } confirmed) return null;
        if (rollout.Promoted || rollout.PromotedPast == rollout.Step) return confirmed;
        if (rollout.Target.Pause is not { } pause) return null;
        return StepProof.Wants(rollout) ? StepProof.Ends(rollout, confirmed) : confirmed + pause;
    }

    /// <summary>Whether the present step waits for a person's <c>promote</c>: the plan says so, or its pause is over and there is no proof.</summary>
    public static bool WaitsForPerson(Rollout rollout, Instant now) => IsForPerson(rollout) || StepProof.IsMissing(rollout, now);

    /// <summary>Whether the plan lets a person decide on the present step.</summary>
    public static bool IsForPerson(Rollout rollout)
        => rollout is { Phase: RolloutPhase.Shifting, Promoted: false, Target.Pause: null } && rollout.PromotedPast != rollout.Step;

    /// <summary>When the guard is over.</summary>
    public static Instant GuardEnds(Rollout rollout)
        => rollout.IsRollback || rollout.PromotedPast == rollout.Steps.Length ? rollout.Since : rollout.Since + Migrating.GuardOf(rollout);

    private static bool Prepare(Turn turn, Rollout rollout)
    {
        var slot = turn.State[rollout.Candidate];
        var isRunning = slot.Release?.Digest == rollout.Release.Digest && slot.Instances > 0;
        if (!rollout.Prepared && !isRunning)
        {
            if (!IsPreparing(turn.State) && Effects.MayTry(rollout.PrepareFailure, turn.Now))
                turn.Issue(id => new RolloutEffect.PrepareRelease(id, rollout.Release), Why.Because("files-wanted",
                    "the files of {version} are needed here", ("version", rollout.Release.Version)));
            return false;
        }
        if (!HookPassed(turn, rollout, HookKind.Before, rollout.Service.Rollout.Before)) return false;
        if (slot.Instances > 0 && !isRunning || turn.State.Active!.Paused) return false;
        if (!Migrating.Concerns(rollout)) return EnterStarting(turn, rollout);
        turn.Emit(new RolloutEvent.PhaseEntered(RolloutPhase.Expanding, Why.Because("expanding", "the database is made ready for {version}", ("version", rollout.Release.Version)), turn.Now));
        return true;
    }

    private static bool Expand(Turn turn, Rollout rollout)
        => !rollout.Paused && Migrating.Expanded(turn, rollout) && EnterStarting(turn, rollout);

    private static bool EnterStarting(Turn turn, Rollout rollout)
    {
        turn.Emit(new RolloutEvent.PhaseEntered(RolloutPhase.Starting, Why.Because("starting", "starting {count|instance} of {version}",
            ("count", rollout.Start.CandidateInstances), ("version", rollout.Release.Version)), turn.Now));
        return true;
    }

    private static bool Start(Turn turn, Rollout rollout, WorldView world)
    {
        if (rollout.Paused || !HasCandidates(turn.State, rollout, world)) return false;
        turn.Emit(new RolloutEvent.PhaseEntered(RolloutPhase.Verifying, Why.Because("verifying", "{count|instance} of {version} ready, at 0%",
            ("count", rollout.Start.CandidateInstances), ("version", rollout.Release.Version)), turn.Now));
        return true;
    }

    private static bool Verify(Turn turn, Rollout rollout, WorldView world)
    {
        if (!HasCandidates(turn.State, rollout, world)) return false;
        if (!rollout.IsRollback)
        {
            if (turn.State.Routes?.PreviewArm != rollout.Candidate.ToString() || !turn.State.HasInForce(world)) return false;
            if (!HookPassed(turn, rollout, HookKind.Smoke, rollout.Service.Rollout.Smoke, world)) return false;
            if (!Verifying.Passed(turn, rollout, CheckMoment.Preview, world)) return false;
        }
        if (rollout.Paused) return false;
        if (!rollout.IsRollback)
        {
            var passed = Passing.Ask(turn, world, rollout.Release, GateMoment.Traffic);
            if (passed == Passed.No) TakeBack.Begin(turn, RolloutPhase.Aborted, Deploys.Fairway, turn.State.Gate!.Why, reject: false);
            if (passed != Passed.Yes) return passed == Passed.No;
        }
        turn.Emit(new RolloutEvent.PhaseEntered(RolloutPhase.Shifting, Why.Because("shifting", "traffic goes to {version}", ("version", rollout.Release.Version)), turn.Now));
        Enter(turn, rollout, rollout.Promoted && rollout.Strategy != Strategy.Rolling ? rollout.Steps.Length - 1 : 0);
        return true;
    }

    private static bool Shift(Turn turn, Rollout rollout, WorldView world)
    {
        if (rollout.Paused) return false;
        var last = rollout.Steps.Length - 1;

        // A promotion all the way leaves out the steps between; a rolling update cannot, its instances are not there yet.
        if (rollout.Promoted && rollout.Step < last && rollout.Strategy != Strategy.Rolling) return Enter(turn, rollout, last);
        if (rollout.ConfirmedAt is null || !IsShrunk(turn.State, rollout) || !turn.State.HasInForce(world)) return false;
        if (StepEnds(rollout) is not { } ends || ends > turn.Now) return false;
        if (rollout.Step < last) return Enter(turn, rollout, rollout.Step + 1, StepProof.Early(rollout, turn.Now));
        turn.Emit(new RolloutEvent.PhaseEntered(RolloutPhase.Guarding, Why.Because("guarding", "{version} has all traffic and is watched for {guard}",
            ("version", rollout.Release.Version), ("guard", WaitReason.Text(Migrating.GuardOf(rollout)))), turn.Now));
        return true;
    }

    private static bool Guard(Turn turn, Rollout rollout, WorldView world)
    {
        // Also of one that is paused, kept by its group, or let through by a person: what all users see is looked at in any case.
        if (!Verifying.Passed(turn, rollout, CheckMoment.Live, world)) return false;
        if (rollout.Paused || rollout.IsHeldByGroup || GuardEnds(rollout) > turn.Now) return false;
        turn.Emit(new RolloutEvent.RolloutEnded(RolloutPhase.Completed, Why.Because("completed", "{version} serves all traffic",
            ("version", rollout.Release.Version), ("requests", rollout.Judge.Candidate.Requests), ("errors", rollout.Judge.Candidate.Errors)), turn.Now));
        if (rollout is { IsRollback: false, Service.Rollout.After: { } after }) Run(turn, rollout, HookKind.After, after);
        return true;
    }

    private static bool GoBack(Turn turn, Rollout rollout, WorldView world)
    {
        var state = turn.State;
        var slot = state[rollout.Candidate];
        var isGone = slot.Release?.Digest != rollout.Release.Digest || (slot.Instances == 0 && !Effects.IsOutstanding(state, rollout.Candidate) && slot.Failure is null);
        if (!isGone || state.WeightOf(rollout.Candidate) > Weight.Zero) return false;
        if (state.Stable is { } stable && state[stable].Instances < Shares.StableInstances(state)) return false;
        if (state.Routes is not null && !state.HasInForce(world) && WasRouted(rollout)) return false;
        var reason = rollout.TakenBackFor ?? rollout.Why;
        var serving = state.StableRelease;
        turn.Emit(new RolloutEvent.RolloutEnded(rollout.EndsAs ?? RolloutPhase.RolledBack, serving is null
            ? Why.Because(reason.Code, "{reason}; there is no release to go back to, so the service answers 503", ("reason", reason.Sentence))
            : Why.Because(reason.Code, "{reason}; {version} serves all traffic", ("reason", reason.Sentence), ("version", serving.Version)), turn.Now));
        return true;
    }

    private static bool WasRouted(Rollout rollout) => rollout.Step >= 0 || rollout.ConfirmedAt is not null || rollout.Weight > Weight.Zero;

    private static bool Enter(Turn turn, Rollout rollout, int step, Why? early = null)
    {
        var planned = rollout.Steps[step];
        turn.Emit(new RolloutEvent.StepEntered(step, Why.Because(early?.Code ?? "step-entered", "step {step} of {steps}: {weight}" + (early is null ? "" : ", early: {proof}"),
            ("step", step + 1), ("steps", rollout.Steps.Length), ("weight", planned.Weight), ("proof", early?.Sentence ?? "")), turn.Now));
        return true;
    }

    private static bool HasCandidates(ServiceState state, Rollout rollout, WorldView world)
    {
        var slot = state[rollout.Candidate];
        return slot.Release?.Digest == rollout.Release.Digest && world.Ready(rollout.Candidate, slot) >= rollout.Target.CandidateInstances;
    }

    private static bool IsShrunk(ServiceState state, Rollout rollout)
        => state.Stable is not { } stable || (state[stable].Instances <= rollout.Target.StableInstances && !Effects.IsOutstanding(state, stable));

    private static bool IsPreparing(ServiceState state)
    {
        foreach (var effect in state.Outbox.Values)
            if (effect is RolloutEffect.PrepareRelease) return true;
        return false;
    }

    private static bool HookPassed(Turn turn, Rollout rollout, HookKind kind, HookSpec? spec, WorldView? world = null)
    {
        if (spec is null || rollout.IsRollback) return true;
        if (rollout.Hooks.TryGetValue(kind, out var run)) return run.Passed;
        Run(turn, rollout, kind, spec, world is null ? null : AddressOf(turn.State, rollout, world));
        return false;
    }

    // One of its instances by itself: nobody else can answer there, whatever the routes ask of a request.
    private static string? AddressOf(ServiceState state, Rollout rollout, WorldView world)
        => world.First(rollout.Candidate, state[rollout.Candidate], static instance => instance.Phase == InstancePhase.Ready)?.Address;

    private static void Run(Turn turn, Rollout rollout, HookKind kind, HookSpec spec, string? url = null)
        => turn.Issue(id => new RolloutEffect.RunHook(id, rollout.Id, kind, spec, rollout.Release, Variables(turn, rollout, url)),
            Why.Because("hook-wanted", "running the {hook} command", ("hook", Name(kind))));

    /// <summary>What a command around a rollout is told besides what every command is.</summary>
    internal static ImmutableSortedDictionary<string, string> Variables(Turn turn, Rollout rollout, string? url)
    {
        var variables = ImmutableSortedDictionary.CreateBuilder<string, string>(StringComparer.Ordinal);
        variables["FAIRWAY_ENVIRONMENT"] = turn.State.Key.Environment;
        variables["FAIRWAY_SERVICE"] = turn.State.Key.Service;
        variables["FAIRWAY_ROLLOUT"] = rollout.Id;
        variables["FAIRWAY_RELEASE"] = rollout.Release.Digest;
        variables["FAIRWAY_VERSION"] = rollout.Release.Version;
        if (url is not null) variables["FAIRWAY_URL"] = url;
        if (rollout.Service.Routes.FirstOrDefault(static route => route.Host is not null) is { Host: { } host }) variables["FAIRWAY_HOST"] = host;
        if (rollout.Previous is { } previous) variables["FAIRWAY_PREVIOUS_VERSION"] = previous.Version;
        return variables.ToImmutable();
    }

    internal static string Name(HookKind kind) => kind switch
    {
        HookKind.Before => "before",
        HookKind.Smoke => "smoke",
        HookKind.After => "after",
        HookKind.Expand => "expand",
        HookKind.Contract => "contract",
        HookKind.Copy => "copy",
        HookKind.Verify => "verify",
        _ => throw new System.Diagnostics.UnreachableException(kind.ToString()),
    };
}
