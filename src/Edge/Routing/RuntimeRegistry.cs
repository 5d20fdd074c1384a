using System.Collections.Concurrent;
using Fairway.Catalog;
using Fairway.Edge.Admission;
using Fairway.Edge.Counters;
using Fairway.Edge.Health;
using Fairway.Traffic;

namespace Fairway.Edge.Routing;

/// <summary>
/// What lives across tables: a service's concurrency and circuit, an instance's connections and exchanges in flight, every counter. Written by one thread at a
/// time (<see cref="LiveTable.Apply"/>), read by any.
/// </summary>
internal sealed class RuntimeRegistry : IAsyncDisposable
{
    private readonly TimeProvider _time;
    private readonly Func<InstanceRuntime, bool> _mayEject;
    private readonly Lock _ejecting = new();
    private readonly ConcurrentDictionary<ServiceKey, ServiceRuntime> _services = new();
    private readonly ConcurrentDictionary<InstanceKey, InstanceRuntime> _instances = new();
    private readonly EjectionProbe _probe;

    public RuntimeRegistry(TimeProvider time, Func<InstanceRuntime, bool> mayEject)
    {
        _time = time;
        _mayEject = mayEject;
        _probe = new EjectionProbe(time);
        Counters = new CounterBook(time);
    }

    /// <summary>All counters.</summary>
    public CounterBook Counters { get; }

    /// <summary>Every instance that is not closed.</summary>
    public ImmutableArray<InstanceRuntime> Instances => [.. _instances.Values.Where(instance => !instance.IsClosed)];

    /// <summary>A service's entry for a new table, on runtimes that exist or are made now.</summary>
    public ServiceEntry Compile(RoutingTable table, ServiceRoutes routes)
    {
        var key = new ServiceKey(routes.Environment, routes.Service);
        var service = _services.GetOrAdd(key, static (key, state) => new ServiceRuntime(key, state.Policy, state.Time), (routes.Policy, Time: _time));
        service.Use(routes.Policy);
        var arms = new ArmEntry[routes.Arms.Length];
        ArmEntry? preview = null;
        for (var i = 0; i < arms.Length; i++)
        {
            var arm = routes.Arms[i];
            var active = new List<InstanceRuntime>(arm.Targets.Length);
            foreach (var target in arm.Targets)
            {
                var instance = Keep(service, arm, target);
                if (target.State != TargetState.Active) continue;
                instance.Activate();
                active.Add(instance);
            }
            arms[i] = new ArmEntry(arm, [.. active], pinned: false);
            if (arm.Name == routes.PreviewArm) preview = new ArmEntry(arm, [.. active], pinned: true);
        }
        return new ServiceEntry(table, routes, service, arms, preview);
    }

    /// <summary>After the swap: what the table has as draining drains, what it has no more is let go.</summary>
    public void Settle(RoutingTable table)
    {
        var wanted = new Dictionary<InstanceKey, TargetState>();
        foreach (var entry in table.Services)
            foreach (var arm in entry.Routes.Arms)
                foreach (var target in arm.Targets) wanted[InstanceKey.Of(entry.Runtime.Key, arm, target)] = target.State;
        foreach (var (key, instance) in _instances)
        {
            var inTable = wanted.TryGetValue(key, out var state);
            if (inTable && state == TargetState.Active) continue;
            instance.Drain();
            if (!inTable) instance.Retire();
        }
        var held = _instances.Keys.Select(key => key.Service).ToHashSet();
        foreach (var (key, service) in _services)
            if (table.Find(key) is null && !held.Contains(key) && service is { Active: 0, Queued: 0 }) _services.TryRemove(key, out _);
    }

    /// <summary>Tells everybody who holds something open that the whole edge drains.</summary>
    public void SignalAll()
    {
        foreach (var instance in _instances.Values) instance.SignalDrain();
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _probe.DisposeAsync();
        foreach (var instance in _instances.Values) instance.Retire();
    }

    private InstanceRuntime Keep(ServiceRuntime service, Arm arm, Target target)
    {
        var key = InstanceKey.Of(service.Key, arm, target);
        var drainTimeout = service.Policy.DrainTimeout.ToTimeSpan();
        if (_instances.TryGetValue(key, out var known) && known.Keep(drainTimeout)) return known;
        var row = Counters.Row(new CounterKey(key.Service.Environment, key.Service.Service, arm.Release, target.Instance), arm.Version);
        var owner = new InstanceOwner(TryEject, closed => _instances.TryRemove(KeyValuePair.Create(key, closed)));
        var made = new InstanceRuntime(target.Instance, target.Host, target.Port, service, row, owner, _time);
        made.Keep(drainTimeout);
        return _instances[key] = made;
    }

    private void TryEject(InstanceRuntime instance)
    {
        // One at a time: two that fail together must not both see the other as the one that is left.
        lock (_ejecting)
        {
            if (instance.IsEjected || !_mayEject(instance)) return;
            _probe.Watch(instance, instance.Ejection.Eject(instance.Service.Policy));
        }
    }

    // A restarted instance keeps its id and gets a new port: other connections, the same counters.
    private sealed record InstanceKey(ServiceKey Service, string Release, string Instance, string Host, int Port)
    {
        public static InstanceKey Of(ServiceKey service, Arm arm, Target target) => new(service, arm.Release, target.Instance, target.Host, target.Port);
    }
}
