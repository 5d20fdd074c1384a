using System.Globalization;
using System.Text;
using Fairway.Traffic;

namespace Fairway.Edge.Counters;

/// <summary>
/// Counters and state as Prometheus text (exposition format 0.0.4, prometheus.io/docs/instrumenting/exposition_formats). Histogram bounds lie on bucket borders of
/// <see cref="LatencyBuckets"/> or are off by less than one of them (1.6 %).
/// </summary>
internal sealed class MetricsText
{
    /// <summary>Media type of the text.</summary>
    public const string ContentType = "text/plain; version=0.0.4; charset=utf-8";

    private static readonly double[] Bounds =
        [0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.035, 0.05, 0.075, 0.1, 0.15, 0.25, 0.35, 0.5, 0.75, 1, 2, 5, 10, 30, 60];

    // A bucket belongs to the first bound that is not below its last microsecond.
    private static readonly int[] LastIndexes = [.. Bounds.Select(bound => LatencyBuckets.IndexOf((long)Math.Round(bound * 1e6)) - 1)];
    private static readonly string[] Classes = ["none", "1xx", "2xx", "3xx", "4xx", "5xx"];

    private readonly StringBuilder _text = new();

    /// <summary>Everything the edge tells.</summary>
    /// <param name="rows">Counters with the sum of their latencies in microseconds.</param>
    /// <param name="status">State of the edge.</param>
    public static string Of(ImmutableArray<CountedRow> rows, EdgeStatus status)
    {
        var text = new MetricsText();
        text.Exchanges(rows);
        text.Gauges(rows, status);
        text.Edge(status);
        return text._text.ToString();
    }

    private void Exchanges(ImmutableArray<CountedRow> rows)
    {
        Family("fairway_edge_requests_total", "counter", "Finished exchanges by status class; none is a client that left before any status.");
        foreach (var (row, _) in rows)
        {
            for (var code = 0; code < row.Requests.Length; code++)
                if (row.Requests[code] > 0 || code == 2) Sample("fairway_edge_requests_total", LabelsOf(row) + $",code=\"{Classes[code]}\"", row.Requests[code]);
        }
        Family("fairway_edge_failures_total", "counter", "Attempts that failed on the instance's side.");
        foreach (var (row, _) in rows)
        {
            Sample("fairway_edge_failures_total", LabelsOf(row) + ",kind=\"connect\"", row.ConnectFailures);
            Sample("fairway_edge_failures_total", LabelsOf(row) + ",kind=\"reset\"", row.Resets);
            Sample("fairway_edge_failures_total", LabelsOf(row) + ",kind=\"timeout\"", row.Timeouts);
        }
        Each("fairway_edge_retries_total", "counter", "Attempts that were tried again elsewhere.", rows, row => row.Retries);
        Each("fairway_edge_request_bytes_total", "counter", "Body bytes from clients.", rows, row => row.BytesIn);
        Each("fairway_edge_response_bytes_total", "counter", "Body bytes to clients.", rows, row => row.BytesOut);
        Family("fairway_edge_request_duration_seconds", "histogram", "Time to the response's last byte, upgraded connections excluded.");
        foreach (var (row, microseconds) in rows) Histogram(row, microseconds);
    }

    private void Gauges(ImmutableArray<CountedRow> rows, EdgeStatus status)
    {
        Each("fairway_edge_in_flight", "gauge", "Exchanges and upgraded connections now open.", rows, row => row.InFlight);
        Each("fairway_edge_upgraded", "gauge", "Upgraded connections (WebSockets) now open.", rows, row => row.Upgraded);
        Family("fairway_edge_instance_ejected", "gauge", "1 while the instance is passed over because it failed again and again.");
        foreach (var one in status.Instances) Sample("fairway_edge_instance_ejected", LabelsOf(one), one.Ejected ? 1 : 0);
        Family("fairway_edge_ejections_total", "counter", "Times that the instance was passed over.");
        foreach (var one in status.Instances) Sample("fairway_edge_ejections_total", LabelsOf(one), one.Ejections);
        Family("fairway_edge_instance_draining", "gauge", "1 while the instance takes no new requests.");
        foreach (var one in status.Instances) Sample("fairway_edge_instance_draining", LabelsOf(one), one.Draining ? 1 : 0);
        Family("fairway_edge_circuit_state", "gauge", "1 for the state that the service's circuit is in.");
        foreach (var one in status.Services)
        {
            foreach (var state in (ReadOnlySpan<string>)["closed", "open", "halfOpen"])
                Sample("fairway_edge_circuit_state", $"{LabelsOf(one)},state=\"{state}\"", one.Circuit == state ? 1 : 0);
        }
        Family("fairway_edge_active", "gauge", "Requests that hold a place of the service's concurrency limit.");
        foreach (var one in status.Services) Sample("fairway_edge_active", LabelsOf(one), one.Active);
        Family("fairway_edge_queue_length", "gauge", "Requests that wait for a place.");
        foreach (var one in status.Services) Sample("fairway_edge_queue_length", LabelsOf(one), one.Queued);
        Family("fairway_edge_diverted_total", "counter", "Requests that left their arm of the split because it had no usable instance.");
        foreach (var one in status.Services) Sample("fairway_edge_diverted_total", LabelsOf(one), one.Diverted);
        Family("fairway_edge_refused_total", "counter", "Requests answered 503 by the edge because they could not be passed on.");
        foreach (var one in status.Services)
        {
            Sample("fairway_edge_refused_total", LabelsOf(one) + ",reason=\"queue_full\"", one.Refused.QueueFull);
            Sample("fairway_edge_refused_total", LabelsOf(one) + ",reason=\"queue_timeout\"", one.Refused.QueueTimeout);
            Sample("fairway_edge_refused_total", LabelsOf(one) + ",reason=\"circuit_open\"", one.Refused.CircuitOpen);
            Sample("fairway_edge_refused_total", LabelsOf(one) + ",reason=\"no_instance\"", one.Refused.NoInstance);
        }
    }

    private void Edge(EdgeStatus status)
    {
        Family("fairway_edge_unrouted_total", "counter", "Requests that no service took.");
        Sample("fairway_edge_unrouted_total", "", status.Unrouted);
        Family("fairway_edge_table_version", "gauge", "Version of the table in force.");
        Sample("fairway_edge_table_version", "", status.TableVersion);
        Family("fairway_edge_table_stored", "gauge", "1 when the table in force is safe on disk.");
        Sample("fairway_edge_table_stored", "", status.TableStored ? 1 : 0);
        Family("fairway_edge_uptime_seconds", "gauge", "Time since the edge started.");
        Sample("fairway_edge_uptime_seconds", "", status.UptimeSeconds);
        Family("fairway_edge_build_info", "gauge", "Always 1; its labels say which program this is.");
        Sample("fairway_edge_build_info", $"version=\"{Escape(status.Build)}\",epoch=\"{Escape(status.Epoch)}\"", 1);
    }

    private void Histogram(InstanceCounters row, long microseconds)
    {
        var labels = LabelsOf(row);
        long cumulative = 0;
        var buckets = row.Latency.GetEnumerator();
        var more = buckets.MoveNext();
        for (var i = 0; i < Bounds.Length; i++)
        {
            for (; more && buckets.Current.Key <= LastIndexes[i]; more = buckets.MoveNext()) cumulative += buckets.Current.Value;
            Sample("fairway_edge_request_duration_seconds_bucket", $"{labels},le=\"{Bounds[i].ToString(CultureInfo.InvariantCulture)}\"", cumulative);
        }
        for (; more; more = buckets.MoveNext()) cumulative += buckets.Current.Value;
        Sample("fairway_edge_request_duration_seconds_bucket", labels + ",le=\"+Inf\"", cumulative);
        Sample("fairway_edge_request_duration_seconds_sum", labels, microseconds / 1e6);
        Sample("fairway_edge_request_duration_seconds_count", labels, cumulative);
    }

    private void Each(
        string name, string type, string help, ImmutableArray<CountedRow> rows, Func<InstanceCounters, long> value)
    {
        Family(name, type, help);
        foreach (var (row, _) in rows) Sample(name, LabelsOf(row), value(row));
    }

    private void Family(string name, string type, string help) => _text.Append("# HELP ").Append(name).Append(' ').Append(help)
        .Append("\n# TYPE ").Append(name).Append(' ').Append(type).Append('\n');

    private void Sample(string name, string labels, long value) => Line(name, labels).Append(value).Append('\n');

    private void Sample(string name, string labels, double value) => Line(name, labels).Append(value.ToString("R", CultureInfo.InvariantCulture)).Append('\n');

    private StringBuilder Line(string name, string labels)
    {
        _text.Append(name);
        if (labels.Length > 0) _text.Append('{').Append(labels).Append('}');
        return _text.Append(' ');
    }

    private static string LabelsOf(InstanceCounters row)
        => $"{LabelsOf(row.Environment, row.Service)},version=\"{Escape(row.Version)}\",release=\"{Escape(row.Release)}\",instance=\"{Escape(row.Instance)}\"";

    private static string LabelsOf(EdgeInstanceStatus one)
        => $"{LabelsOf(one.Environment, one.Service)},instance=\"{Escape(one.Instance)}\",address=\"{Escape(one.Address)}\"";

    private static string LabelsOf(EdgeServiceStatus one) => LabelsOf(one.Environment, one.Service);

    private static string LabelsOf(string environment, string service) => $"environment=\"{Escape(environment)}\",service=\"{Escape(service)}\"";

    // Backslash, quote and line feed are what the format escapes in label values.
    private static string Escape(string value)
        => value.AsSpan().IndexOfAny('\\', '"', '\n') < 0 ? value
            : value.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal).Replace("\n", "\\n", StringComparison.Ordinal);
}
