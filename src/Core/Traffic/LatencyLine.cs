namespace Fairway.Traffic;

/// <summary>Where slow begins: the buckets (<see cref="LatencyBuckets"/>) that hold a release's 95th and 99th percentile. What lies in higher ones is above.</summary>
/// <param name="P95">Index of the bucket of the 95th percentile.</param>
/// <param name="P99">Index of the bucket of the 99th percentile.</param>
public sealed record LatencyLine(int P95, int P99)
{
    /// <summary>Latencies without which a percentile says too little.</summary>
    public const long Least = 200;

    /// <summary>The line of a release, from all that the edge has timed of it; null when that is fewer than <see cref="Least"/>.</summary>
    public static LatencyLine? Of(string release, ImmutableArray<InstanceCounters> counters)
    {
        var sums = new SortedDictionary<int, long>();
        long total = 0;
        foreach (var row in counters)
        {
            if (row.Release != release) continue;
            foreach (var (bucket, count) in row.Latency)
            {
                sums[bucket] = sums.GetValueOrDefault(bucket) + count;
                total += count;
            }
        }
        return total < Least ? null : new(LatencyBuckets.At(sums, 0.95)!.Value, LatencyBuckets.At(sums, 0.99)!.Value);
    }

    /// <summary>How many of these latencies there are, and how many lie above each percentile's bucket.</summary>
    public (long Timed, long AboveP95, long AboveP99) Count(ImmutableSortedDictionary<int, long> latency)
    {
        long timed = 0, above95 = 0, above99 = 0;
        foreach (var (bucket, count) in latency)
        {
            timed += count;
            if (bucket > P95) above95 += count;
            if (bucket > P99) above99 += count;
        }
        return (timed, above95, above99);
    }
}
