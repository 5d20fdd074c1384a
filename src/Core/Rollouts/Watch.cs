using Fairway.Judgement;
using Fairway.Kernel;
using Fairway.Traffic;
using Fairway.Workloads;
using NodaTime;

namespace Fairway.Rollouts;

/// <summary>Records what the world shows of the active rollout: candidates ready, share confirmed, requests counted.</summary>
internal static class Watch
{
    public static void Update(Turn turn, WorldView world)
    {
        if (turn.State.Active is not { Phase: not (RolloutPhase.Preparing or RolloutPhase.RollingBack) } rollout) return;
        Candidates(turn, rollout, world);
        if (rollout.Phase is not (RolloutPhase.Shifting or RolloutPhase.Guarding) || world.Edge is not { } edge) return;
        Count(turn, rollout, world, edge);
        if (turn.State.HasInForce(world)) Confirm(turn, turn.State.Rollout!, edge);
    }

    /// <summary>
    /// Begins to count when a first share is asked for. What came before came by the preview route: no user's traffic, not judged. From then on the edge's
    /// counters do not tell the two apart, and all of it is.
    /// </summary>
    public static void Begin(Turn turn, WorldView world)
    {
        if (turn.State.Active is not { Cursor: null, Phase: RolloutPhase.Shifting or RolloutPhase.Guarding } rollout || world.Edge is not { } edge) return;
        if (turn.State.WeightOf(rollout.Candidate) == Weight.Zero) return;
        var cursor = Compares(rollout)
            ? CounterCursor.Start(edge.Epoch, edge.Instances, Runs(world), Line(turn, edge), turn.Now)
            : CounterCursor.Start(edge.Epoch, edge.Instances, turn.Now);
        turn.Emit(new RolloutEvent.Judged(null, cursor, rollout.Judge, Verdict.InsufficientEvidence,
            Why.Because("counting-begins", "counting requests from here on"), turn.Now));
    }

    /// <summary>Candidates that must be ready for the share that the candidate has now, not for the one it is to get.</summary>
    public static int Needed(Rollout rollout)
        => rollout.ConfirmedAt is not null ? rollout.Target.CandidateInstances
            : rollout.Step > 0 ? rollout.Steps[rollout.Step - 1].CandidateInstances : rollout.Start.CandidateInstances;

    private static void Candidates(Turn turn, Rollout rollout, WorldView world)
    {
        var slot = turn.State[rollout.Candidate];
        if (slot.Release?.Digest != rollout.Release.Digest) return;
        var ready = world.Ready(rollout.Candidate, slot);
        var isFirstSight = rollout.RestartsBefore is null && world.First(rollout.Candidate, slot, static _ => true) is not null;
        if (ready > rollout.ReadySeen || isFirstSight)
            turn.Emit(new RolloutEvent.CandidatesReady(Math.Max(ready, rollout.ReadySeen), rollout.Target.CandidateInstances, Before(turn, rollout, world), turn.Now));

        var missing = turn.State.WeightOf(rollout.Candidate) > Weight.Zero ? Math.Max(0, Needed(rollout) - ready) : 0;
        if (missing > 0 != rollout.ShortSince is not null) turn.Emit(new RolloutEvent.CandidatesShort(missing, turn.Now));
    }

    // A release that runs without its files having been made ready ran before the rollout: what it restarted until now was then.
    private static int Before(Turn turn, Rollout rollout, WorldView world)
        => rollout.RestartsBefore ?? (rollout.Prepared ? 0 : world.Restarts(rollout.Candidate, turn.State[rollout.Candidate]));

    private static void Confirm(Turn turn, Rollout rollout, EdgeView edge)
    {
        var weight = turn.State.WeightOf(rollout.Candidate);
        if (weight == rollout.Weight && (rollout.ConfirmedAt is not null || weight != rollout.Target.Weight)) return;
        turn.Emit(new RolloutEvent.WeightConfirmed(weight, edge.Generation, turn.Now));
    }

    private static void Count(Turn turn, Rollout rollout, WorldView world, EdgeView edge)
    {
        if (rollout.Cursor is not { } cursor || turn.Now <= cursor.At) return;
        // What comes before a share is confirmed is not compared: it ends with a tick of its own.
        var isShift = Compares(rollout) && IsAboutToConfirm(turn, rollout, world);
        if (turn.Now - cursor.At < JudgePace.Next(rollout.JudgePolicy, rollout.Judge) && !isShift) return;
        if (Compares(rollout) && cursor.Line is null && Line(turn, edge) is { } line) cursor = cursor.WithLine(line, edge.Instances);
        var (next, delta) = cursor.Advance(edge.Epoch, edge.Instances, Compares(rollout) ? Runs(world) : [], turn.Now);
        var stable = turn.State.StableRelease is { } release ? delta.GetValueOrDefault(release.Digest, ArmCounts.None) : null;
        var counts = QueriedCounts.Add(rollout, world.Metrics, turn.State.StableRelease?.Digest,
            new(next, delta.GetValueOrDefault(rollout.Release.Digest, ArmCounts.None), stable, IsNews: false));
        if (!isShift && !counts.IsNews && delta.Values.All(static counts => counts is { Requests: 0, Restarts: 0 })) return;
        var tick = new JudgeTick(cursor.At, turn.Now, rollout.Weight, counts.Candidate, counts.Stable,
            Mixed: rollout.ConfirmedAt is not { } confirmed || cursor.At < confirmed)
        {
            Instances = Compares(rollout) ? world.Ready(rollout.Candidate, turn.State[rollout.Candidate]) : 0,
        };
        var answer = Judge.Observe(rollout.JudgePolicy, rollout.Judge, tick);
        turn.Emit(new RolloutEvent.Judged(tick, counts.Cursor, answer.Next, answer.Verdict, answer.Why, turn.Now));
    }

    private static bool Compares(Rollout rollout) => rollout is { IsRollback: false, Service.Rollout.Judge: not null };

    private static bool IsAboutToConfirm(Turn turn, Rollout rollout, WorldView world)
        => rollout.ConfirmedAt is null && turn.State.HasInForce(world) && turn.State.WeightOf(rollout.Candidate) == rollout.Target.Weight;

    private static LatencyLine? Line(Turn turn, EdgeView edge) => turn.State.StableRelease is { } stable ? LatencyLine.Of(stable.Digest, edge.Instances) : null;

    /// <summary>The instances, as far as they count.</summary>
    public static ImmutableArray<InstanceRun> Runs(WorldView world)
        => [.. world.Instances.Select(one => new InstanceRun(one.Id, one.Release, one.Restarts,
            one.Phase is InstancePhase.Starting or InstancePhase.Ready or InstancePhase.Unready))];
}
