using System.Collections.Concurrent;
using System.Globalization;
using System.Security.Cryptography;
using Fairway.Kernel;
using Fairway.Ports;
using Fairway.Runtime;

namespace Fairway.Pipelines;

/// <summary>A run that is wanted.</summary>
/// <param name="Pipeline">What to run.</param>
/// <param name="Trigger">What for.</param>
/// <param name="Checkout">Absolute path of the folder with the files; it is not needed any more when the run is started.</param>
public sealed record RunRequest(Pipeline Pipeline, PipelineTrigger Trigger, string Checkout)
{
    /// <summary>Ids of the jobs that are wanted, with what they need; empty is all.</summary>
    public ImmutableArray<string> Jobs { get; init; } = [];

    /// <summary>The run's id; null makes one. A run that is there already is not started again.</summary>
    public string? Id { get; init; }

    /// <summary>Whether results of earlier runs are taken.</summary>
    public bool UseCache { get; init; } = true;
}

/// <summary>
/// The runs of a control plane: starts them, goes on with those that an earlier control plane left, cancels them, finds them.
/// </summary>
public sealed class PipelineDesk : IAsyncDisposable
{
    private const int LookedBack = 20;
    private static readonly TimeSpan LedgerAgain = TimeSpan.FromSeconds(5);
    private readonly PipelinePorts _ports;
    private readonly ConcurrencyGroups _groups = new();
    private readonly Supervisor _supervisor = new();
    private readonly ConcurrentDictionary<RunKey, (PipelineRunner Runner, PipelineRun Run)> _running = [];
    private readonly int _slots;

    /// <summary>A desk over the world.</summary>
    /// <param name="ports">The world.</param>
    /// <param name="slots">Most jobs of one run at once, where its pipeline does not say it.</param>
    public PipelineDesk(PipelinePorts ports, int slots) => (_ports, _slots) = (ports, slots);

    /// <summary>How long what runs leave is kept.</summary>
    public PipelineRetention Retention { get; init; } = new();

    /// <summary>What kept it from tidying up last; null is nothing.</summary>
    public string? Problem { get; private set; }

    /// <summary>Told of a run that is over, before that is recorded: once, and again when the control plane is killed in between.</summary>
    public Func<PipelineRun, CancellationToken, Task> Ended { get; init; } = (_, _) => Task.CompletedTask;

    /// <summary>
    /// Removes what a killed control plane left and goes on with its runs: those that had begun first, then the others in the order they came, so that
    /// whoever had a group's turn has it again. What runs ship to must be there before.
    /// </summary>
    /// <exception cref="LedgerException">The ledger cannot be read or written.</exception>
    public async Task ResumeAsync(CancellationToken cancellation)
    {
        var left = await _ports.Journal.ListOpenAsync(cancellation);
        foreach (var sandbox in _ports.Sandboxes) await sandbox.SweepAsync(cancellation);
        foreach (var run in left.OrderBy(run => run.BegunAt is null))
        {
            var (key, runner) = Runner(run);
            await runner.TakeUpAsync(run, _supervisor.Stopping);
            Carry(key, runner, run);
        }
        _supervisor.Start("pruning", PruneForeverAsync, (_, _) => Task.FromResult(false));
    }

    /// <summary>Removes what is older or more than <see cref="Retention"/> keeps; nothing of a run that goes on.</summary>
    public async Task PruneAsync(CancellationToken cancellation)
    {
        var runs = _running.Values.Select(running => running.Run).ToArray();
        var trees = runs.SelectMany(run => run.Instances.SelectMany(found => found.State.Result?.Artifacts ?? []).Select(made => made.Digest).Prepend(run.Source));
        await _ports.Blobs.PruneAsync(Retention.Age, Retention.CacheBytes, trees, cancellation);
        await _ports.Logs.PruneAsync(Retention.Age, Retention.LogBytes, (pipeline, run) => _running.ContainsKey(new(pipeline, run)), cancellation);
    }

    /// <summary>Starts a run of a checkout. Its files are stored when this returns, and the run is recorded: from then on it goes on by itself.</summary>
    /// <returns>The run; null with the reason when it cannot be started.</returns>
    /// <exception cref="LedgerException">It could not be recorded; nothing was started.</exception>
    public async Task<(PipelineRun? Run, Fault? Fault)> StartAsync(RunRequest request, CancellationToken cancellation)
    {
        if (request.Jobs.FirstOrDefault(job => request.Pipeline.Find(job) is null) is { } unknown)
            return (null, new(FaultKind.NotFound, Blame.Configuration, false, $"pipeline {request.Pipeline.Name} has no job {unknown}"));
        var (source, fault) = await _ports.Blobs.SnapshotAsync(request.Checkout, cancellation);
        if (source is null) return (null, fault);
        var jobs = request.Jobs.IsEmpty ? [.. request.Pipeline.Jobs.Select(job => job.Id)] : PipelineGraph.Closure(request.Pipeline, request.Jobs);
        return (await StartAsync(request.Pipeline, request.Trigger, source.Digest, jobs, request.UseCache, request.Id, cancellation), null);
    }

    /// <summary>Starts anew what another run did, on the files it had. With results taken, only what failed or was cut off is run again.</summary>
    /// <param name="run">The other run.</param>
    /// <param name="useCache">Whether results of earlier runs are taken.</param>
    /// <param name="by">Who.</param>
    /// <param name="cancellation">Gives up.</param>
    /// <returns>The new run; null with the reason when its files are not here any more.</returns>
    /// <exception cref="LedgerException">It could not be recorded; nothing was started.</exception>
    public async Task<(PipelineRun? Run, Fault? Fault)> RerunAsync(PipelineRun run, bool useCache, string by, CancellationToken cancellation)
    {
        if (await _ports.Blobs.FindTreeAsync(run.Source, cancellation) is null)
            return (null, new(FaultKind.NotFound, Blame.Platform, false, $"the files of run {run.Id} are not kept any more; start the pipeline on its commit"));
        return (await StartAsync(run.Pipeline, run.Trigger with { Actor = by, Push = "" }, run.Source, [.. run.Jobs.Select(job => job.Job.Id)], useCache, null, cancellation), null);
    }

    private async Task<PipelineRun> StartAsync(
        Pipeline pipeline, PipelineTrigger trigger, string source, ImmutableArray<string> jobs, bool useCache, string? id, CancellationToken cancellation)
    {
        var now = _ports.Clock.Now;
        id ??= now.ToDateTimeUtc().ToString("yyyyMMdd-HHmmss-", CultureInfo.InvariantCulture) + RandomNumberGenerator.GetHexString(6, lowercase: true);
        var queued = new RunEvent.Queued(id, pipeline, trigger, source, jobs, pipeline.MaxParallel ?? _slots, useCache, trigger.Actor, now);
        await _ports.Journal.AppendAsync(new(pipeline.Name, id), 0, [queued], cancellation);
        var run = RunEvolver.Apply(null, queued);
        Begin(run);
        return run;
    }

    /// <summary>The run that was started for this very push, ref and commit; null when none was. Asked by whoever is not sure whether it did it before it was killed.</summary>
    public async Task<PipelineRun?> FindStartedAsync(string pipeline, PipelineTrigger trigger, CancellationToken cancellation)
        => trigger.Push.Length == 0 ? null : (await _ports.Journal.ListAsync(pipeline, LookedBack, cancellation))
            .FirstOrDefault(run => run.Trigger.Push == trigger.Push && run.Trigger.Ref == trigger.Ref && run.Trigger.Commit == trigger.Commit);

    /// <summary>A run; null when there is none.</summary>
    public async Task<PipelineRun?> FindAsync(RunKey key, CancellationToken cancellation)
        => _running.TryGetValue(key, out var running) ? running.Run : await _ports.Journal.FindAsync(key, cancellation);

    /// <summary>Runs, the newest first.</summary>
    public Task<ImmutableArray<PipelineRun>> ListAsync(string? pipeline, int limit, CancellationToken cancellation) => _ports.Journal.ListAsync(pipeline, limit, cancellation);

    /// <summary>Asks for a run's end.</summary>
    /// <returns>Whether it goes on.</returns>
    public bool Cancel(RunKey key, string by, string? reason)
    {
        if (!_running.TryGetValue(key, out var running)) return false;
        running.Runner.Cancel(by, reason is null ? Why.Because("cancelled", "{who} cancelled it", ("who", by))
            : Why.Because("cancelled", "{who} cancelled it: {reason}", ("who", by), ("reason", reason)));
        return true;
    }

    /// <summary>An attempt's log lines, and with following the new ones until the run is over.</summary>
    public IAsyncEnumerable<RunLogLine> ReadLogAsync(RunKey key, string instance, int attempt, bool follow, CancellationToken cancellation)
        => _ports.Logs.ReadAsync(key.Pipeline, key.Run, instance, attempt, follow ? () => !_running.ContainsKey(key) : null, cancellation);

    /// <summary>Why a job was run, or was not.</summary>
    public Task<ImmutableArray<Why>> ExplainAsync(PipelineRun run, InstanceState state, CancellationToken cancellation) => RunExplanation.OfAsync(_ports.Blobs, run, state, cancellation);

    /// <summary>Ends the runners; their runs stay where they are, and the next control plane goes on with them.</summary>
    public ValueTask DisposeAsync() => _supervisor.DisposeAsync();

    private async Task PruneForeverAsync(CancellationToken cancellation)
    {
        for (var wait = PipelineRetention.First; ; wait = PipelineRetention.Every)
        {
            await Task.Delay(wait, _ports.Clock.Time, cancellation);
            try
            {
                await PruneAsync(cancellation);
                Problem = null;
            }
            catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
            {
                Problem = $"what old runs left is not removed: {failure.Message}";
            }
        }
    }

    private void Begin(PipelineRun run)
    {
        var (key, runner) = Runner(run);
        Carry(key, runner, run);
    }

    private (RunKey Key, PipelineRunner Runner) Runner(PipelineRun run)
    {
        var key = new RunKey(run.Pipeline.Name, run.Id);
        var runner = new PipelineRunner(_ports, _groups, (next, _) =>
        {
            if (_running.TryGetValue(key, out var known)) _running[key] = (known.Runner, next);
        }) { Ending = Ended };
        _running[key] = (runner, run);
        return (key, runner);
    }

    private void Carry(RunKey key, PipelineRunner runner, PipelineRun run)
    {
        PipelineRunner? first = runner;
        _supervisor.Start(run.Stream, async cancellation =>
        {
            if (first is null)
            {
                if (await _ports.Journal.FindAsync(key, cancellation) is not { Outcome: null } left)
                {
                    _running.TryRemove(key, out _);
                    return;
                }
                (run, first) = (left, Runner(left).Runner);
            }
            await first.RunAsync(run, cancellation);
            _running.TryRemove(key, out _);
        }, async (error, cancellation) =>
        {
            // A ledger that could not be written may be soon: the run goes on from what is recorded. Anything else is an error of ours; the next control plane tries again.
            first = null;
            if (error is LedgerException) await Task.Delay(LedgerAgain, _ports.Clock.Time, cancellation);
            else _running.TryRemove(key, out _);
            return error is LedgerException;
        });
    }
}
