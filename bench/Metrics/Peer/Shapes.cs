namespace Fairway.Bench.Metrics.Peer;

/// <summary>A query.</summary>
/// <param name="What">How the report names it.</param>
/// <param name="Query">PromQL.</param>
/// <param name="Hours">Of the range; 0 for one time.</param>
/// <param name="Step">Seconds.</param>
/// <param name="Must">Most milliseconds on set A and set B; 0 where only Prometheus is the measure.</param>
/// <param name="Stretch">The same, wished for.</param>
/// <param name="OnlyA">Too much for a set of 100,000 series or one of an hour.</param>
internal sealed record Shape(string What, string Query, int Hours, int Step, (double A, double B) Must, (double A, double B) Stretch, bool OnlyA = false)
{
    private static readonly (double, double) None = (0, 0);

    /// <summary>All that are asked.</summary>
    public static readonly Shape[] All =
    [
        new("sum(rate)", "sum(rate(http_requests_total[5m]))", 1, 15, None, None),
        new("sum by (path, code)(rate)", "sum by (path, code) (rate(http_requests_total[5m]))", 1, 15, (190, 1800), (60, 500)),
        new("sum by (pod)(rate)", "sum by (pod) (rate(http_requests_total[5m]))", 1, 15, None, None),
        new("error ratio", "sum(rate(http_requests_total{code=\"500\"}[5m])) / sum(rate(http_requests_total[5m]))", 1, 15, None, None),
        new("histogram_quantile", "histogram_quantile(0.99, sum by (le, path) (rate(http_request_duration_seconds_bucket[5m])))", 1, 15, None, None),
        new("raw selector, 4,000 series", "http_requests_total", 1, 15, (250, 0), (120, 0), OnlyA: true),
        new("rate() of 4,000 series", "rate(http_requests_total[5m])", 1, 15, None, None, OnlyA: true),
        new("group_left join", "container_memory_working_set_bytes * on (pod) group_left (node) kube_pod_info", 1, 15, None, None),
        new("sum by (path, code)(rate), 6 h", "sum by (path, code) (rate(http_requests_total[5m]))", 6, 60, None, None, OnlyA: true),
        new("subquery, 6 h", "max_over_time(sum(rate(http_requests_total[5m]))[30m:1m])", 6, 60, None, None, OnlyA: true),
        new("sum(rate([1h])), once", "sum(rate(http_requests_total[1h]))", 0, 0, None, None),
        new("sum(rate([6h])), once", "sum(rate(http_requests_total[6h]))", 0, 0, (350, 0), (100, 0), OnlyA: true),
        new("count of all series, once", "count({__name__=~\".+\"})", 0, 0, None, None),
        new("sum(avg_over_time([10m]))", "sum(avg_over_time(go_goroutines[10m]))", 1, 15, None, None),
        new("sum(max_over_time([1h]))", "sum(max_over_time(go_goroutines[1h]))", 1, 15, None, None),
        new("regex, topk", "topk(10, sum by (pod) (rate(http_requests_total{pod=~\"web-00[1-3].*\",code!~\"5..\"}[5m])))", 1, 15, None, None),
        new("quantile by", "quantile by (path) (0.9, rate(http_requests_total[5m]))", 1, 15, None, None),
    ];
}
