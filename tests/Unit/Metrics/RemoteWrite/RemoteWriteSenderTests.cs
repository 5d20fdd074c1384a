using System.Text;
using Fairway.Metrics.Configuration;
using Fairway.Metrics.Ingest;
using Fairway.Metrics.Model;
using Fairway.Metrics.Relabelling;
using Fairway.Metrics.Scrape;

namespace Fairway.Metrics.RemoteWrite;

public sealed class RemoteWriteSenderTests : IAsyncDisposable
{
    private static readonly NativeHistogram Histogram = new()
    {
        Schema = 2, Count = 5, Sum = 1.5, ZeroCount = 1, ZeroThreshold = 0.001, PositiveSpans = [new(-1, 2), new(3, 1)], PositiveBuckets = [1, 2, 1], Hint = ResetHint.NotReset,
    };

    private readonly RecordingStore _far = new();
    private readonly RemoteWriteReceiver _receiver;
    private readonly Exporter _server = new();

    public RemoteWriteSenderTests()
    {
        _receiver = new(_far, TimeProvider.System, new());
        _server.Answer = (head, body) => Respond(_receiver.Receive(body, Header(head, "Content-Type"), Header(head, "Content-Encoding")));
    }

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task What_the_store_took_arrives_at_the_other_side(bool version2)
    {
        var sender = new RemoteWriteSender(Config() with { Version2 = version2 }, Labels.Of([new("dc", "x"), new("job", "no")]), TimeProvider.System);
        var near = new RecordingStore { Answer = (l, _) => l.Name == "refused" ? Storage.AppendOutcome.TooOld : Storage.AppendOutcome.Taken };
        var store = new ForwardingStore(near, [sender]);
        store.Describe("a", new("counter", "Help.", ""));
        using (var batch = store.Begin())
        {
            Add(batch, "a", 1000, 1.5);
            Add(batch, "a", 2000, StaleMarker.Value);
            Add(batch, "refused", 1000, 1);
            var (series, labels) = (0L, Labels.Of([new("__name__", "h"), new("job", "j")]));
            batch.Add(ref series, labels, 1000, Histogram);
            batch.Commit();
        }

        using (var batch = store.Begin()) Add(batch, "uncommitted", 1000, 1);
        await sender.DisposeAsync();
        Assert.Equal(["""a{dc="x", job="j"}""", """h{dc="x", job="j"}"""], _far.Names().Order());
        Assert.Equal(1.5, _far.Of("""a{dc="x", job="j"}""")[0].Value);
        Assert.True(_far.Of("""a{dc="x", job="j"}""")[1].IsStale);
        var histogram = _far.Of("""h{dc="x", job="j"}""").Single().Histogram!;
        Assert.Equal(Histogram.PositiveBuckets, histogram.PositiveBuckets);
        Assert.Equal(Histogram.PositiveSpans, histogram.PositiveSpans);
        Assert.Equal((2, 5, 1.5, 1, 0.001, ResetHint.NotReset), (histogram.Schema, histogram.Count, histogram.Sum, histogram.ZeroCount, histogram.ZeroThreshold, histogram.Hint));
        Assert.Equal(("counter", "Help."), (_far.Metadata["a"].Type, _far.Metadata["a"].Help));
        Assert.Equal((3, 0, 0, 0), (sender.Status.Sent, sender.Status.Failed, sender.Status.Dropped, sender.Status.Pending));
        Assert.Equal(version2 ? "2.0.0" : "0.1.0", Header(_server.Requests[0].Head, "X-Prometheus-Remote-Write-Version"));
    }

    [Fact]
    public async Task Requests_are_repeated_while_the_other_side_is_down()
    {
        var answers = new Queue<string>(["503 Service Unavailable", "500 Internal Server Error", "429 Too Many Requests"]);
        var real = _server.Answer;
        _server.Answer = (head, body) => answers.TryDequeue(out var status) ? Exporter.Status(status, "not now"u8.ToArray(), "") : real(head, body);
        await using var sender = new RemoteWriteSender(Config(), Labels.Empty, TimeProvider.System);
        sender.Add(Of("a"), 1, 1);
        await Wait.Until(() => _far.Samples.Count == 1, "the sample");
        await Wait.Until(() => sender.Status.Sent == 1, "the answer");
        Assert.Equal((3, 0, ""), (sender.Status.Retries, sender.Status.Failed, sender.Status.LastError));
    }

    [Fact]
    public async Task What_is_refused_for_good_is_not_repeated()
    {
        _server.Answer = (_, _) => Exporter.Status("400 Bad Request", "out of order"u8.ToArray(), "");
        await using var sender = new RemoteWriteSender(Config(), Labels.Empty, TimeProvider.System);
        sender.Add(Of("a"), 1, 1);
        await Wait.Until(() => sender.Status.Failed == 1, "the refusal");
        Assert.Single(_server.Requests);
        Assert.Contains("400: out of order", sender.Status.LastError, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_oldest_are_dropped_when_too_many_wait_and_nobody_is_held_up()
    {
        _server.Answer = (_, _) => null;
        var sender = new RemoteWriteSender(Config() with { Capacity = 10, MaxSamplesPerSend = 1, Timeout = TimeSpan.FromMilliseconds(50) }, Labels.Empty, TimeProvider.System);
        for (var i = 0; i < 100; i++) sender.Add(Of("a"), i, i);
        Assert.InRange(sender.Status.Dropped, 80, 90);
        _server.Answer = (head, body) => Respond(_receiver.Receive(body, Header(head, "Content-Type"), Header(head, "Content-Encoding")));
        await sender.DisposeAsync();
        Assert.Equal(99, _far.Last("a"));
        Assert.Equal(_far.Samples.Select(s => s.Time).Order(), _far.Samples.Select(s => s.Time));
    }

    [Fact]
    public async Task Samples_are_relabelled_and_cut_into_requests()
    {
        var config = Config() with
        {
            MaxSamplesPerSend = 10, Relabelling = new([new() { Action = RelabelAction.Drop, SourceLabels = ["__name__"], Regex = LabelPattern.Parse("go_.*") }]),
        };
        var sender = new RemoteWriteSender(config, Labels.Empty, TimeProvider.System);
        for (var i = 0; i < 25; i++) sender.Add(Of("a"), i, i);
        sender.Add(Of("go_x"), 1, 1);
        await sender.DisposeAsync();
        Assert.Equal(25, _far.Samples.Count);
        Assert.Equal(25, sender.Status.Sent);
        Assert.True(_server.Requests.Length >= 3);
    }

    private static void Add(Storage.IAppendBatch batch, string name, long time, double value)
    {
        long series = 0;
        batch.Add(ref series, Labels.Of([new("__name__", name), new("job", "j")]), time, value);
    }

    private static Labels Of(string name) => Labels.Of([new("__name__", name)]);

    private static string? Header(string head, string name) =>
        head.Split("\r\n").FirstOrDefault(l => l.StartsWith(name + ":", StringComparison.OrdinalIgnoreCase))?[(name.Length + 1)..].Trim();

    private static byte[] Respond(RemoteWriteAnswer answer) => Exporter.Status($"{answer.Status} X", answer.Status == 204 ? [] : Encoding.UTF8.GetBytes(answer.Error), "");

    private RemoteWriteConfig Config() => new()
    {
        Url = new($"http://{_server.Address}/api/v1/write"), Shards = 1, BatchSendDeadline = TimeSpan.FromMilliseconds(20), MinBackoff = TimeSpan.FromMilliseconds(1),
    };
}
