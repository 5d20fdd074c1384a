using System.Diagnostics;
using Fairway.Kernel;
using NodaTime;

namespace Fairway.Rollouts;

/// <summary>
/// Decides what to do about a service: pure, total, level-triggered. A command or a settled effect only records what happened; what follows from it is decided
/// when the world is next looked at, which the engine does at once after every decision that has events.
/// </summary>
public static class RolloutDecider
{
    /// <summary>How often the engine looks at a service whose state is <see cref="IsWatching"/>, besides every change it hears of.</summary>
    public static readonly Duration LookEvery = Duration.FromSeconds(1);

    // A correction of the clock by less than this is taken as none: the last event's time is used.
    private static readonly Duration ClockSlack = Duration.FromSeconds(1);

    /// <summary>What to do about an observation.</summary>
    /// <param name="state">The fold of the service's events.</param>
    /// <param name="observation">What was seen or asked.</param>
    /// <param name="now">The time; may be earlier than the last event's when the clock was set back.</param>
    public static Decision Decide(ServiceState state, RolloutObservation observation, Instant now)
    {
        var turn = new Turn(state, AtOrAfter(state, now));
        if (turn.Now < state.At) turn.Emit(new RolloutEvent.ClockSteppedBack(InWholeMilliseconds(state.At.Value - turn.Now), turn.Now));
        var decision = observation switch
        {
            RolloutObservation.DeployRequested deploy => Deploys.Decide(turn, deploy),
            RolloutObservation.Commanded commanded => Commands.Decide(turn, commanded),
            RolloutObservation.Grouped grouped => Commands.Group(turn, grouped),
            RolloutObservation.EffectSettled settled => Settle(turn, settled),
            RolloutObservation.Learned learned => Learn(turn, learned.Memory),
            RolloutObservation.Looked looked => Look(turn, looked.World),
            _ => throw new UnreachableException(observation.GetType().Name),
        };
        return decision.Refused is null ? decision : decision with { Next = state, Events = [], Effects = [] };
    }

    /// <summary>
    /// The earliest moment at which time alone changes a decision: a pause, guard, deadline, warmth or retry that ends. Null when only the world can change
    /// something. A moment that has passed is seen at the next look.
    /// </summary>
    public static Instant? NextWake(ServiceState state) => Timers.Next(state);

    /// <summary>Whether the world is worth looking at every <see cref="LookEvery"/>: a rollout is active or a slot is being drained.</summary>
    public static bool IsWatching(ServiceState state)
        => state.Active is not null || (state.Queued is not null && !state.IsHeld) || state.Retiring || state.A.DrainTo is not null || state.B.DrainTo is not null;

    /// <summary>Why the service is as it is now, with the numbers of this moment; written nowhere.</summary>
    /// <param name="state">The service.</param>
    /// <param name="lastLooked">The world as last seen; null when it has not been.</param>
    /// <param name="now">The time.</param>
    public static Why Explain(ServiceState state, WorldView? lastLooked, Instant now) => WaitReason.Of(state, lastLooked, AtOrAfter(state, now));

    // Durations are stored in whole milliseconds; what is folded now must be what is read back.
    private static Duration InWholeMilliseconds(Duration time) => Duration.FromMilliseconds((long)Math.Ceiling(time.TotalMilliseconds));

    private static Instant AtOrAfter(ServiceState state, Instant now) => state.At is { } at && now < at && at - now < ClockSlack ? at : now;

    /// <summary>When the guard of a rollout is over, if nothing else keeps it.</summary>
    public static Instant GuardEnds(Rollout rollout) => Progress.GuardEnds(rollout);

    /// <summary>Whether nothing but the guard's time is left for a rollout to show.</summary>
    public static bool IsVerified(Rollout rollout) => Verifying.IsPassed(rollout, Verification.CheckMoment.Live);

    // What was learned is of the time between rollouts; an active one was begun with what was known then.
    private static Decision Learn(Turn turn, Judgement.JudgeMemory memory)
    {
        if (turn.State.Active is not null) return turn.Decide(Why.Because("too-late-to-learn", "a rollout has begun; it is judged by what was known before"));
        turn.Emit(new RolloutEvent.Learned(memory, turn.Now));
        return turn.Decide(Why.Because("learned", "what is usual for the service is kept for the next rollout"));
    }

    private static Decision Settle(Turn turn, RolloutObservation.EffectSettled settled)
    {
        if (!turn.State.Outbox.TryGetValue(settled.EffectId, out var effect))
            return turn.Decide(Why.Because("effect-not-awaited", "effect {id} is not awaited", ("id", settled.EffectId)));
        turn.Emit(new RolloutEvent.EffectSettled(settled.EffectId, settled.Outcome, turn.Now));
        var kind = effect switch
        {
            RolloutEffect.PrepareRelease => "prepare release",
            RolloutEffect.SetInstances => "set instances",
            RolloutEffect.SetRoutes => "set routes",
            RolloutEffect.RunHook => "run hook",
            RolloutEffect.Migrate => "migrate the database",
            RolloutEffect.Verify => "check",
            _ => throw new UnreachableException(effect.GetType().Name),
        };
        return turn.Decide(settled.Outcome.Fault is { } fault
            ? Why.Because("effect-failed", "{effect} failed: {fault}", ("effect", kind), ("fault", fault.Message), ("id", settled.EffectId))
            : Why.Because("effect-done", "{effect} done", ("effect", kind), ("id", settled.EffectId)));
    }

    private static Decision Look(Turn turn, WorldView world)
    {
        if (turn.State is { Retiring: true, Active: null }) return Retirement.Look(turn, world);
        Notices.Update(turn, world);
        Watch.Update(turn, world);
        Verifying.Conclude(turn);
        if (turn.State.Active is { Phase: not RolloutPhase.RollingBack } && TakeBack.Reason(turn.State, world, turn.Now) is { } reason)
            TakeBack.Begin(turn, RolloutPhase.RolledBack, Deploys.Fairway, reason.Why, reason.Reject);

        // Some moves need nothing from the world: several phases may pass in one turn, a bounded number.
        for (var moves = 0; moves < 16 && Progress.Move(turn, world); moves++)
        {
        }
        Drains.Plan(turn, world);
        Migrating.Contract(turn, world);
        Traffic(turn, world);
        Watch.Begin(turn, world);
        var why = WaitReason.Of(turn.State, world, turn.Now);
        if (turn.State.Active is { } active && active.Why.Code != why.Code) turn.Emit(new RolloutEvent.Waiting(why, turn.Now));
        return turn.Decide(why);
    }

    // Weights first: when they move, instances wait for the edge's confirmation, and the other way round.
    private static void Traffic(Turn turn, WorldView world)
    {
        var weight = Shares.Wanted(turn.State, world, turn.Now);
        if (turn.State.Active is { Phase: RolloutPhase.RollingBack } && !IsWeightSet(turn.State, world, weight))
        {
            Effects.Route(turn, world, weight);
            return;
        }
        Drains.Stop(turn, world);
        Effects.Grow(turn, world);
        Effects.Repair(turn, world);
        Effects.Route(turn, world, turn.MovedInstances ? Shares.Present(turn.State) : Shares.Wanted(turn.State, world, turn.Now));
    }

    private static bool IsWeightSet(ServiceState state, WorldView world, Weight weight)
        => RoutePlan.Wanted(state, world, weight) is not { } wanted || RoutePlan.HaveEqualWeights(state, wanted);
}
