using System.Text.Json.Serialization;
using Fairway.Judgement;
using Fairway.Kernel;
using NodaTime;

namespace Fairway.Baselines;

/// <summary>What a measured value is, and so how it is written and compared.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<MeasureKind>))]
public enum MeasureKind
{
    /// <summary>Events per second. More is neither better nor worse.</summary>
    PerSecond,

    /// <summary>A share of requests, 0 to 1.</summary>
    Share,

    /// <summary>Events per instance and hour.</summary>
    PerHour,

    /// <summary>A quantile of latencies, in milliseconds.</summary>
    Milliseconds,

    /// <summary>Median of an instance's CPU, in cores.</summary>
    Cores,

    /// <summary>Median of an instance's memory, in bytes.</summary>
    Bytes,
}

/// <summary>One metric of a release in a span of time: a value for people, and the counts that a comparison needs.</summary>
/// <param name="Name">Such as <c>latency-p99</c>.</param>
/// <param name="Kind">What it is.</param>
/// <param name="Value">In the kind's unit; null when there were too few counts to tell.</param>
/// <param name="Counts">
/// Events and exposure. Of a quantile or a median: how many lie above <paramref name="Line"/>, out of all.
/// </param>
/// <param name="Line">Bucket (<see cref="Traffic.LatencyBuckets"/>) that the counts are above of: that of the window before; null of other kinds and without one.</param>
public sealed record MeasuredMetric(string Name, MeasureKind Kind, double? Value, Tally Counts, int? Line = null)
{
    /// <summary>Whether it is a quantile of many values.</summary>
    [JsonIgnore]
    public bool IsQuantile => Kind is MeasureKind.Milliseconds or MeasureKind.Cores or MeasureKind.Bytes;
}

/// <summary>How a release was in a span of time: a few sums, however long it was.</summary>
/// <param name="From">Its start.</param>
/// <param name="To">Its end.</param>
/// <param name="Requests">Finished requests.</param>
/// <param name="InstanceSeconds">Time that instances ran, in seconds, summed over them.</param>
/// <param name="Metrics">What was measured; each name once.</param>
/// <param name="Short">Why it is shorter than it should be; null when it is not.</param>
public sealed record MeasuredWindow(
    Instant From, Instant To, long Requests, double InstanceSeconds, ImmutableArray<MeasuredMetric> Metrics, Why? Short = null)
{
    /// <summary>How long it was.</summary>
    [JsonIgnore]
    public Duration Length => To - From;

    /// <summary>A metric; null when it was not measured.</summary>
    public MeasuredMetric? Find(string name)
    {
        foreach (var metric in Metrics)
            if (metric.Name == name) return metric;
        return null;
    }

    /// <summary>With further metrics; one of the same name takes the other's place.</summary>
    public MeasuredWindow With(ImmutableArray<MeasuredMetric> more)
        => this with { Metrics = [.. Metrics.Where(metric => more.All(other => other.Name != metric.Name)), .. more] };
}
