namespace Fairway.Pipelines;

/// <summary>A run in a sentence. Pure.</summary>
public static class RunWords
{
    /// <summary>The first job that failed, and why: what a person mends first.</summary>
    public static string FirstFailure(PipelineRun run)
    {
        foreach (var job in run.Jobs.Where(job => RunContexts.Conclusion(run, job) == Outcome.Failure))
        {
            if (job.Skipped is not null) return $"{job.Job.Id}: {job.Why?.Sentence}";
            foreach (var instance in job.Instances ?? [])
            {
                if (!instance.IsOver || job.OutcomeOf(instance) is not (Outcome.Failure or Outcome.TimedOut)) continue;
                // Where it did well and was not shipped, that is why.
                var why = instance.Result!.Outcome == Outcome.Success ? instance.Why ?? instance.Result.Why : instance.Result.Why;
                return $"{instance.Instance.Label}: {why.Sentence}";
            }
        }
        return run.Why?.Sentence ?? "it failed";
    }
}
