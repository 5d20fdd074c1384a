using System.Globalization;
using Fairway.Kernel;
using Fairway.Verification;
using NodaTime;

namespace Fairway.Rollouts;

/// <summary>What a service waits for, in words, with the numbers of the moment.</summary>
internal static class WaitReason
{
    /// <summary>Code of waiting for the release's own instances.</summary>
    public const string ForReadiness = "waits-for-instances";

    public static Why Of(ServiceState state, WorldView? world, Instant now)
    {
        if (state.Rollout is not { } rollout)
            return state.IsHeld ? state.Gate!.Why : Why.Because("not-deployed", "nothing was deployed yet");
        if (!rollout.IsActive) return Idle(state, rollout, world, now);
        if (rollout.Phase == RolloutPhase.RollingBack) return GoingBack(state, rollout, world, now);
        if (rollout.Paused)
            return Why.Because("paused", "paused by a person at {weight}; it goes on with resume", ("weight", rollout.Weight), ("phase", rollout.Phase));
        return rollout.Phase switch
        {
            RolloutPhase.Preparing => Preparing(state, rollout, now),
            RolloutPhase.Expanding => Migrating.Waits(state, rollout, now),
            RolloutPhase.Starting => Instances(state, rollout, world),
            RolloutPhase.Verifying => AtZero(state, rollout, world, now),
            RolloutPhase.Shifting => Shifting(state, rollout, world, now),
            RolloutPhase.Guarding when Progress.GuardEnds(rollout) <= now && Verifying.Waits(rollout, CheckMoment.Live, now) is { } checks => checks,
            RolloutPhase.Guarding when rollout.IsHeldByGroup && Progress.GuardEnds(rollout) <= now => Why.Because("waits-for-group",
                "{version} is fine; {run} keeps its guard until every part is", ("version", rollout.Release.Version), ("run", rollout.Group!),
                ("requests", rollout.Judge.Candidate.Requests), ("errors", rollout.Judge.Candidate.Errors)),
            RolloutPhase.Guarding => Why.Because("guarding", "all traffic on {version}, watched: {waited} of {limit}", ("version", rollout.Release.Version),
                ("waited", Text(now - rollout.Since)), ("limit", Text(Progress.GuardEnds(rollout) - rollout.Since)), ("requests", rollout.Judge.Candidate.Requests),
                ("errors", rollout.Judge.Candidate.Errors)),
            _ => rollout.Why,
        };
    }

    /// <summary>A length of time as people say it: <c>41 s</c>, <c>0.3 s</c>, <c>2 min 5 s</c>, <c>3 h 20 min</c>.</summary>
    public static string Text(Duration time)
    {
        if (time < Duration.Zero) time = Duration.Zero;
        if (time.TotalSeconds < 10) return time.TotalSeconds.ToString("0.#", CultureInfo.InvariantCulture) + " s";
        var seconds = (long)time.TotalSeconds;
        return seconds switch
        {
            < 120 => $"{seconds} s",
            < 7_200 => seconds % 60 == 0 ? $"{seconds / 60} min" : $"{seconds / 60} min {seconds % 60} s",
            _ => seconds / 60 % 60 == 0 ? $"{seconds / 3_600} h" : $"{seconds / 3_600} h {seconds / 60 % 60} min",
        };
    }

    private static Why Idle(ServiceState state, Rollout last, WorldView? world, Instant now)
    {
        if (state.Retiring) return Why.Because("retiring", "it leaves {environment}: its routes are taken away and its instances stop", ("environment", state.Key.Environment));
        if (state.IsHeld) return state.Gate!.Why;
        if (state.Queued is { } queued) return Why.Because("queued", "{version} is next", ("version", queued.Release.Version));
        if (state.Stable is not { } stable || state.StableRelease is not { } release)
            return Why.Because("nothing-serving", "no release serves: {reason}", ("reason", last.Why.Sentence));
        var warm = state[stable.Other()];
        var ready = world?.Ready(stable, state[stable]).ToString(CultureInfo.InvariantCulture) ?? "?";
        return warm.WarmUntil is { } until && until > now && warm.Instances > 0
            ? Why.Because("serving-warm", "{version} serves on {ready} of {count|instance}; {previous} is kept for a rollback for {left}", ("version", release.Version),
                ("ready", ready), ("count", state[stable].Instances), ("previous", warm.Release?.Version ?? ""), ("left", Text(until - now)))
            : Why.Because("serving", "{version} serves on {ready} of {count|instance}", ("version", release.Version), ("ready", ready), ("count", state[stable].Instances));
    }

    private static Why Preparing(ServiceState state, Rollout rollout, Instant now)
    {
        var slot = state[rollout.Candidate];
        if (!rollout.Prepared && !(slot.Release?.Digest == rollout.Release.Digest && slot.Instances > 0))
            return rollout.PrepareFailure is { } failure
                ? Why.Because("waits-for-files", "the files of {version} are not ready: {fault}; tried again", ("version", rollout.Release.Version),
                    ("fault", failure.Fault.Message), ("attempts", failure.Attempts))
                : Why.Because("waits-for-files", "the files of {version} are being made ready", ("version", rollout.Release.Version));
        if (Hook(rollout, HookKind.Before, now) is { } hook) return hook;
        return Why.Because("waits-for-slot", "slot {slot} is being emptied for {version}", ("slot", rollout.Candidate), ("version", rollout.Release.Version));
    }

    private static Why Instances(ServiceState state, Rollout rollout, WorldView? world)
    {
        var slot = state[rollout.Candidate];
        if (rollout.Step < 0 && state.Stable is { } stable && state[stable].Instances > rollout.Start.StableInstances)
            return Why.Because("waits-for-drain", "the stable release makes room: {count} of its instances stay", ("count", rollout.Start.StableInstances));
        if (slot.Release?.Digest == rollout.Release.Digest && (Effects.IsOutstanding(state, rollout.Candidate) || slot.Failure is not null))
            return Why.Because("waits-for-runtime", "the runtime has not yet taken {count|instance} of {version}", ("count", slot.Instances), ("version", rollout.Release.Version),
                ("fault", slot.Failure?.Fault.Message ?? ""));
        return Why.Because(ForReadiness, "{ready} of {needed|instance} of {version} ready", ("ready", world?.Ready(rollout.Candidate, slot).ToString(CultureInfo.InvariantCulture) ?? "?"),
            ("needed", rollout.Target.CandidateInstances), ("version", rollout.Release.Version));
    }

    private static Why AtZero(ServiceState state, Rollout rollout, WorldView? world, Instant now)
    {
        if (world is not null && world.Ready(rollout.Candidate, state[rollout.Candidate]) < rollout.Target.CandidateInstances) return Instances(state, rollout, world);
        if (rollout.GateHolds && state.Gate is { } gate) return gate.Why;
        return Hook(rollout, HookKind.Smoke, now) ?? Verifying.Waits(rollout, CheckMoment.Preview, now) ?? Edge(state, rollout, world);
    }

    private static Why Shifting(ServiceState state, Rollout rollout, WorldView? world, Instant now)
    {
        var target = rollout.Target;
        var (step, steps) = (rollout.Step + 1, rollout.Steps.Length);
        if (rollout.ConfirmedAt is not { } confirmed)
            return state.WeightOf(rollout.Candidate) < target.Weight ? Instances(state, rollout, world) : Edge(state, rollout, world);
        if (state.Stable is { } stable && state[stable].Instances > target.StableInstances)
            return Why.Because("waits-for-drain", "step {step} of {steps} ({weight}): instances of the stable release finish their requests", ("step", step), ("steps", steps),
                ("weight", rollout.Weight));
        if (Progress.IsForPerson(rollout))
            return Why.Because("waits-for-person", "step {step} of {steps} ({weight}) waits for a person's promote, since {waited}", ("step", step), ("steps", steps),
                ("weight", rollout.Weight), ("waited", Text(now - confirmed)), ("requests", rollout.Judge.Candidate.Requests), ("errors", rollout.Judge.Candidate.Errors));
        if (StepProof.Wants(rollout) && world is not { Edge: null }) return StepProof.Words(rollout, confirmed, now);
        if (Progress.StepEnds(rollout) is { } ends && ends > now)
            return Why.Because("step-held", "step {step} of {steps} ({weight}) held: {waited} of {limit}", ("step", step), ("steps", steps), ("weight", rollout.Weight),
                ("waited", Text(now - confirmed)), ("limit", Text(ends - confirmed)), ("requests", rollout.Judge.Candidate.Requests), ("errors", rollout.Judge.Candidate.Errors));
        return Edge(state, rollout, world);
    }

    private static Why Edge(ServiceState state, Rollout rollout, WorldView? world) => world is { Edge: null }
        ? Why.Because("waits-for-edge-back", "the edge does not answer; {weight} of the traffic is still on {version}", ("weight", rollout.Weight), ("version", rollout.Release.Version))
        : Why.Because("waits-for-edge", "the edge has not yet confirmed {weight} for {version}", ("weight", state.WeightOf(rollout.Candidate)),
            ("version", rollout.Release.Version), ("fault", state.RoutesFailure?.Fault.Message ?? ""));

    private static Why? Hook(Rollout rollout, HookKind kind, Instant now)
        => rollout.Hooks.TryGetValue(kind, out var run) && run.Outcome is null
            ? Why.Because("waits-for-hook", "the {hook} command runs, for {waited}", ("hook", Progress.Name(kind)), ("waited", Text(now - run.StartedAt)))
            : null;

    private static Why GoingBack(ServiceState state, Rollout rollout, WorldView? world, Instant now)
    {
        var reason = (rollout.TakenBackFor ?? rollout.Why).Sentence;
        if (state.WeightOf(rollout.Candidate) > Weight.Zero)
            return Why.Because("back-waits-for-stable", "going back: the stable release is growing again; {weight} of the traffic is still on {version} ({reason})",
                ("weight", state.WeightOf(rollout.Candidate)), ("version", rollout.Release.Version), ("reason", reason));
        if (world is not null && state.Routes is not null && !state.HasInForce(world))
            return Why.Because("back-waits-for-edge", "going back: the edge has not yet confirmed it ({reason})", ("reason", reason));
        return Why.Because("back-drains", "going back: no new traffic on {version}, its instances finish and stop, for {waited} ({reason})",
            ("version", rollout.Release.Version), ("waited", Text(now - rollout.Since)), ("reason", reason));
    }
}
