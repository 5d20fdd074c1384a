using Fairway.Kernel;
using Fairway.Pipelines.Expressions;
using NodaTime;

namespace Fairway.Pipelines;

/// <summary>What becomes of one instance: starts, stops, ends, retries.</summary>
internal static class JobTurns
{
    private static readonly Duration LongestWait = Duration.FromMinutes(10);

    /// <summary>Looks at one instance.</summary>
    public static void Mind(RunTurn turn, JobState job, InstanceState state)
    {
        switch (state.Phase)
        {
            case InstancePhase.Running when turn.Run.Cancelled is { } cancelled && !OutlivesCancel(job.Job):
                Stop(turn, state, Outcome.Cancelled, cancelled);
                break;
            case InstancePhase.Running when turn.Now - state.StartedAt >= job.Job.Timeout:
                Stop(turn, state, Outcome.TimedOut, Why.Because(
                    "timed-out", "it ran for {took}, longer than its timeout of {limit}", ("took", Words(turn.Now - state.StartedAt)), ("limit", Words(job.Job.Timeout))));
                break;
            case InstancePhase.Running or InstancePhase.Waiting when turn.FailedOf(job) is { } failed:
                Stop(turn, state, Outcome.Cancelled, Why.Because(
                    "fail-fast", "{other} failed, and the matrix is to fail fast", ("other", failed.Instance.Label)));
                break;
            case InstancePhase.Waiting when turn.Run.Cancelled is { } cancelled && !OutlivesCancel(job.Job):
                Stop(turn, state, Outcome.Cancelled, cancelled);
                break;
            case InstancePhase.Waiting:
                TryStart(turn, job, state);
                break;
            case InstancePhase.Stopping:
                // Told again: the runner that was told first may be gone.
                turn.Do(new RunEffect.Stop(state.Instance.Id, state.Attempt));
                break;
            default:
                break;
        }
    }

    /// <summary>An instance is to end early.</summary>
    public static void Stop(RunTurn turn, InstanceState state, Outcome outcome, Why why)
    {
        if (state.Phase == InstancePhase.Waiting)
        {
            turn.Raise(new RunEvent.Ended(state.Instance.Id, state.Attempt, JobResult.Of(outcome, why), null, RunTurn.Actor, turn.Now));
            turn.Do(new RunEffect.LeaveGroup(state.Instance.Id));
        }
        else if (state.Phase == InstancePhase.Running)
        {
            turn.Raise(new RunEvent.Stopping(state.Instance.Id, state.Attempt, outcome, why, RunTurn.Actor, turn.Now));
            turn.Do(new RunEffect.Stop(state.Instance.Id, state.Attempt));
        }
    }

    /// <summary>An attempt ended: that was it, or there will be another.</summary>
    public static void End(RunTurn turn, JobState job, InstanceState state, JobResult result)
    {
        if (state.StopAs is { } stopped && result.Outcome != Outcome.Success) result = result with { Outcome = stopped, Why = state.Why! };
        var failed = result.Outcome is Outcome.Failure or Outcome.TimedOut;
        Instant? again = null;
        if (failed && state.Failures < job.Job.Retry.Times && turn.Run.Cancelled is null && result.Why.Code != "interrupted")
        {
            var wait = job.Job.Retry.Wait * Math.Pow(2, Math.Min(state.Failures, 20));
            again = turn.Now + Duration.Min(wait, LongestWait);
        }
        turn.Raise(new RunEvent.Ended(state.Instance.Id, state.Attempt, result, again, RunTurn.Actor, turn.Now));
        turn.Do(new RunEffect.LeaveGroup(state.Instance.Id));
    }

    private static void TryStart(RunTurn turn, JobState job, InstanceState state)
    {
        if (state.RetryAt is { } at && turn.Now < at)
        {
            turn.Say(Why.Because("waits-to-retry", "{job} failed and is tried again", ("job", state.Instance.Label)));
            return;
        }
        var running = turn.Running;
        if (running >= turn.Run.Slots)
        {
            // Services would run already; and what waits for more than a slot may wait long.
            if (job.Job is { Concurrency: null, Services.IsEmpty: true, Matrix: null or { MaxParallel: null } }) turn.Prepare(state);
            return;
        }
        if (job.Job.Matrix?.MaxParallel is { } most
            && turn.Run.FindJob(job.Job.Id)!.Instances!.Value.Count(other => other.Phase is InstancePhase.Running or InstancePhase.Stopping) >= most) return;
        if (job.Job.Concurrency is { } concurrency && !turn.Turns.Contains(state.Instance.Id))
        {
            var context = RunContexts.OfJob(turn.Run, job.Job, state.Instance.Combination);
            var (group, problem) = RunContexts.Text(concurrency.Group, context, ExpressionScopes.JobConcurrency, "concurrency");
            if (group is null) Stop(turn, state, Outcome.Failure, problem!);
            else turn.Do(new RunEffect.EnterGroup(state.Instance.Id, group, RunContexts.QueueOf(concurrency, context, ExpressionScopes.JobConcurrency)));
            return;
        }
        var attempt = state.Attempt + 1;
        var why = attempt == 1 ? Why.Because("started", "everything it needs is there and a slot is free ({used} of {slots})", ("used", running + 1), ("slots", turn.Run.Slots))
            : Why.Because("tried-again", "attempt {attempt}: {reason}", ("attempt", attempt), ("reason", state.Why?.Sentence ?? ""));
        turn.Raise(new RunEvent.Started(state.Instance.Id, attempt, why, RunTurn.Actor, turn.Now));
        turn.Do(new RunEffect.Start(state.Instance.Id, attempt));
    }

    // A job that asks for it by its condition still runs: it cleans up.
    private static bool OutlivesCancel(PipelineJob job)
        => job.If is { } condition && IfCondition.Parse(condition, ExpressionScopes.JobIf).Condition is { ImpliesSuccess: false } parsed
            && parsed.Evaluate(ExpressionContext.Empty with { Status = new(false, false, true) }) is { Holds: true };

    private static string Words(Duration span) => Configuration.DurationText.Format(Duration.FromSeconds(Math.Round(span.TotalSeconds)));
}
