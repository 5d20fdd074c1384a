using Fairway.Catalog;
using Fairway.Judgement;
using Fairway.Kernel;
using Fairway.Traffic;
using NodaTime;

namespace Fairway.Rollouts;

/// <summary>One question's answer.</summary>
/// <param name="Value">The number; null when the source has none.</param>
/// <param name="Fault">Why there is no answer; null when there is one.</param>
public readonly record struct QueryAnswer(double? Value, Fault? Fault);

/// <summary>What a rollout asks the metrics source for, as long as its releases are compared.</summary>
/// <param name="Candidate">Digest of the candidate.</param>
/// <param name="Stable">Digest of the stable release.</param>
/// <param name="Expressions">What to ask, each once: events and then the total, of the candidate and then of the stable release, metric by metric.</param>
public sealed record QueryPlan(string Candidate, string Stable, ImmutableArray<string> Expressions)
{
    private ImmutableArray<MetricPolicy> Metrics { get; init; } = [];

    /// <summary>What a service asks for now; null when nothing is compared by queries.</summary>
    public static QueryPlan? Of(ServiceState state)
    {
        if (state.Active is not { Phase: RolloutPhase.Shifting or RolloutPhase.Guarding, IsRollback: false, Service.Rollout.Judge: { } judge } rollout
            || state.StableRelease is not { } stable || !judge.Metrics.Any(static metric => metric.Query is not null)) return null;
        var metrics = judge.Metrics.Where(static metric => metric.Query is not null).ToImmutableArray();
        var expressions = ImmutableArray.CreateBuilder<string>();
        foreach (var metric in metrics)
        {
            foreach (var release in (ReadOnlySpan<Release>)[rollout.Release, stable])
            {
                expressions.Add(Fill(metric.Query!.Events, release.Version, release.Digest, rollout.Service.Key));
                if (metric.Query.Total is { } total) expressions.Add(Fill(total, release.Version, release.Digest, rollout.Service.Key));
            }
        }
        return new(rollout.Release.Digest, stable.Digest, expressions.ToImmutable()) { Metrics = metrics };
    }

    /// <summary>The answers as what is seen of the world.</summary>
    /// <param name="at">When the source was asked.</param>
    /// <param name="answers">In the order of <see cref="Expressions"/>.</param>
    public MetricsView Read(Instant at, ImmutableArray<QueryAnswer> answers)
    {
        Invariant.Check(answers.Length == Expressions.Length, $"{Expressions.Length} questions have {answers.Length} answers");
        var readings = ImmutableArray.CreateBuilder<QueriedReading>();
        var (next, alike) = (0, (Fault?)null);
        foreach (var metric in Metrics)
        {
            var parts = metric.Query!.Total is null ? 1 : 2;
            var asked = answers.AsSpan(next, 2 * parts);
            var isAlike = Expressions.AsSpan(next, parts).SequenceEqual(Expressions.AsSpan(next + parts, parts));
            next += 2 * parts;
            // Compared with itself, any release looks as good as the other.
            if (isAlike) alike = new(FaultKind.Invalid, Blame.Configuration, Retryable: false,
                $"the queries of {metric.Name} are the same for both releases, which share a version; tell them apart by $digest");
            else if (!HasFault(asked)) readings.Add(new(metric.Name, ValueOf(asked[..parts]), ValueOf(asked[parts..])));
        }
        return new(Candidate, Stable, at, readings.ToImmutable(), answers.FirstOrDefault(static answer => answer.Fault is not null).Fault ?? alike);
    }

    private static bool HasFault(ReadOnlySpan<QueryAnswer> answers)
    {
        foreach (var answer in answers)
            if (answer.Fault is not null) return true;
        return false;
    }

    private static QueriedValue? ValueOf(ReadOnlySpan<QueryAnswer> parts) => parts switch
    {
        [{ Value: { } events }] => new(events, null),
        [{ Value: { } events }, { Value: { } total }] => new(events, total),
        _ => null,
    };

    /// <summary>A query's text for one release of a service.</summary>
    public static string Fill(string text, string version, string digest, ServiceKey service) => MetricQuery.Fill(text, name => name switch
    {
        "release" => version,
        "digest" => digest,
        "service" => service.Service,
        "environment" => service.Environment,
        _ => null,
    });
}
