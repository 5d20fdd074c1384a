using System.Text;
using Fairway.Cli.Load;

namespace Fairway.Tour;

/// <summary>The tour's traffic: kept-alive HTTP/1.1, some HTTP/2, some orders, a few WebSockets.</summary>
internal sealed class TourLoad : IAsyncDisposable
{
    private readonly CancellationTokenSource _stop = new();
    private readonly ImmutableArray<LoadGenerator> _generators;
    private readonly Task<LoadReport[]> _running;

    public TourLoad(Uri edge, double rate, TimeProvider time)
    {
        var pages = new LoadPlan
        {
            Urls = [edge, new(edge, "/product/3"), new(edge, "/api/products")], Rate = rate * 0.7, Connections = 48, WebSockets = Sockets, WebSocketPath = "/ws", Timeout = TimeSpan.FromSeconds(30), GroupByHeader = "Shop-Version",
        };
        var orders = pages with
        {
            Urls = [new(edge, "/api/orders")], Rate = rate * 0.1, Connections = 16, WebSockets = 0, Method = "POST",
            Headers = [new("Content-Type", "application/json")], Body = Encoding.UTF8.GetBytes("""{"product":3,"quantity":1}"""),
        };
        var newer = pages with { Rate = rate * 0.2, Connections = 2, Http2 = true, WebSockets = 0 };
        _generators = [.. new[] { pages, orders, newer }.Select(plan => new LoadGenerator(plan, time))];
        _running = Task.WhenAll(_generators.Select(g => g.RunAsync(_stop.Token)));
    }

    /// <summary>WebSockets held open.</summary>
    public const int Sockets = 6;

    /// <summary>The counts up to now.</summary>
    public TourCounts Counts() => TourCounts.Of([.. _generators.Select(g => g.Report())]);

    /// <summary>Ends the traffic, waits for what is open, and counts.</summary>
    public async Task<TourCounts> StopAsync()
    {
        await _stop.CancelAsync();
        return TourCounts.Of([.. await _running]);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        _stop.Dispose();
    }
}

/// <summary>What all the tour's traffic saw together.</summary>
/// <param name="Answered">Whole answers.</param>
/// <param name="Lost">Requests and WebSockets that failed on the way.</param>
/// <param name="Moved">WebSockets that were asked to move and did.</param>
/// <param name="P50">Median latency of the pages, in milliseconds.</param>
/// <param name="P99">Their 99th percentile.</param>
/// <param name="ByVersion">Answers, and 5xx among them, by the version that gave them.</param>
/// <param name="Failures">Every kind of failure with its first instance, for when something was lost.</param>
internal sealed record TourCounts(
    long Answered, long Lost, long Moved, double P50, double P99, ImmutableSortedDictionary<string, (long Requests, long Failed)> ByVersion, ImmutableArray<string> Failures)
{
    public static TourCounts Of(ImmutableArray<LoadReport> reports) => new(
        reports.Sum(r => r.Answered),
        reports.Sum(r => r.Lost),
        reports.Sum(r => r.WebSockets?.Moved ?? 0),
        reports[0].Latency.P50,
        reports[0].Latency.P99,
        reports.SelectMany(r => r.Groups).GroupBy(g => g.Name, StringComparer.Ordinal)
            .ToImmutableSortedDictionary(g => g.Key, g => (g.Sum(r => r.Answered), g.Sum(r => r.Failed)), StringComparer.Ordinal),
        [.. reports.SelectMany(r => r.Failures.Where(f => f.Transport || f.ByEdge).Select(f => $"{f.Count} × {f.Kind}: {r.Samples.FirstOrDefault(s => s.Kind == f.Kind)?.Detail}"))]);
}
