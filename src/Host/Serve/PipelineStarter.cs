using Fairway.Configuration;
using Fairway.Kernel;
using Fairway.Pipelines;
using Fairway.Ports;
using Fairway.Source;

namespace Fairway.Serve;

/// <summary>Starts the pipelines that a new commit is for, and tells whoever pushed.</summary>
/// <param name="desk">Runs.</param>
/// <param name="configured">Pipelines of the configuration in force.</param>
/// <param name="begun">Told of each run that was started.</param>
internal sealed class PipelineStarter(PipelineDesk desk, Func<ImmutableArray<Pipeline>> configured, Func<PipelineRun, CancellationToken, Task> begun)
{
    /// <summary>Starts them; a run goes on by itself once this returns.</summary>
    /// <param name="trigger">The commit; its folder is removed.</param>
    /// <param name="tell">Shows a line to whoever pushed.</param>
    /// <param name="cancellation">The control plane ends.</param>
    /// <exception cref="LedgerException">A run could not be recorded.</exception>
    public async Task<TriggerAnswer> StartAsync(SourceTrigger trigger, Action<string> tell, CancellationToken cancellation)
    {
        try
        {
            var (pipelines, diagnostics) = CheckoutPipelines.Read(trigger.Folder, configured());
            foreach (var found in diagnostics) tell(found.ToString());
            var mistakes = diagnostics.Count(found => found.Severity == DiagnosticSeverity.Error);
            if (mistakes > 0) return new(false, $"nothing is started: the pipeline has {(mistakes == 1 ? "a mistake" : $"{mistakes} mistakes")}", CommitState.Error);
            if (pipelines.IsEmpty) return new(false, $"{PlainText.Of(trigger.Ref, 120)} is at {trigger.Commit[..10]}; no pipeline is configured for {trigger.Repository}", null);
            return await StartAsync(pipelines, trigger, tell, cancellation);
        }
        finally
        {
            Directory.Delete(trigger.Folder, recursive: true);
        }
    }

    /// <summary>Starts one pipeline of a commit by hand.</summary>
    /// <param name="files">The commit; its folder is removed.</param>
    /// <param name="repository">Its repository.</param>
    /// <param name="name">The pipeline's name; null is the only one.</param>
    /// <param name="inputs">Values for its inputs.</param>
    /// <param name="useCache">Whether results of earlier runs are taken.</param>
    /// <param name="by">Who.</param>
    /// <param name="cancellation">Gives up.</param>
    /// <returns>The run; or what is wrong, and how to mend it.</returns>
    /// <exception cref="LedgerException">The run could not be recorded.</exception>
    public async Task<(PipelineRun? Run, string? Problem, string? Mend)> StartByHandAsync(
        CheckedOut files, string repository, string? name, IEnumerable<KeyValuePair<string, string>> inputs, bool useCache, string by, CancellationToken cancellation)
    {
        try
        {
            var (pipelines, diagnostics) = CheckoutPipelines.Read(files.Folder, configured());
            var mistakes = diagnostics.Where(found => found.Severity == DiagnosticSeverity.Error).ToArray();
            if (mistakes is [var first, ..]) return (null, $"the pipeline has a mistake at {first.At}: {first.Sentence}", "see `fairway pipeline validate`");
            var known = string.Join(", ", pipelines.Select(one => one.Name));
            if ((name is null ? pipelines.Length == 1 ? pipelines[0] : null : pipelines.FirstOrDefault(one => one.Name == name)) is not { } pipeline)
                return (null, name is null ? $"which pipeline: {known}?" : $"commit {files.Commit[..10]} has no pipeline {name}", known.Length == 0 ? "none is configured" : $"there are {known}");
            var (values, problem, mend) = RunInputs.Read(pipeline, inputs);
            if (values is null) return (null, problem, mend);
            var trigger = new PipelineTrigger
            {
                Kind = TriggerKind.Manual, Repository = repository, Ref = files.Ref, Commit = files.Commit, Actor = by, Inputs = values, Message = files.Message,
            };
            var (run, fault) = await desk.StartAsync(new(pipeline, trigger, files.Folder) { UseCache = useCache }, cancellation);
            return (run, fault?.Message, null);
        }
        finally
        {
            Directory.Delete(files.Folder, recursive: true);
        }
    }

    /// <summary>What a host is told of a run that ended.</summary>
    public static (CommitState State, string Sentence) Verdict(PipelineRun run) => run.Outcome switch
    {
        null => (CommitState.Pending, $"run {run.Id} is under way"),
        Outcome.Success => (CommitState.Success, $"run {run.Id} succeeded"),
        Outcome.Cancelled => (CommitState.Failure, $"run {run.Id} was cancelled"),
        _ => (CommitState.Failure, RunWords.FirstFailure(run)),
    };

    private async Task<TriggerAnswer> StartAsync(ImmutableArray<Pipeline> pipelines, SourceTrigger trigger, Action<string> tell, CancellationToken cancellation)
    {
        var what = new PipelineTrigger
        {
            Kind = trigger.Kind, Repository = trigger.Repository, Ref = trigger.Ref, Commit = trigger.Commit, Before = trigger.Before.All(digit => digit == '0') ? "" : trigger.Before,
            Actor = trigger.Actor, Push = trigger.Push, Changed = trigger.Change?.Paths, Message = trigger.Change?.Message ?? "",
            Base = trigger.Request?.Base ?? "", Head = trigger.Request?.Head ?? "", Number = trigger.Request?.Number,
        };
        var started = new List<string>();
        foreach (var pipeline in pipelines)
        {
            var (starts, why) = TriggerMatch.Of(pipeline.On, what);
            if (!starts)
            {
                // Who never runs on such a thing need not say so each time.
                if (what.Kind == TriggerKind.PullRequest ? pipeline.On.PullRequest is not null : pipeline.On.Push is not null) tell($"pipeline {pipeline.Name} is not started: {why.Sentence}");
                continue;
            }
            if (await desk.FindStartedAsync(pipeline.Name, what, cancellation) is { } already)
            {
                started.Add($"{pipeline.Name}/{already.Id}");
                continue;
            }
            var (run, fault) = await desk.StartAsync(new(pipeline, what with { Changed = null }, trigger.Folder), cancellation);
            if (run is null) return new(false, $"pipeline {pipeline.Name} is not started: {fault!.Message}", CommitState.Error);
            started.Add($"{pipeline.Name}/{run.Id}");
            await begun(run, cancellation);
        }
        return started.Count == 0 ? new(false, "no pipeline runs on this", null) : new(true, $"started {string.Join(", ", started)}", null);
    }
}
