using Fairway.Catalog;
using Fairway.Kernel;
using Fairway.Ports;
using Fairway.Rollouts;
using Fairway.Traffic;

namespace Fairway.Adapters.InMemory;

/// <summary>A data plane without sockets: one table, exact counters, and the faults that real ones have.</summary>
public sealed class InMemoryTraffic : ITraffic
{
    private readonly Lock _lock = new();
    private readonly Dictionary<ServiceKey, ServiceRoutes> _inForce = [];
    private FencedTable _held = FencedTable.Empty;
    private readonly Dictionary<ServiceKey, Dictionary<string, Row>> _counters = [];
    private int _epoch = 1;

    private static readonly int FastBucket = LatencyBuckets.IndexOf(5_000);
    private static readonly int SlowBucket = LatencyBuckets.IndexOf(500_000);

    /// <summary>Whether the edge answers.</summary>
    public bool IsReachable { get; set; } = true;

    /// <summary>New with every start of the edge.</summary>
    public string Epoch => $"epoch-{_epoch}";

    /// <summary>Told of every table that comes in force.</summary>
    public Action<ServiceKey, ServiceRoutes>? OnApply { get; set; }

    /// <summary>Whether routes older than those in force do nothing; false only to show what goes wrong then.</summary>
    public bool IsFenced { get; init; } = true;

    /// <summary>Applies a service's routes; see <see cref="ITraffic.ApplyAsync"/>.</summary>
    public Fault? Apply(ServiceKey service, RolloutEffect.SetRoutes effect)
    {
        lock (_lock)
        {
            if (!IsReachable) return new(FaultKind.Unavailable, Blame.Platform, Retryable: true, "the edge does not answer");
            // The effect's id is the fence, whatever the routes were made with.
            var routes = effect.Routes with { Generation = effect.Id };
            if (!IsFenced) _held = Unfenced(service);
            var change = _held.Put(routes);
            if (change.Verdict is TableVerdict.Invalid or TableVerdict.Stale) return Refused(change);
            if (change.Verdict == TableVerdict.Unchanged) return null;
            _held = change.Next;
            _inForce[service] = routes;
            AddRows(service, routes);
            OnApply?.Invoke(service, routes);
            return null;
        }
    }

    /// <summary>What the edge says of a service; null when it does not answer.</summary>
    public EdgeView? Observe(ServiceKey service)
    {
        lock (_lock)
        {
            if (!IsReachable) return null;
            var rows = ImmutableArray.CreateBuilder<InstanceCounters>();
            if (_counters.TryGetValue(service, out var counted))
                foreach (var (instance, row) in counted) rows.Add(row.Read(service, instance));
            return new(Epoch, InForce(service)?.Generation ?? 0, rows.ToImmutable());
        }
    }

    /// <summary>The routes in force; null when the service has none.</summary>
    public ServiceRoutes? RoutesOf(ServiceKey service)
    {
        lock (_lock) return InForce(service);
    }

    /// <summary>The edge ends and is started again: its counters begin anew and what it held is cut.</summary>
    /// <param name="keepsTable">Whether it found its table on disk.</param>
    public void Restart(bool keepsTable)
    {
        lock (_lock)
        {
            _epoch++;
            _counters.Clear();
            if (!keepsTable)
            {
                _held = FencedTable.Empty;
                _inForce.Clear();
            }
            foreach (var (service, routes) in _inForce) AddRows(service, routes);
        }
    }

    /// <summary>Finished exchanges of one instance, counted exactly.</summary>
    /// <param name="service">The service.</param>
    /// <param name="arm">The arm that they came by.</param>
    /// <param name="instance">The instance.</param>
    /// <param name="good">Answered well.</param>
    /// <param name="bad">Answered with 5xx.</param>
    /// <param name="slow">Of both together: after half a second, the others after 5 ms.</param>
    public void Count(ServiceKey service, Arm arm, string instance, long good, long bad, long slow = 0)
    {
        lock (_lock)
        {
            var row = RowOf(service, arm.Release, arm.Version, instance);
            row.Good += good;
            row.Bad += bad;
            row.Slow += slow;
        }
    }

    /// <summary>Exchanges that an instance holds open: more, or with a negative number fewer.</summary>
    public void Hold(ServiceKey service, Arm arm, string instance, int change)
    {
        lock (_lock)
        {
            var row = RowOf(service, arm.Release, arm.Version, instance);
            row.InFlight = Math.Max(0, row.InFlight + change);
        }
    }

    /// <summary>Exchanges that an instance holds open now.</summary>
    public long HeldBy(ServiceKey service, string instance)
    {
        lock (_lock) return _counters.TryGetValue(service, out var rows) && rows.TryGetValue(instance, out var row) ? row.InFlight : 0;
    }

    /// <inheritdoc/>
    public Task<Fault?> ApplyAsync(ServiceKey service, RolloutEffect.SetRoutes effect, CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        return Task.FromResult(Apply(service, effect));
    }

    /// <inheritdoc/>
    public Task<EdgeView?> ObserveAsync(ServiceKey service, CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        return Task.FromResult(Observe(service));
    }

    private ServiceRoutes? InForce(ServiceKey service) => _inForce.GetValueOrDefault(service);

    private FencedTable Unfenced(ServiceKey service)
        => _held with { Fences = _held.Fences.Remove(service.ToString()) };

    private static Fault Refused(TableChange change) => change.Verdict == TableVerdict.Stale
        ? new(FaultKind.Fenced, Blame.Fairway, Retryable: false, string.Join("; ", change.Problems))
        : new(FaultKind.Invalid, Blame.Configuration, Retryable: false, string.Join("; ", change.Problems));

    private void AddRows(ServiceKey service, ServiceRoutes routes)
    {
        foreach (var arm in routes.Arms)
            foreach (var target in arm.Targets) RowOf(service, arm.Release, arm.Version, target.Instance);
    }

    private Row RowOf(ServiceKey service, string release, string version, string instance)
    {
        if (!_counters.TryGetValue(service, out var rows)) _counters[service] = rows = [];
        if (!rows.TryGetValue(instance, out var row)) rows[instance] = row = new(release, version);
        return row;
    }

    private sealed class Row(string release, string version)
    {
        public long Good { get; set; }

        public long Bad { get; set; }

        public long Slow { get; set; }

        public long InFlight { get; set; }

        public InstanceCounters Read(ServiceKey service, string instance) => new()
        {
            Environment = service.Environment, Service = service.Service, Release = release, Version = version, Instance = instance,
            Requests = [0, 0, Good, 0, 0, Bad], InFlight = InFlight, Latency = Latency(),
        };

        private ImmutableSortedDictionary<int, long> Latency()
        {
            var latency = ImmutableSortedDictionary<int, long>.Empty;
            if (Good + Bad > Slow) latency = latency.Add(FastBucket, Good + Bad - Slow);
            return Slow > 0 ? latency.Add(SlowBucket, Slow) : latency;
        }
    }
}
