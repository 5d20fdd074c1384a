using System.Collections.Concurrent;
using Fairway.Catalog;
using Fairway.Kernel;
using Fairway.Runtime;
using NodaTime;

namespace Fairway.Rollouts;

/// <summary>
/// Owns the loops of all services. It starts from the ledger (so a crash is the same as a delay), makes loops on demand, and ends without
/// touching traffic
/// or instances: the next engine goes on where the ledger says.
/// </summary>
public sealed class RolloutEngine : IAsyncDisposable
{
    private readonly EnginePorts _ports;
    private readonly EngineSettings _settings;
    private readonly EngineClock _clock;
    private readonly Supervisor _supervisor = new();
    private readonly ConcurrentDictionary<ServiceKey, RolloutLoop> _loops = new();
    private readonly ConcurrentDictionary<string, Fault> _broken = new(StringComparer.Ordinal);
    private readonly Lock _gate = new();
    private int _restarts;

    /// <summary>An engine that stands still until <see cref="StartAsync"/>.</summary>
    public RolloutEngine(EnginePorts ports, EngineSettings settings, EngineClock clock)
    {
        _ports = ports;
        _settings = settings;
        _clock = clock;
    }

    /// <summary>Every service that has a loop, by name.</summary>
    public ImmutableArray<ServiceKey> Services => [.. _loops.Keys.OrderBy(key => key.ToString(), StringComparer.Ordinal)];

    /// <summary>Parts of the engine that ended by an error and are being started again.</summary>
    public ImmutableArray<Fault> Problems => [.. _broken.Values];

    /// <summary>Makes a loop for every service in the ledger and begins to hear of changed instances.</summary>
    /// <exception cref="Ports.LedgerException">The ledger cannot be read.</exception>
    public async Task StartAsync(CancellationToken cancellation)
    {
        foreach (var (name, _) in await _ports.Ledger.ListAsync(ServicesProjection.Name, "", cancellation))
            if (ServicesProjection.KeyOf("service/" + name) is { } key) Of(key);
        _supervisor.Start("changes", HearAsync, RestartLaterAsync);
    }

    /// <summary>A service's loop, if the service was ever deployed.</summary>
    public RolloutLoop? Find(ServiceKey key) => _loops.GetValueOrDefault(key);

    /// <summary>A service's loop, made when it is not there.</summary>
    public RolloutLoop Of(ServiceKey key)
    {
        if (_loops.TryGetValue(key, out var loop)) return loop;
        lock (_gate)
        {
            if (_loops.TryGetValue(key, out loop)) return loop;
            loop = new RolloutLoop(key, _ports, _settings, _clock);
            _loops[key] = loop;
            // A loop quarantines its service by itself; an error outside its turns stops only this loop.
            _supervisor.Start(key.Stream, loop.RunAsync, (error, ct) => BrokenAsync(loop, error, ct));
            return loop;
        }
    }

    /// <summary>Every service is looked at at once: something changed that concerns all.</summary>
    public void WakeAll()
    {
        foreach (var loop in _loops.Values) loop.Wake();
    }

    /// <summary>Asks for a decision on a service. A release whose routes are another service's is refused: the edge would refuse them too, and later.</summary>
    /// <exception cref="ServiceBusyException">Too many commands wait.</exception>
    /// <exception cref="Ports.LedgerException">The decision could not be stored; nothing happened.</exception>
    public Task<CommandReply> AskAsync(ServiceKey key, RolloutObservation what, CancellationToken cancellation)
        => what is RolloutObservation.DeployRequested deploy && RouteClaims.Refuse(deploy.Service, _loops.Values.Select(loop => loop.Current.State)) is { } taken
            ? Task.FromResult(new CommandReply(taken, Refusal.Refused, Find(key)?.Current.State.Rollout, Queued: false, Seq: 0))
            : Of(key).AskAsync(what, cancellation);

    /// <summary>Stops every service's instances; from then on nothing is decided. Ends when none is left.</summary>
    /// <exception cref="Ports.LedgerException">It could not be recorded for some service, whose instances run on.</exception>
    public Task HaltAsync(Actor by, CancellationToken cancellation) => Task.WhenAll(_loops.Values.Select(loop => loop.HaltAsync(by, cancellation)));

    /// <summary>Ends all loops; effects on their way are left to the next engine.</summary>
    public ValueTask DisposeAsync() => _supervisor.DisposeAsync();

    private async Task HearAsync(CancellationToken cancellation)
    {
        while (await _ports.Workloads.Changes.WaitToReadAsync(cancellation))
        {
            _broken.TryRemove("changes", out _);
            while (_ports.Workloads.Changes.TryRead(out var key))
                if (_loops.TryGetValue(key, out var loop)) loop.Wake();
        }
    }

    private async Task<bool> RestartLaterAsync(Exception error, CancellationToken cancellation)
    {
        _broken["changes"] = new(FaultKind.Failed, Blame.Fairway, Retryable: true, $"changes of instances are not heard ({error.Message}); they are still seen every few seconds");
        await Task.Delay(Backoff.Parts.After(Interlocked.Increment(ref _restarts), "changes").ToTimeSpan(), _clock.Time, cancellation);
        return true;
    }

    private Task<bool> BrokenAsync(RolloutLoop loop, Exception error, CancellationToken cancellation)
    {
        _ = cancellation;
        _broken[loop.Key.Stream] = new(FaultKind.Failed, Blame.Fairway, Retryable: false, $"the loop of {loop.Key} ended: {error.GetType().Name}: {error.Message}");
        return Task.FromResult(false);
    }
}
