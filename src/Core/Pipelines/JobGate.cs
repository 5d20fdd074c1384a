using Fairway.Kernel;
using Fairway.Pipelines.Expressions;

namespace Fairway.Pipelines;

/// <summary>Whether a job runs, once everything it needs is over, and as which instances.</summary>
internal static class JobGate
{
    /// <summary>Plans or skips a job whose time has come.</summary>
    public static void Plan(RunTurn turn, JobState job)
    {
        if (job.Instances is not null || job.Skipped is not null) return;
        var needs = PipelineGraph.NeedsOf(turn.Run.Pipeline, job.Job).Select(turn.Run.FindJob).OfType<JobState>().ToArray();
        if (needs.Any(need => !need.IsOver)) return;
        var context = RunContexts.OfJob(turn.Run, job.Job, null);
        var (holds, problem) = RunContexts.If(job.Job.If, context, ExpressionScopes.JobIf, $"if of {job.Job.Id}");
        if (problem is not null) Skip(turn, job, Outcome.Failure, problem);
        else if (!holds) Skip(turn, job, turn.Run.Cancelled is null ? Outcome.Skipped : Outcome.Cancelled, WhyNot(turn.Run, job.Job, needs, context));
        else Expand(turn, job, context);
    }

    private static void Expand(RunTurn turn, JobState job, ExpressionContext context)
    {
        ImmutableArray<Combination> combinations = [Combination.None];
        if (job.Job.Matrix is { } matrix)
        {
            var (resolved, unreadable) = RunContexts.Resolve(matrix, context);
            if (resolved is null)
            {
                Skip(turn, job, Outcome.Failure, unreadable!);
                return;
            }
            (combinations, var problem) = MatrixExpansion.Expand(resolved);
            if (problem is not null)
            {
                Skip(turn, job, Outcome.Failure, problem);
                return;
            }
        }
        var instances = combinations.Select((combination, index) => new JobInstance(
            job.Job.Matrix is null ? job.Job.Id : $"{job.Job.Id}.{index + 1}", Label(turn.Run, job.Job, combination), combination));
        var why = combinations.Length == 1 ? Why.Because("planned", "everything it needs is there")
            : Why.Because("planned-matrix", "everything it needs is there; the matrix has {count|combination}", ("count", combinations.Length));
        turn.Raise(new RunEvent.Planned(job.Job.Id, [.. instances], why, RunTurn.Actor, turn.Now));
    }

    private static string Label(PipelineRun run, PipelineJob job, Combination combination)
    {
        var plain = combination.Label.Length == 0 ? job.Id : $"{job.Id} ({combination.Label})";
        if (job.Name is null) return plain;
        var label = RunContexts.Text(job.Name, RunContexts.OfJob(run, job, combination), ExpressionScopes.JobName, "name").Text ?? plain;
        return label == job.Name && combination.Label.Length > 0 ? $"{label} ({combination.Label})" : label;
    }

    private static void Skip(RunTurn turn, JobState job, Outcome outcome, Why why)
        => turn.Raise(new RunEvent.Skipped(job.Job.Id, outcome, why, RunTurn.Actor, turn.Now));

    private static Why WhyNot(PipelineRun run, PipelineJob job, JobState[] needs, ExpressionContext context)
    {
        if (run.Cancelled is { } cancelled) return cancelled;
        var implied = IfCondition.Parse(job.If, ExpressionScopes.JobIf).Condition!.ImpliesSuccess || string.IsNullOrWhiteSpace(job.If);
        if (!implied || context.Status.Success) return Why.Because("if-false", "its condition does not hold: {condition}", ("condition", job.If ?? "success()"));
        var bad = needs.FirstOrDefault(need => RunContexts.Conclusion(run, need) is not Outcome.Success);
        return bad is null ? Why.Because("earlier-failed", "a job before the ones it needs did not succeed")
            : Why.Because("need-failed", "it needs {need}, which {how}", ("need", bad.Job.Id), ("how", RunContexts.Conclusion(run, bad) switch
            {
                Outcome.Skipped => "was skipped",
                Outcome.Cancelled => "was cancelled",
                _ => "failed",
            }));
    }
}
