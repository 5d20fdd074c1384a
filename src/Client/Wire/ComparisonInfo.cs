using System.Globalization;
using System.Text.Json.Serialization;

namespace Fairway.Client.Wire;

/// <summary>Values of <see cref="ComparisonInfo.State"/>.</summary>
public static class ComparisonStates
{
    /// <summary>It has not had traffic yet, or was never measured.</summary>
    public const string None = "none";

    /// <summary>It is being measured: what is said may change.</summary>
    public const string Measuring = "measuring";

    /// <summary>It is in the ledger.</summary>
    public const string Compared = "compared";
}

/// <summary>Values of <see cref="MetricComparisonInfo.Says"/>.</summary>
public static class MetricChanges
{
    /// <summary>Too few data.</summary>
    public const string Unknown = "unknown";

    /// <summary>No difference that matters.</summary>
    public const string Alike = "alike";

    /// <summary>Clearly better.</summary>
    public const string Better = "better";

    /// <summary>Clearly worse.</summary>
    public const string Worse = "worse";

    /// <summary>Clearly different, and neither better nor worse for it.</summary>
    public const string Different = "different";
}

/// <summary>Answer of <c>GET /api/rollouts/{environment}/{service}/{number}/comparison</c>: how the service was before a rollout and after it.</summary>
/// <param name="Rollout"><c>environment/service/number</c>.</param>
/// <param name="State">One of <see cref="ComparisonStates"/>.</param>
/// <param name="Release">Digest of the release that was shipped.</param>
/// <param name="Version">Its version.</param>
/// <param name="PreviousVersion">Of the release before it; null for the first.</param>
/// <param name="Outcome">The rollout's phase. Of one that was taken back, "after" is the release while it had traffic.</param>
/// <param name="Why">In words.</param>
/// <param name="Before">The window before; null when nothing was measured.</param>
/// <param name="After">The window after; null when nothing was measured.</param>
/// <param name="Metrics">Metric by metric.</param>
/// <param name="At">When it was recorded; null before.</param>
public sealed record ComparisonInfo(
    string Rollout, string State, string Release, string Version, string? PreviousVersion, string Outcome, WhyInfo Why, WindowInfo? Before, WindowInfo? After,
    IReadOnlyList<MetricComparisonInfo> Metrics, DateTimeOffset? At = null)
{
    /// <summary>Whether the release was taken back, so that "after" is the time in which it had traffic.</summary>
    [JsonIgnore]
    public bool IsBack => Outcome is RolloutPhases.RolledBack or RolloutPhases.RollingBack or RolloutPhases.Aborted;
}

/// <summary>A span of time in which a release was measured.</summary>
/// <param name="From">Its start.</param>
/// <param name="To">Its end.</param>
/// <param name="Requests">Finished requests in it.</param>
/// <param name="Short">Why it is shorter than it should be; null when it is not.</param>
public sealed record WindowInfo(DateTimeOffset From, DateTimeOffset To, long Requests, string? Short = null);

/// <summary>A value with its unit.</summary>
/// <param name="Value">In seconds⁻¹, a share of one, hours⁻¹ per instance, milliseconds, cores or bytes, by the metric's kind.</param>
/// <param name="Text">For people, such as <c>182 ms</c>.</param>
public sealed record MeasuredInfo(double Value, string Text);

/// <summary>One metric before and after, and what is usual.</summary>
/// <param name="Metric">Such as <c>latency-p99</c>.</param>
/// <param name="Kind"><c>perSecond</c>, <c>share</c>, <c>perHour</c>, <c>milliseconds</c>, <c>cores</c> or <c>bytes</c>.</param>
/// <param name="Before">Null when it was not measured, or of too few data.</param>
/// <param name="After">Null when it was not measured, or of too few data.</param>
/// <param name="Says">One of <see cref="MetricChanges"/>.</param>
/// <param name="Relative">How much larger it is after, as a share of before: 0.41 is 41 % more.</param>
/// <param name="Ratio">Most likely ratio of odds (or rates), after over before; of a latency, the odds of being slower than the percentile before.</param>
/// <param name="Low">Lower end of its 95 % interval.</param>
/// <param name="High">Upper end; null for no limit.</param>
/// <param name="Usual">What is usual after this service's releases here; null when there were too few.</param>
public sealed record MetricComparisonInfo(
    string Metric, string Kind, MeasuredInfo? Before, MeasuredInfo? After, string Says, double? Relative, double? Ratio, double? Low, double? High, UsualInfo? Usual)
{
    // From a tenfold on, percents are harder to read than times.
    private const double Manifold = 9.995;

    /// <summary><see cref="Relative"/> for people, such as <c>+41 %</c> or <c>×12</c>.</summary>
    [JsonIgnore]
    public string Change => Relative switch
    {
        null => "–",
        >= Manifold => string.Create(CultureInfo.InvariantCulture, $"×{Relative + 1:0}"),
        { } share => (share * 100).ToString("+0 '%';-0 '%';0 '%'", CultureInfo.InvariantCulture),
    };

    /// <summary><see cref="Says"/> for people.</summary>
    [JsonIgnore]
    public string SaysText => Says == MetricChanges.Unknown ? "too few data" : Says;
}

/// <summary>What is usual of a metric.</summary>
/// <param name="Metric">Such as <c>latency-p99</c>.</param>
/// <param name="Kind">As of <see cref="MetricComparisonInfo"/>.</param>
/// <param name="Value">The median.</param>
/// <param name="Spread">Deviation of one release from it.</param>
/// <param name="Releases">Of how many releases.</param>
/// <param name="Worse">Whether the value beside it is worse by more than releases differ anyway.</param>
/// <param name="Sentence">The value beside it in words; null without one.</param>
public sealed record UsualInfo(string Metric, string Kind, MeasuredInfo Value, double Spread, int Releases, bool Worse = false, string? Sentence = null);

/// <summary>Answer of <c>GET /api/services/{environment}/{service}/baseline</c>: what is usual of a service.</summary>
/// <param name="Environment">Such as <c>production</c>.</param>
/// <param name="Service">Such as <c>shop</c>.</param>
/// <param name="Metrics">By name; those of enough releases.</param>
/// <param name="Releases">The releases that it is made of, the newest last.</param>
/// <param name="Least">Fewest releases of which a metric's value is called usual.</param>
public sealed record BaselineInfo(string Environment, string Service, IReadOnlyList<UsualInfo> Metrics, IReadOnlyList<BaselineReleaseInfo> Releases, int Least);

/// <summary>A release that stayed.</summary>
/// <param name="Rollout">Number of its rollout.</param>
/// <param name="Version">Its version.</param>
public sealed record BaselineReleaseInfo(int Rollout, string Version);
