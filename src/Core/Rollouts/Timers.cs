using NodaTime;

namespace Fairway.Rollouts;

/// <summary>The moments at which time alone changes a decision.</summary>
internal static class Timers
{
    public static Instant? Next(ServiceState state)
    {
        Instant? next = null;
        Slot(state.A);
        Slot(state.B);
        Retry(state.RoutesFailure);
        if (state.IsHeld) Earlier(state.Gate!.Until);
        Earlier(Migrating.NextTry(state));
        if (state.Active is not { } rollout) return next;
        Earlier(TakeBack.DeadlineEnds(rollout));
        Retry(rollout.PrepareFailure);
        if (rollout.GateHolds) Earlier(state.Gate?.Until);
        if (rollout.ShortSince is { } since) Earlier(since + TakeBack.ShortLimit);
        foreach (var (kind, run) in rollout.Hooks)
            if (run.Outcome is null) Earlier(TakeBack.HookEnds(rollout, kind, run));
        Earlier(Verifying.NextTry(rollout));
        if (rollout.Paused) return next;
        if (rollout.Phase == RolloutPhase.Guarding) Earlier(Progress.GuardEnds(rollout));
        if (rollout.Phase == RolloutPhase.Shifting) Earlier(Progress.StepEnds(rollout) ?? StepProof.NextWord(rollout));
        if (rollout.Phase == RolloutPhase.RollingBack) Earlier(rollout.Since + rollout.Service.Rollout.ProgressDeadline);
        return next;

        void Slot(Slot slot)
        {
            Earlier(slot.WarmUntil);
            if (slot.DrainingSince is { } draining)
            {
                Earlier(draining + Drains.Settle);
                Earlier(draining + Drains.Timeout(state));
            }
            Retry(slot.Failure);
        }

        void Retry(EffectFailure? failure)
        {
            if (failure is not null) Earlier(Effects.RetryAt(failure));
        }

        void Earlier(Instant? at)
        {
            if (at is { } when && (next is not { } known || when < known)) next = when;
        }
    }
}
