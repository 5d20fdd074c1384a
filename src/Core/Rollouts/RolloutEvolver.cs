using Fairway.Catalog;
using System.Diagnostics;
using Fairway.Gates;
using Fairway.Judgement;
using Fairway.Migrations;
using Fairway.Traffic;
using NodaTime;

namespace Fairway.Rollouts;

/// <summary>Folds events into state. There is no other way to change a <see cref="ServiceState"/>, so a rebuild equals what was live.</summary>
public static class RolloutEvolver
{
    /// <summary>The state after one more event.</summary>
    public static ServiceState Apply(ServiceState state, RolloutEvent happened)
        => Fold(state, happened) with { Version = state.Version + 1, At = happened.At };

    private static ServiceState Fold(ServiceState state, RolloutEvent happened) => happened switch
    {
        RolloutEvent.RolloutStarted e => Begin(state, e),
        RolloutEvent.RollbackStarted e => GoBack(state, e),
        RolloutEvent.RolloutEnded e => End(state, e),
        RolloutEvent.EffectIssued e => Issue(state, e),
        RolloutEvent.EffectSettled e => Settle(state, e),
        RolloutEvent.ReleaseRejected e => state with { Rejected = state.Rejected.SetItem(e.Digest, new(e.Rollout, e.At, e.Why)) },
        RolloutEvent.ReleaseUnrejected e => state with { Rejected = state.Rejected.Remove(e.Digest) },
        RolloutEvent.DeployQueued { Behind: true } e => WithPart(state, e.Request) with { Behind = state.Behind.Add(e.Request) },
        RolloutEvent.DeployQueued e => WithPart(state, e.Request) with { Queued = e.Request },
        RolloutEvent.DeployDropped e => WithoutPart(state.Queued?.Release.Digest == e.Digest ? WithNextQueued(state)
            : state with { Behind = state.Behind.RemoveAll(one => one.Release.Digest == e.Digest) }, e),
        RolloutEvent.GateAnswered e => state with { Gate = e.Verdict, Rollout = WithGate(state.Rollout, e) },
        RolloutEvent.RetirementStarted => state with { Retiring = true },
        RolloutEvent.Retired => new()
        {
            Key = state.Key, LastEffect = state.LastEffect, Outbox = state.Outbox, Routes = state.Routes, Rollout = state.Rollout, RolloutCount = state.RolloutCount,
            Rejected = state.Rejected, Part = state.Part,
            Memory = state.Memory, Version = state.Version,
        },
        RolloutEvent.ServiceConfigured e => state with { Service = e.Service },
        RolloutEvent.DrainPlanned e => WithSlot(state, e.Slot, slot => slot with
        {
            DrainTo = e.To, DrainingSince = null, WarmUntil = e.To is null ? slot.WarmUntil : null,
        }),
        RolloutEvent.DrainStarted e => WithSlot(state, e.Slot, slot => slot with { DrainingSince = e.At }),
        RolloutEvent.ContractAsked => DatabaseFold.Ask(state),
        RolloutEvent.Learned e => state with { Memory = e.Memory },
        RolloutEvent.NoticesChanged e => state with { Notices = e.Notices },
        RolloutEvent.ClockSteppedBack e => Shift(state, e.By),
        _ => state.Rollout is { } rollout ? state with { Rollout = Fold(rollout, happened) } : state,
    };

    private static Rollout Fold(Rollout rollout, RolloutEvent happened) => happened switch
    {
        RolloutEvent.PhaseEntered e => rollout with { Phase = e.Phase, Since = e.At, ProgressAt = e.At, Why = e.Why },
        RolloutEvent.StepEntered e => rollout with { Step = e.Step, Since = e.At, ProgressAt = e.At, ConfirmedAt = null, Why = e.Why },
        RolloutEvent.CandidatesReady e => rollout with
        {
            ReadySeen = e.Ready, RestartsBefore = rollout.RestartsBefore ?? e.RestartsBefore, ProgressAt = e.At,
        },
        RolloutEvent.CandidatesShort e => rollout with { ShortSince = e.Missing == 0 ? null : rollout.ShortSince ?? e.At },
        RolloutEvent.WeightConfirmed e => rollout with { Weight = e.Weight, ConfirmedAt = rollout.ConfirmedAt ?? e.At, ProgressAt = e.At },
        RolloutEvent.Judged e => rollout with
        {
            Cursor = e.Cursor, Judge = e.State, Verdict = e.Verdict, VerdictWhy = e.Why, VerdictFrom = e.Tick is { Candidate.Requests: > 0 } tick ? tick.From : rollout.VerdictFrom,
        },
        RolloutEvent.Waiting e => rollout with { Why = e.Why },
        RolloutEvent.Verified e => rollout with { Verified = e.Passed, ProgressAt = e.At },
        RolloutEvent.Paused => rollout with { Paused = true },
        RolloutEvent.GroupReleased e => rollout with { Released = true, ProgressAt = e.At },
        RolloutEvent.Resumed e => rollout with { Paused = false, ProgressAt = e.At },
        RolloutEvent.Promoted e => rollout with
        {
            Paused = false, Promoted = rollout.Promoted || e.PastStep is null, PromotedPast = e.PastStep ?? rollout.PromotedPast, ProgressAt = e.At,
        },
        _ => throw new UnreachableException(happened.GetType().Name),
    };

    private static ServiceState Begin(ServiceState state, RolloutEvent.RolloutStarted e)
    {
        var rollout = new Rollout
        {
            Id = e.Id, Release = e.Release, Previous = e.Previous, IsRollback = e.IsRollback, Service = e.Service, Strategy = e.Strategy,
            Candidate = e.Candidate, Start = e.Start, Steps = e.Steps, By = e.By, StartedAt = e.At, Since = e.At, ProgressAt = e.At, Why = e.Why,
            Group = e.Group,
        };
        if (e.Group is { } group) state = state with { Part = new(group, e.Release.Digest, e.Id, GroupPartPhase.Rolling, null) };
        if (rollout.JudgePolicy is { Metrics.IsEmpty: false } policy) rollout = rollout with { Judge = JudgeState.Begin(policy, state.Memory) };
        // Going back uses nothing up: what waits for a gate still waits.
        var next = e.IsRollback && state.Queued?.Release.Digest != e.Release.Digest ? state : WithNextQueued(state);
        return WithSlot(next with { Rollout = rollout, RolloutCount = e.Number, Retiring = false }, e.Candidate, slot =>
            slot.Release?.Digest == e.Release.Digest
                ? slot with { WarmUntil = null, DrainTo = null, DrainingSince = null }
                : slot with { WarmUntil = null });
    }

    private static ServiceState WithPart(ServiceState state, RolloutObservation.DeployRequested request)
        => request.Group is { } group ? state with { Part = new(group, request.Release.Digest, null, GroupPartPhase.Queued, null) } : state;

    private static ServiceState WithoutPart(ServiceState state, RolloutEvent.DeployDropped dropped)
        => state.Part is { Phase: GroupPartPhase.Queued } part && part.Release == dropped.Digest ? state with { Part = part with { Phase = GroupPartPhase.Ended, Why = dropped.Why } } : state;

    private static ServiceState WithNextQueued(ServiceState state) => state.Behind is [var next, ..]
        ? state with { Queued = next, Behind = state.Behind.RemoveAt(0) }
        : state with { Queued = null };

    private static Rollout? WithGate(Rollout? rollout, RolloutEvent.GateAnswered e)
        => rollout is { IsActive: true } && e.Verdict.Moment == GateMoment.Traffic && e.Verdict.Release == rollout.Release.Digest
            ? rollout with { GateHolds = e.Verdict.Answer != GateAnswer.Allow, ProgressAt = e.At } : rollout;

    private static ServiceState GoBack(ServiceState state, RolloutEvent.RollbackStarted e)
    {
        if (state.Rollout is not { } rollout) return state;
        var outbox = state.Outbox;
        // Nobody waits for files, hooks, checks or migrations any more; they must not be sent again after a crash.
        foreach (var (id, effect) in state.Outbox)
            if (effect is RolloutEffect.PrepareRelease or RolloutEffect.RunHook { Hook: not HookKind.After } or RolloutEffect.Verify
                or RolloutEffect.Migrate { Stage: not MigrationStage.Contract }) outbox = outbox.Remove(id);
        return state with
        {
            Outbox = outbox,
            Rollout = rollout with
            {
                Phase = RolloutPhase.RollingBack, EndsAs = e.EndsAs, TakenBackFor = e.Why, Why = e.Why, Paused = false, Since = e.At, ProgressAt = e.At,
                ShortSince = null,
            },
        };
    }

    private static ServiceState End(ServiceState state, RolloutEvent.RolloutEnded e)
    {
        if (state.Rollout is not { } rollout) return state;
        state = state with { Rollout = rollout with { Phase = e.Phase, Since = e.At, EndedAt = e.At, Why = e.Why, ShortSince = null } };
        if (state.Part is { } part && part.Rollout == rollout.Id)
            state = state with { Part = part with { Phase = e.Phase == RolloutPhase.Completed ? GroupPartPhase.Completed : GroupPartPhase.Ended, Why = e.Why } };
        if (e.Phase != RolloutPhase.Completed) return state;
        var left = rollout.Candidate.Other();
        var replaced = rollout.Previous;
        var keep = rollout.IsRollback || (replaced is not null && state.Rejected.ContainsKey(replaced.Digest)) ? Duration.Zero : rollout.Service.Rollout.KeepWarm;
        state = DatabaseFold.Complete(state with { Past = PastAfter(state, rollout) }, rollout, e.At);
        return WithSlot(state with { Stable = rollout.Candidate, Service = rollout.Service }, left, slot =>
            slot.Instances > 0 ? slot with { WarmUntil = e.At + keep } : slot);
    }

    private static ImmutableArray<Catalog.Release> PastAfter(ServiceState state, Rollout rollout)
    {
        var digest = rollout.Release.Digest;
        if (rollout.IsRollback)
        {
            var index = state.Past.Length - 1;
            while (index >= 0 && state.Past[index].Digest != digest) index--;
            return index < 0 ? state.Past : state.Past[..index];
        }
        if (rollout.Previous is not { } previous) return state.Past;
        var past = state.Past.RemoveAll(one => one.Digest == previous.Digest || one.Digest == digest).Add(previous);
        return past.Length > ServiceState.PastLimit ? past[^ServiceState.PastLimit..] : past;
    }

    private static ServiceState Issue(ServiceState state, RolloutEvent.EffectIssued e)
    {
        var effect = e.Effect;
        var outbox = state.Outbox;
        foreach (var (id, older) in state.Outbox)
            if (Replaces(effect, older)) outbox = outbox.Remove(id);
        state = state with { LastEffect = effect.Id, Outbox = outbox.Add(effect.Id, effect) };
        switch (effect)
        {
            case RolloutEffect.SetRoutes routes:
                foreach (var arm in routes.Routes.Arms)
                    if (arm.Release.Length > 0)
                        state = WithSlot(state, arm.Name == nameof(SlotName.A) ? SlotName.A : SlotName.B, slot => slot with { Routed = true });
                return state with { Routes = routes.Routes };
            case RolloutEffect.SetInstances set:
                return WithSlot(state, set.Slot, slot => slot with
                {
                    Release = set.Release, Instances = set.Count, AskedAt = e.At,
                    Sure = slot.Release?.Digest == set.Release.Digest ? Math.Min(slot.Sure, set.Count) : 0, DrainTo = null, DrainingSince = null,
                    WarmUntil = set.Count == 0 ? null : slot.WarmUntil, Routed = set.Count > 0 && slot.Routed,
                    Failure = slot.Release?.Digest == set.Release.Digest ? slot.Failure : null,
                });
            case RolloutEffect.RunHook hook:
                return state.Rollout is { } rollout && rollout.Id == hook.RolloutId
                    ? state with { Rollout = rollout with { Hooks = rollout.Hooks.SetItem(hook.Hook, new(hook.Id, e.At)) } }
                    : state;
            case RolloutEffect.Migrate migrate:
                return DatabaseFold.Issue(state, migrate, e.At);
            case RolloutEffect.Verify verify:
                return Verifying.Issue(state, verify, e.At);
            case RolloutEffect.PrepareRelease:
                return state;
            default:
                throw new UnreachableException(effect.GetType().Name);
        }
    }

    // What an older effect wanted is no longer wanted once a newer one speaks of the same thing.
    private static bool Replaces(RolloutEffect newer, RolloutEffect older) => (newer, older) switch
    {
        (RolloutEffect.SetRoutes, RolloutEffect.SetRoutes) => true,
        (RolloutEffect.SetInstances now, RolloutEffect.SetInstances then) => now.Slot == then.Slot,
        (RolloutEffect.PrepareRelease, RolloutEffect.PrepareRelease) => true,
        (RolloutEffect.Migrate now, RolloutEffect.Migrate then) => now.Stage == then.Stage,
        _ => false,
    };

    private static ServiceState Settle(ServiceState state, RolloutEvent.EffectSettled e)
    {
        if (!state.Outbox.TryGetValue(e.EffectId, out var effect)) return state;
        state = state with { Outbox = state.Outbox.Remove(e.EffectId) };
        var fault = e.Outcome.Fault;
        switch (effect)
        {
            case RolloutEffect.SetRoutes:
                return state with { RoutesFailure = Failed(state.RoutesFailure) };
            case RolloutEffect.SetInstances set:
                return WithSlot(state, set.Slot, slot => slot with
                {
                    Failure = Failed(slot.Failure), Sure = fault is null ? set.Count : slot.Sure,
                });
            case RolloutEffect.Migrate migrate:
                return DatabaseFold.Settle(state, migrate, e.Outcome, e.At);
            case RolloutEffect.Verify verify:
                return Verifying.Settle(state, verify, e.Outcome, e.At);
            case RolloutEffect.PrepareRelease prepare:
                return state.Rollout is { } preparing && preparing.Release.Digest == prepare.Release.Digest
                    ? state with { Rollout = preparing with { Prepared = fault is null, PrepareFailure = Failed(preparing.PrepareFailure), ProgressAt = e.At } }
                    : state;
            case RolloutEffect.RunHook hook:
                return state.Rollout is { } hooked && hooked.Id == hook.RolloutId
                    ? state with { Rollout = hooked with { Hooks = hooked.Hooks.SetItem(hook.Hook, Ended(hooked.Hooks[hook.Hook])), ProgressAt = e.At } }
                    : state;
            default:
                throw new UnreachableException(effect.GetType().Name);
        }

        EffectFailure? Failed(EffectFailure? before) => fault is null ? null : new(fault, e.At, (before?.Attempts ?? 0) + 1);
        HookRun Ended(HookRun run) => run with { EndedAt = e.At, Outcome = e.Outcome };
    }

    private static ServiceState Shift(ServiceState state, Duration by)
    {
        var rollout = state.Rollout;
        return state with
        {
            A = Shifted(state.A), B = Shifted(state.B), RoutesFailure = At(state.RoutesFailure), Database = DatabaseFold.Shift(state.Database, by),
            Rollout = rollout is null ? null : rollout with
            {
                Since = rollout.Since - by, ProgressAt = rollout.ProgressAt - by, ConfirmedAt = rollout.ConfirmedAt - by, ShortSince = rollout.ShortSince - by,
                PrepareFailure = At(rollout.PrepareFailure),
                Hooks = rollout.Hooks.ToImmutableSortedDictionary(hook => hook.Key, hook => hook.Value with { StartedAt = hook.Value.StartedAt - by }),
                Checks = rollout.Checks.ToImmutableSortedDictionary(run => run.Key, run => run.Value with { StartedAt = run.Value.StartedAt - by, EndedAt = run.Value.EndedAt - by }, StringComparer.Ordinal),
                Migrations = rollout.Migrations.ToImmutableSortedDictionary(run => run.Key, run => run.Value with { StartedAt = run.Value.StartedAt - by, EndedAt = run.Value.EndedAt - by }),
                Cursor = rollout.Cursor is { } cursor ? cursor with { At = cursor.At - by } : null,
                VerdictFrom = rollout.VerdictFrom - by,
                Judge = rollout.Judge with { Recent = [.. rollout.Judge.Recent.Select(tick => tick with { To = tick.To - by })] },
            },
        };

        Slot Shifted(Slot slot) => slot with
        {
            AskedAt = slot.AskedAt - by, WarmUntil = slot.WarmUntil - by, DrainingSince = slot.DrainingSince - by, Failure = At(slot.Failure),
        };

        EffectFailure? At(EffectFailure? failure) => failure is null ? null : failure with { At = failure.At - by };
    }

    private static ServiceState WithSlot(ServiceState state, SlotName name, Func<Slot, Slot> change)
        => name == SlotName.A ? state with { A = change(state.A) } : state with { B = change(state.B) };
}
