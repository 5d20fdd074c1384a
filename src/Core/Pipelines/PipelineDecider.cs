using Fairway.Kernel;
using NodaTime;

namespace Fairway.Pipelines;

/// <summary>
/// Decides what a run does next. Level-triggered: it looks at what is, so that a repeated or lost observation changes nothing for long.
/// </summary>
public static class PipelineDecider
{
    /// <summary>What happens and what is to be done.</summary>
    public static RunDecision Decide(PipelineRun run, RunObservation observation, Instant now)
    {
        var turn = new RunTurn(run, now);
        if (run.Outcome is null)
        {
            Take(turn, observation);
            Advance(turn);
        }
        return turn.Decision();
    }

    /// <summary>When to look again by the clock; null when only something that happens matters.</summary>
    public static Instant? NextWake(PipelineRun run)
    {
        Instant? next = null;
        if (run.Outcome is not null) return null;
        foreach (var (job, state) in run.Instances)
        {
            var at = state.Phase switch
            {
                InstancePhase.Running => state.StartedAt + job.Job.Timeout,
                InstancePhase.Waiting => state.RetryAt,
                _ => null,
            };
            if (at is { } when && (next is null || when < next)) next = when;
        }
        return next;
    }

    private static void Take(RunTurn turn, RunObservation observation)
    {
        switch (observation)
        {
            case RunObservation.Tick:
                break;
            case RunObservation.Recovered:
                Recover(turn);
                break;
            case RunObservation.JobEnded ended:
                if (turn.Run.Find(ended.Instance) is { State: { Phase: InstancePhase.Running or InstancePhase.Stopping } state } found && state.Attempt == ended.Attempt)
                    JobTurns.End(turn, found.Job, state, ended.Result);
                break;
            case RunObservation.TurnCame came:
                if (came.Instance.Length == 0 && turn.Run.BegunAt is null) turn.Raise(new RunEvent.Begun(RunTurn.Actor, turn.Now));
                else turn.Turns.Add(came.Instance);
                break;
            case RunObservation.TurnLost { Instance: "" } lost:
                turn.Cancel(RunTurn.Actor, lost.Why);
                break;
            case RunObservation.TurnLost lost:
                if (turn.Run.Find(lost.Instance) is { State.IsOver: false } loser) JobTurns.Stop(turn, loser.State, Outcome.Cancelled, lost.Why);
                break;
            case RunObservation.Shipped shipped:
                if (turn.Run.Find(shipped.Instance) is { State: { IsOver: true, Shipped: false } })
                    turn.Raise(new RunEvent.Shipped(shipped.Instance, shipped.Release, shipped.Why, RunTurn.Actor, turn.Now));
                break;
            case RunObservation.Cancel cancel:
                turn.Cancel(cancel.By, cancel.Why);
                break;
            default:
                throw new System.Diagnostics.UnreachableException(observation.GetType().Name);
        }
    }

    private static void Recover(RunTurn turn)
    {
        // The groups began anew with the process: what had the turn asks for it again, before anybody who did not have it.
        if (turn.Run.BegunAt is not null && Group(turn.Run).Group is { } group) turn.Do(new RunEffect.EnterGroup("", group, RunContexts.QueueOf(turn.Run.Pipeline.Concurrency!, Context(turn.Run), Expressions.ExpressionScopes.Concurrency)));
        foreach (var (job, state) in turn.Run.Instances.Where(found => found.State.Phase is InstancePhase.Running or InstancePhase.Stopping).ToArray())
        {
            if (state.StopAs is { } outcome)
                JobTurns.End(turn, job, state, JobResult.Of(outcome, state.Why!));
            else if (job.Job.OnInterrupt == InterruptedPolicy.Fail)
                JobTurns.End(turn, job, state, JobResult.Of(Outcome.Failure, Why.Because(
                    "interrupted", "the runner ended during attempt {attempt}, and the job is not to be started twice", ("attempt", state.Attempt))));
            else
                turn.Raise(new RunEvent.Interrupted(state.Instance.Id, state.Attempt, Why.Because(
                    "restarted", "the runner ended during attempt {attempt}; it starts anew", ("attempt", state.Attempt)), RunTurn.Actor, turn.Now));
        }
    }

    private static void Advance(RunTurn turn)
    {
        if (turn.Run.BegunAt is null && turn.Run.Cancelled is null && !Begin(turn)) return;
        // What one job's end lets happen may end another at once: until nothing moves.
        for (var before = -1L; before != turn.Run.Version;)
        {
            before = turn.Run.Version;
            // What is decided of one changes no other, so each is still what it was when the round began.
            foreach (var job in turn.Run.Jobs) JobGate.Plan(turn, job);
            foreach (var (job, state) in turn.Run.Instances.ToArray()) JobTurns.Mind(turn, job, state);
        }
        foreach (var (job, state) in turn.Run.Instances)
            if (job.Job.Ship is { } target && state is { IsOver: true, Shipped: false, Result.Outcome: Outcome.Success })
                turn.Do(new RunEffect.Ship(state.Instance.Id, target));
        if (turn.Run.Jobs.All(job => job.IsOver)) Finish(turn);
    }

    private static bool Begin(RunTurn turn)
    {
        if (turn.Run.Pipeline.Concurrency is not { } concurrency)
        {
            turn.Raise(new RunEvent.Begun(RunTurn.Actor, turn.Now));
            return true;
        }
        var (group, problem) = Group(turn.Run);
        if (group is null) turn.Cancel(RunTurn.Actor, problem!);
        else
        {
            turn.Say(Why.Because("waits-for-turn", "waits for its turn in group {group}", ("group", group)));
            turn.Do(new RunEffect.EnterGroup("", group, RunContexts.QueueOf(concurrency, Context(turn.Run), Expressions.ExpressionScopes.Concurrency)));
        }
        return group is null;
    }

    private static (string? Group, Why? Problem) Group(PipelineRun run) => run.Pipeline.Concurrency is not { } concurrency ? (null, null)
        : RunContexts.Text(concurrency.Group, Context(run), Expressions.ExpressionScopes.Concurrency, "concurrency");

    private static Expressions.ExpressionContext Context(PipelineRun run) => RunContexts.OfJob(run, new() { Id = "" }, null);

    private static void Finish(RunTurn turn)
    {
        var bad = turn.Run.Jobs.Where(job => RunContexts.Conclusion(turn.Run, job) == Outcome.Failure).Select(job => job.Job.Id).ToArray();
        var cached = turn.Run.Instances.Count(found => found.State.Result?.CachedFrom is not null);
        var ran = turn.Run.Instances.Count() - cached;
        var (outcome, why) = turn.Run.Cancelled is { } cancelled ? (Outcome.Cancelled, cancelled)
            : bad.Length > 0 ? (Outcome.Failure, Why.Because("jobs-failed", "{jobs} failed", ("jobs", string.Join(", ", bad))))
            : (Outcome.Success, Why.Because("succeeded", "{ran|job} run, {cached} taken from the cache", ("ran", ran), ("cached", cached)));
        turn.Raise(new RunEvent.Finished(outcome, why, RunTurn.Actor, turn.Now));
        turn.Do(new RunEffect.LeaveGroup(""));
    }
}
