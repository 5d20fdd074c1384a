using Fairway.Catalog;
using Fairway.Kernel;
using Fairway.Rollouts;
using Fairway.Traffic;
using Fairway.Workloads;
using NodaTime;

namespace Fairway.Baselines;

/// <summary>Worlds to be measured, by few numbers.</summary>
internal static class Measured
{
    public const string Old = "sha256:old";
    public const string New = "sha256:new";

    public static readonly Instant Noon = Instant.FromUtc(2026, 3, 2, 12, 0);

    /// <summary>An edge that has counted so much of each release, one instance each.</summary>
    public static EdgeView Seen(string epoch, params ReadOnlySpan<InstanceCounters> rows) => new(epoch, 1, [.. rows]);

    /// <summary>Cumulative counts of an instance; each request as slow as said.</summary>
    public static InstanceCounters Row(string release, long good, long bad = 0, int milliseconds = 10, string? instance = null) => new()
    {
        Environment = "production", Service = "shop", Release = release, Version = release, Instance = instance ?? "i-" + release,
        Requests = [0, 0, good, 0, 0, bad], Latency = ImmutableSortedDictionary<int, long>.Empty.Add(LatencyBuckets.IndexOf(milliseconds * 1_000), good + bad),
    };

    public static WorldView World(EdgeView? edge, params ReadOnlySpan<string> releases)
    {
        var instances = ImmutableArray.CreateBuilder<InstanceView>();
        foreach (var release in releases) instances.Add(new("i-" + release, SlotName.A, 0, release, InstancePhase.Ready, "127.0.0.1", 1, 0, Noon, 1, null, null, null));
        return new(instances.ToImmutable(), edge);
    }

    public static MeasuredMetric Share(string name, long events, long requests) => new(name, MeasureKind.Share, requests > 0 ? (double)events / requests : null, new(events, requests));

    public static MeasuredMetric Latency(double milliseconds, long above, long timed, int line = 100, string name = "latency-p99")
        => new(name, MeasureKind.Milliseconds, milliseconds, new(above, timed), line);

    public static MeasuredWindow Window(params ReadOnlySpan<MeasuredMetric> metrics) => new(Noon, Noon + Duration.FromMinutes(5), 1_000, 300, [.. metrics]);

    public static BaselineEvent.ReleaseCompared Compared(int number, double p99, RolloutPhase outcome = RolloutPhase.Completed, bool isRollback = false, double errors = 0)
    {
        var after = Window(Latency(p99, 10, 1_000), new("errors", MeasureKind.Share, errors, new(errors * 1_000, 1_000)));
        return new($"production/shop/{number}", number, new("sha256:" + number, $"1.{number}"), null, isRollback, outcome, null, after,
            WindowComparison.Compare(null, after, null), Why.Because("only-after-measured", "measured"), Noon + Duration.FromHours(number));
    }
}
