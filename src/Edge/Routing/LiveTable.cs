using Fairway.Edge.Counters;
using Fairway.Edge.Health;
using Fairway.Traffic;

namespace Fairway.Edge.Routing;

/// <summary>The table in force. Reading it is one volatile read; a new one takes its place in one swap.</summary>
public sealed class LiveTable : IAsyncDisposable
{
    private readonly Lock _lock = new();
    private readonly RuntimeRegistry _registry;
    private volatile RoutingTable _current;
    private long _unrouted;

    public LiveTable(TimeProvider time)
    {
        _registry = new RuntimeRegistry(time, MayEject);
        _current = new RoutingTable(this, RouteTable.Empty, _registry.Compile);
    }

    /// <summary>The snapshot in force.</summary>
    public RoutingTable Current => _current;

    /// <summary>Requests that no service took.</summary>
    public long Unrouted => Interlocked.Read(ref _unrouted);

    /// <summary>A request matched nothing.</summary>
    internal void CountUnrouted() => Interlocked.Increment(ref _unrouted);

    /// <summary>Counters of everything that had traffic or is in the table.</summary>
    internal CounterBook Counters => _registry.Counters;

    /// <summary>Instances in the table, and those that left it and still hold exchanges.</summary>
    internal ImmutableArray<InstanceRuntime> Instances => _registry.Instances;

    /// <summary>
    /// Compiles a valid table and swaps it in. Instances that take requests again do so before the swap, those that stop do so after it: no request ever sees
    /// an arm without instances because of a swap.
    /// </summary>
    public void Apply(RouteTable table)
    {
        lock (_lock)
        {
            var next = new RoutingTable(this, table, _registry.Compile);
            _current = next;
            _registry.Settle(next);
        }
    }

    /// <summary>The whole edge drains: everybody who watches an instance's <see cref="InstanceRuntime.Draining"/> is told. Requests go on being routed.</summary>
    public void Drain() => _registry.SignalAll();

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _registry.DisposeAsync();

    private bool MayEject(InstanceRuntime instance) => _current.Find(instance.Service.Key)?.CanSpare(instance) ?? false;
}
