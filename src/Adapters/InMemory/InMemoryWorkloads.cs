using System.Runtime.CompilerServices;
using System.Threading.Channels;
using Fairway.Catalog;
using Fairway.Kernel;
using Fairway.Ports;
using Fairway.Rollouts;
using Fairway.Workloads;
using NodaTime;
using NodaTime.Extensions;

namespace Fairway.Adapters.InMemory;

/// <summary>A runtime where nothing really runs: the simulator's world, held to the same contract as the real ones.</summary>
/// <param name="time">For readiness, exits, backoff.</param>
public sealed class InMemoryWorkloads(TimeProvider time) : IWorkloads
{
    private const int FirstPort = 20_000;

    private readonly Lock _lock = new();
    private readonly Dictionary<(ServiceKey Service, SlotName Slot), long> _applied = [];
    private readonly Dictionary<ServiceKey, List<InMemoryInstance>> _instances = [];
    private readonly Dictionary<ServiceKey, List<LogLine>> _logs = [];
    private readonly Channel<ServiceKey> _changes = Channel.CreateUnbounded<ServiceKey>();
    private readonly HashSet<ServiceKey> _unread = [];
    private TaskCompletionSource _logged = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _ports;

    /// <summary>How the instances of a release behave; asked when one is started.</summary>
    public Func<Release, InMemoryProgram> Programs { get; set; } = _ => InMemoryProgram.Good;

    /// <summary>Told of every instance just before it is stopped because it was asked for, with the effect's id.</summary>
    public Action<ServiceKey, InstanceView, long>? Stopping { get; set; }

    /// <summary>Told of every change of a service's instances, besides <see cref="Changes"/>.</summary>
    public Action<ServiceKey>? OnChange { get; set; }

    /// <summary>Whether effects older than the last one applied do nothing; false only to show what goes wrong then.</summary>
    public bool IsFenced { get; init; } = true;

    /// <inheritdoc/>
    public ChannelReader<ServiceKey> Changes => _changes.Reader;

    internal TimeProvider Time => time;

    /// <summary>Accepts what a slot shall run; see <see cref="IWorkloads.ApplyAsync"/>.</summary>
    public Fault? Apply(ServiceKey service, RolloutEffect.SetInstances effect)
    {
        lock (_lock)
        {
            var last = _applied.GetValueOrDefault((service, effect.Slot));
            if (IsFenced && effect.Id < last)
                return new(FaultKind.Fenced, Blame.Fairway, Retryable: false, $"slot {effect.Slot} of {service} has effect {last} already; {effect.Id} is older");
            if (IsFenced && effect.Id == last) return null;
            _applied[(service, effect.Slot)] = effect.Id;
            var all = AllOf(service);
            foreach (var one in all.ToArray())
                if (one.View.Slot == effect.Slot && !one.IsStopping && (one.View.Release != effect.Release.Digest || one.View.Ordinal >= effect.Count
                    || one.View.Phase == InstancePhase.Failed))
                {
                    Stopping?.Invoke(service, one.View, effect.Id);
                    one.Stop();
                }
            for (var ordinal = 0; ordinal < effect.Count; ordinal++)
                if (!all.Exists(one => one.View.Slot == effect.Slot && one.View.Ordinal == ordinal && !one.IsStopping))
                    all.Add(new(this, service, effect.Slot, ordinal, effect.Id, effect.Release, Programs(effect.Release)));
            return null;
        }
    }

    /// <summary>The service's instances now.</summary>
    public ImmutableArray<InstanceView> Observe(ServiceKey service)
    {
        lock (_lock)
        {
            if (!_instances.TryGetValue(service, out var all)) return [];
            var views = ImmutableArray.CreateBuilder<InstanceView>(all.Count);
            foreach (var one in all) views.Add(one.View);
            return views.ToImmutable();
        }
    }

    /// <summary>An instance as it really is now; null when it is gone.</summary>
    public InstanceView? Find(ServiceKey service, string instance)
    {
        lock (_lock)
        {
            if (_instances.TryGetValue(service, out var all))
                foreach (var one in all)
                    if (one.View.Id == instance) return one.View;
            return null;
        }
    }

    /// <summary>An instance's process is killed from outside.</summary>
    public void Kill(ServiceKey service, string instance) => Act(service, instance, one => one.Exit(null, "SIGKILL"));

    /// <summary>An instance's checks begin or cease to fail.</summary>
    public void SetReady(ServiceKey service, string instance, bool ready) => Act(service, instance, one => one.SetReady(ready));

    /// <summary>An instance writes a line.</summary>
    public void Write(ServiceKey service, string instance, string stream, string text)
    {
        TaskCompletionSource logged;
        lock (_lock)
        {
            if (!_logs.TryGetValue(service, out var lines)) _logs[service] = lines = [];
            lines.Add(new(time.GetUtcNow().ToInstant(), instance, stream, text));
            logged = _logged;
            _logged = new(TaskCreationOptions.RunContinuationsAsynchronously);
        }
        logged.TrySetResult();
    }

    /// <inheritdoc/>
    public Task<Fault?> ApplyAsync(ServiceKey service, RolloutEffect.SetInstances effect, CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        return Task.FromResult(Apply(service, effect));
    }

    /// <inheritdoc/>
    public Task<ImmutableArray<InstanceView>> ObserveAsync(ServiceKey service, CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        lock (_lock) _unread.Remove(service);
        return Task.FromResult(Observe(service));
    }

    /// <inheritdoc/>
    public async IAsyncEnumerable<LogLine> ReadLogsAsync(LogQuery query, [EnumeratorCancellation] CancellationToken cancellation)
    {
        var from = -1;
        while (true)
        {
            LogLine[] lines;
            Task more;
            lock (_lock)
            {
                var all = _logs.GetValueOrDefault(query.Service, []);
                more = _logged.Task;
                lines = [.. (from < 0 ? all : all.Skip(from)).Where(line => query.Instance is null || line.Instance == query.Instance)];
                if (from < 0) lines = [.. lines.TakeLast(query.Tail)];
                from = all.Count;
            }
            foreach (var line in lines) yield return line;
            if (!query.Follow) yield break;
            await more.WaitAsync(cancellation);
        }
    }

    internal int NextPort() => FirstPort + _ports++ % 40_000;

    internal ITimer After(Duration delay, Action act) => time.CreateTimer(_ =>
    {
        lock (_lock) act();
    }, null, delay.ToTimeSpan(), System.Threading.Timeout.InfiniteTimeSpan);

    internal void Left(InMemoryInstance gone)
    {
        gone.Quiet();
        AllOf(gone.Service).Remove(gone);
        Changed(gone.Service);
    }

    internal void Changed(ServiceKey service)
    {
        // A service that nobody has read since is announced already.
        if (_unread.Add(service)) _changes.Writer.TryWrite(service);
        OnChange?.Invoke(service);
    }

    private List<InMemoryInstance> AllOf(ServiceKey service)
    {
        if (!_instances.TryGetValue(service, out var all)) _instances[service] = all = [];
        return all;
    }

    private void Act(ServiceKey service, string instance, Action<InMemoryInstance> act)
    {
        lock (_lock)
            if (AllOf(service).Find(one => one.View.Id == instance) is { } found) act(found);
    }
}
