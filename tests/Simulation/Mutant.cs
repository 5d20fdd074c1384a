using Fairway.Judgement;
using Fairway.Kernel;
using Fairway.Rollouts;
using Fairway.Traffic;
using Fairway.Workloads;
using NodaTime;

namespace Fairway.Simulation;

/// <summary>A planted bug. It lies to the real decider, or spoils what it decided, or takes a guarantee from a part around it.</summary>
internal sealed record Mutant(string Name)
{
    /// <summary>What the decider is told instead of the truth.</summary>
    public Func<ServiceState, RolloutObservation, Instant, (ServiceState State, RolloutObservation Observation)>? Lie { get; init; }

    /// <summary>What becomes of the events it decided.</summary>
    public Func<ServiceState, ImmutableArray<RolloutEvent>, Instant, IEnumerable<RolloutEvent>>? Spoil { get; init; }

    /// <summary>What a reload from the ledger loses.</summary>
    public Func<ServiceState, ServiceState>? Reloaded { get; init; }

    public bool UnfencedEdge { get; init; }

    public bool UnfencedRuntime { get; init; }

    public bool SendsBeforeCommit { get; init; }

    /// <summary>A kill of the control plane takes the ledger's last append with it, although it was acknowledged.</summary>
    public bool LosesLastAppend { get; init; }

    /// <summary>Outcomes of hooks do not outlive the control plane.</summary>
    public bool ForgetsHooks { get; init; }

    /// <summary>Databases keep no record of what has run.</summary>
    public bool ForgetsMigrations { get; init; }

    /// <summary>The histories it is looked for in, where the ordinary ones show it too seldom.</summary>
    public Func<Scenario, Scenario> Among { get; init; } = scenario => scenario;

    public static Mutant None { get; } = new("none");

    public Decision Decide(ServiceState state, RolloutObservation observation, Instant now)
    {
        var (told, seen) = Lie?.Invoke(state, observation, now) ?? (state, observation);
        var decision = RolloutDecider.Decide(told, seen, now);
        if (Lie is null && Spoil is null) return decision;
        var events = Spoil is null ? decision.Events : [.. Spoil(state, decision.Events, now)];
        var next = state;
        foreach (var happened in events) next = RolloutEvolver.Apply(next, happened);
        return decision with { Next = next, Events = events, Effects = [.. events.OfType<RolloutEvent.EffectIssued>().Select(e => e.Effect)] };
    }

    /// <summary>Each must be caught.</summary>
    public static ImmutableArray<Mutant> All { get; } =
    [
        new("stale acknowledgement accepted") { Lie = (state, seen, _) => (state, seen is RolloutObservation.EffectSettled { Outcome.Fault: null } settled && !state.Outbox.IsEmpty
            ? settled with { EffectId = state.Outbox.Keys.Last() } : seen) },
        new("edge without a fence") { UnfencedEdge = true },
        new("runtime without a fence") { UnfencedRuntime = true },
        new("weight taken as confirmed") { Lie = (state, seen, _) => (state, Pretend(seen, world => world with { Edge = Confirmed(state, world.Edge) })) },
        new("rollback without its traffic effect") { Spoil = (state, events, _) => state.Active is { Phase: RolloutPhase.RollingBack } || events.Any(e => e is RolloutEvent.RollbackStarted)
            ? events.Where(e => e is not RolloutEvent.EffectIssued { Effect: RolloutEffect.SetRoutes }) : events },
        new("stop without drain") { Spoil = Stop },
        new("drain ends while requests are held") { Lie = (state, seen, _) => (state, Pretend(seen, world => world with { Edge = world.Edge is { } edge
            ? edge with { Instances = [.. edge.Instances.Select(row => row with { InFlight = 0 })] } : null })) },
        new("stable shrinks before the weight is confirmed") { Lie = (state, seen, now) => (state.Active is { Phase: RolloutPhase.Shifting, ConfirmedAt: null } active
            ? state with { Rollout = active with { ConfirmedAt = now } } : state, seen) },
        new("verdict ignored") { Lie = (state, seen, _) => (state, Pretend(seen, world => world with { Edge = world.Edge is { } edge
            ? edge with { Instances = [.. edge.Instances.Select(row => row with { Requests = row.Requests.SetItem(5, 0) })] } : null })) },
        new("unready instances routed") { Lie = (state, seen, _) => (state, Pretend(seen, world => world with { Instances =
            [.. world.Instances.Select(one => one.Phase is InstancePhase.Starting or InstancePhase.Unready ? one with { Phase = InstancePhase.Ready } : one)] })) },
        new("superseded candidate becomes the stable release") { Spoil = (state, events, _) => events.Select(e => e is RolloutEvent.RolloutEnded { Phase: RolloutPhase.Aborted } ended
            ? ended with { Phase = RolloutPhase.Completed } : e) },
        new("rejections forgotten") { Lie = (state, seen, _) => (state with { Rejected = state.Rejected.Clear() }, seen) },
        new("outbox lost in a crash") {
            Reloaded = state => state with { Outbox = state.Outbox.Clear() },
            // What was lost is mostly decided anew: it takes many crashes until it is not.
            Among = scenario => scenario with { Faults = scenario.Faults with { CrashAroundCommit = 0.2 } },
        },
        new("sent before it is stored") { SendsBeforeCommit = true },
        new("warmth ignored") { Lie = (state, seen, now) => (state with { A = Cold(state.A, now), B = Cold(state.B, now) }, seen) },
        new("progress deadline never ends") { Lie = (state, seen, now) => (state.Active is { } active ? state with { Rollout = active with { ProgressAt = now } } : state, seen) },
        new("requests counted twice") { Lie = (state, seen, _) => (state.Active is { Cursor: { } cursor } active
            ? state with { Rollout = active with { Cursor = cursor with { Used = cursor.Used.Clear() } } } : state, seen) },
        new("pause of a step cut short") { Lie = (state, seen, _) => (state.Active is { ConfirmedAt: { } since } active
            ? state with { Rollout = active with { ConfirmedAt = since - Duration.FromSeconds(10) } } : state, seen) },
        new("silence taken as proof") { Lie = (state, seen, now) => (state.Active is { Phase: RolloutPhase.Shifting } active
            ? state with { Rollout = active with { Verdict = Verdict.Safe, VerdictFrom = now, VerdictWhy = Why.Because("lie", "lie") } } : state, seen) },
        new("proof at an earlier weight taken for this one") { Lie = (state, seen, now) => (state.Active is { Verdict: Verdict.Safe } active
            ? state with { Rollout = active with { VerdictFrom = now } } : state, seen) },
        new("least time of a step ignored") { Lie = (state, seen, _) => (state.Active is { Service.Rollout.Judge: { } judge } active
            ? state with { Rollout = active with { Service = active.Service with { Rollout = active.Service.Rollout with { Judge = judge with { Steps = judge.Steps with { Least = Duration.Zero } } } } } }
            : state, seen) },
        new("two rollouts at once") { Lie = (state, seen, _) => (seen is RolloutObservation.DeployRequested ? state with { Rollout = null } : state, seen) },
        new("instances routed while an older wish to stop them is under way") { Lie = (state, seen, _) =>
            (state with { A = state.A with { Sure = state.A.Instances }, B = state.B with { Sure = state.B.Instances } }, seen) },
        new("candidate started before the database is expanded")
        {
            Spoil = (_, events, _) => events.Select(e => e is RolloutEvent.PhaseEntered { Phase: RolloutPhase.Expanding } entered ? entered with { Phase = RolloutPhase.Starting } : e),
            Among = Databases.Among,
        },
        new("contract before the end of the guard")
        {
            Spoil = Databases.ContractAtOnce, Among = Databases.Among,
        },
        new("contract while the release before is warm")
        {
            Lie = (state, seen, _) => (state is { Active: null, Stable: { } stable, Database.Contract: not null }
                ? stable == Catalog.SlotName.A ? state with { B = new() } : state with { A = new() } : state,
                state is { Active: null, Stable: { } serving } ? Pretend(seen, world => world with { Instances = [.. world.Instances.Where(one => one.Slot == serving)] }) : seen),
            Among = Databases.Among,
        },
        new("failed check taken as passed")
        {
            Lie = (state, seen, _) => (state, seen is RolloutObservation.EffectSettled { Outcome.Check: { Passed: false } } settled ? settled with { Outcome = EffectOutcome.Done } : seen),
            Among = Verifications.Among,
        },
        new("live checks left out")
        {
            Lie = (state, seen, _) => (state.Active is { Phase: RolloutPhase.Guarding } active
                ? state with { Rollout = active with { Service = active.Service with { Rollout = active.Service.Rollout with { Verify = null } } } } : state, seen),
            Among = Verifications.Among,
        },
        new("a check that could not be made counts as failed")
        {
            Lie = (state, seen, _) => (state, seen is RolloutObservation.EffectSettled { Outcome: { Fault: { Retryable: true } fault, Check: null } } settled
                && state.Outbox.GetValueOrDefault(settled.EffectId) is RolloutEffect.Verify ? settled with { Outcome = new(fault with { Retryable = false, Who = Blame.Release }) } : seen),
            Among = Verifications.Among,
        },
        new("first failed attempt is the last")
        {
            Lie = (state, seen, _) => (state.Active is { Service.Rollout.Verify: { } checks } active
                ? state with { Rollout = active with { Service = active.Service with { Rollout = active.Service.Rollout with { Verify = [.. checks.Select(check => check with { Attempts = 1 })] } } } }
                : state, seen),
            Among = Verifications.Among,
        },
        new("migration run twice") { ForgetsMigrations = true, Among = Databases.Among },
        new("lost routes not set again") { Lie = (state, seen, _) => (state, Pretend(seen, world => world with { Edge = world.Edge is { Generation: 0 } edge && state.Routes is { } routes
            ? edge with { Generation = routes.Generation } : world.Edge })) },
    ];

    /// <summary>Each must be caught where the real engine is killed.</summary>
    public static ImmutableArray<Mutant> Kills { get; } =
    [
        new("acknowledged append lost in a kill") { LosesLastAppend = true },
        new("hook run again under its id") { ForgetsHooks = true },
        new("edge without a fence") { UnfencedEdge = true },
    ];

    private static RolloutObservation Pretend(RolloutObservation seen, Func<WorldView, WorldView> change)
        => seen is RolloutObservation.Looked looked ? looked with { World = change(looked.World) } : seen;

    private static EdgeView? Confirmed(ServiceState state, EdgeView? edge)
        => edge is not null && state.Routes is { } routes ? edge with { Generation = routes.Generation } : edge;

    private static Slot Cold(Slot slot, Instant now) => slot.WarmUntil is null ? slot : slot with { WarmUntil = now };

    private static IEnumerable<RolloutEvent> Stop(ServiceState state, ImmutableArray<RolloutEvent> events, Instant now)
    {
        var id = events.OfType<RolloutEvent.EffectIssued>().Select(e => e.Effect.Id).Append(state.LastEffect).Max();
        foreach (var happened in events) yield return happened;
        foreach (var drain in events.OfType<RolloutEvent.DrainPlanned>())
            if (drain.To is { } to && state[drain.Slot].Release is { } release)
                yield return new RolloutEvent.EffectIssued(new RolloutEffect.SetInstances(++id, drain.Slot, release, to), Why.Because("mutant", "mutant"), now);
    }
}
