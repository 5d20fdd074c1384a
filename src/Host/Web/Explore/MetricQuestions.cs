using System.Globalization;
using Fairway.Api;
using Fairway.Catalog;
using Fairway.Metrics.Model;
using Fairway.Metrics.PromQl;
using Fairway.Metrics.PromQl.Syntax;
using Fairway.Web.Charts;

namespace Fairway.Web;

/// <summary>A series of an answer, for a table.</summary>
/// <param name="Name">Its labels, as PromQL writes them.</param>
/// <param name="Last">Latest value.</param>
/// <param name="Least">Least value.</param>
/// <param name="Most">Greatest value.</param>
public sealed record SeriesRow(string Name, double Last, double Least, double Most);

/// <summary>Questions to the metrics engine, and their answers as charts.</summary>
internal static class MetricQuestions
{
    /// <summary>Lines that a person can tell apart.</summary>
    public const int MostLines = 8;

    /// <summary>Where to begin.</summary>
    public static IReadOnlyList<(string Text, string Query)> Usual { get; } =
    [
        ("Requests per second of each service", "sum by (environment, service) (rate(fairway_edge_requests_total[1m]))"),
        ("Share of failed requests", "(sum by (service) (rate(fairway_edge_requests_total{code=\"5xx\"}[1m])) or 0 * sum by (service) (rate(fairway_edge_requests_total[1m]))) / sum by (service) (rate(fairway_edge_requests_total[1m]))"),
        ("99th percentile of latency, in seconds", "histogram_quantile(0.99, sum by (service, le) (rate(fairway_edge_request_duration_seconds_bucket[1m])))"),
        ("Memory of each instance", "fairway_instance_memory_bytes"),
        ("CPU cores in use", "sum by (service) (rate(fairway_instance_cpu_seconds_total[1m]))"),
        ("Requests open now", "sum by (service) (fairway_edge_in_flight)"),
    ];

    /// <summary>A service's charts with the query behind each; or why there are none.</summary>
    public static async Task<(IReadOnlyList<(Chart Chart, string Query)> Charts, string? Problem)> OfServiceAsync(
        ControlPlaneServices services, ServiceKey key, TimeRange range, CancellationToken cancellation)
    {
        if (services.QueryMetrics is null) return ([], null);
        var which = $"environment={Quoted(key.Environment)},service={Quoted(key.Service)}";
        var requests = $"fairway_edge_requests_total{{{which}}}[{range.Window}]";
        (string Title, Func<double, string> Format, (string? Name, string Query)[] Lines)[] asked =
        [
            ("Requests per second", number => Say.Rate(number), [(null, $"sum by (version) (rate({requests}))")]),
            ("Failed requests", number => Say.Share(number),
                [("share", $"(sum(rate(fairway_edge_requests_total{{{which},code=\"5xx\"}}[{range.Window}])) or vector(0)) / sum(rate({requests}))")]),
            ("Latency", seconds => Say.Latency(seconds * 1000),
            [
                ("p50", $"histogram_quantile(0.5, sum by (le) (rate(fairway_edge_request_duration_seconds_bucket{{{which}}}[{range.Window}])))"),
                ("p99", $"histogram_quantile(0.99, sum by (le) (rate(fairway_edge_request_duration_seconds_bucket{{{which}}}[{range.Window}])))"),
            ]),
            ("Memory", bytes => Say.Short(bytes / 1048576) + " MiB", [(null, $"sum by (version) (fairway_instance_memory_bytes{{{which}}})")]),
        ];
        try
        {
            var charts = new List<(Chart, string)>();
            foreach (var (title, format, lines) in asked)
            {
                var drawn = new List<(string Name, MatrixSeries Series)>();
                foreach (var (name, query) in lines)
                    foreach (var series in (await AskAsync(services, query, range, cancellation)).Series) drawn.Add((name ?? series.Labels.Value("version"), series));
                charts.Add((Draw(title, [.. drawn.Take(MostLines)], range, services) with { Format = format, Height = 120, Empty = "no traffic in this range" }, lines[0].Query));
            }
            return (charts, null);
        }
        catch (PromQlException error)
        {
            return ([], error.Message);
        }
    }

    /// <summary>Asks over a range.</summary>
    /// <exception cref="PromQlException">It has no answer; says why.</exception>
    public static async Task<(IReadOnlyList<MatrixSeries> Series, IReadOnlyList<string> Remarks)> AskAsync(
        ControlPlaneServices services, string query, TimeRange range, CancellationToken cancellation)
    {
        // The same moments again and again: a page that is loaded twice shows the same.
        var until = services.Clock.Time.GetUtcNow().ToUnixTimeMilliseconds() / range.Step * range.Step;
        var result = await services.QueryMetrics!(query, until - (long)range.Length.TotalMilliseconds, until, range.Step, cancellation);
        return (((MatrixValue)result.Value).Series, [.. result.Warnings, .. result.Infos]);
    }

    /// <summary>Series as a chart.</summary>
    public static Chart Draw(string title, IReadOnlyList<(string Name, MatrixSeries Series)> series, TimeRange range, ControlPlaneServices services)
    {
        var until = services.Clock.Time.GetUtcNow().ToUnixTimeMilliseconds() / range.Step * range.Step;
        var from = until - (long)range.Length.TotalMilliseconds;
        var times = Enumerable.Range(0, (int)((until - from) / range.Step) + 1).Select(i => from + (i * range.Step)).ToArray();
        return new()
        {
            Title = title,
            Times = times,
            Lines = [.. series.Select((one, i) => new ChartLine(one.Name, "s" + (i % MostLines).ToString(CultureInfo.InvariantCulture), On(times, from, range.Step, one.Series)))],
            Least = series.SelectMany(one => one.Series.Values).Any(value => value < 0) ? null : 0,
            From = from,
            Until = until,
        };
    }

    /// <summary>Labels as PromQL writes them.</summary>
    public static string NameOf(Labels labels)
    {
        var others = Enumerable.Range(0, labels.Count).Select(i => labels[i]).Where(label => label.Name != Labels.MetricName).Select(label => $"{label.Name}={Quoted(label.Value)}").ToArray();
        return others.Length == 0 && labels.Name.Length > 0 ? labels.Name : $"{labels.Name}{{{string.Join(", ", others)}}}";
    }

    private static double?[] On(long[] times, long from, long step, MatrixSeries series)
    {
        var values = new double?[times.Length];
        for (var i = 0; i < series.Times.Length; i++)
        {
            var at = (series.Times[i] - from) / step;
            if (at >= 0 && at < values.Length && series.Histograms?[i] is null) values[at] = series.Values[i];
        }
        return values;
    }

    private static string Quoted(string text) => "\"" + text.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal).Replace("\n", "\\n", StringComparison.Ordinal) + "\"";
}
