using System.Globalization;
using Fairway.Metrics.Protobuf;
using Fairway.Metrics.RemoteWrite;

namespace Fairway.Bench.Metrics.Peer;

/// <summary>
/// Pods of a web service, 50 series each with eight labels: 20 request counters, two histograms of 12 buckets, 6 gauges. The same for
/// the same number of pods.
/// </summary>
internal sealed class Dataset
{
    /// <summary>Milliseconds between scrapes.</summary>
    public const int Step = 15_000;

    /// <summary>Series in one request of remote write.</summary>
    public const int InRequest = 2_000;

    private const int OfPod = 50;

    private static readonly string[] Bounds =
        ["0.005", "0.01", "0.025", "0.05", "0.1", "0.25", "0.5", "1", "2.5", "5", "10", "+Inf"];

    private static readonly string[] Gauges =
    [
        "container_memory_working_set_bytes", "kube_pod_info", "container_cpu_load", "process_open_fds", "go_goroutines",
        "http_requests_in_flight",
    ];

    private readonly Random _random = new(7);
    private readonly byte[][] _labels;
    private readonly double[] _values;
    private readonly int[] _events = new int[12];
    private readonly ProtobufWriter _message = new();
    private byte[] _packed = [];

    /// <param name="pods">How many.</param>
    public Dataset(int pods)
    {
        Pods = pods;
        _labels = new byte[pods * OfPod][];
        _values = new double[pods * OfPod];
        for (var i = 0; i < _labels.Length; i++)
        {
            _labels[i] = LabelsOf(i);
            _values[i] = (i % OfPod) switch { < 44 => 0, 45 => 1, _ => _random.Next(1, 50_000) };
        }
    }

    public int Pods { get; }

    /// <summary>Number of series.</summary>
    public int Count => _values.Length;

    /// <summary>The requests of the next scrape of all pods.</summary>
    public byte[][] Next(long time)
    {
        for (var i = 0; i < _values.Length; i += OfPod) Advance(_values.AsSpan(i, OfPod));
        var requests = new byte[(Count + InRequest - 1) / InRequest][];
        for (var r = 0; r < requests.Length; r++)
        {
            _message.Clear();
            for (var i = r * InRequest; i < Math.Min(Count, (r + 1) * InRequest); i++)
            {
                var series = _message.Begin(1);
                _message.Append(_labels[i]);
                var sample = _message.Begin(2);
                _message.Double(1, _values[i]);
                _message.Varint(2, (ulong)time);
                _message.End(sample);
                _message.End(series);
            }

            if (_packed.Length < Snappy.MostEncoded(_message.Length)) _packed = new byte[Snappy.MostEncoded(_message.Length)];
            requests[r] = _packed[..Snappy.Encode(_message.Written, _packed)];
        }

        return requests;
    }

    private void Advance(Span<double> pod)
    {
        for (var i = 0; i < 20; i++) pod[i] += _random.Next(i % 2 == 0 ? 100 : 5);
        for (var histogram = 20; histogram < 44; histogram += 12)
        {
            Array.Clear(_events);
            for (var n = _random.Next(40); n > 0; n--) _events[Math.Min(_random.Next(12), _random.Next(12))]++;
            var sum = 0;
            for (var b = 0; b < 12; b++) pod[histogram + b] += sum += _events[b];
        }

        pod[44] = Math.Max(4096, pod[44] + (4096 * _random.Next(-20, 21)));
        pod[46] = Math.Round(_random.NextDouble(), 3);
        pod[47] = Math.Max(3, pod[47] + _random.Next(-2, 3));
        pod[48] = Math.Max(5, pod[48] + _random.Next(-10, 11));
        pod[49] = _random.Next(30);
    }

    /// <summary>The labels of a series, name first, in order of names.</summary>
    public static (string Name, string Value)[] PairsOf(int series)
    {
        var (pod, i) = (series / OfPod, series % OfPod);
        var text = pod.ToString("D4", CultureInfo.InvariantCulture);
        (string, string)[] common =
        [
            ("instance", $"10.0.{pod / 250}.{pod % 250}:8080"), ("job", "web"), ("namespace", "shop"),
        ];
        if (i < 20) return [("__name__", "http_requests_total"), ("code", i % 2 == 0 ? "200" : "500"), .. common, ("method", "GET"), Path(i / 2), ("pod", $"web-{text}")];
        if (i < 44)
        {
            return [("__name__", "http_request_duration_seconds_bucket"), .. common[..2], ("le", Bounds[(i - 20) % 12]), ("method", "GET"), common[2],
                Path((pod * 2) + ((i - 20) / 12)), ("pod", $"web-{text}")];
        }

        return [("__name__", Gauges[i - 44]), ("cluster", "eu-1"), ("container", "web"), .. common, ("node", $"node-{pod / 20}"), ("pod", $"web-{text}")];
    }

    private static (string, string) Path(int number) => ("path", $"/api/v1/resource/{number % 10}");

    private static byte[] LabelsOf(int series)
    {
        var writer = new ProtobufWriter();
        foreach (var (name, value) in PairsOf(series))
        {
            var label = writer.Begin(1);
            writer.Text(1, name);
            writer.Text(2, value);
            writer.End(label);
        }

        return writer.Written.ToArray();
    }
}
