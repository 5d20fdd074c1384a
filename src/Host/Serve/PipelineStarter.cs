using Fairway.Configuration;
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
            Actor = trigger.Actor,
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
            var (run, fault) = await desk.StartAsync(new(pipeline, what, trigger.Folder), cancellation);
            if (run is null) return new(false, $"pipeline {pipeline.Name} is not started: {fault!.Message}", CommitState.Error);
            started.Add($"{pipeline.Name}/{run.Id}");
            await begun(run, cancellation);
        }
        return started.Count == 0 ? new(false, "no pipeline runs on this", null) : new(true, $"started {string.Join(", ", started)}", null);
    }
}
