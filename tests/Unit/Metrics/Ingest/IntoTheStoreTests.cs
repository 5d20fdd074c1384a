using System.Text;
using Fairway.Metrics.Exposition;
using Fairway.Metrics.Model;
using Fairway.Metrics.Otlp;
using Fairway.Metrics.RemoteWrite;
using Fairway.Metrics.Scrape;
using Fairway.Metrics.Storage;

namespace Fairway.Metrics.Ingest;

/// <summary>Every way in, with the store that ships.</summary>
public sealed class IntoTheStoreTests : IDisposable
{
    private readonly MemoryStore _store = new();

    public void Dispose() => _store.Dispose();

    [Fact]
    public void Scrapes_end_in_series_with_stale_markers_and_starts()
    {
        var target = new TargetIngest(_store, Labels.Of([new("job", "api")]), new());
        string Body(int i) => $"# TYPE a counter\na_total{{x=\"1\"}} {i}\na_created{{x=\"1\"}} 5\n{(i < 3 ? "# TYPE b gauge\nb 1\n" : "")}# EOF\n";
        for (var i = 1; i <= 4; i++) Assert.Null(target.Take(Encoding.UTF8.GetBytes(Body(i)), ExpositionFormat.OpenMetrics, i * 15_000, () => default).Error);
        Assert.Equal([1, 2, 3, 4], Read("a_total").Where(v => v.Value > 0).Select(v => v.Value));
        Assert.Equal([15_000, 30_000, 45_000], Read("b").Select(v => v.Time));
        Assert.True(StaleMarker.Is(Read("b")[^1].Value));
        target.Failed(75_000, default, "gone");
        Assert.True(StaleMarker.Is(Read("a_total")[^1].Value));
        Assert.Equal(0, Read("up")[^1].Value);
    }

    [Fact]
    public void A_scrape_that_fails_leaves_nothing()
    {
        var target = new TargetIngest(_store, Labels.Of([new("job", "api")]), new());
        Assert.NotNull(target.Take("a 1\nb x\n"u8, ExpositionFormat.PrometheusText, 15_000, () => default).Error);
        Assert.Empty(Read("a"));
        Assert.Null(target.Take("a 2\nb 1\n"u8, ExpositionFormat.PrometheusText, 30_000, () => default).Error);
        Assert.Equal([(30_000, 2)], Read("a"));
    }

    [Fact]
    public void Remote_writes_that_are_repeated_are_no_error()
    {
        var receiver = new RemoteWriteReceiver(_store, TimeProvider.System, new());
        var series = new Proto().Message(1, new Proto().Text(1, "__name__").Text(2, "a"));
        var histogram = new Proto().Varint(1, 3).Double(3, 2).ZigZag(4, 1).Message(11, new Proto().ZigZag(1, 0).Varint(2, 2)).PackedZigZag(12, 1, 1).Varint(15, 3000);
        var body = SnappyTests.Pack(new Proto().Message(1, series.Message(2, new Proto().Double(1, 7).Varint(2, 1000)).Message(2, new Proto().Double(1, 8).Varint(2, 2000)).Message(4, histogram)).Bytes);
        Assert.Equal((204, 2, 1), Answer(receiver.Receive(body, null, "snappy")));
        Assert.Equal(204, receiver.Receive(body, null, "snappy").Status);
        Assert.Equal([7, 8, 2], Read("a").Select(v => v.Value));
        var other = SnappyTests.Pack(new Proto().Message(1, new Proto().Message(1, new Proto().Text(1, "__name__").Text(2, "a")).Message(2, new Proto().Double(1, 9).Varint(2, 1000))).Bytes);
        Assert.Equal(400, receiver.Receive(other, null, "snappy").Status);
    }

    [Fact]
    public void Points_of_OpenTelemetry_are_found_under_their_names()
    {
        var receiver = new OtlpReceiver(_store, TimeProvider.System, new());
        foreach (var n in new[] { 1, 2 })
        {
            var json = """{"resourceMetrics":[{"resource":{"attributes":[{"key":"service.name","value":{"stringValue":"api"}}]},"scopeMetrics":[{"metrics":[{"name":"r","sum":{"aggregationTemporality":1,"isMonotonic":true,"dataPoints":[{"startTimeUnixNano":"1000000000","timeUnixNano":"@0000000000","asInt":"5"}]}}]}]}]}""".Replace("@", n.ToString(), StringComparison.Ordinal);
            Assert.Equal((200, ""), (receiver.Receive(Encoding.UTF8.GetBytes(json), OtlpReceiver.Json, null) is var a ? a.Status : 0, a.Message));
        }

        Assert.Equal([(10_000, 5), (20_000, 10)], Read("r_total").Where(v => v.Value > 0));
    }

    private static (int, int, int) Answer(RemoteWriteAnswer answer) => (answer.Status, answer.Samples, answer.Histograms);

    private (long Time, double Value)[] Read(string name)
    {
        var buffer = new SampleBuffer();
        foreach (var series in _store.Select(0, long.MaxValue / 2, [new LabelMatcher("__name__", MatchKind.Equal, name)], CancellationToken.None)) series.Read(0, long.MaxValue / 2, buffer);
        return [.. Enumerable.Range(0, buffer.Count).Select(i => (buffer.Times[i], buffer.Values[i]))];
    }
}
