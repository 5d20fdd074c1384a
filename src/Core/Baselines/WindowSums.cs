using Fairway.Judgement;
using Fairway.Traffic;
using NodaTime;

namespace Fairway.Baselines;

/// <summary>What one release did in a span of time, added up.</summary>
/// <param name="From">Its start.</param>
/// <param name="To">Its end.</param>
internal sealed record WindowSums(Instant From, Instant To)
{
    // Fewer looks at processes have no median.
    private const long LeastLooks = 3;

    private static readonly ImmutableArray<(double Share, string Name, long Least)> Usual = [(0.5, "latency-p50", 20), (0.9, "latency-p90", 100), (0.99, "latency-p99", LatencyLine.Least)];

    /// <summary>Counts.</summary>
    public ArmCounts Counts { get; init; } = ArmCounts.None;

    /// <summary>Latencies in microseconds, by bucket.</summary>
    public ImmutableSortedDictionary<int, long> Latency { get; init; } = ImmutableSortedDictionary<int, long>.Empty;

    /// <summary>Looks at an instance's CPU, in millionths of a core, by bucket.</summary>
    public ImmutableSortedDictionary<int, long> Cpu { get; init; } = ImmutableSortedDictionary<int, long>.Empty;

    /// <summary>Looks at an instance's memory, in KiB, by bucket.</summary>
    public ImmutableSortedDictionary<int, long> Memory { get; init; } = ImmutableSortedDictionary<int, long>.Empty;

    /// <summary>Both, one after the other.</summary>
    public static WindowSums operator +(WindowSums earlier, WindowSums later) => new(earlier.From, later.To)
    {
        Counts = earlier.Counts + later.Counts, Latency = Sum(earlier.Latency, later.Latency), Cpu = Sum(earlier.Cpu, later.Cpu), Memory = Sum(earlier.Memory, later.Memory),
    };

    /// <summary>Two histograms as one.</summary>
    public static ImmutableSortedDictionary<int, long> Sum(ImmutableSortedDictionary<int, long> left, IEnumerable<KeyValuePair<int, long>> right)
    {
        var sum = left.ToBuilder();
        foreach (var (bucket, count) in right) sum[bucket] = sum.GetValueOrDefault(bucket) + count;
        return sum.ToImmutable();
    }

    /// <summary>As numbers to keep.</summary>
    /// <param name="judged">The metrics that the service is judged by; those of queries are measured elsewhere.</param>
    /// <param name="before">The window that this one is compared with; null is none.</param>
    public MeasuredWindow Measure(ImmutableArray<MetricPolicy> judged, MeasuredWindow? before)
    {
        var seconds = Math.Round((To - From).TotalSeconds, 3);
        var metrics = ImmutableArray.CreateBuilder<MeasuredMetric>();
        metrics.Add(new("requests", MeasureKind.PerSecond, seconds > 0 ? Round(Counts.Requests / seconds) : null, new(Counts.Requests, seconds)));
        metrics.Add(Share("errors", Counts.Errors));
        var quantiles = judged.Any(static metric => metric.Source == MetricSource.AboveP95) ? Usual.Insert(2, (0.95, "latency-p95", LatencyLine.Least)) : Usual;
        foreach (var (share, name, least) in quantiles) metrics.Add(Quantile(name, MeasureKind.Milliseconds, Latency, share, least, 1e-3, before));
        foreach (var metric in judged)
        {
            if (metric.Source == MetricSource.Timeouts) metrics.Add(Share(metric.Name, Counts.Timeouts));
            else if (metric.Source == MetricSource.Resets) metrics.Add(Share(metric.Name, Counts.Resets));
            else if (metric.Source == MetricSource.Restarts)
                metrics.Add(new(metric.Name, MeasureKind.PerHour, Counts.InstanceSeconds > 0 ? Round(Counts.Restarts / Counts.InstanceSeconds * 3600) : null, new(Counts.Restarts, Counts.InstanceSeconds)));
        }
        if (!Cpu.IsEmpty || before?.Find("cpu") is not null) metrics.Add(Quantile("cpu", MeasureKind.Cores, Cpu, 0.5, LeastLooks, 1e-6, before));
        if (!Memory.IsEmpty || before?.Find("memory") is not null) metrics.Add(Quantile("memory", MeasureKind.Bytes, Memory, 0.5, LeastLooks, 1024, before));
        return new(From, To, Counts.Requests, Counts.InstanceSeconds, metrics.ToImmutable());
    }

    private MeasuredMetric Share(string name, long events) => new(name, MeasureKind.Share, Counts.Requests > 0 ? Round((double)events / Counts.Requests) : null, new(events, Counts.Requests));

    private static MeasuredMetric Quantile(
        string name, MeasureKind kind, ImmutableSortedDictionary<int, long> counts, double share, long least, double unit, MeasuredWindow? before)
    {
        var total = counts.Values.Sum();
        var own = total >= least ? LatencyBuckets.At(counts, share) : null;
        var line = before is null ? own : before.Find(name)?.Line;
        var above = line is { } bucket ? counts.Where(pair => pair.Key > bucket).Sum(static pair => pair.Value) : 0;
        return new(name, kind, own is { } found ? Round(LatencyBuckets.Middle(found) * unit) : null, new(above, total), line);
    }

    // Nobody reads more digits, and the ledger keeps them for ever.
    private static double Round(double value) => value == 0 ? 0 : double.Parse(value.ToString("G5", System.Globalization.CultureInfo.InvariantCulture), System.Globalization.CultureInfo.InvariantCulture);
}
