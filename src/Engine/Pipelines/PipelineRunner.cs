using System.Threading.Channels;
using Fairway.Kernel;
using Fairway.Ports;
using NodaTime;

namespace Fairway.Pipelines;

/// <summary>
/// Carries out one run: observes, decides, stores, acts, until the run is over. What it decided is stored before it acts, so a run whose runner was
/// killed is taken up by the next one.
/// </summary>
/// <param name="ports">The world.</param>
/// <param name="groups">Turns in concurrency groups.</param>
/// <param name="changed">Told of the run after each step, with what happened.</param>
public sealed class PipelineRunner(PipelinePorts ports, ConcurrencyGroups groups, Action<PipelineRun, ImmutableArray<RunEvent>> changed)
{
    private static readonly Duration LongestSleep = Duration.FromSeconds(30);
    private readonly Channel<RunObservation> _mailbox = Channel.CreateUnbounded<RunObservation>(new() { SingleReader = true });
    private readonly Dictionary<(string Instance, int Attempt), (CancellationTokenSource Stop, Task Work)> _working = [];
    private readonly Dictionary<(string Instance, int Attempt), (CancellationTokenSource Stop, Task<ReadyJob?> Work)> _ahead = [];
    private readonly List<Task> _givenUp = [];
    private readonly Dictionary<string, Task> _shipping = new(StringComparer.Ordinal);
    private RunMemory? _memory;
    private PipelineRun? _taken;

    /// <summary>Told of the run just before its end is stored, so that a killed runner's successor tells it again; what it throws keeps the run from ending.</summary>
    public Func<PipelineRun, CancellationToken, Task> Ending { get; init; } = (_, _) => Task.CompletedTask;

    /// <summary>Asks for the run's end.</summary>
    public void Cancel(string by, Why why) => _mailbox.Writer.TryWrite(new RunObservation.Cancel(by, why));

    /// <summary>Takes the first turn: what another runner left is noted, and it asks for its place in groups. Then <see cref="RunAsync"/> goes on.</summary>
    /// <param name="run">A new one, or one that another runner left.</param>
    /// <param name="cancellation">Ends the runner, not the run.</param>
    /// <exception cref="LedgerException">What happened could not be stored; the run stays where it was.</exception>
    public async Task TakeUpAsync(PipelineRun run, CancellationToken cancellation) => _taken = await TakeAsync(run, new RunObservation.Recovered(), cancellation);

    /// <summary>Carries a run out to its end, or until this process is to end: then the run stays where it is.</summary>
    /// <param name="run">A new one, or one that another runner left.</param>
    /// <param name="cancellation">Ends the runner, not the run.</param>
    /// <exception cref="LedgerException">What happened could not be stored; the run stays where it was.</exception>
    public async Task<PipelineRun> RunAsync(PipelineRun run, CancellationToken cancellation)
    {
        try
        {
            if (_taken is null) await TakeUpAsync(run, cancellation);
            run = _taken!;
            while (run.Outcome is null) run = await TakeAsync(run, await NextAsync(run, cancellation), cancellation);
            return run;
        }
        finally
        {
            await EndAsync(run);
        }
    }

    private async Task<RunObservation> NextAsync(PipelineRun run, CancellationToken cancellation)
    {
        if (_mailbox.Reader.TryRead(out var there)) return there;
        var sleep = PipelineDecider.NextWake(run) is { } at ? Duration.Max(Duration.FromMilliseconds(1), Duration.Min(at - ports.Clock.Now, LongestSleep)) : LongestSleep;
        using var wake = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        using var timer = new CancellationTokenSource(sleep.ToTimeSpan(), ports.Clock.Time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(wake.Token, timer.Token);
        try
        {
            return await _mailbox.Reader.ReadAsync(either.Token);
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            return new RunObservation.Tick();
        }
    }

    private async Task<PipelineRun> TakeAsync(PipelineRun run, RunObservation observation, CancellationToken cancellation)
    {
        var decision = PipelineDecider.Decide(run, observation, ports.Clock.Now);
        if (!decision.Events.IsEmpty)
        {
            if (decision.Next.Outcome is not null) await Ending(decision.Next, cancellation);
            await ports.Journal.AppendAsync(new(run.Pipeline.Name, run.Id), run.Version, decision.Events, cancellation);
            changed(decision.Next, decision.Events);
        }
        foreach (var effect in decision.Effects) Do(decision.Next, effect, cancellation);
        foreach (var key in _ahead.Keys.Where(key => decision.Next.Find(key.Instance) is not { State.Phase: InstancePhase.Waiting }).ToArray()) GiveUp(key);
        return decision.Next;
    }

    private void Do(PipelineRun run, RunEffect effect, CancellationToken cancellation)
    {
        switch (effect)
        {
            case RunEffect.Prepare prepare:
                Prepare(run, prepare, cancellation);
                break;
            case RunEffect.Start start:
                Start(run, start, cancellation);
                break;
            case RunEffect.Stop stop:
                if (_working.TryGetValue((stop.Instance, stop.Attempt), out var working)) working.Stop.Cancel();
                else Tell(new RunObservation.JobEnded(stop.Instance, stop.Attempt, JobResult.Of(Outcome.Cancelled, Why.Because("gone", "it did not run any more"))));
                break;
            case RunEffect.EnterGroup enter:
                groups.Enter($"{run.Stream}#{enter.Instance}", enter.Group, enter.Mode, enter.Instance, Tell);
                break;
            case RunEffect.LeaveGroup leave:
                groups.Leave($"{run.Stream}#{leave.Instance}");
                break;
            case RunEffect.Ship ship:
                if (!_shipping.ContainsKey(ship.Instance)) _shipping[ship.Instance] = Task.Run(() => ShipAsync(run, ship, cancellation), CancellationToken.None);
                break;
            default:
                throw new System.Diagnostics.UnreachableException(effect.GetType().Name);
        }
    }

    private void Prepare(PipelineRun run, RunEffect.Prepare prepare, CancellationToken cancellation)
    {
        if (_ahead.ContainsKey((prepare.Instance, prepare.Attempt))) return;
        var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        var preparation = new JobPreparation(ports, MemoryOf(run), run, prepare.Instance, prepare.Attempt);
        _ahead[(prepare.Instance, prepare.Attempt)] = (stop, Task.Run(
            async () =>
            {
                try
                {
                    return await preparation.AheadAsync(stop.Token);
                }
                // Whatever it is, the attempt meets it again and tells it.
                catch (Exception)
                {
                    return null;
                }
            },
            CancellationToken.None));
    }

    // What was made ready and is not wanted any more.
    private void GiveUp((string Instance, int Attempt) key)
    {
        if (!_ahead.Remove(key, out var ahead)) return;
        ahead.Stop.Cancel();
        _givenUp.Add(Task.Run(
            async () =>
            {
                await using var ready = await ahead.Work;
                ahead.Stop.Dispose();
            },
            CancellationToken.None));
    }

    private void Start(PipelineRun run, RunEffect.Start start, CancellationToken cancellation)
    {
        var (stop, ready) = _ahead.Remove((start.Instance, start.Attempt), out var ahead) ? ahead
            : (CancellationTokenSource.CreateLinkedTokenSource(cancellation), Task.FromResult<ReadyJob?>(null));
        var attempt = new JobAttempt(ports, MemoryOf(run), run, start.Instance, start.Attempt);
        _working[(start.Instance, start.Attempt)] = (stop, Task.Run(
            async () =>
            {
                var result = await ResultAsync(attempt, ready, stop.Token);
                // What this process's own end cut off did not end: the next runner sees to it.
                if (!cancellation.IsCancellationRequested) Tell(new RunObservation.JobEnded(start.Instance, start.Attempt, result));
            },
            CancellationToken.None));
    }

    private RunMemory MemoryOf(PipelineRun run) => _memory ??= new(ports.Blobs, run.Source);

    // An error of ours ends this job, and no other: the run must not wait for it forever.
    private static async Task<JobResult> ResultAsync(JobAttempt attempt, Task<ReadyJob?> ready, CancellationToken stop)
    {
        try
        {
            return await attempt.RunAsync(await ready, stop);
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            return JobResult.Of(Outcome.Cancelled, Why.Because("stopped", "it was stopped"));
        }
        catch (Exception error)
        {
            return JobResult.Of(Outcome.Failure, Why.Because("internal-error", "Fairway found an error of its own: {error}", ("error", $"{error.GetType().Name}: {error.Message}")));
        }
    }

    private async Task ShipAsync(PipelineRun run, RunEffect.Ship ship, CancellationToken cancellation)
    {
        var state = run.Find(ship.Instance)!.Value.State;
        try
        {
            var (release, why) = ports.Ship is null
                ? (null, Why.Because("no-control-plane", "nothing is shipped by a local run"))
                : await ports.Ship(run, state, ship.Target, cancellation);
            Tell(new RunObservation.Shipped(ship.Instance, ports.Ship is null ? "" : release, why));
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
            return;
        }
        // Whatever it is: the run must not wait for it forever.
        catch (Exception failure)
        {
            Tell(new RunObservation.Shipped(ship.Instance, null, Why.Because("not-shipped", "it could not be shipped: {problem}", ("problem", failure.Message))));
        }
    }

    private void Tell(RunObservation observation) => _mailbox.Writer.TryWrite(observation);

    private async Task EndAsync(PipelineRun run)
    {
        foreach (var (stop, _) in _working.Values) await stop.CancelAsync();
        foreach (var key in _ahead.Keys.ToArray()) GiveUp(key);
        await Task.WhenAll([.. _working.Values.Select(working => working.Work), .. _shipping.Values, .. _givenUp]).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        foreach (var (stop, _) in _working.Values) stop.Dispose();
        groups.Leave($"{run.Stream}#");
        foreach (var (_, state) in run.Instances) groups.Leave($"{run.Stream}#{state.Instance.Id}");
    }
}
