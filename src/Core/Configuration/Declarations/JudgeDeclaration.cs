using Fairway.Judgement;
using Fairway.Rollouts;
using NodaTime;

namespace Fairway.Configuration;

/// <summary>The section <c>rollout.judge</c>.</summary>
internal static class JudgeDeclaration
{
    private static readonly JudgeSettings Usual = new();

    // What is written of a metric; null is as usual.
    private sealed record MetricParts(double? Tolerated, double? Margin, bool HasNoMargin, double? Negligible, double? Weight);

    private sealed record MetricsParts(ImmutableDictionary<string, MetricParts?> Written)
    {
        public ImmutableArray<MetricPolicy> Queries { get; init; } = [];
    }

    /// <summary>The field <c>tolerated</c> of a metric.</summary>
    public static ScalarShape<double> Tolerated => Scalars.Number("a number from 1 such as 1.5", 100).Where("a number from 1 to 100 such as 1.5",
        ratio => ratio >= 1 ? null : ("is below 1", null));

    /// <summary>The field <c>margin</c> of a metric; null is <c>off</c>.</summary>
    public static ScalarShape<double?> Margin => new("number or `off`", "a number above 1 such as 2.5, or off",
        text => text == "off" ? Parsed.Value<double?>(null)
            : double.TryParse(text, System.Globalization.NumberStyles.AllowDecimalPoint, System.Globalization.CultureInfo.InvariantCulture, out var number)
                ? number is > 1 and <= 100 ? Parsed.Value<double?>(number) : Parsed.OutOfRange<double?>("is not above 1 and at most 100")
                : Parsed.Malformed<double?>(text.EndsWith('x') ? text[..^1] : null),
        value => value,
        () => new() { ["type"] = new System.Text.Json.Nodes.JsonArray("number", "string"), ["exclusiveMinimum"] = 1, ["maximum"] = 100,
            ["pattern"] = @"^([0-9]*\.?[0-9]+|off)$|\$\{" });

    /// <summary>The field <c>negligible</c> of a metric.</summary>
    public static ScalarShape<double> Negligible => Scalars.Ratio.Where("a percentage above 0 and below 100% such as 0.1%",
        ratio => ratio is > 0 and < 1 ? null : ("is out of range", null));

    /// <summary>The field <c>weight</c> of a metric.</summary>
    public static ScalarShape<double> Weight => Scalars.Number("a number above 0 such as 0.5", 1_000);

    /// <summary>The declaration; null is <c>off</c>.</summary>
    public static Shape<JudgeSettings?> Declare() => new OffShape<JudgeSettings>(Whole());

    /// <summary>The section without <c>off</c>: what a policy file for a backtest holds.</summary>
    public static RecordShape<JudgeSettings> Whole() => new RecordShape<JudgeSettings>("Judge",
            "How a new release is compared with the stable one while both serve. A canary's step goes on as soon as the new release is proven safe, "
                + "and waits when it is not.", Usual)
            .Field("falseRollback", Scalars.Ratio.Where("a percentage above 0 and at most 50%",
                ratio => ratio is > 0 and <= 0.5 ? null : ("is out of range", null)),
                "Probability, over a whole rollout and all metrics, that a release no worse than the stable one is taken back by the comparison.",
                judge => judge.FalseRollback, (judge, value) => judge with { FalseRollback = value }).Not("alpha", "significance", "confidence")
            .Field("minStep", Scalars.Time(), "A step with proof still lasts this long, or as long as its pause when that is shorter.",
                judge => judge.Steps.Least, (judge, value) => judge with { Steps = judge.Steps with { Least = value } }).Not("min", "atLeast")
            .Field("maxStep", Scalars.Time(zero: false), "A step without proof is held this long, or as long as its pause when that is longer.",
                judge => judge.Steps.Most, (judge, value) => judge with { Steps = judge.Steps with { Most = value } }).Not("max", "atMost", "timeout")
            .Field("undecided", Scalars.OneOf(("hold", OnDoubt.Hold), ("rollBack", OnDoubt.RollBack), ("advance", OnDoubt.Advance)),
                "What follows without proof after `maxStep`: `hold` waits for a person, `rollBack` takes the release back without rejecting it, "
                    + "`advance` goes on all the same.",
                judge => judge.Steps.Doubt, (judge, value) => judge with { Steps = judge.Steps with { Doubt = value } }).Not("inconclusive", "onDoubt")
            .Field("warmUp", Scalars.Whole(0, 1_000_000),
                "Requests that each new instance may serve before its latency counts: cold caches are not a regression. Errors always count.",
                judge => (int)judge.WarmUpRequests, (judge, value) => judge with { WarmUpRequests = value }).Not("warmup", "initialDelay")
            .Optional("metrics", Metrics(), "What the releases are compared on.", "all of them", (judge, value) => judge with { Metrics = value })
                .Not("measurements", "analysis")
            .Check((judge, node, binder) =>
            {
                if (judge.Steps.Least > judge.Steps.Most)
                    binder.Diagnostics.Error(DiagnosticCodes.OutOfRange, (node.Find("minStep") ?? node.Find("maxStep")!).Key.At,
                        $"minStep {DurationText.Format(judge.Steps.Least)} is longer than maxStep {DurationText.Format(judge.Steps.Most)}", "at most maxStep");
            });

    private static Shape<ImmutableArray<MetricPolicy>> Metrics()
    {
        var metric = new OffShape<MetricParts>(Metric());
        var shape = new RecordShape<MetricsParts>("Judged metrics", "What the releases are compared on; more of it is worse. `off` leaves one out.",
            new(ImmutableDictionary<string, MetricParts?>.Empty));
        foreach (var (field, name, text) in (ReadOnlySpan<(string Field, string Name, string Text)>)
        [
            ("errors", "errors", "Share of requests that fail: 5xx answers, time-outs and resets."),
            ("timeouts", "timeouts", "Share of requests without a first byte in time."),
            ("resets", "resets", "Share of requests that are cut before the answer is whole."),
            ("latencyP95", "latency-p95", "Share of requests slower than 95 % of the stable release's were before the rollout."),
            ("latencyP99", "latency-p99", "Share of requests slower than 99 % of the stable release's were before the rollout."),
            ("restarts", "restarts", "Restarts of instances over the time that they run."),
        ])
            shape.Optional(field, metric, text, Described(Usual.Metrics.Single(usual => usual.Name == name)), (parts, value) => parts with { Written = parts.Written.SetItem(name, value) });
        shape.Optional("queries", new DeferredShape<ImmutableArray<MetricPolicy>>(() => JudgeQueryDeclaration.Declare([.. Usual.Metrics.Select(static metric => metric.Name)])),
            "Metrics of your own, by name, asked for from our metrics engine or the server under `metrics`.", "none", (parts, value) => parts with { Queries = value }).Not("custom", "prometheus");
        return shape.To(Apply, static policies => new(ImmutableDictionary<string, MetricParts?>.Empty));
    }

    private static string Described(MetricPolicy metric) => string.Create(System.Globalization.CultureInfo.InvariantCulture,
        $"{(metric.Margin is { } margin ? $"margin {margin}" : "no margin")}, {(metric.Negligible is { } share ? $"negligible {share:0.##%}, " : "")}weight {metric.Weight}");

    private static ImmutableArray<MetricPolicy> Apply(MetricsParts parts)
        => [.. Usual.Metrics.Select(usual => parts.Written.TryGetValue(usual.Name, out var written) ? written is null ? null : Over(usual, written) : usual).OfType<MetricPolicy>(),
            .. parts.Queries];

    private static MetricPolicy Over(MetricPolicy usual, MetricParts written) => usual with
    {
        Tolerated = written.Tolerated ?? usual.Tolerated, Margin = written.HasNoMargin ? null : written.Margin ?? usual.Margin,
        Negligible = written.Negligible ?? usual.Negligible, Weight = written.Weight ?? usual.Weight,
    };

    private static RecordShape<MetricParts> Metric()
    {
        return new RecordShape<MetricParts>("Judged metric", "How one metric is judged, in odds (or rates) of the new release over those of the stable one.",
                new(null, null, false, null, null))
            .Optional("tolerated", Tolerated,
                "Taken back when proven worse than this many times.", "`1`", (parts, value) => parts with { Tolerated = value }).Like("1.5")
            .Optional("margin", Margin, "Safe when proven less than this many times; above `tolerated`. With `off` the metric can take a release back, "
                + "but no step waits for it.", "per metric", (parts, value) => parts with { Margin = value, HasNoMargin = value is null }).Like("2.5").Not("threshold")
            .Optional("negligible", Negligible,
                "Proven below this share it is good enough, whatever the stable release does. Not for `restarts`.", "per metric",
                (parts, value) => parts with { Negligible = value }).Like("0.1%")
            .Optional("weight", Weight,
                "Its part of `falseRollback`, relative to the other metrics': more finds its regressions sooner.", "per metric",
                (parts, value) => parts with { Weight = value }).Like("0.5")
            .Check((parts, node, binder) =>
            {
                if (parts is { Margin: { } above, Tolerated: { } limit } && above <= limit)
                    binder.Diagnostics.Error(DiagnosticCodes.OutOfRange, node.Find("margin")!.Key.At, "margin is not above tolerated", "a larger margin");
            });
    }
}
