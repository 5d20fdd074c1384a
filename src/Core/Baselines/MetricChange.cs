using System.Text.Json.Serialization;
using Fairway.Judgement;
using Fairway.Traffic;

namespace Fairway.Baselines;

/// <summary>What two windows say of a metric.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<Change>))]
public enum Change
{
    /// <summary>Too few data to tell.</summary>
    Unknown,

    /// <summary>No difference that matters.</summary>
    Alike,

    /// <summary>Clearly less of what is bad.</summary>
    Better,

    /// <summary>Clearly more of what is bad.</summary>
    Worse,

    /// <summary>Clearly different, and neither better nor worse for it.</summary>
    Different,
}

/// <summary>One metric before and after.</summary>
/// <param name="Metric">Its name.</param>
/// <param name="Kind">What it is.</param>
/// <param name="Before">Its value before; null when there was none.</param>
/// <param name="After">Its value after; null when there was none.</param>
/// <param name="Says">What the two say.</param>
/// <param name="Evidence">
/// Odds (or rates) after over before; of a quantile, the odds of lying above the window before's. Null when a side was not measured.
/// </param>
public sealed record MetricChange(string Metric, MeasureKind Kind, double? Before, double? After, Change Says, WindowEvidence? Evidence = null)
{
    /// <summary>How much larger the value is after, as a share of that before; null without both, or from nothing.</summary>
    [JsonIgnore]
    public double? Relative => Before is { } before and not 0 && After is { } after ? after / before - 1 : null;
}

/// <summary>Compares windows. It decides nothing: the judge does, while the rollout is under way.</summary>
public static class WindowComparison
{
    /// <summary>A quantile that is within this share of what it was is alike, however sure one is of it.</summary>
    public const double Noteworthy = 0.1;

    /// <summary>Errors below this share nobody minds.</summary>
    public const double Negligible = 0.001;

    // Looks at one process are not independent of each other.
    private const double LooksAlike = 2;

    /// <summary>Every metric of either window, those of the later one first.</summary>
    /// <param name="before">The window before; null is none.</param>
    /// <param name="after">The window after; null is none.</param>
    /// <param name="memory">What the judge learned of the service before: how far requests are from independent; null for nothing.</param>
    public static ImmutableArray<MetricChange> Compare(MeasuredWindow? before, MeasuredWindow? after, JudgeMemory? memory)
    {
        var changes = ImmutableArray.CreateBuilder<MetricChange>();
        foreach (var metric in after?.Metrics ?? []) changes.Add(Compare(before?.Find(metric.Name), metric, memory));
        foreach (var metric in before?.Metrics ?? [])
            if (after?.Find(metric.Name) is null) changes.Add(new(metric.Name, metric.Kind, metric.Value, null, Change.Unknown));
        return changes.ToImmutable();
    }

    private static MetricChange Compare(MeasuredMetric? before, MeasuredMetric after, JudgeMemory? memory)
    {
        if (before is null || before.Kind != after.Kind) return new(after.Name, after.Kind, null, after.Value, Change.Unknown);
        var change = new MetricChange(after.Name, after.Kind, before.Value, after.Value, Change.Unknown);
        if (before.Value is null || after.Value is null || before.Line != after.Line) return change;
        var dispersion = after.Kind is MeasureKind.Cores or MeasureKind.Bytes ? LooksAlike : memory?.Of(LearnedAs(after.Name))?.Dispersion ?? 1;
        var evidence = WindowTest.Weigh(after.IsQuantile || after.Kind == MeasureKind.Share, before.Counts, after.Counts, dispersion);
        return change with { Evidence = evidence, Says = after.Kind switch
        {
            MeasureKind.PerSecond => Read(evidence) is Change.Better or Change.Worse ? Change.Different : Read(evidence),
            MeasureKind.Share or MeasureKind.PerHour when IsNothing(before) && IsNothing(after) => Change.Alike,
            MeasureKind.Share when IsNegligible(before, dispersion) && IsNegligible(after, dispersion) => Change.Alike,
            MeasureKind.Share or MeasureKind.PerHour => Read(evidence),
            _ => Quantile(evidence, change.Relative ?? 0),
        } };
    }

    // The judge learns of slow requests by its own percentiles.
    private static string LearnedAs(string metric) => metric switch
    {
        "latency-p50" or "latency-p90" => "latency-p95",
        _ => metric,
    };

    private static bool IsNegligible(MeasuredMetric metric, double dispersion) => WindowTest.IsNegligible(metric.Counts, Negligible, dispersion);

    // Nothing happened, and there was enough for something to happen.
    private static bool IsNothing(MeasuredMetric metric) => metric.Counts.Events == 0 && (metric.Kind != MeasureKind.Share || metric.Counts.Exposure >= LatencyLine.Least);

    private static Change Quantile(WindowEvidence evidence, double relative)
    {
        if (Math.Abs(relative) < Noteworthy) return Change.Alike;
        var read = Read(evidence);
        // Odds that moved one way and a value that moved the other prove nothing.
        return read == Change.Worse && relative < 0 || read == Change.Better && relative > 0 ? Change.Unknown : read;
    }

    private static Change Read(WindowEvidence evidence) => evidence switch
    {
        { Low: > WindowTest.Tolerated } => Change.Worse,
        { High: < 1 / WindowTest.Tolerated } => Change.Better,
        { Low: >= 1 / WindowTest.Tolerated, High: <= WindowTest.Tolerated } => Change.Alike,
        _ => Change.Unknown,
    };
}
