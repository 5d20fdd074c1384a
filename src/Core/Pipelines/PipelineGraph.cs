using Fairway.Configuration;

namespace Fairway.Pipelines;

/// <summary>A mistake in how jobs depend on each other.</summary>
/// <param name="Job">The job it is in; empty for the pipeline as a whole.</param>
/// <param name="What">What is wrong, without a full stop.</param>
/// <param name="DidYouMean">What may be meant; null when nothing is near.</param>
public sealed record GraphIssue(string Job, string What, string? DidYouMean = null);

/// <summary>Which jobs wait for which.</summary>
public static class PipelineGraph
{
    /// <summary>Most jobs of a pipeline.</summary>
    public const int MostJobs = 500;

    /// <summary>Jobs that must end before a job: those it names, else every job of the stages before its own.</summary>
    public static ImmutableArray<string> NeedsOf(Pipeline pipeline, PipelineJob job)
    {
        if (job.Needs is { } named) return named;
        var stage = StageOf(pipeline, job);
        return stage <= 0 ? [] : [.. pipeline.Jobs.Where(other => StageOf(pipeline, other) is >= 0 and var before && before < stage).Select(other => other.Id)];
    }

    /// <summary>A job and every job that must end before it, in the order of the file.</summary>
    public static ImmutableArray<string> Closure(Pipeline pipeline, IEnumerable<string> jobs)
    {
        var found = new HashSet<string>(StringComparer.Ordinal);
        var waiting = new Stack<string>(jobs);
        while (waiting.TryPop(out var id))
        {
            if (pipeline.Find(id) is not { } job || !found.Add(id)) continue;
            foreach (var need in NeedsOf(pipeline, job)) waiting.Push(need);
        }
        return [.. pipeline.Jobs.Where(job => found.Contains(job.Id)).Select(job => job.Id)];
    }

    /// <summary>Everything that is wrong: unknown needs and stages, jobs named twice, circles.</summary>
    public static ImmutableArray<GraphIssue> Check(Pipeline pipeline)
    {
        var issues = ImmutableArray.CreateBuilder<GraphIssue>();
        if (pipeline.Jobs.Length > MostJobs) issues.Add(new("", $"there are {pipeline.Jobs.Length} jobs; at most {MostJobs} can be run"));
        var ids = pipeline.Jobs.Select(job => job.Id).ToArray();
        var twice = ids.GroupBy(id => id, StringComparer.Ordinal).Where(group => group.Count() > 1).Select(group => group.Key);
        issues.AddRange(twice.Select(id => new GraphIssue(id, $"there are two jobs {id}")));
        foreach (var job in pipeline.Jobs)
        {
            if (job.Stage is { } stage && !pipeline.Stages.Contains(stage, StringComparer.Ordinal))
                issues.Add(new(job.Id, $"job {job.Id} is in stage {stage}, which is not declared", NearestName.Of(stage, pipeline.Stages)));
            foreach (var need in job.Needs ?? [])
                if (!ids.Contains(need, StringComparer.Ordinal))
                    issues.Add(new(job.Id, $"job {job.Id} needs {need}, which is no job", NearestName.Of(need, ids.Where(id => id != job.Id))));
        }
        if (issues.Count == 0 && Circle(pipeline) is { } circle)
            issues.Add(new(circle[0], $"jobs wait for each other in a circle: {string.Join(" → ", circle)}"));
        return issues.ToImmutable();
    }

    /// <summary>A circle with its first job at its end again; null when there is none. Jobs must be unique.</summary>
    private static ImmutableArray<string>? Circle(Pipeline pipeline)
    {
        var done = new HashSet<string>(StringComparer.Ordinal);
        foreach (var start in pipeline.Jobs)
        {
            // An explicit stack: how deep jobs depend on each other is up to whoever wrote the file.
            var path = new List<(string Id, Queue<string> Next)>();
            Enter(start.Id);
            while (path.Count > 0)
            {
                if (!path[^1].Next.TryDequeue(out var next))
                {
                    done.Add(path[^1].Id);
                    path.RemoveAt(path.Count - 1);
                    continue;
                }
                var at = path.FindIndex(step => step.Id == next);
                if (at >= 0) return [.. path.Skip(at).Select(step => step.Id), next];
                Enter(next);
            }

            void Enter(string id)
            {
                if (!done.Contains(id)) path.Add((id, new(NeedsOf(pipeline, pipeline.Find(id)!))));
            }
        }
        return null;
    }

    private static int StageOf(Pipeline pipeline, PipelineJob job) => job.Stage is { } stage ? pipeline.Stages.IndexOf(stage) : -1;
}
