using Fairway.Catalog;
using Fairway.Judgement;
using Fairway.Ports;
using Fairway.Rollouts;
using Fairway.Runtime;
using NodaTime;

namespace Fairway.Baselines;

/// <summary>
/// What declared queries counted in a window that is over: each counter is asked for at the window's start and at its end. Nothing is asked for meanwhile, and a
/// store that keeps what was needs no control plane to have watched.
/// </summary>
internal sealed class QueryWindows(IMetricsSource? source, EngineClock clock)
{
    private static readonly Duration Step = Duration.FromSeconds(1);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);
    private Duration? _skew;
    private Instant? _stepped;

    /// <summary>To be called at every look: a machine's clock that is set puts the store's times where the windows are not.</summary>
    public void NoticeSteps()
    {
        var skew = clock.Skew;
        if (_skew is { } before && (skew - before > Step || before - skew > Step)) _stepped = clock.Now;
        _skew = skew;
    }

    /// <summary>The declared queries' metrics in a window; those without an answer, or whose counters began anew in it, are left out.</summary>
    /// <param name="key">The service.</param>
    /// <param name="judged">Its metrics.</param>
    /// <param name="release">The release that was measured.</param>
    /// <param name="other">The release it is compared with: a query that does not tell them apart says nothing.</param>
    /// <param name="window">The window.</param>
    /// <param name="cancellation">Stops waiting.</param>
    public async Task<ImmutableArray<MeasuredMetric>> AskAsync(
        ServiceKey key, ImmutableArray<MetricPolicy> judged, ComparedRelease release, ComparedRelease? other, MeasuredWindow window, CancellationToken cancellation)
    {
        var metrics = judged.Where(metric => metric.Query is not null && Differs(key, metric.Query, release, other)).ToArray();
        if (source is null || metrics.Length == 0 || window.From <= _stepped) return [];
        var texts = metrics.SelectMany(metric => metric.Query!.Total is { } total ? new[] { metric.Query.Events, total } : [metric.Query.Events])
            .Select(text => QueryPlan.Fill(text, release.Version, release.Digest, key)).ToImmutableArray();
        var skew = clock.Skew;
        using var deadline = new CancellationTokenSource(Patience, clock.Time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, cancellation);
        try
        {
            var from = await source.AskAsync(texts, window.From + skew, either.Token);
            var to = await source.AskAsync(texts, window.To + skew, either.Token);
            return Read(metrics, from, to, window);
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            return [];
        }
    }

    private static ImmutableArray<MeasuredMetric> Read(MetricPolicy[] metrics, ImmutableArray<QueryAnswer> from, ImmutableArray<QueryAnswer> to, MeasuredWindow window)
    {
        var read = ImmutableArray.CreateBuilder<MeasuredMetric>();
        var next = 0;
        foreach (var metric in metrics)
        {
            var events = Gain(from[next], to[next]);
            next++;
            var exposure = metric.Query!.Total is null ? window.InstanceSeconds : Gain(from[next], to[next++]);
            if (events is not { } counted || exposure is not { } of) continue;
            var isShare = metric.Query.Total is not null;
            double? value = of > 0 ? Math.Min(counted, isShare ? of : counted) / of * (isShare ? 1 : 3600) : null;
            read.Add(new(metric.Name, isShare ? MeasureKind.Share : MeasureKind.PerHour, value is { } known ? Math.Round(known, 6) : null, new(Math.Floor(counted), isShare ? Math.Floor(of) : of)));
        }
        return read.ToImmutable();
    }

    private static double? Gain(QueryAnswer from, QueryAnswer to) => from.Value is { } before && to.Value is { } after && after >= before ? after - before : null;

    private static bool Differs(ServiceKey key, MetricQuery query, ComparedRelease release, ComparedRelease? other)
        => other is null || QueryPlan.Fill(query.Events, release.Version, release.Digest, key) != QueryPlan.Fill(query.Events, other.Version, other.Digest, key);
}
