namespace Fairway.Cli.Load;

/// <summary>What became of the load, up to now.</summary>
/// <param name="Seconds">Time since the first arrival.</param>
/// <param name="Scheduled">Arrivals so far.</param>
/// <param name="Answered">Exchanges that got a whole answer, whatever its status.</param>
/// <param name="Rate">Whole answers a second.</param>
/// <param name="Status">Whole answers by class, <c>2xx</c> to <c>5xx</c>.</param>
/// <param name="Latency">From the scheduled start to the answer's last byte.</param>
/// <param name="Groups">The answers by the value of the grouping header, by name; one group named <c>all</c> without a grouping.</param>
/// <param name="Failures">Everything that went wrong, by kind, most frequent first: transport failures, and 5xx answers.</param>
/// <param name="Samples">The first few failures in full.</param>
/// <param name="WebSockets">The WebSockets' part; null when there are none.</param>
/// <param name="Lost">Exchanges and WebSockets that failed on the way: no whole answer, or an error that the edge gave in a release's place.</param>
public sealed record LoadReport(
    double Seconds,
    long Scheduled,
    long Answered,
    double Rate,
    ImmutableSortedDictionary<string, long> Status,
    LatencySummary Latency,
    ImmutableArray<GroupReport> Groups,
    ImmutableArray<FailureCount> Failures,
    ImmutableArray<FailureSample> Samples,
    WebSocketReport? WebSockets,
    long Lost)
{
    /// <summary>Exchanges that have neither been answered nor failed yet.</summary>
    public long Open => Scheduled - Answered - Failures.Where(f => f.Transport && !f.WebSocket).Sum(f => f.Count);
}

/// <summary>Latencies in milliseconds.</summary>
public sealed record LatencySummary(double P50, double P90, double P99, double P999, double Max)
{
    /// <summary>The percentiles of a histogram.</summary>
    public static LatencySummary Of(LatencyHistogram histogram) => new(
        Round(histogram.Percentile(0.5)), Round(histogram.Percentile(0.9)), Round(histogram.Percentile(0.99)), Round(histogram.Percentile(0.999)), Round(histogram.Max));

    private static double Round(TimeSpan span) => Math.Round(span.TotalMilliseconds, 3);
}

/// <summary>The answers that carried one value of the grouping header.</summary>
/// <param name="Name">The header's value; <c>-</c> when it was absent.</param>
/// <param name="Answered">Whole answers.</param>
/// <param name="Failed">Of these, 5xx.</param>
/// <param name="Latency">Their latencies.</param>
public sealed record GroupReport(string Name, long Answered, long Failed, LatencySummary Latency);

/// <summary>One kind of failure.</summary>
/// <param name="Kind"><c>refused</c>, <c>reset</c>, <c>timeout</c>, <c>truncated</c>, <c>protocol</c>, <c>connect</c>, <c>tls</c>, <c>websocket-refused</c>, <c>websocket-cut</c>, or
/// the status with the edge's own code, such as <c>503 no-instance</c>; of an answered handshake with <c>websocket-refused</c> before it.</param>
/// <param name="Count">How many.</param>
/// <param name="Transport">No whole answer arrived.</param>
/// <param name="WebSocket">Of a WebSocket, not of an arrival.</param>
/// <param name="ByEdge">The edge answered in a release's place.</param>
public sealed record FailureCount(string Kind, long Count, bool Transport, bool WebSocket, bool ByEdge);

/// <summary>A failure in full.</summary>
/// <param name="At">Seconds after the first arrival.</param>
/// <param name="Kind">As in <see cref="FailureCount"/>.</param>
/// <param name="Detail">What the machine said.</param>
public sealed record FailureSample(double At, string Kind, string Detail);

/// <summary>What the WebSockets saw.</summary>
/// <param name="Opened">Connections made.</param>
/// <param name="Moved">Of these, closed by the server with a reason to come back (1000, 1001, 1012, 1013), and opened again.</param>
/// <param name="Messages">Messages received.</param>
public sealed record WebSocketReport(long Opened, long Moved, long Messages);
