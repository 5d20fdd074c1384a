using System.Reflection;
using System.Security.Cryptography;
using Fairway.Catalog;
using Fairway.Edge.Admission;
using Fairway.Edge.Counters;
using Fairway.Edge.Routing;
using Fairway.Rollouts;
using Fairway.Traffic;

namespace Fairway.Edge.Admin;

/// <summary>What the edge tells about itself.</summary>
internal sealed class EdgeReport(LiveTable live, TableKeeper keeper, TimeProvider time)
{
    private readonly long _startedAt = time.GetTimestamp();
    private readonly List<string> _notices = [];
    private readonly Lock _lock = new();

    /// <summary>New with every start.</summary>
    public string Epoch { get; } = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(8));

    /// <summary>Where it listens, as URLs.</summary>
    public ImmutableArray<string> Listeners { get; set; } = [];

    /// <summary>Whether the whole edge drains.</summary>
    public bool Draining { get; set; }

    /// <summary>Version of this program.</summary>
    public static string Build { get; } = typeof(EdgeReport).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "unknown";

    /// <summary>Keeps something a person should know. Said once, however often it is noticed.</summary>
    public void Notice(string notice)
    {
        lock (_lock)
        {
            if (_notices.Contains(notice)) return;
            if (_notices.Count == 100) _notices.RemoveAt(0);
            _notices.Add(notice);
        }
    }

    /// <summary>The whole state.</summary>
    public EdgeStatus Status()
    {
        var table = live.Current;
        return new EdgeStatus
        {
            Epoch = Epoch,
            Build = Build,
            Pid = Environment.ProcessId,
            UptimeSeconds = time.GetElapsedTime(_startedAt).TotalSeconds,
            TableVersion = table.Source.Version,
            TableStored = keeper.StoreFailure is null,
            Draining = Draining,
            Listeners = Listeners,
            Notices = Notices(),
            Unrouted = live.Unrouted,
            Services = [.. table.Services.Select(StatusOf).OrderBy(one => one.Environment, StringComparer.Ordinal).ThenBy(one => one.Service, StringComparer.Ordinal)],
            Instances =
            [
                .. live.Instances
                    .Select(one => new EdgeInstanceStatus(
                        one.Service.Key.Environment, one.Service.Key.Service, one.Instance, $"{one.Host}:{one.Port}", one.InFlightCount, one.UpgradedCount,
                        one.IsDraining, one.IsEjected, one.Ejection.Total, one.Ejection.FailuresInARow))
                    .OrderBy(one => one.Environment, StringComparer.Ordinal).ThenBy(one => one.Service, StringComparer.Ordinal)
                    .ThenBy(one => one.Instance, StringComparer.Ordinal),
            ],
        };
    }

    /// <summary>All counters, to a reader that keeps account.</summary>
    public EdgeCounters Counters()
        => new(Epoch, live.Current.Source.Version, [.. live.Counters.Read(live.Instances, service: null, accounted: true).Select(row => row.Counters)]);

    /// <summary>One service, to a reader that keeps account.</summary>
    public EdgeView View(ServiceKey service)
    {
        // The generation first: counts read after it may only be newer than the routes they are judged under.
        var generation = keeper.Current.Find(service.Environment, service.Service)?.Generation ?? 0;
        return new(Epoch, generation, [.. live.Counters.Read(live.Instances, service, accounted: true).Select(row => row.Counters)]);
    }

    /// <summary>Everything as Prometheus text.</summary>
    public string Metrics() => MetricsText.Of(live.Counters.Read(live.Instances, service: null, accounted: false), Status());

    private ImmutableArray<string> Notices()
    {
        lock (_lock) return keeper.StoreFailure is { } failure ? [.. _notices, failure] : [.. _notices];
    }

    private static EdgeServiceStatus StatusOf(ServiceEntry entry)
    {
        var runtime = entry.Runtime;
        var circuit = runtime.Circuit switch { CircuitState.Closed => "closed", CircuitState.Open => "open", CircuitState.HalfOpen => "halfOpen" };
        return new(runtime.Key.Environment, runtime.Key.Service, entry.Routes.Generation, runtime.Active, runtime.Queued, circuit, runtime.Diverted, new EdgeRefusals(
            runtime.Refused(RefusalReason.QueueFull), runtime.Refused(RefusalReason.QueueTimeout),
            runtime.Refused(RefusalReason.CircuitOpen), runtime.Refused(RefusalReason.NoInstance)));
    }
}
