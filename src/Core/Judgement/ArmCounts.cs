using System.Text.Json.Serialization;

namespace Fairway.Judgement;

/// <summary>Counts of a metric from a metrics source.</summary>
/// <param name="Name">The metric's name in the policy.</param>
/// <param name="Events">What is counted, such as failed checkouts.</param>
/// <param name="Exposure">Out of how many, for a share; over how many seconds (or any unit common to both arms), for a rate.</param>
public sealed record MetricCount(string Name, long Events, double Exposure);

/// <summary>Raw counts of one arm. Integers only: conditional tests need events and exposures, never rates.</summary>
/// <param name="Requests">Finished exchanges.</param>
/// <param name="Errors">Of these, 5xx answers, time-outs and resets by the instance.</param>
public sealed record ArmCounts(long Requests, long Errors)
{
    /// <summary>Of the errors, those without a first byte in time.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public long Timeouts { get; init; }

    /// <summary>Of the errors, those cut before the response was whole.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public long Resets { get; init; }

    /// <summary>Exchanges with a latency.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public long Timed { get; init; }

    /// <summary>Of the timed, those above the bucket that held the stable arm's 95th percentile before the rollout.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public long AboveP95 { get; init; }

    /// <summary>Of the timed, those above the bucket that held the stable arm's 99th percentile before the rollout.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public long AboveP99 { get; init; }

    /// <summary>Restarts of instances, whatever the cause.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public long Restarts { get; init; }

    /// <summary>Time that instances ran, in seconds, summed over them.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public double InstanceSeconds { get; init; }

    /// <summary>Further metrics, from a metrics source.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public ImmutableArray<MetricCount> Queried { get; init; }

    /// <summary>Nothing counted.</summary>
    public static ArmCounts None { get; } = new(0, 0);

    /// <summary>Sum of two counts.</summary>
    public static ArmCounts operator +(ArmCounts left, ArmCounts right) => new(left.Requests + right.Requests, left.Errors + right.Errors)
    {
        Timeouts = left.Timeouts + right.Timeouts,
        Resets = left.Resets + right.Resets,
        Timed = left.Timed + right.Timed,
        AboveP95 = left.AboveP95 + right.AboveP95,
        AboveP99 = left.AboveP99 + right.AboveP99,
        Restarts = left.Restarts + right.Restarts,
        InstanceSeconds = left.InstanceSeconds + right.InstanceSeconds,
        Queried = Sum(left.Queried, right.Queried),
    };

    /// <inheritdoc/>
    public bool Equals(ArmCounts? other) => other is not null && Requests == other.Requests && Errors == other.Errors && Timeouts == other.Timeouts
        && Resets == other.Resets && Timed == other.Timed && AboveP95 == other.AboveP95 && AboveP99 == other.AboveP99 && Restarts == other.Restarts
        && InstanceSeconds.Equals(other.InstanceSeconds) && Listed(Queried).SequenceEqual(Listed(other.Queried));

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Requests, Errors, Timeouts, Resets, Timed, AboveP95, AboveP99, Restarts);

    private static ReadOnlySpan<MetricCount> Listed(ImmutableArray<MetricCount> counts) => counts.IsDefault ? [] : counts.AsSpan();

    private static ImmutableArray<MetricCount> Sum(ImmutableArray<MetricCount> left, ImmutableArray<MetricCount> right)
    {
        if (right.IsDefaultOrEmpty) return left;
        if (left.IsDefaultOrEmpty) return right;
        return [.. left.Concat(right).GroupBy(count => count.Name, StringComparer.Ordinal).OrderBy(group => group.Key, StringComparer.Ordinal)
            .Select(group => new MetricCount(group.Key, group.Sum(count => count.Events), group.Sum(count => count.Exposure)))];
    }
}
