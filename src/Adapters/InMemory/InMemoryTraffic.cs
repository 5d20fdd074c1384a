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
    private readonly Dictionary<ServiceKey, ServiceRoutes> _table = [];
    private readonly Dictionary<ServiceKey, Dictionary<string, Row>> _counters = [];
    private int _epoch = 1;

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
            var last = _table.GetValueOrDefault(service)?.Generation ?? 0;
            if (IsFenced && effect.Id < last)
                return new(FaultKind.Fenced, Blame.Fairway, Retryable: false, $"the routes of {service} have generation {last} already; {effect.Id} is older");
            if (IsFenced && effect.Id == last) return null;
            var sum = 0;
            foreach (var arm in effect.Routes.Arms) sum += arm.Weight.BasisPoints;
            if (effect.Routes.Arms.Length > 0 && sum != Weight.Full.BasisPoints)
                return new(FaultKind.Invalid, Blame.Fairway, Retryable: false, $"the weights of {service} sum to {sum / 100m} %, not to 100 %");
            _table[service] = effect.Routes;
            OnApply?.Invoke(service, effect.Routes);
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
            return new(Epoch, _table.GetValueOrDefault(service)?.Generation ?? 0, rows.ToImmutable());
        }
    }

    /// <summary>The routes in force; null when the service has none.</summary>
    public ServiceRoutes? RoutesOf(ServiceKey service)
    {
        lock (_lock) return _table.GetValueOrDefault(service);
    }

    /// <summary>The edge ends and is started again: its counters begin anew and what it held is cut.</summary>
    /// <param name="keepsTable">Whether it found its table on disk.</param>
    public void Restart(bool keepsTable)
    {
        lock (_lock)
        {
            _epoch++;
            _counters.Clear();
            if (!keepsTable) _table.Clear();
        }
    }

    /// <summary>Finished exchanges of one instance, counted exactly.</summary>
    public void Count(ServiceKey service, Arm arm, string instance, long good, long bad)
    {
        lock (_lock)
        {
            var row = RowOf(service, arm.Release, arm.Version, instance);
            row.Good += good;
            row.Bad += bad;
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

        public long InFlight { get; set; }

        public InstanceCounters Read(ServiceKey service, string instance) => new()
        {
            Environment = service.Environment, Service = service.Service, Release = release, Version = version, Instance = instance,
            Requests = [0, 0, Good, 0, 0, Bad], InFlight = InFlight,
        };
    }
}
