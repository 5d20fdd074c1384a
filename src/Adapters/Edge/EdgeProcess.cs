using System.Text.Json;
using Fairway.Kernel;
using Fairway.Ports;

namespace Fairway.Adapters.Edge;

/// <summary>How the edge's process is kept.</summary>
/// <param name="Command">Argument vector of the edge, program first, such as <c>fairway edge --data …</c>.</param>
/// <param name="Environment">Its whole environment.</param>
/// <param name="Folder">The edge's data folder: its identity is kept there, and its output in <c>edge.log</c>.</param>
public sealed record EdgeProcessOptions(ImmutableArray<string> Command, IReadOnlyDictionary<string, string> Environment, string Folder)
{
    /// <summary>How long a started edge may take until it answers.</summary>
    public TimeSpan ReadyTimeout { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>How long a drain may take before it is ended with TERM, and as long again before KILL.</summary>
    public TimeSpan DrainTimeout { get; init; } = TimeSpan.FromSeconds(40);
}

/// <summary>
/// The edge as a process of its own: outlives this one, is adopted by the next, and is started again when it died. Traffic never waits for the control plane.
/// </summary>
public sealed class EdgeProcess(IDetachedProcesses processes, EdgeAdminClient admin, TimeProvider time, EdgeProcessOptions options) : IDisposable
{
    private const int OutputTail = 2048;
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan FirstBackoff = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan LongestBackoff = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan Stable = TimeSpan.FromSeconds(10);

    private readonly string _identityFile = Path.Combine(options.Folder, "edge.process.json");
    private readonly string _outputFile = Path.Combine(options.Folder, "edge.log");
    private readonly SemaphoreSlim _turn = new(1);

    /// <summary>Starts since this object was made, the first included.</summary>
    public int Starts { get; private set; }

    /// <summary>An edge that answers: the living one is adopted, otherwise one is started. Null when it serves.</summary>
    public async Task<Fault?> EnsureAsync(CancellationToken cancellation)
    {
        await _turn.WaitAsync(cancellation);
        try
        {
            if (Recorded() is { } known && processes.IsAlive(known))
            {
                var fault = await AwaitReadyAsync(known, cancellation);
                // It may have been draining: then it has ended, and its place is free.
                if (fault is null || processes.IsAlive(known)) return fault;
            }
            else if ((await admin.StatusAsync(cancellation)).Status is { } stranger)
            {
                // One that was started by hand, or by a control plane that died before it wrote the identity down, is as good.
                if (!stranger.Draining) return null;
                if (await AwaitSilenceAsync(cancellation) is { } stuck) return stuck;
            }
            return await StartAsync(cancellation);
        }
        finally
        {
            _turn.Release();
        }
    }

    /// <summary>Keeps an edge running until cancelled: starts it again at once when it died, then with doubling delays while it keeps dying. Faults are told.</summary>
    public async Task KeepAsync(Action<Fault> tell, CancellationToken cancellation)
    {
        var backoff = FirstBackoff;
        while (true)
        {
            var began = time.GetTimestamp();
            if (await EnsureAsync(cancellation) is { } fault) tell(fault);
            else await AwaitDeathAsync(cancellation);
            if (time.GetElapsedTime(began) >= Stable) backoff = FirstBackoff;
            else
            {
                await Task.Delay(backoff, time, cancellation);
                backoff = backoff * 2 < LongestBackoff ? backoff * 2 : LongestBackoff;
            }
        }
    }

    /// <summary>Drains the edge and waits for its end; one that does not end is ended with TERM, then KILL.</summary>
    public async Task<Fault?> StopAsync(CancellationToken cancellation)
    {
        await _turn.WaitAsync(cancellation);
        try
        {
            var known = Recorded();
            var (_, fault) = await admin.DrainAsync(cancellation);
            if (known is null || !processes.IsAlive(known)) return fault is null ? await AwaitSilenceAsync(cancellation) : null;
            if (fault is null && await EndsAsync(known, cancellation)) return null;
            foreach (var signal in (int[])[15, 9])
            {
                processes.Signal(known, signal);
                if (await EndsAsync(known, cancellation)) return null;
            }
            return new Fault(FaultKind.Timeout, Blame.Platform, true, $"the edge, process {known.Pid}, does not end even after SIGKILL; is it stuck in the kernel (ps -o stat {known.Pid})?");
        }
        finally
        {
            _turn.Release();
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _turn.Dispose();

    private async Task<Fault?> StartAsync(CancellationToken cancellation)
    {
        try
        {
            Directory.CreateDirectory(options.Folder);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            return new Fault(FaultKind.Forbidden, Blame.Platform, true, $"the edge's folder {options.Folder} cannot be made: {failure.Message}; make its parent writable");
        }
        var (process, fault) = processes.Start(options.Command, options.Environment, options.Folder, _outputFile);
        if (process is null) return fault;
        Starts++;
        return Record(process) ?? await AwaitReadyAsync(process, cancellation);
    }

    private async Task<Fault?> AwaitReadyAsync(ProcessIdentity process, CancellationToken cancellation)
    {
        var began = time.GetTimestamp();
        while (true)
        {
            var alive = processes.IsAlive(process);
            if ((await admin.StatusAsync(cancellation)).Status is { Draining: false }) return null;
            if (!alive) return new Fault(FaultKind.Failed, Blame.Platform, true, $"the edge ended at once: {LastOutput()}");
            if (time.GetElapsedTime(began) > options.ReadyTimeout)
                return new Fault(FaultKind.Timeout, Blame.Platform, true, $"the edge, process {process.Pid}, does not answer after {options.ReadyTimeout.TotalSeconds:0} s; see {_outputFile}");
            await Task.Delay(Look, time, cancellation);
        }
    }

    private async Task AwaitDeathAsync(CancellationToken cancellation)
    {
        // One that was adopted without an identity is watched by its answers.
        var known = Recorded();
        while (known is not null ? processes.IsAlive(known) : (await admin.StatusAsync(cancellation)).Status is not null) await Task.Delay(Look, time, cancellation);
    }

    private async Task<bool> EndsAsync(ProcessIdentity process, CancellationToken cancellation)
    {
        var began = time.GetTimestamp();
        while (processes.IsAlive(process))
        {
            if (time.GetElapsedTime(began) > options.DrainTimeout) return false;
            await Task.Delay(Look, time, cancellation);
        }
        return true;
    }

    private async Task<Fault?> AwaitSilenceAsync(CancellationToken cancellation)
    {
        var began = time.GetTimestamp();
        while ((await admin.StatusAsync(cancellation)).Status is { } status)
        {
            if (time.GetElapsedTime(began) > options.DrainTimeout)
                return new Fault(FaultKind.Timeout, Blame.Platform, true, $"the edge, process {status.Pid}, was started by somebody else and does not end its drain; end it with: kill {status.Pid}");
            await Task.Delay(Look, time, cancellation);
        }
        return null;
    }

    private ProcessIdentity? Recorded()
    {
        try
        {
            return File.Exists(_identityFile) ? FairwayJson.Read<ProcessIdentity>(File.ReadAllText(_identityFile)) : null;
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException or JsonException)
        {
            // A torn identity is no identity: whether an edge lives is then told by its socket.
            return null;
        }
    }

    private Fault? Record(ProcessIdentity process)
    {
        try
        {
            File.WriteAllText(_identityFile + ".new", FairwayJson.Write(process));
            File.Move(_identityFile + ".new", _identityFile, overwrite: true);
            return null;
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            // It runs all the same and is adopted by its socket; but a person must know why it cannot be told from another.
            return new Fault(FaultKind.Exhausted, Blame.Platform, true, $"the edge runs as process {process.Pid}, but {_identityFile} cannot be written: {failure.Message}");
        }
    }

    private string LastOutput()
    {
        try
        {
            var text = File.ReadAllText(_outputFile).TrimEnd();
            return text.Length > OutputTail ? text[^OutputTail..] : text;
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            return $"its output {_outputFile} cannot be read either: {failure.Message}";
        }
    }
}
