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
    private const int Looked = 1000;
    private readonly PipelinePorts _ports;
    private readonly ConcurrencyGroups _groups = new();
    private readonly Supervisor _supervisor = new();
    private readonly ConcurrentDictionary<RunKey, (PipelineRunner Runner, PipelineRun Run)> _running = [];
    private readonly int _slots;

    /// <summary>A desk over the world.</summary>
    /// <param name="ports">The world.</param>
    /// <param name="slots">Most jobs of one run at once, where its pipeline does not say it.</param>
    public PipelineDesk(PipelinePorts ports, int slots) => (_ports, _slots) = (ports, slots);

    /// <summary>Told of a run when it is over, in the order they end; what it throws ends nothing.</summary>
    public Func<PipelineRun, CancellationToken, Task> Ended { get; init; } = (_, _) => Task.CompletedTask;

    /// <summary>Removes what a killed control plane left and goes on with its runs.</summary>
    /// <exception cref="LedgerException">The ledger cannot be read.</exception>
    public async Task ResumeAsync(CancellationToken cancellation)
    {
        var left = (await _ports.Journal.ListAsync(null, Looked, cancellation)).Where(run => run.Outcome is null).ToArray();
        foreach (var sandbox in _ports.Sandboxes) await sandbox.SweepAsync(cancellation);
        foreach (var run in left) Begin(run);
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
        var now = _ports.Clock.Now;
        var id = request.Id ?? now.ToDateTimeUtc().ToString("yyyyMMdd-HHmmss-", CultureInfo.InvariantCulture) + RandomNumberGenerator.GetHexString(6, lowercase: true);
        var jobs = request.Jobs.IsEmpty ? [.. request.Pipeline.Jobs.Select(job => job.Id)] : PipelineGraph.Closure(request.Pipeline, request.Jobs);
        var queued = new RunEvent.Queued(
            id, request.Pipeline, request.Trigger, source.Digest, jobs, request.Pipeline.MaxParallel ?? _slots, request.UseCache, request.Trigger.Actor, now);
        await _ports.Journal.AppendAsync(new(request.Pipeline.Name, id), 0, [queued], cancellation);
        var run = RunEvolver.Apply(null, queued);
        Begin(run);
        return (run, null);
    }

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

    private void Begin(PipelineRun run)
    {
        var key = new RunKey(run.Pipeline.Name, run.Id);
        var runner = new PipelineRunner(_ports, _groups, (next, _) => _running.AddOrUpdate(key, _ => throw new InvariantBrokenException($"run {key.Run} has no runner"), (_, known) => (known.Runner, next)));
        _running[key] = (runner, run);
        _supervisor.Start($"{run.Stream}", cancellation => CarryAsync(key, runner, run, cancellation), (_, _) =>
        {
            // The run stays where the ledger says; the next control plane goes on with it.
            _running.TryRemove(key, out var _);
            return Task.FromResult(false);
        });
    }

    private async Task CarryAsync(RunKey key, PipelineRunner runner, PipelineRun run, CancellationToken cancellation)
    {
        var done = await runner.RunAsync(run, cancellation);
        await Ended(done, cancellation);
        _running.TryRemove(key, out _);
    }
}
