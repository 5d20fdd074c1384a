using Fairway.Judgement;

namespace Fairway.Configuration;

/// <summary>An entry of <c>rollout.judge.metrics.queries</c>.</summary>
internal static class JudgeQueryDeclaration
{
    // What is written; null is as usual.
    private sealed record QueryParts(string? Bad, string? Total, string? Events, MetricPolicy Metric);

    private static readonly MetricPolicy Usual = new("", MetricSource.Share, 0.1);

    private static ScalarShape<string> Text => Scalars.Word("a PromQL expression such as sum(checkout_failed_total{version=\"$release\"})", "PromQL")
        .Where("a PromQL expression with $release or $digest in it", Refuse);

    /// <summary>Queries by name.</summary>
    /// <param name="taken">Names of the metrics that are there anyway.</param>
    public static Shape<ImmutableArray<MetricPolicy>> Declare(ImmutableArray<string> taken)
        => new MapShape<MetricPolicy>("queries by name", Names(taken), One().To(Made, static metric => new(null, null, null, metric)))
            .To(static named => named.Select(static pair => pair.Value with { Name = pair.Key }).ToImmutableArray(), static _ => []);

    private static RecordShape<QueryParts> One() => new RecordShape<QueryParts>("Judged query",
            "A metric of your own, from our metrics engine or the server under [metrics](#metrics). Give `bad` and `total` for a share, or `events` for a rate over the time that the "
                + "release's instances run. Each is a PromQL expression that gives one number, a counter that only grows: "
                + "`sum(checkout_failed_total{version=\"$release\"})`. `$release` (the version), `$digest`, `$service` and `$environment` stand for those of the "
                + "release that is asked about. A counter that appears with its first event needs `or vector(0)`: where there is no number, nothing is judged.",
            new(null, null, null, Usual))
        .Optional("bad", Text, "What must not happen, such as failed checkouts.", null, (parts, value) => parts with { Bad = value })
            .Like("sum(checkout_failed_total{version=\"$release\"}) or vector(0)").Not("errors", "failed", "numerator")
        .Optional("total", Text, "All that `bad` is a part of, such as checkouts.", null, (parts, value) => parts with { Total = value })
            .Like("sum(checkout_total{version=\"$release\"})").Not("all", "denominator")
        .Optional("events", Text, "What must not happen more often, without a total.", null, (parts, value) => parts with { Events = value })
            .Like("sum(payment_retries_total{version=\"$release\"}) or vector(0)").Not("query", "counter", "expr")
        .Optional("tolerated", JudgeDeclaration.Tolerated, "Taken back when proven worse than this many times.", "`1`",
            (parts, value) => parts with { Metric = parts.Metric with { Tolerated = value } }).Like("1.5")
        .Optional("margin", JudgeDeclaration.Margin, "Safe when proven less than this many times; above `tolerated`. With it every step waits for proof on this "
                + "metric too, so a server that is away holds the rollout.", "`off`",
            (parts, value) => parts with { Metric = parts.Metric with { Margin = value } }).Like("2.5").Not("threshold")
        .Optional("negligible", JudgeDeclaration.Negligible, "Proven below this share it is good enough, whatever the stable release does. Not with `events`.", "none",
            (parts, value) => parts with { Metric = parts.Metric with { Negligible = value } }).Like("0.1%")
        .Optional("weight", JudgeDeclaration.Weight, "Its part of `falseRollback`, relative to the other metrics': more finds its regressions sooner.", "`0.1`",
            (parts, value) => parts with { Metric = parts.Metric with { Weight = value } }).Like("0.5")
        .OneOf("bad", "events")
        .OneOf("total", "events")
        .Check(Check);

    private static void Check(QueryParts parts, MappingNode node, Binder binder)
    {
        if (parts.Events is null && (parts.Bad is null || parts.Total is null))
            binder.Diagnostics.Error(DiagnosticCodes.MissingField, binder.Owner ?? node.At,
                parts.Bad is null ? parts.Total is null ? $"{binder.Name} asks for nothing" : $"{binder.Name} has no bad" : $"{binder.Name} has no total",
                "bad and total, or events");
        if (parts.Events is not null && node.Find("negligible") is { Value.IsNull: false } negligible)
            binder.Diagnostics.Error(DiagnosticCodes.OutOfRange, negligible.Key.At, "negligible is a share, and events are not", "bad and total with it");
        if (parts.Metric.Margin <= parts.Metric.Tolerated)
            binder.Diagnostics.Error(DiagnosticCodes.OutOfRange, node.Find("margin")!.Key.At, "margin is not above tolerated", "a larger margin");
    }

    private static MetricPolicy Made(QueryParts parts) => parts.Metric with
    {
        Source = parts.Events is null ? MetricSource.Share : MetricSource.Rate, Query = new(parts.Events ?? parts.Bad ?? "", parts.Total),
    };

    // The same number for both releases would compare nothing.
    private static (string Problem, string? Suggestion)? Refuse(string text)
    {
        var names = MetricQuery.NamesIn(text);
        foreach (var name in names)
            if (!MetricQuery.Variables.Contains(name, StringComparer.Ordinal))
                return ($"speaks of ${name}, which is none of {string.Join(", ", MetricQuery.Variables.Select(static known => "$" + known))}",
                    NearestName.Of(name, MetricQuery.Variables) is { } near ? "$" + near : null);
        return names.Any(static name => name is "release" or "digest") ? null : ("gives the same for every release", null);
    }

    private static NameRule Names(ImmutableArray<string> taken)
    {
        var rule = NameRules.Services;
        return rule with
        {
            Expected = rule.Expected + $", and not {string.Join(", ", taken)}",
            Fits = name => rule.Fits(name) && !taken.Contains(name, StringComparer.Ordinal),
            Suggest = name => taken.Contains(name, StringComparer.Ordinal) ? "own-" + name : rule.Suggest(name),
        };
    }
}
