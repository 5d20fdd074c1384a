using System.IO.Compression;
using System.Text;
using Fairway.Metrics.Ingest;
using Fairway.Metrics.Model;

namespace Fairway.Metrics.Otlp;

public sealed class OtlpReceiverTests
{
    private const ulong Second = 1_000_000_000;
    private readonly RecordingStore _store = new();

    [Fact]
    public void A_counter_gets_names_labels_start_and_the_resource()
    {
        var answer = Receive(Request(Metric("http.server.requests", "{request}", 7, Sum(2, true, Number(3.5, 20, ("http.route", "/a"), ("2xx", "y"), ("_x", "z"))))));
        Assert.Equal((200, 0), (answer.Status, answer.Rejected));
        Assert.Empty(answer.Body);
        const string Series = """http_server_requests_total{http_route="/a", instance="i-1", job="shop/api", key_2xx="y", key_x="z", service_name="api", service_version="1.2"}""";
        Assert.Equal([3.5], _store.Values(Series));
        Assert.Equal(20_000, _store.Of(Series).Single().Time);
        Assert.Equal([(Series, 10_000L)], _store.Starts);
        Assert.Equal([1], _store.Values("""target_info{host_name="h", instance="i-1", job="shop/api", service_version="1.2"}"""));
        Assert.Equal(new("counter", "About it.", ""), _store.Metadata["http_server_requests_total"]);
    }

    [Fact]
    public void A_gauge_of_whole_numbers_and_a_sum_that_falls_are_gauges()
    {
        Receive(Request(
            Metric("queue", "1", 5, new Proto().Message(1, new Proto().Fixed(3, 20 * Second).Fixed(6, unchecked((ulong)-7L)))),
            Metric("in.flight", "", 7, Sum(2, false, Number(4, 20)))));
        Assert.Equal([-7], Values("queue_ratio"));
        Assert.Equal([4], Values("in_flight"));
        Assert.Empty(_store.Starts);
    }

    [Fact]
    public void Deltas_are_added_up_from_the_first_start()
    {
        var receiver = Receiver();
        ulong[] times = [20, 30, 30, 25, 40];
        var answers = times.Select(t => receiver.Receive(Request(Metric("d", "", 7, Sum(1, true, Number(2, t)))).Bytes, OtlpReceiver.Protobuf, null).Rejected).ToArray();
        Assert.Equal([2, 4, 6], Values("d_total"));
        // The second at 30 is the first one repeated; the one at 25 is late.
        Assert.Equal([0, 0, 0, 1, 0], answers);
        Assert.Equal(10_000, Assert.Single(_store.Starts).Start);
    }

    [Fact]
    public void A_histogram_becomes_buckets_that_include_those_below()
    {
        Receive(Request(Metric("took", "s", 9, Histogram(2, [1, 2, 3], [0.5, 1], 6, 4.5))));
        Assert.Equal([1], Values("took_seconds_bucket", "0.5"));
        Assert.Equal([3], Values("took_seconds_bucket", "1"));
        Assert.Equal([6], Values("took_seconds_bucket", "+Inf"));
        Assert.Equal([6], Values("took_seconds_count"));
        Assert.Equal([4.5], Values("took_seconds_sum"));
        Assert.Equal(5, _store.Starts.Count);
        Assert.Equal("histogram", _store.Metadata["took_seconds"].Type);
        Assert.Equal("seconds", _store.Metadata["took_seconds"].Unit);
    }

    [Fact]
    public void Delta_histograms_are_added_up_and_begin_anew_with_other_bounds()
    {
        var receiver = Receiver();
        foreach (var (time, bound) in new[] { (20UL, 1.0), (30UL, 1.0), (40UL, 2.0) })
            receiver.Receive(Request(Metric("took", "", 9, Histogram(1, [1, 2], [bound], 3, 1.5, time))).Bytes, OtlpReceiver.Protobuf, null);
        Assert.Equal([1, 2], Values("took_bucket", "1"));
        Assert.Equal([1], Values("took_bucket", "2"));
        Assert.Equal([3, 6, 3], Values("took_count"));
    }

    [Fact]
    public void A_histogram_may_become_a_native_one_with_custom_bounds()
    {
        Receive(Request(Metric("took", "", 9, Histogram(2, [1, 2, 3], [0.5, 1], 6, 4.5))), new() { HistogramsAsNative = true });
        var histogram = _store.Of(Full("took")).Single().Histogram!;
        Assert.Equal(NativeHistogram.CustomBounds, histogram.Schema);
        Assert.Equal([0.5, 1], histogram.Bounds!);
        Assert.Equal([1, 2, 3], histogram.PositiveBuckets);
    }

    [Fact]
    public void An_exponential_histogram_becomes_a_native_one()
    {
        Receive(Request(Metric("took", "", 10, Exponential(2, 3, -2, [1, 0, 0, 0, 5, 2]))));
        var histogram = _store.Of(Full("took")).Single().Histogram!;
        Assert.Equal((3, 9, 12.5, 1, 1e-128), (histogram.Schema, histogram.Count, histogram.Sum, histogram.ZeroCount, histogram.ZeroThreshold));
        // Bucket i of OpenTelemetry ends where bucket i + 1 of Prometheus does.
        Assert.Equal([new(-1, 1), new(3, 2)], histogram.PositiveSpans);
        Assert.Equal([1, 5, 2], histogram.PositiveBuckets);
    }

    [Fact]
    public void A_scale_that_is_too_fine_is_made_coarser_and_one_that_is_too_coarse_refused()
    {
        Receive(Request(Metric("fine", "", 10, Exponential(2, 10, -4, [1, 2, 3, 4, 5, 6, 7, 8]))));
        var histogram = _store.Of(Full("fine")).Single().Histogram!;
        Assert.Equal(8, histogram.Schema);
        Assert.Equal([10, 26], histogram.PositiveBuckets);
        Assert.Equal([new(0, 2)], histogram.PositiveSpans);
        Assert.Equal(1, Receive(Request(Metric("coarse", "", 10, Exponential(2, -5, 0, [1])))).Rejected);
    }

    [Fact]
    public void Exponential_deltas_are_added_up_at_the_coarser_scale()
    {
        var receiver = Receiver();
        receiver.Receive(Request(Metric("e", "", 10, Exponential(1, 1, 0, [1, 2, 3, 4], 20))).Bytes, OtlpReceiver.Protobuf, null);
        receiver.Receive(Request(Metric("e", "", 10, Exponential(1, 0, 1, [10], 30))).Bytes, OtlpReceiver.Protobuf, null);
        var sum = _store.Of(Full("e"))[1].Histogram!;
        Assert.Equal((0, 18, 2), (sum.Schema, sum.Count, sum.ZeroCount));
        Assert.Equal([new(1, 2)], sum.PositiveSpans);
        Assert.Equal([3, 17], sum.PositiveBuckets);
    }

    [Fact]
    public void A_summary_keeps_its_quantiles()
    {
        var point = new Proto().Fixed(3, 20 * Second).Fixed(4, 9).Double(5, 1.5).Message(6, new Proto().Double(1, 0.5).Double(2, 0.1)).Message(6, new Proto().Double(1, 0.99).Double(2, 0.4));
        Receive(Request(Metric("s", "", 11, new Proto().Message(1, point))));
        Assert.Equal([9], Values("s_count"));
        Assert.Equal([0.4], _store.Values("""s{instance="i-1", job="shop/api", quantile="0.99", service_name="api", service_version="1.2"}"""));
    }

    [Fact]
    public void A_point_without_recorded_value_ends_its_series()
    {
        var receiver = Receiver();
        receiver.Receive(Request(Metric("g", "", 5, new Proto().Message(1, Number(1, 20)))).Bytes, OtlpReceiver.Protobuf, null);
        receiver.Receive(Request(Metric("g", "", 5, new Proto().Message(1, new Proto().Fixed(3, 30 * Second).Varint(8, 1)))).Bytes, OtlpReceiver.Protobuf, null);
        receiver.Receive(Request(Metric("h", "", 9, Histogram(2, [1, 1], [1], 2, 1))).Bytes, OtlpReceiver.Protobuf, null);
        receiver.Receive(Request(Metric("h", "", 9, new Proto().Message(1, new Proto().Fixed(3, 30 * Second).Varint(10, 1)).Varint(2, 2))).Bytes, OtlpReceiver.Protobuf, null);
        Assert.True(_store.Of(Full("g"))[^1].IsStale);
        Assert.True(_store.Of(Full("h_bucket", "1"))[^1].IsStale);
        Assert.True(_store.Of(Full("h_sum"))[^1].IsStale);
    }

    [Fact]
    public void Points_that_cannot_be_are_rejected_and_the_others_taken()
    {
        var answer = Receive(Request(
            Metric("good", "", 5, new Proto().Message(1, Number(1, 20))),
            Metric("timeless", "", 5, new Proto().Message(1, new Proto().Double(4, 1))),
            Metric("odd", "", 9, Histogram(2, [1, 2], [0.5, 1], 3, 1)),
            Metric("unspecified", "", 7, Sum(0, true, Number(1, 20), Number(2, 20)))));
        Assert.Equal((200, 4), (answer.Status, answer.Rejected));
        Assert.Contains("timeless: a point without a time (1)", answer.Message, StringComparison.Ordinal);
        Assert.Contains("2 buckets for 2 bounds", answer.Message, StringComparison.Ordinal);
        Assert.Contains("temporality (2)", answer.Message, StringComparison.Ordinal);
        // ExportMetricsServiceResponse { partial_success { rejected_data_points: 4 … } }
        Assert.Equal([0x0A, answer.Body[1], 0x08, 4, 0x12], answer.Body[..5]);
        Assert.Equal([1], Values("good"));
    }

    [Fact]
    public void JSON_says_the_same_as_protobuf()
    {
        const string Json = """
            {"resourceMetrics":[{"resource":{"attributes":[{"key":"service.name","value":{"stringValue":"api"}},{"key":"list","value":{"arrayValue":{"values":[{"intValue":"1"},{"boolValue":true},{"stringValue":"x"}]}}}]},
             "scopeMetrics":[{"scope":{"name":"s","unknown":[1,{"a":2}]},"metrics":[
               {"name":"c","unit":"By","description":"d","sum":{"aggregationTemporality":2,"isMonotonic":true,"dataPoints":[
                 {"attributes":[{"key":"k","value":{"doubleValue":1.5}}],"startTimeUnixNano":"10000000000","timeUnixNano":"20000000000","asInt":"42"}]}},
               {"name":"g","gauge":{"dataPoints":[{"timeUnixNano":20000000000,"asDouble":"NaN"}]}},
               {"name":"h","histogram":{"aggregationTemporality":"AGGREGATION_TEMPORALITY_CUMULATIVE","dataPoints":[
                 {"timeUnixNano":"20000000000","count":"3","sum":2.5,"bucketCounts":["1","2"],"explicitBounds":[1]}]}},
               {"name":"e","exponentialHistogram":{"aggregationTemporality":2,"dataPoints":[
                 {"timeUnixNano":"20000000000","count":3,"sum":2.5,"scale":-1,"zeroCount":"1","positive":{"offset":-1,"bucketCounts":["2"]}}]}}
             ]}]}]}
            """;
        var answer = Receiver().Receive(Encoding.UTF8.GetBytes(Json), "application/json; charset=utf-8", null);
        Assert.Equal((200, "{}", ""), (answer.Status, Encoding.UTF8.GetString(answer.Body), answer.Message));
        Assert.Equal([42], _store.Values("""c_bytes_total{job="api", k="1.5", service_name="api"}"""));
        Assert.Equal(StaleMarker.OrdinaryNaNBits, BitConverter.DoubleToInt64Bits(_store.Last("""g{job="api", service_name="api"}""")));
        Assert.Equal([3], _store.Values("""h_bucket{job="api", le="+Inf", service_name="api"}"""));
        Assert.Equal(-1, _store.Of("""e{job="api", service_name="api"}""").Single().Histogram!.Schema);
        Assert.Equal([1], _store.Values("""target_info{job="api", list="[1,true,\"x\"]"}"""));
    }

    [Theory]
    [InlineData("{", "JSON")]
    [InlineData("[]", "expected an object")]
    [InlineData("""{"resourceMetrics":{}}""", "resourceMetrics: expected a list")]
    [InlineData("""{"resourceMetrics":[{"scopeMetrics":[{"metrics":[{"name":1}]}]}]}""", "name: expected a text, found 1")]
    [InlineData("""{"resourceMetrics":[{"scopeMetrics":[{"metrics":[{"gauge":{"dataPoints":[{"asInt":"x"}]}}]}]}]}""", "asInt: expected a whole number")]
    public void Wrong_JSON_is_refused_with_the_reason_in_JSON(string json, string what)
    {
        var answer = Receiver().Receive(Encoding.UTF8.GetBytes(json), OtlpReceiver.Json, null);
        Assert.Equal(400, answer.Status);
        Assert.Contains(what, answer.Message, StringComparison.Ordinal);
        Assert.StartsWith("{\"code\":3", Encoding.UTF8.GetString(answer.Body), StringComparison.Ordinal);
    }

    [Fact]
    public void Packed_bodies_are_unpacked_up_to_the_limit()
    {
        var body = Request(Metric("g", "", 5, new Proto().Message(1, Number(1, 20)))).Bytes;
        using var packed = new MemoryStream();
        using (var gzip = new GZipStream(packed, CompressionMode.Compress)) gzip.Write(body);
        Assert.Equal(200, Receiver().Receive(packed.ToArray(), OtlpReceiver.Protobuf, "gzip").Status);
        Assert.Equal([1], Values("g"));
        Assert.Equal(413, Receiver(new() { MessageBytes = 50 }).Receive(packed.ToArray(), OtlpReceiver.Protobuf, "gzip").Status);
        Assert.Equal(400, Receiver().Receive(body, OtlpReceiver.Protobuf, "gzip").Status);
        Assert.Equal(415, Receiver().Receive(body, OtlpReceiver.Protobuf, "br").Status);
        Assert.Equal(415, Receiver().Receive(body, "text/plain", null).Status);
        _store.DiskIsFull = true;
        Assert.Equal(503, Receiver().Receive(body, OtlpReceiver.Protobuf, null).Status);
    }

    [Theory]
    [InlineData("system.memory.usage", "By", "gauge", OtlpNaming.UnderscoresWithSuffixes, "system_memory_usage_bytes")]
    [InlineData("system.io", "By/s", "gauge", OtlpNaming.UnderscoresWithSuffixes, "system_io_bytes_per_second")]
    [InlineData("requests", "{req}/min", "gauge", OtlpNaming.UnderscoresWithSuffixes, "requests_per_min")]
    [InlineData("jvm.cpu_seconds_total", "s", "counter", OtlpNaming.UnderscoresWithSuffixes, "jvm_cpu_seconds_total")]
    [InlineData("hit.rate", "1", "gauge", OtlpNaming.UnderscoresWithSuffixes, "hit_rate_ratio")]
    [InlineData("4xx..count", "1", "counter", OtlpNaming.UnderscoresWithSuffixes, "_4xx_count_total")]
    [InlineData("disk", "%", "gauge", OtlpNaming.UnderscoresWithSuffixes, "disk_percent")]
    [InlineData("a.b", "s", "counter", OtlpNaming.UnderscoresWithoutSuffixes, "a_b")]
    [InlineData("a.b", "s", "counter", OtlpNaming.Kept, "a.b")]
    [InlineData("a.b.total", "s", "counter", OtlpNaming.KeptWithSuffixes, "a.b_seconds_total")]
    public void Names_are_translated(string name, string unit, string type, OtlpNaming naming, string expected)
    {
        var data = type == "counter" ? Sum(2, true, Number(1, 20)) : new Proto().Message(1, Number(1, 20));
        Receive(Request(Metric(name, unit, type == "counter" ? 7 : 5, data)), new() { Naming = naming });
        Assert.Contains(_store.Names(), n => n.StartsWith(expected + "{", StringComparison.Ordinal));
    }

    [Fact]
    public void Attributes_that_meet_in_one_label_are_joined()
    {
        Receive(Request(Metric("g", "", 5, new Proto().Message(1, Number(1, 20, ("a_b", "2"), ("a.b", "1"))))));
        Assert.Contains(_store.Names(), n => n.Contains("a_b=\"1;2\"", StringComparison.Ordinal));
    }

    [Fact]
    public void Frames_of_gRPC_are_taken_apart_and_made()
    {
        var frame = GrpcFrames.Write([1, 2, 3]);
        Assert.Equal([0, 0, 0, 0, 3, 1, 2, 3], frame);
        Assert.Equal(8, GrpcFrames.Read([.. frame, 9], 100, out var packed, out var message));
        Assert.False(packed);
        Assert.Equal([1, 2, 3], message.ToArray());
        Assert.Equal(0, GrpcFrames.Read(frame.AsSpan(0, 7), 100, out _, out _));
        Assert.Equal(0, GrpcFrames.Read(frame.AsSpan(0, 4), 100, out _, out _));
        Assert.Throws<BodyTooLargeException>(() => GrpcFrames.Read(frame, 2, out _, out _));
        Assert.Throws<FormatException>(() => GrpcFrames.Read([7, 0, 0, 0, 0], 2, out _, out _));
        Assert.Equal((0, 3, 14), (GrpcFrames.Status(200), GrpcFrames.Status(400), GrpcFrames.Status(503)));
    }

    [Fact]
    public void Damaged_bodies_are_taken_or_refused_but_never_crash()
    {
        var random = new Random(12);
        var body = Request(
            Metric("c", "s", 7, Sum(1, true, Number(3.5, 20, ("http.route", "/a")))), Metric("h", "s", 9, Histogram(1, [1, 2, 3], [0.5, 1], 6, 4.5)),
            Metric("e", "", 10, Exponential(1, 3, -2, [1, 0, 0, 0, 5, 2]))).Bytes;
        var json = Encoding.UTF8.GetBytes("""{"resourceMetrics":[{"resource":{"attributes":[{"key":"a","value":{"kvlistValue":{"values":[{"key":"b","value":{"bytesValue":"AA=="}}]}}}]},"scopeMetrics":[{"metrics":[{"name":"h","histogram":{"aggregationTemporality":2,"dataPoints":[{"timeUnixNano":"20","count":"3","sum":2.5,"bucketCounts":["1","2"],"explicitBounds":[1]}]}}]}]}]}""");
        var receiver = Receiver();
        for (var i = 0; i < 10_000; i++)
        {
            Assert.InRange(receiver.Receive(Damage.Apply(body, random), OtlpReceiver.Protobuf, null).Status, 200, 400);
            Assert.InRange(receiver.Receive(Damage.Apply(json, random), OtlpReceiver.Json, null).Status, 200, 400);
        }
    }

    private static Proto Request(params Proto[] metrics)
    {
        var scope = new Proto().Message(1, new Proto().Text(1, "scope"));
        foreach (var metric in metrics) scope.Message(2, metric);
        var resource = new Proto();
        foreach (var (key, value) in new[] { ("service.name", "api"), ("service.namespace", "shop"), ("service.instance.id", "i-1"), ("service.version", "1.2"), ("host.name", "h") })
            resource.Message(1, Attribute(key, value));
        return new Proto().Message(1, new Proto().Message(1, resource).Message(2, scope));
    }

    private static Proto Metric(string name, string unit, int kind, Proto data) => new Proto().Text(1, name).Text(2, "About it.").Text(3, unit).Message(kind, data);

    private static Proto Attribute(string key, string value) => new Proto().Text(1, key).Message(2, new Proto().Text(1, value));

    private static Proto Sum(int temporality, bool monotonic, params Proto[] points)
    {
        var sum = new Proto();
        foreach (var point in points) sum.Message(1, point);
        return sum.Varint(2, temporality).Varint(3, monotonic ? 1 : 0);
    }

    private static Proto Number(double value, ulong seconds, params (string Key, string Value)[] attributes)
    {
        var point = new Proto();
        foreach (var (key, text) in attributes) point.Message(7, Attribute(key, text));
        return point.Fixed(2, 10 * Second).Fixed(3, seconds * Second).Double(4, value);
    }

    private static Proto Histogram(int temporality, ulong[] counts, double[] bounds, ulong count, double sum, ulong seconds = 20) =>
        new Proto().Message(1, new Proto().Fixed(2, 10 * Second).Fixed(3, seconds * Second).Fixed(4, count).Double(5, sum).PackedFixed(6, counts).PackedDoubles(7, bounds)).Varint(2, temporality);

    private static Proto Exponential(int temporality, int scale, int offset, long[] counts, ulong seconds = 20) =>
        new Proto().Message(1, new Proto().Fixed(2, 10 * Second).Fixed(3, seconds * Second).Fixed(4, 9).Double(5, 12.5).ZigZag(6, scale).Fixed(7, 1)
            .Message(8, new Proto().ZigZag(1, offset).Packed(2, counts))).Varint(2, temporality);

    private static string Full(string name, string? le = null) =>
        $"{name}{{instance=\"i-1\", job=\"shop/api\"{(le is null ? "" : $", le=\"{le}\"")}, service_name=\"api\", service_version=\"1.2\"}}";

    private double[] Values(string name, string? le = null) => _store.Values(Full(name, le));

    private OtlpReceiver Receiver(OtlpOptions? options = null) => new(_store, TimeProvider.System, options ?? new());

    private OtlpAnswer Receive(Proto request, OtlpOptions? options = null) => Receiver(options).Receive(request.Bytes, OtlpReceiver.Protobuf, null);
}
