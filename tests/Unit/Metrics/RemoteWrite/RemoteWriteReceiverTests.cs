using Fairway.Metrics.Ingest;
using Fairway.Metrics.Model;
using Fairway.Metrics.Storage;

namespace Fairway.Metrics.RemoteWrite;

public sealed class RemoteWriteReceiverTests
{
    private const string V2 = RemoteWriteReceiver.ContentTypeV2;
    private readonly RecordingStore _store = new();

    [Fact]
    public void A_request_of_version_1_is_taken_with_its_metadata()
    {
        var message = new Proto()
            .Message(1, Series(("__name__", "up"), ("job", "a")).Message(2, Sample(1, 1000)).Message(2, Sample(0, 2000)))
            .Message(1, Series(("__name__", "req"), ("empty", "")).Message(2, Sample(double.NegativeInfinity, 1000)))
            .Message(3, new Proto().Varint(1, 1).Text(2, "req").Text(4, "Requests.").Text(5, "s"));
        var answer = Receive(message);
        Assert.Equal((204, 3, ""), (answer.Status, answer.Samples, answer.Error));
        Assert.Equal([1, 0], _store.Values("""up{job="a"}"""));
        Assert.Equal([double.NegativeInfinity], _store.Values("req"));
        Assert.Equal(new MetricMetadata("counter", "Requests.", "s"), _store.Metadata["req"]);
    }

    [Fact]
    public void Stale_markers_keep_their_bits()
    {
        Receive(new Proto().Message(1, Series(("__name__", "a")).Message(2, new Proto().Fixed(1, 0x7ff0000000000002).Varint(2, 5))));
        Assert.True(_store.Of("a").Single().IsStale);
    }

    [Fact]
    public void Labels_may_come_in_any_order_and_place()
    {
        var scattered = new Proto().Message(1, Label("z", "1")).Message(2, Sample(7, 1)).Message(1, Label("__name__", "a"));
        Assert.Equal(204, Receive(new Proto().Message(1, scattered)).Status);
        Assert.Equal([7], _store.Values("""a{z="1"}"""));
    }

    [Fact]
    public void Good_series_are_taken_when_others_are_not()
    {
        var answer = Receive(new Proto()
            .Message(1, Series(("job", "nameless")).Message(2, Sample(1, 1)))
            .Message(1, Series(("__name__", "a"), ("x", "1"), ("x", "2")).Message(2, Sample(1, 1)))
            .Message(1, new Proto().Message(1, new Proto().Text(1, "__name__").Data(2, [0xff, 0xfe])).Message(2, Sample(1, 1)))
            .Message(1, Series(("__name__", "good")).Message(2, Sample(1, 1))));
        Assert.Equal((400, 1), (answer.Status, answer.Samples));
        Assert.Contains("no metric name", answer.Error, StringComparison.Ordinal);
        Assert.Contains("\"x\" occurs twice", answer.Error, StringComparison.Ordinal);
        Assert.Contains("not UTF-8", answer.Error, StringComparison.Ordinal);
        Assert.Equal([1], _store.Values("good"));
    }

    [Fact]
    public void What_the_store_refuses_is_told_and_not_to_be_repeated()
    {
        var receiver = Receiver(new RecordingStore { Answer = (_, time) => time < 10 ? AppendOutcome.TooOld : time == 10 ? AppendOutcome.Duplicate : AppendOutcome.Taken });
        var answer = receiver.Receive(SnappyTests.Pack(new Proto().Message(1, Series(("__name__", "a")).Message(2, Sample(1, 5)).Message(2, Sample(1, 10)).Message(2, Sample(1, 20))).Bytes), null, "snappy");
        Assert.Equal((400, 2), (answer.Status, answer.Samples));
        Assert.Contains("too old or out of order: 1, first a", answer.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void A_full_disk_is_worth_trying_again()
    {
        _store.DiskIsFull = true;
        Assert.Equal(503, Receive(new Proto().Message(1, Series(("__name__", "a")).Message(2, Sample(1, 5)))).Status);
        _store.DiskIsFull = false;
        Assert.Equal(204, Receive(new Proto().Message(1, Series(("__name__", "a")).Message(2, Sample(1, 5)))).Status);
    }

    [Theory]
    [InlineData("text/plain", "snappy", 415)]
    [InlineData("application/x-protobuf;proto=some.Other", "snappy", 415)]
    [InlineData("application/x-protobuf", "gzip", 415)]
    [InlineData("application/x-protobuf; proto=prometheus.WriteRequest", "snappy", 204)]
    [InlineData("application/x-protobuf;proto=io.prometheus.write.v2.Request", "", 204)]
    public void Content_types_are_told_apart(string contentType, string encoding, int status) =>
        Assert.Equal(status, Receiver(_store).Receive(SnappyTests.Pack([]), contentType, encoding).Status);

    [Fact]
    public void A_message_that_is_too_large_is_refused_before_it_is_unpacked()
    {
        var receiver = new RemoteWriteReceiver(_store, TimeProvider.System, new() { MessageBytes = 1000 });
        Assert.Equal(413, receiver.Receive(SnappyTests.Pack(new byte[2000]), null, null).Status);
    }

    [Fact]
    public void A_request_of_version_2_is_taken_with_symbols_metadata_and_start()
    {
        var answer = Receive(V2Request(
            ["", "__name__", "req_total", "code", "200", "Requests.", "s"],
            new Proto().Packed(1, 1, 2, 3, 4).Message(2, Sample(5, 2000)).Message(5, new Proto().Varint(1, 1).Varint(3, 5).Varint(4, 6)).Varint(6, 1500)), V2);
        Assert.Equal((204, 1, 0), (answer.Status, answer.Samples, answer.Histograms));
        Assert.Equal([5], _store.Values("""req_total{code="200"}"""));
        Assert.Equal(new MetricMetadata("counter", "Requests.", "s"), _store.Metadata["req_total"]);
        Assert.Equal([("""req_total{code="200"}""", 1500L)], _store.Starts);
        Assert.Contains(answer.Headers(), h => h is { Key: "X-Prometheus-Remote-Write-Samples-Written", Value: "1" });
        Assert.Contains(answer.Headers(), h => h is { Key: "X-Prometheus-Remote-Write-Histograms-Written", Value: "0" });
    }

    [Fact]
    public void Symbols_are_texts_and_not_numbers_from_one_request_to_the_next()
    {
        var receiver = Receiver(_store);
        byte[] Body(params string[] symbols) => SnappyTests.Pack(V2Request(symbols, new Proto().Packed(1, 1, 2, 3, 4).Message(2, Sample(1, 1000))).Bytes);
        Assert.Equal(204, receiver.Receive(Body("", "__name__", "a", "x", "1"), V2, "snappy").Status);
        Assert.Equal(204, receiver.Receive(Body("", "__name__", "b", "x", "2"), V2, "snappy").Status);
        Assert.Equal(["""a{x="1"}""", """b{x="2"}"""], _store.Names());
    }

    [Theory]
    [InlineData(9, 1)]
    [InlineData(1, 0)]
    public void Symbols_that_are_not_there_or_unpaired_are_an_error(long reference, int more)
    {
        var series = more == 0 ? new Proto().Packed(1, 0, 1, reference) : new Proto().Packed(1, 0, reference);
        Assert.Equal(400, Receive(V2Request(["", "__name__"], series.Message(2, Sample(1, 1))), V2).Status);
    }

    [Fact]
    public void A_message_of_version_1_under_the_name_of_version_2_is_an_error() =>
        Assert.Contains("1.0", Receive(new Proto().Message(1, Series(("__name__", "a"))), V2).Error, StringComparison.Ordinal);

    [Fact]
    public void Native_histograms_are_taken_from_differences_or_counts()
    {
        var integers = new Proto().Varint(1, 12).Double(3, 18.4).ZigZag(4, 1).Double(5, 0.001).Varint(6, 2)
            .Message(11, new Proto().ZigZag(1, 0).Varint(2, 2)).Message(11, new Proto().ZigZag(1, 1).Varint(2, 2)).PackedZigZag(12, 1, 1, -1, 0)
            .Message(8, new Proto().ZigZag(1, -3).Varint(2, 1)).ZigZag(9, 4).Varint(14, 2).Varint(15, 1000);
        var floats = new Proto().Double(2, 2.5).Double(3, 1).ZigZag(4, -53).Message(11, new Proto().ZigZag(1, 0).Varint(2, 3)).PackedDoubles(13, 1, 1, 0.5).PackedDoubles(16, 0.1, 1).Varint(15, 2000);
        var answer = Receive(new Proto().Message(1, Series(("__name__", "h")).Message(4, integers).Message(4, floats)));
        Assert.Equal((204, 0, 2), (answer.Status, answer.Samples, answer.Histograms));
        var first = _store.Of("h")[0].Histogram!;
        Assert.Equal((1, 12, 18.4, 0.001, 2), (first.Schema, first.Count, first.Sum, first.ZeroThreshold, first.ZeroCount));
        Assert.Equal([1, 2, 1, 1], first.PositiveBuckets);
        Assert.Equal([new(0, 2), new(1, 2)], first.PositiveSpans);
        Assert.Equal([4], first.NegativeBuckets);
        Assert.Equal([new BucketSpan(-3, 1)], first.NegativeSpans);
        Assert.Equal(ResetHint.NotReset, first.Hint);
        var second = _store.Of("h")[1].Histogram!;
        Assert.Equal([0.1, 1], second.Bounds!);
        Assert.Equal([1, 1, 0.5], second.PositiveBuckets);
    }

    [Theory]
    [InlineData(99, 1, "schema 99")]
    [InlineData(0, 3, "spans of 3")]
    public void A_histogram_that_cannot_be_is_refused(int schema, int length, string fault)
    {
        var histogram = new Proto().Varint(1, 1).ZigZag(4, schema).Message(11, new Proto().ZigZag(1, 0).Varint(2, length)).PackedZigZag(12, 1).Varint(15, 1);
        var answer = Receive(new Proto().Message(1, Series(("__name__", "h")).Message(4, histogram)));
        Assert.Equal(400, answer.Status);
        Assert.Contains(fault, answer.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void Requests_at_the_same_time_do_not_mix()
    {
        var receiver = Receiver(_store);
        Parallel.For(0, 64, new() { MaxDegreeOfParallelism = 4 }, i =>
        {
            var message = new Proto();
            for (var s = 0; s < 50; s++) message.Message(1, Series(("__name__", "m"), ("s", s.ToString())).Message(2, Sample(s, i)));
            Assert.Equal(204, receiver.Receive(SnappyTests.Pack(message.Bytes), null, "snappy").Status);
        });
        Assert.Equal(3200, _store.Samples.Count);
        Assert.All(_store.Samples, s => Assert.Equal($"m{{s=\"{s.Value}\"}}", s.Series));
    }

    [Fact]
    public void Damaged_messages_are_taken_or_refused_but_never_crash()
    {
        var random = new Random(11);
        var v1 = new Proto().Message(1, Series(("__name__", "a"), ("x", "y")).Message(2, Sample(1, 1)).Message(4, new Proto().Varint(1, 3).ZigZag(4, 1).Message(11, new Proto().ZigZag(1, 0).Varint(2, 2)).PackedZigZag(12, 1, 1).Varint(15, 4)))
            .Message(3, new Proto().Varint(1, 1).Text(2, "a").Text(4, "h")).Bytes;
        var v2 = V2Request(["", "__name__", "a", "x", "y"], new Proto().Packed(1, 1, 2, 3, 4).Message(2, Sample(5, 2000)).Message(5, new Proto().Varint(1, 1).Varint(3, 2))).Bytes;
        var receiver = Receiver(_store);
        for (var i = 0; i < 10_000; i++)
        {
            Assert.InRange(receiver.Receive(SnappyTests.Pack(Damage.Apply(v1, random)), null, "snappy").Status, 204, 415);
            Assert.InRange(receiver.Receive(SnappyTests.Pack(Damage.Apply(v2, random)), V2, "snappy").Status, 204, 415);
            Assert.InRange(receiver.Receive(Damage.Apply(SnappyTests.Pack(v1), random), null, "snappy").Status, 204, 415);
        }
    }

    private static RemoteWriteReceiver Receiver(ISampleStore store) => new(store, TimeProvider.System, new());

    private static Proto V2Request(string[] symbols, Proto series)
    {
        var request = new Proto();
        foreach (var symbol in symbols) request.Text(4, symbol);
        return request.Message(5, series);
    }

    private static Proto Series(params (string Name, string Value)[] labels)
    {
        var series = new Proto();
        foreach (var (name, value) in labels) series.Message(1, Label(name, value));
        return series;
    }

    private static Proto Label(string name, string value) => new Proto().Text(1, name).Text(2, value);

    private static Proto Sample(double value, long time) => new Proto().Double(1, value).Varint(2, time);

    private RemoteWriteAnswer Receive(Proto message, string contentType = RemoteWriteReceiver.ContentTypeV1) => Receiver(_store).Receive(SnappyTests.Pack(message.Bytes), contentType, "snappy");
}
