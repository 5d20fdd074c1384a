using System.Globalization;
using System.IO.Compression;
using System.Text;
using Fairway.Metrics.Exposition;
using Fairway.Metrics.Model;
using Fairway.Metrics.Otlp;
using Fairway.Metrics.RemoteWrite;
using Fairway.Metrics.Scrape;
using Fairway.Metrics.Storage;

namespace Fairway.Metrics.Ingest;

/// <summary>Whatever comes in by a socket, random, damaged or made to hurt, costs memory in proportion to its size at most.</summary>
public sealed class BoundedMemoryTests
{
    // Two hundred bytes a byte: what a series of one label needs. Tables are made at the first use.
    private const long PerByte = 256;
    private const long Always = 4 << 20;

    private readonly NothingStore _store = new();

    public static TheoryData<string> Bodies => ["exposition", "openmetrics", "scraped protobuf", "remote write 1", "remote write 2", "OTLP protobuf", "OTLP JSON"];

    [Theory]
    [MemberData(nameof(Bodies))]
    public void Random_and_damaged_bodies_cost_no_more_than_their_size(string kind)
    {
        var random = new Random(20260302);
        var (seed, take) = Of(kind);
        var taken = 0;
        for (var i = 0; i < 4_000; i++)
        {
            var body = i % 4 == 0 ? Noise(random, seed) : Damage.Apply(seed, random);
            if (Bounded(body.Length, () => take(body))) taken++;
        }

        Assert.True(taken > 10, $"only {taken} were taken at all: they are refused too early to try anything");
    }

    public static TheoryData<string> Traps =>
    [
        "a symbol said a million times", "long labels of many series", "many attributes", "attributes of one name", "a list said a million times",
        "attributes and bounds", "buckets far apart", "deep attributes", "deep JSON", "labels of one sample", "types of one family", "empty spans",
        "spans beyond everything", "a snappy block of nothing", "nothing packed by gzip", "resources", "symbols", "nothing but numbers",
    ];

    [Theory]
    [MemberData(nameof(Traps))]
    public void Bodies_made_to_hurt_cost_no_more_than_their_size(string trap)
    {
        var (body, take) = Trap(trap);
        Bounded(body.Length, () => take(body));
    }

    [Fact]
    public void Delta_histograms_whose_buckets_lie_far_apart_do_not_fill_the_gap()
    {
        var receiver = new OtlpReceiver(_store, TimeProvider.System, new());
        foreach (var (offset, second) in new[] { (-1_000_000_000, 10UL), (1_000_000_000, 20UL), (0, 30UL) })
        {
            var body = Otlp(new Proto().Text(1, "h").Message(10, new Proto().Varint(2, 1).Message(1, Exponential(-4, offset, second)))).Bytes;
            Bounded(body.Length, () => receiver.Receive(body, OtlpReceiver.Protobuf, null).Status == 200);
        }
    }

    private (byte[] Body, Func<byte[], bool> Take) Trap(string trap)
    {
        const int Many = 200_000;
        // Of no pattern, so that Snappy cannot make the body small: it is the unpacked message that memory is measured by.
        var random = new Random(1);
        var long1 = string.Concat(Enumerable.Range(0, 100_000).Select(_ => (char)random.Next(' ', 127)));
        switch (trap)
        {
            case "a symbol said a million times":
                return (Snappy(new Proto().Data(4, []).Text(4, long1).Message(5, new Proto().Packed(1, Times(1L, 1_000_000)))), V2());
            case "long labels of many series":
                var series = new Proto().Data(4, []).Text(4, "__name__").Text(4, "n").Text(4, "a").Text(4, long1).Text(4, "b");
                for (var i = 0; i < 5_000; i++) series.Text(4, i.ToString(CultureInfo.InvariantCulture));
                for (var i = 0; i < 5_000; i++) series.Message(5, new Proto().Packed(1, 1, 2, 3, 4, 5, i + 6).Message(2, new Proto().Double(1, 1).Varint(2, 1)));
                return (Snappy(series), V2());
            case "symbols":
                var symbols = new Proto();
                for (var i = 0; i < Many; i++) symbols.Data(4, []);
                return (Snappy(symbols), V2());
            case "many attributes":
                return (Otlp(Gauge(Attributes(Many, i => "a" + i.ToString(CultureInfo.InvariantCulture)))).Bytes, OtlpProtobuf());
            case "attributes of one name":
                return (Otlp(Gauge(Attributes(Many, _ => "a"))).Bytes, OtlpProtobuf());
            case "resources":
                var resources = new Proto();
                for (var i = 0; i < 20_000; i++) resources.Message(1, new Proto().Message(1, Attribute("a", i.ToString(CultureInfo.InvariantCulture))));
                return (resources.Bytes, OtlpProtobuf());
            case "a list said a million times":
                var lists = new Proto();
                for (var i = 0; i < 1_000_000; i++) lists.Data(5, []);
                return (Otlp(Gauge(new Proto().Message(7, new Proto().Text(1, "a").Message(2, lists)))).Bytes, OtlpProtobuf());
            case "attributes and bounds":
                var point = Attributes(5_000, i => "a" + i.ToString(CultureInfo.InvariantCulture), 9).Fixed(3, 20_000_000_000).Fixed(4, 0)
                    .PackedFixed(6, new ulong[5_001]).PackedDoubles(7, [.. Enumerable.Range(0, 5_000).Select(i => (double)i)]);
                return (Otlp(new Proto().Text(1, "h").Message(9, new Proto().Varint(2, 2).Message(1, point))).Bytes, OtlpProtobuf());
            case "buckets far apart":
                return (Otlp(new Proto().Text(1, "h").Message(10, new Proto().Varint(2, 1)
                    .Message(1, Exponential(-4, -1_000_000_000, 10)).Message(1, Exponential(-4, 1_000_000_000, 20)))).Bytes, OtlpProtobuf());
            case "deep attributes":
                var deep = new Proto().Varint(3, 1);
                for (var i = 0; i < 2_000; i++) deep = new Proto().Message(5, new Proto().Message(1, deep));
                return (Otlp(Gauge(new Proto().Message(7, new Proto().Text(1, "a").Message(2, deep)))).Bytes, OtlpProtobuf());
            case "deep JSON":
                return (Encoding.UTF8.GetBytes("{\"resourceMetrics\":" + new string('[', Many)), OtlpJson());
            case "nothing but numbers":
                return (Encoding.UTF8.GetBytes("{\"resourceMetrics\":[" + string.Join(",", Times(1L, Many)) + "]}"), OtlpJson());
            case "labels of one sample":
                return (Encoding.UTF8.GetBytes("m{" + string.Join(",", Enumerable.Range(0, Many).Select(i => $"l{i}=\"v\"")) + "} 1\n"), Text(ExpositionFormat.PrometheusText));
            case "types of one family":
                return (Encoding.UTF8.GetBytes(string.Concat(Enumerable.Range(0, 50_000).Select(i => $"# TYPE m{i} counter\n"))), Text(ExpositionFormat.PrometheusText));
            case "empty spans":
                var spans = Histogram();
                for (var i = 0; i < Many; i++) spans.Data(11, []);
                return (Snappy(Written(spans)), V1());
            case "spans beyond everything":
                return (Snappy(Written(Histogram().Message(11, new Proto().ZigZag(1, int.MaxValue).Varint(2, 1)).Message(11, new Proto().ZigZag(1, int.MaxValue).Varint(2, 1))
                    .PackedZigZag(12, 1, 1))), V1());
            case "a snappy block of nothing":
                return ([0xff, 0xff, 0xff, 0xff, 0x07, 0, 0], V1());
            default:
                using (var packed = new MemoryStream())
                {
                    using (var gzip = new GZipStream(packed, CompressionLevel.Fastest)) gzip.Write(new byte[64 << 20]);
                    var small = new OtlpReceiver(_store, TimeProvider.System, new() { MessageBytes = 1 << 20 });
                    return (packed.ToArray(), b => small.Receive(b, OtlpReceiver.Protobuf, "gzip").Status == 413);
                }
        }
    }

    private (byte[] Seed, Func<byte[], bool> Take) Of(string kind) => kind switch
    {
        "exposition" => ("# HELP a H.\n# TYPE a histogram\na_bucket{le=\"1\",x=\"\\\"\\\\\"} 1 1000\na_bucket{le=\"+Inf\"} 2\na_sum 0.5\n{\"m.x\",\"l\"=\"v\"} NaN\n"u8.ToArray(), Text(ExpositionFormat.PrometheusText)),
        "openmetrics" => ("# TYPE a counter\n# UNIT a_s s\na_total{x=\"y\"} 1 1.5 # {id=\"z\"} 2 3\na_created{x=\"y\"} 1\n# EOF\n"u8.ToArray(), Text(ExpositionFormat.OpenMetrics)),
        "scraped protobuf" => (Delimited(new Proto().Text(1, "f").Varint(3, 4).Message(4, new Proto().Message(1, new Proto().Text(1, "x").Text(2, "y"))
            .Message(7, Histogram().Message(12, new Proto().ZigZag(1, 1).Varint(2, 2)).PackedZigZag(13, 1, 1)))), Text(ExpositionFormat.Protobuf)),
        "remote write 1" => (Written(Histogram().Message(11, new Proto().ZigZag(1, 1).Varint(2, 2)).PackedZigZag(12, 1, 1)).Bytes, b => V1()(SnappyTests.Pack(b))),
        "remote write 2" => (new Proto().Data(4, []).Text(4, "__name__").Text(4, "n").Message(5, new Proto().Packed(1, 1, 2).Message(2, new Proto().Double(1, 1).Varint(2, 5))
            .Message(3, Histogram())).Bytes, b => V2()(SnappyTests.Pack(b))),
        "OTLP protobuf" => (Otlp(new Proto().Text(1, "h").Message(10, new Proto().Varint(2, 1).Message(1, Exponential(3, 5, 10)).Message(1, Exponential(1, -70, 20)))).Bytes, OtlpProtobuf()),
        _ => ("""{"resourceMetrics":[{"resource":{"attributes":[{"key":"a","value":{"kvlistValue":{"values":[{"key":"b","value":{"intValue":"1"}}]}}}]},"scopeMetrics":[{"metrics":[{"name":"q","gauge":{"dataPoints":[{"timeUnixNano":"1772367000000000000","asDouble":7}]}}]}]}]}"""u8.ToArray(), OtlpJson()),
    };

    private static bool Bounded(int size, Func<bool> take)
    {
        var before = GC.GetAllocatedBytesForCurrentThread();
        var taken = take();
        var used = GC.GetAllocatedBytesForCurrentThread() - before;
        Assert.True(used <= Always + (size * PerByte), $"a body of {size} bytes took {used} bytes of memory");
        return taken;
    }

    private static byte[] Noise(Random random, byte[] seed)
    {
        var noise = new byte[random.Next(200)];
        for (var i = 0; i < noise.Length; i++) noise[i] = random.Next(3) == 0 ? (byte)random.Next(256) : seed[random.Next(seed.Length)];
        return noise;
    }

    private Func<byte[], bool> Text(ExpositionFormat format)
    {
        var ingest = new TargetIngest(_store, Labels.Of([new("job", "j")]), new());
        return body => ingest.Take(body, format, 1000, () => TimeSpan.Zero).Error is null;
    }

    private Func<byte[], bool> V1()
    {
        var receiver = new RemoteWriteReceiver(_store, TimeProvider.System, new());
        return body => receiver.Receive(body, RemoteWriteReceiver.ContentTypeV1, "snappy").Status == 204;
    }

    private Func<byte[], bool> V2()
    {
        var receiver = new RemoteWriteReceiver(_store, TimeProvider.System, new());
        return body => receiver.Receive(body, RemoteWriteReceiver.ContentTypeV2, "snappy").Status == 204;
    }

    private Func<byte[], bool> OtlpProtobuf()
    {
        var receiver = new OtlpReceiver(_store, TimeProvider.System, new());
        return body => receiver.Receive(body, OtlpReceiver.Protobuf, null) is { Status: 200, Rejected: 0 };
    }

    private Func<byte[], bool> OtlpJson()
    {
        var receiver = new OtlpReceiver(_store, TimeProvider.System, new());
        return body => receiver.Receive(body, OtlpReceiver.Json, null) is { Status: 200, Rejected: 0 };
    }

    private static byte[] Snappy(Proto message) => SnappyTests.Pack(message.Bytes);

    private static byte[] Delimited(Proto message) => [.. new Proto().Raw((ulong)message.Bytes.Length).Bytes, .. message.Bytes];

    private static Proto Histogram() => new Proto().Varint(1, 3).Double(3, 1.5).ZigZag(4, 1).Double(5, 0.001).Varint(15, 1000);

    private static Proto Written(Proto histogram) => new Proto().Message(1, new Proto().Message(1, new Proto().Text(1, "__name__").Text(2, "h")).Message(4, histogram));

    private static Proto Otlp(Proto metric) => new Proto().Message(1, new Proto().Message(1, new Proto()).Message(2, new Proto().Message(2, metric)));

    private static Proto Gauge(Proto point) => new Proto().Text(1, "g").Message(5, new Proto().Message(1, point.Fixed(3, 20_000_000_000).Double(4, 1)));

    private static Proto Exponential(long scale, long offset, ulong second) => new Proto().Fixed(3, second * 1_000_000_000).Fixed(4, 1).Double(5, 1).ZigZag(6, scale)
        .Message(8, new Proto().ZigZag(1, offset).Packed(2, 1));

    private static Proto Attribute(string name, string value) => new Proto().Text(1, name).Message(2, new Proto().Text(1, value));

    private static Proto Attributes(int count, Func<int, string> name, int field = 7)
    {
        var point = new Proto();
        for (var i = 0; i < count; i++) point.Message(field, Attribute(name(i), "v"));
        return point;
    }

    private static long[] Times(long value, int count) => [.. Enumerable.Repeat(value, count)];

    /// <summary>Takes everything and keeps nothing: what is measured is the way in.</summary>
    private sealed class NothingStore : ISampleStore
    {
        public IAppendBatch Begin() => new Batch();

        public void Describe(string metric, MetricMetadata metadata)
        {
        }

        private sealed class Batch : IAppendBatch
        {
            public AppendOutcome Add(ref long series, Labels labels, long time, double value) => Known(ref series);

            public AppendOutcome Add(ref long series, Labels labels, long time, NativeHistogram histogram) => Known(ref series);

            public AppendOutcome Start(ref long series, Labels labels, long start) => Known(ref series);

            public void Commit()
            {
            }

            public void Dispose()
            {
            }

            private static AppendOutcome Known(ref long series)
            {
                series = Math.Max(series, 1);
                return AppendOutcome.Taken;
            }
        }
    }
}
