using System.Globalization;
using Fairway.Metrics.Configuration;
using Fairway.Metrics.Model;
using Fairway.Metrics.Scrape;
using Fairway.Rollouts;
using Fairway.Workloads;

namespace Fairway.Metrics;

/// <summary>Finds the instances that show metrics of their own, and has them scraped: whatever runs now, stable or candidate.</summary>
internal sealed class InstanceDiscovery : IAsyncDisposable
{
    /// <summary>Name of the scrape config.</summary>
    public const string Job = "fairway-instances";

    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan MostPatience = TimeSpan.FromSeconds(10);

    private readonly RolloutEngine _rollouts;
    private readonly MetricsEngine _metrics;
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _run;

    /// <summary>Begins at once.</summary>
    /// <param name="rollouts">Knows the instances.</param>
    /// <param name="metrics">Scrapes them.</param>
    public InstanceDiscovery(RolloutEngine rollouts, MetricsEngine metrics)
    {
        (_rollouts, _metrics) = (rollouts, metrics);
        _run = Task.Run(RunAsync);
    }

    /// <summary>How they are scraped. One that runs wild with labels costs itself its metrics, not the others theirs.</summary>
    public static ScrapeConfig Config { get; } = new()
    {
        JobName = Job, Identity = Job, ScrapeTimeout = MostPatience, BodySizeLimit = 32 << 20, Ingest = new() { SampleLimit = 50_000, LabelLimit = 64 },
    };

    /// <summary>Stops looking.</summary>
    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _run;
        _stop.Dispose();
    }

    private async Task RunAsync()
    {
        var known = "";
        try
        {
            using var timer = new PeriodicTimer(Interval, _metrics.Options.Time);
            do
            {
                var groups = _rollouts.Services.SelectMany(key => Groups(_rollouts.Find(key)?.Current)).ToImmutableArray();
                var now = string.Join('\n', groups.Select(group => $"{group.Source} {string.Join(' ', group.Targets)} {string.Join(' ', group.Labels)}"));
                if (now == known) continue;
                await _metrics.Scraper.DiscoverAsync(Job, groups, _stop.Token);
                known = now;
            }
            while (await timer.WaitForNextTickAsync(_stop.Token));
        }
        catch (OperationCanceledException) when (_stop.IsCancellationRequested)
        {
            // That is how it ends.
        }
    }

    private static IEnumerable<TargetGroup> Groups(ServiceSnapshot? now)
    {
        if (now is not { World: { } world, State: var state } || (state.Active?.Service ?? state.Service)?.Metrics is not { } shown) yield break;
        var interval = shown.Interval.ToTimeSpan();
        foreach (var one in world.Instances.Where(one => one.Pid is not null && one.Phase is InstancePhase.Ready or InstancePhase.Unready or InstancePhase.Stopping))
        {
            var release = state[one.Slot].Release;
            yield return new(one.Id, [string.Create(CultureInfo.InvariantCulture, $"{one.Host}:{one.Port}")],
            [
                new("environment", state.Key.Environment), new("service", state.Key.Service), new("job", state.Key.Service), new("instance", one.Id),
                new("release", one.Release), new("version", release?.Digest == one.Release ? release.Version : ""),
                new("__metrics_path__", shown.Path), new("__scrape_interval__", PrometheusDuration.ToText(interval)),
                new("__scrape_timeout__", PrometheusDuration.ToText(interval < MostPatience ? interval : MostPatience)),
            ]);
        }
    }
}
