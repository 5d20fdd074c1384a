using System.Globalization;
using Fairway.Kernel;
using Fairway.Rollouts;
using NodaTime;

namespace Fairway.Baselines;

/// <summary>Measured values and comparisons as people read them.</summary>
public static class BaselineWords
{
    private static readonly CultureInfo Plain = CultureInfo.InvariantCulture;

    /// <summary>A value with its unit: <c>182 ms</c>, <c>0.25 %</c>, <c>12.3/s</c>, <c>0.12 cores</c>, <c>34.5 MB</c>; a dash for none.</summary>
    public static string Value(MeasureKind kind, double? value) => value is not { } number ? "–" : kind switch
    {
        MeasureKind.PerSecond => Digits(number) + "/s",
        MeasureKind.Share => number is > 0 and < 0.0001 ? "< 0.01 %" : (number * 100).ToString("0.##", Plain) + " %",
        MeasureKind.PerHour => Digits(number) + "/h",
        MeasureKind.Milliseconds => number < 1000 ? Digits(number) + " ms" : (number / 1000).ToString("0.##", Plain) + " s",
        MeasureKind.Cores => number.ToString(number < 0.1 ? "0.###" : "0.##", Plain) + " cores",
        MeasureKind.Bytes => number < 1e9 ? (number / 1e6).ToString("0.#", Plain) + " MB" : (number / 1e9).ToString("0.##", Plain) + " GB",
        _ => throw new System.Diagnostics.UnreachableException(kind.ToString()),
    };

    /// <summary>A difference as a share: <c>41 % above</c>, <c>8 % below</c>, <c>as</c> when it is less than half a percent, <c>3.2 times</c> when it is large.</summary>
    public static string Relative(double share) => share switch
    {
        >= 1 => string.Create(Plain, $"{share + 1:0.#} times"),
        >= 0.005 => string.Create(Plain, $"{share * 100:0} % above"),
        <= -0.005 => string.Create(Plain, $"{-share * 100:0} % below"),
        _ => "as",
    };

    /// <summary>A value beside what is usual: <c>p99 182 ms, 41 % above this service's usual 129 ms (10 releases)</c>; null when nothing is usual.</summary>
    public static string? Beside(MetricChange change, UsualValue? usual)
    {
        if (change.After is not { } after || usual is null) return null;
        var (now, before) = (Value(change.Kind, after), Value(usual.Kind, usual.Value));
        var where = usual.Above(after) is { } above ? Relative(above) : after > 0 ? "above" : "as";
        return string.Create(Plain, $"{Name(change.Metric)} {now}, {where} this service's usual {before} ({usual.Releases} releases)");
    }

    /// <summary>A metric's name in a sentence: <c>p99</c> for <c>latency-p99</c>.</summary>
    public static string Name(string metric) => metric.StartsWith("latency-", StringComparison.Ordinal) ? metric["latency-".Length..] : metric;

    /// <summary>How long a window is: <c>10m</c>, <c>58s</c>.</summary>
    public static string Time(Duration time) => WaitReason.Text(time);

    /// <summary>A comparison in a sentence, the worst first.</summary>
    /// <param name="opened">The window before, and why there is none.</param>
    /// <param name="outcome">How the rollout ended.</param>
    /// <param name="changes">Metric by metric.</param>
    public static Why Summary(BaselineEvent.BeforeMeasured opened, RolloutPhase outcome, ImmutableArray<MetricChange> changes)
    {
        if (opened.Before is null)
            return Why.Because("only-after-measured", "{reason}; {version} now: {values}", ("reason", opened.Why.Sentence), ("version", opened.Release.Version),
                ("values", string.Join(", ", changes.Where(static change => change.After is not null).Take(4).Select(static change => $"{Name(change.Metric)} {Value(change.Kind, change.After)}"))));
        var parts = new List<string>();
        Add("worse", Change.Worse);
        Add("better", Change.Better);
        if (Count(changes, Change.Alike) is > 0 and var alike) parts.Add(string.Create(Plain, $"{alike} of {changes.Length} metrics as before"));
        if (Count(changes, Change.Unknown) is > 0 and var unknown) parts.Add(string.Create(Plain, $"{unknown} with too few data"));
        var code = Count(changes, Change.Worse) > 0 ? "worse-than-before" : Count(changes, Change.Unknown) == changes.Length ? "too-few-data" : "as-before";
        return Why.Because(code, outcome == RolloutPhase.Completed ? "{version} against {stable} before it: {changes}" : "{version} while it had traffic, against {stable} before: {changes}",
            ("version", opened.Release.Version), ("stable", opened.Stable?.Version ?? ""), ("changes", parts.Count > 0 ? string.Join("; ", parts) : "nothing to compare"));

        void Add(string word, Change says)
        {
            if (changes.Where(change => change.Says == says).Select(Moved).ToArray() is { Length: > 0 } moved) parts.Add($"{word}: {string.Join(", ", moved)}");
        }
    }

    /// <summary>A metric before and after: <c>p99 129 ms → 182 ms</c>.</summary>
    public static string Moved(MetricChange change) => $"{Name(change.Metric)} {Value(change.Kind, change.Before)} → {Value(change.Kind, change.After)}";

    private static int Count(ImmutableArray<MetricChange> changes, Change says) => changes.Count(change => change.Says == says);

    private static string Digits(double number) => number.ToString(Math.Abs(number) switch
    {
        >= 100 => "0",
        >= 10 => "0.#",
        _ => "0.##",
    }, Plain);
}
