using Fairway.Traffic;

namespace Fairway.Rollouts;

/// <summary>One release's traffic as the edge counted it, over all its instances.</summary>
/// <param name="Requests">Finished exchanges.</param>
/// <param name="Errors">Of these, 5xx answers; time-outs and resets that could be answered are among them.</param>
/// <param name="InFlight">Open now.</param>
/// <param name="Retries">Attempts tried again elsewhere.</param>
/// <param name="P50Ms">Median latency in milliseconds; null without a request.</param>
/// <param name="P99Ms">99th percentile in milliseconds.</param>
public sealed record ArmTraffic(long Requests, long Errors, long InFlight, long Retries, double? P50Ms, double? P99Ms)
{
    /// <summary>Sums the rows of a release; all zeros when the edge knows none.</summary>
    public static ArmTraffic Of(EdgeView? edge, string release)
    {
        long requests = 0, errors = 0, inFlight = 0, retries = 0;
        var latency = new SortedDictionary<int, long>();
        foreach (var row in edge?.Instances ?? [])
        {
            if (row.Release != release) continue;
            requests += Finished(row);
            errors += Failed(row);
            inFlight += row.InFlight;
            retries += row.Retries;
            foreach (var (bucket, count) in row.Latency) latency[bucket] = latency.GetValueOrDefault(bucket) + count;
        }
        return new(requests, errors, inFlight, retries, Quantile(latency, 0.5), Quantile(latency, 0.99));
    }

    /// <summary>Finished exchanges of an instance.</summary>
    public static long Finished(InstanceCounters row) => row.Requests.Sum();

    /// <summary>Failed exchanges of an instance.</summary>
    public static long Failed(InstanceCounters row) => row.Requests[5];

    private static double? Quantile(SortedDictionary<int, long> latency, double quantile)
        => LatencyBuckets.At(latency, quantile) is { } bucket ? LatencyBuckets.Middle(bucket) / 1_000 : null;
}
