using Fairway.Api;
using Fairway.Pipelines;
using NodaTime;

namespace Fairway.Web;

/// <summary>One job, or one combination of its matrix, as a page shows it.</summary>
/// <param name="Job">The job's id.</param>
/// <param name="Instance">Its id in the run; null when it never was to run.</param>
/// <param name="Label">For people.</param>
/// <param name="State">The word for where it is.</param>
/// <param name="Took">How long it ran or has run, in whole seconds while it runs; null when it did not.</param>
/// <param name="Why">Why it is where it is; null when there is nothing to say.</param>
/// <param name="CachedFrom">The run whose result it is; null when it ran itself.</param>
/// <param name="Reports">What its reports say, in a few words each.</param>
/// <param name="Release">Digest of the release it made.</param>
/// <param name="Needs">Jobs it waits for.</param>
public sealed record JobView(
    string Job, string? Instance, string Label, string State, TimeSpan? Took, string? Why, string? CachedFrom, IReadOnlyList<string> Reports, string? Release, IReadOnlyList<string> Needs);

/// <summary>Jobs that may run beside each other.</summary>
/// <param name="Title">The stage's name; empty where a pipeline has none.</param>
/// <param name="Jobs">In the order of the file.</param>
public sealed record JobColumn(string Title, IReadOnlyList<JobView> Jobs);

/// <summary>A run of a pipeline, as pages show it.</summary>
public sealed record RunView
{
    /// <summary>Name of the pipeline.</summary>
    public required string Pipeline { get; init; }

    /// <summary>The run's id.</summary>
    public required string Run { get; init; }

    /// <summary>Path of its page.</summary>
    public required string Address { get; init; }

    /// <summary>The word for where it is.</summary>
    public required string State { get; init; }

    /// <summary>Why it ended, or what goes on; a sentence.</summary>
    public required string Sentence { get; init; }

    /// <summary>Repository, branch or tag, and commit, as far as there are any.</summary>
    public required string Source { get; init; }

    /// <summary>First line of the commit's message.</summary>
    public required string Message { get; init; }

    /// <summary>Who caused it.</summary>
    public required string Actor { get; init; }

    /// <summary>When it was asked for.</summary>
    public required DateTimeOffset QueuedAt { get; init; }

    /// <summary>How long it took or has taken.</summary>
    public required TimeSpan Took { get; init; }

    /// <summary>Whether it goes on.</summary>
    public required bool GoesOn { get; init; }

    /// <summary>Whether who looks may end it.</summary>
    public required bool MayCancel { get; init; }

    /// <summary>Jobs by stage, or by how many jobs must end before them.</summary>
    public required IReadOnlyList<JobColumn> Columns { get; init; }

    /// <summary>Every job.</summary>
    public IEnumerable<JobView> Jobs => Columns.SelectMany(column => column.Jobs);

    /// <summary>How many jobs are over, and how many of those ran nothing: <c>5 of 7 jobs, 3 from the cache</c>.</summary>
    public string Progress
    {
        get
        {
            var (all, over, cached) = (Jobs.Count(), Jobs.Count(job => RunStates.IsOver(job.State)), Jobs.Count(job => job.CachedFrom is not null));
            return $"{(over == all ? Say.Many(all, "job") : $"{over} of {Say.Many(all, "job")}")}{(cached > 0 ? $", {cached} from the cache" : "")}";
        }
    }

    /// <summary>Of a run.</summary>
    /// <param name="run">Which.</param>
    /// <param name="now">For how long what runs has run.</param>
    /// <param name="mayCancel">Whether who looks may end it.</param>
    public static RunView Of(PipelineRun run, Instant now, bool mayCancel) => new()
    {
        Pipeline = run.Pipeline.Name, Run = run.Id, Address = AddressOf(run.Pipeline.Name, run.Id), State = RunStates.Of(run), Sentence = SentenceOf(run),
        Source = SourceOf(run.Trigger), Message = Say.Fit(run.Trigger.Message.Split('\n')[0].Trim(), 120), Actor = run.Trigger.Actor, QueuedAt = Say.At(run.QueuedAt),
        Took = Whole((run.FinishedAt ?? now) - run.QueuedAt), GoesOn = run.Outcome is null, MayCancel = mayCancel && run is { Outcome: null, Cancelled: null }, Columns = ColumnsOf(run, now),
    };

    /// <summary>Path of a run's page.</summary>
    public static string AddressOf(string pipeline, string run) => $"/pipelines/{Uri.EscapeDataString(pipeline)}/{Uri.EscapeDataString(run)}";

    private static string SentenceOf(PipelineRun run)
    {
        if (run.Why is { } why) return why.Sentence;
        if (run.Cancelled is { } cancelled) return cancelled.Sentence;
        var running = run.Instances.Where(found => found.State.Phase is InstancePhase.Running or InstancePhase.Stopping).Select(found => found.State.Instance.Label).ToArray();
        return running.Length > 0 ? $"{string.Join(", ", running.Take(5))}{(running.Length > 5 ? $" and {running.Length - 5} more" : "")} {(running.Length == 1 ? "runs" : "run")}"
            : run.BegunAt is null ? "it waits for its turn" : "its next jobs wait for a free place";
    }

    private static string SourceOf(PipelineTrigger trigger)
        => string.Join(' ', new[] { trigger.Repository, trigger.RefName, trigger.Commit.Length > 12 ? trigger.Commit[..12] : trigger.Commit }.Where(part => part.Length > 0));

    private static List<JobColumn> ColumnsOf(PipelineRun run, Instant now)
    {
        var pipeline = run.Pipeline;
        var byStage = pipeline.Stages.Length > 0 && pipeline.Jobs.All(job => job.Stage is not null);
        var depths = new Dictionary<string, int>(StringComparer.Ordinal);
        return [.. run.Jobs.GroupBy(job => byStage ? pipeline.Stages.IndexOf(job.Job.Stage!) : DepthOf(pipeline, job.Job, depths)).OrderBy(group => group.Key)
            .Select(group => new JobColumn(byStage ? pipeline.Stages[group.Key] : "", [.. group.SelectMany(job => ViewsOf(pipeline, job, now))]))];
    }

    // Pipelines without circles only are run.
    private static int DepthOf(Pipeline pipeline, PipelineJob job, Dictionary<string, int> known)
    {
        if (known.TryGetValue(job.Id, out var depth)) return depth;
        var before = PipelineGraph.NeedsOf(pipeline, job).Select(pipeline.Find).OfType<PipelineJob>().Select(need => DepthOf(pipeline, need, known) + 1);
        return known[job.Id] = before.DefaultIfEmpty(0).Max();
    }

    private static IEnumerable<JobView> ViewsOf(Pipeline pipeline, JobState job, Instant now)
    {
        ImmutableArray<string> needs = PipelineGraph.NeedsOf(pipeline, job.Job);
        if (job.Instances is not { } instances) return [new(job.Job.Id, null, job.Job.Name ?? job.Job.Id, RunStates.Of(job.Skipped), null, job.Why?.Sentence, null, [], null, needs)];
        return instances.Select(state => new JobView(
            job.Job.Id, state.Instance.Id, state.Instance.Label, RunStates.Of(state), TookOf(state, now), (state.Result?.Why ?? state.Why)?.Sentence, state.Result?.CachedFrom,
            [.. ReportsOf(state.Result?.Reports)], state.Release, needs));
    }

    private static TimeSpan? TookOf(InstanceState state, Instant now)
        => state.Attempt == 0 || state.Result?.CachedFrom is not null ? null : Whole((state.EndedAt ?? now) - state.StartedAt);

    // A page that is drawn again within the second has not changed for nothing.
    private static TimeSpan Whole(Duration span) => span < Duration.FromSeconds(1) ? Duration.Max(span, Duration.Zero).ToTimeSpan() : TimeSpan.FromSeconds(Math.Floor(span.TotalSeconds));

    /// <summary>What reports say: <c>12 tests, 1 failed</c>, <c>81 % of lines covered</c>, <c>2 errors, 1 warning found</c>.</summary>
    public static IEnumerable<string> ReportsOf(ReportSummary? reports)
    {
        if (reports?.Tests is { } tests)
            yield return Say.Many(tests.Total, "test") + (tests.Failed > 0 ? $", {Say.Count(tests.Failed)} failed" : "") + (tests.Skipped > 0 ? $", {Say.Count(tests.Skipped)} skipped" : "");
        if (reports?.Coverage is { } coverage) yield return $"{Say.Percent(Math.Floor(coverage.Percent * 10) / 10)} of lines covered";
        if (reports?.Findings is { } findings)
            yield return findings is { Errors: 0, Warnings: 0, Notes: 0 } ? "nothing found"
                : string.Join(", ", new[] { (findings.Errors, "error"), (findings.Warnings, "warning"), (findings.Notes, "note") }.Where(kind => kind.Item1 > 0).Select(kind => Say.Many(kind.Item1, kind.Item2))) + " found";
    }
}
