using Fairway.Kernel;

namespace Fairway.Pipelines;

/// <summary>What each event makes of a run.</summary>
public static class RunEvolver
{
    /// <summary>The state after one more event.</summary>
    /// <param name="run">Null before the first.</param>
    /// <param name="happened">What happened.</param>
    public static PipelineRun Apply(PipelineRun? run, RunEvent happened)
    {
        if (run is null)
        {
            Invariant.Check(happened is RunEvent.Queued, $"{happened.GetType().Name} cannot happen to a run that was not asked for");
            var queued = (RunEvent.Queued)happened;
            return new()
            {
                Id = queued.Run, Pipeline = queued.Pipeline, Trigger = queued.Trigger, Source = queued.Source, Slots = queued.Slots, UseCache = queued.UseCache,
                QueuedAt = queued.At, Version = 1,
                Jobs = [.. queued.Pipeline.Jobs.Where(job => queued.Jobs.Contains(job.Id, StringComparer.Ordinal)).Select(job => new JobState(job))],
            };
        }
        run = run with { Version = run.Version + 1 };
        return happened switch
        {
            RunEvent.Begun e => run with { BegunAt = e.At },
            RunEvent.Planned e => OfJob(run, e.Job, job => job with { Instances = [.. e.Instances.Select(instance => new InstanceState(instance) { Why = e.Why })], Why = e.Why }),
            RunEvent.Skipped e => OfJob(run, e.Job, job => job with { Skipped = e.Outcome, Why = e.Why }),
            RunEvent.Started e => OfInstance(run, e.Instance, state => state with
            {
                Phase = InstancePhase.Running, Attempt = e.Attempt, StartedAt = e.At, RetryAt = null, StopAs = null, Why = e.Why,
            }),
            RunEvent.Stopping e => OfInstance(run, e.Instance, state => state with { Phase = InstancePhase.Stopping, StopAs = e.Outcome, Why = e.Why }),
            RunEvent.Ended e => OfInstance(run, e.Instance, state => state with
            {
                Phase = e.RetryAt is null ? InstancePhase.Ended : InstancePhase.Waiting, RetryAt = e.RetryAt, Result = e.Result, EndedAt = e.At, StopAs = null, Why = e.Result.Why,
                Failures = state.Failures + (e.Result.Outcome is Outcome.Failure or Outcome.TimedOut ? 1 : 0),
            }),
            RunEvent.Interrupted e => OfInstance(run, e.Instance, state => state with { Phase = InstancePhase.Waiting, StopAs = null, RetryAt = null, Why = e.Why }),
            RunEvent.Shipped e => OfInstance(run, e.Instance, state => state with { Release = e.Release, Shipped = true, Why = e.Why }),
            RunEvent.CancelAsked e => run with { Cancelled = e.Why },
            RunEvent.Finished e => run with { Outcome = e.Outcome, Why = e.Why, FinishedAt = e.At },
            _ => throw new InvariantBrokenException($"{happened.GetType().Name} cannot happen to run {run.Id}"),
        };
    }

    private static PipelineRun OfJob(PipelineRun run, string id, Func<JobState, JobState> change)
        => run with { Jobs = [.. run.Jobs.Select(job => job.Job.Id == id ? change(job) : job)] };

    private static PipelineRun OfInstance(PipelineRun run, string id, Func<InstanceState, InstanceState> change)
        => run with
        {
            Jobs = [.. run.Jobs.Select(job => job.Instances is { } all && all.Any(state => state.Instance.Id == id)
                ? job with { Instances = [.. all.Select(state => state.Instance.Id == id ? change(state) : state)] } : job)],
        };
}
