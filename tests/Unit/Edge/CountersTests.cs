using System.Globalization;
using System.Text.RegularExpressions;
using Fairway.Edge.Counters;
using Fairway.Edge.Routing;
using Fairway.Traffic;

namespace Fairway.Edge;

public sealed partial class CountersTests : IAsyncDisposable
{
    private readonly VirtualTime _time = new();
    private readonly LiveTable _live;

    public CountersTests() => _live = new LiveTable(_time);

    public ValueTask DisposeAsync() => _live.DisposeAsync();

    [Fact]
    public async Task Counts_are_exact_under_contention()
    {
        const int Workers = 8, Each = 25_000;
        Apply("s0");
        var instance = Assert.Single(_live.Instances);
        await Task.WhenAll(Enumerable.Range(0, Workers).Select(worker => Task.Run(() =>
        {
            for (var i = 0; i < Each; i++)
            {
                instance.Begin();
                instance.End((i % 5) switch
                {
                    0 => new ExchangeResult(200, FailureKind.None, i, 3, 5),
                    1 => new ExchangeResult(404, FailureKind.None, i, 0, 7),
                    2 => new ExchangeResult(502, FailureKind.Reset, i, 1, 0),
                    3 => new ExchangeResult(0, FailureKind.Connect, i, 0, 0, Retried: true),
                    _ => new ExchangeResult(0, FailureKind.ClientAbort, i, 0, 0),
                });
            }
        })));
        var row = Assert.Single(Read());
        const long Share = Workers * Each / 5;
        Assert.Equal([Share, 0, Share, 0, Share, Share], row.Requests);
        Assert.Equal((Share, Share, 0L, Share), (row.Resets, row.ConnectFailures, row.Timeouts, row.Retries));
        Assert.Equal((Share * 4, Share * 12), (row.BytesIn, row.BytesOut));
        Assert.Equal(Share * 4, row.Latency.Values.Sum());
        Assert.Equal((0, 0), (row.InFlight, row.Upgraded));
        // Every latency lies in its bucket: rebuilt from what was put in.
        var expected = Enumerable.Range(0, Each).Where(i => i % 5 != 3).CountBy(i => LatencyBuckets.IndexOf(i)).ToDictionary(pair => pair.Key, pair => (long)pair.Value * Workers);
        Assert.Equal(expected.OrderBy(pair => pair.Key), row.Latency);
    }

    [Fact]
    public void Every_status_has_its_class_and_odd_ones_count_as_none()
    {
        Apply("s0");
        foreach (var status in (int[])[100, 101, 200, 299, 304, 418, 500, 599, 0, 99, 600, -1]) Finish("s0", status);
        Assert.Equal([4, 2, 2, 1, 1, 2], Assert.Single(Read()).Requests);
    }

    [Fact]
    public void The_row_of_an_instance_that_left_is_kept_until_it_was_read_twice_and_ten_minutes_passed()
    {
        Apply("s0");
        Finish("s0", 200);
        Apply("s1");
        Assert.Equal("s0 s1", Names(accounted: false));
        _time.Advance(TimeSpan.FromMinutes(20));
        Assert.Equal("s0 s1", Names(accounted: true));
        Assert.Equal("s0 s1", Names(accounted: false));
        Assert.Equal("s0 s1", Names(accounted: true));
        Assert.Equal("s1", Names(accounted: true));
    }

    [Fact]
    public void Reads_alone_do_not_let_a_row_go_before_its_time()
    {
        Apply("s0");
        Apply("s1");
        for (var i = 0; i < 10; i++) Assert.Equal("s0 s1", Names(accounted: true));
        _time.Advance(TimeSpan.FromMinutes(10));
        Assert.Equal("s1", Names(accounted: true));
    }

    [Fact]
    public void An_instance_that_comes_back_counts_on()
    {
        Apply("s0");
        Finish("s0", 200);
        Apply("s1");
        for (var i = 0; i < 3; i++) Names(accounted: true);
        Apply("s0");
        _time.Advance(TimeSpan.FromHours(1));
        for (var i = 0; i < 3; i++) Names(accounted: true);
        Finish("s0", 200);
        Assert.Equal(2, Read().Single(row => row.Instance == "s0").Requests[2]);
    }

    [Fact]
    public void A_row_that_still_holds_an_exchange_is_never_let_go()
    {
        Apply("s0");
        var instance = Assert.Single(_live.Instances);
        instance.Begin();
        Apply("s1");
        _time.Advance(TimeSpan.FromDays(2));
        for (var i = 0; i < 5; i++) Assert.Equal("s0 s1", Names(accounted: true));
        instance.End(new ExchangeResult(200, FailureKind.None, 1, 0, 0));
        Assert.Equal(1, Read().Single(row => row.Instance == "s0").Requests[2]);
    }

    [Fact]
    public void The_exposition_says_what_the_counters_say()
    {
        Apply("we\"ird\\na\nme");
        var instance = Assert.Single(_live.Instances);
        for (var i = 0; i < 1000; i++) Finish(instance.Instance, 200, i * 100);
        Finish(instance.Instance, 503, 2_000_000);
        var samples = Parse(MetricsText.Of(_live.Counters.Read(_live.Instances, null, accounted: false), Status()));

        const string Labels = "environment=production,service=shop,version=1.A,release=sha256:A,instance=we\"ird\\na\nme";
        Assert.Equal(1000, samples[$"fairway_edge_requests_total|{Labels},code=2xx"]);
        Assert.Equal(1, samples[$"fairway_edge_requests_total|{Labels},code=5xx"]);
        Assert.Equal(1001, samples[$"fairway_edge_request_duration_seconds_count|{Labels}"]);
        Assert.Equal(1001, samples[$"fairway_edge_request_duration_seconds_bucket|{Labels},le=+Inf"]);
        Assert.Equal((Enumerable.Range(0, 1000).Sum(i => i * 100L) + 2_000_000) / 1e6, samples[$"fairway_edge_request_duration_seconds_sum|{Labels}"], 9);
        // Latencies are 0.0 to 99.9 ms in steps of 0.1: within one bucket (1.6 %) of the exact rank.
        Assert.InRange(samples[$"fairway_edge_request_duration_seconds_bucket|{Labels},le=0.05"], 490, 500);
        Assert.InRange(samples[$"fairway_edge_request_duration_seconds_bucket|{Labels},le=0.01"], 98, 100);
        Assert.Equal(1000, samples[$"fairway_edge_request_duration_seconds_bucket|{Labels},le=1"]);
        var buckets = samples.Where(sample => sample.Key.StartsWith("fairway_edge_request_duration_seconds_bucket", StringComparison.Ordinal)).Select(sample => sample.Value).ToArray();
        Assert.Equal(buckets.Order(), buckets);
        Assert.Equal(7, samples["fairway_edge_table_version|"]);
        Assert.Equal(1, samples["fairway_edge_circuit_state|environment=production,service=shop,state=open"]);
        Assert.Equal(0, samples["fairway_edge_circuit_state|environment=production,service=shop,state=closed"]);
        Assert.Equal(1, samples[$"fairway_edge_instance_ejected|environment=production,service=shop,instance=s0,address=127.0.0.1:9"]);
        Assert.Equal(4, samples["fairway_edge_queue_length|environment=production,service=shop"]);
        Assert.Equal(8, samples["fairway_edge_refused_total|environment=production,service=shop,reason=circuit_open"]);
        Assert.Equal(1, samples["fairway_edge_build_info|version=1.2.3,epoch=e"]);
    }

    private static EdgeStatus Status() => new()
    {
        Epoch = "e",
        Build = "1.2.3",
        Pid = 1,
        UptimeSeconds = 2.5,
        TableVersion = 7,
        TableStored = true,
        Draining = false,
        Listeners = [],
        Notices = [],
        Services = [new("production", "shop", 1, 3, 4, "open", 5, new(6, 7, 8, 9))],
        Instances = [new("production", "shop", "s0", "127.0.0.1:9", 1, 0, false, true, 2, 5)],
    };

    // The exposition read back by the format's own rules: HELP and TYPE before a family, escapes undone.
    private static Dictionary<string, double> Parse(string text)
    {
        var samples = new Dictionary<string, double>(StringComparer.Ordinal);
        var types = new Dictionary<string, string>(StringComparer.Ordinal);
        Assert.EndsWith("\n", text);
        foreach (var line in text.Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            if (line.StartsWith("# HELP ", StringComparison.Ordinal)) continue;
            if (line.StartsWith("# TYPE ", StringComparison.Ordinal))
            {
                Assert.True(types.TryAdd(line.Split(' ')[2], line.Split(' ')[3]), line);
                continue;
            }
            var sample = SampleLine().Match(line);
            Assert.True(sample.Success, line);
            var name = sample.Groups["name"].Value;
            Assert.True(types.ContainsKey(name) || types.ContainsKey(Suffix().Replace(name, "")), line);
            var labels = Label().Matches(sample.Groups["labels"].Value)
                .Select(label => $"{label.Groups["name"].Value}={Escaped().Replace(label.Groups["value"].Value, escape => escape.Value == "\\n" ? "\n" : escape.Value[1..])}");
            Assert.True(samples.TryAdd($"{name}|{string.Join(',', labels)}", double.Parse(sample.Groups["value"].Value, CultureInfo.InvariantCulture)), line);
        }
        return samples;
    }

    private void Apply(string instance) => _live.Apply(Tables.Of(Tables.Split(0, [Tables.Target(instance)], []) with { Arms = [Tables.Arm("A", 10_000, Tables.Target(instance))], PreviewArm = null }));

    private void Finish(string name, int status, long microseconds = 1)
    {
        var instance = _live.Instances.Single(one => one.Instance == name);
        instance.Begin();
        instance.End(new ExchangeResult(status, FailureKind.None, microseconds, 0, 0));
    }

    private ImmutableArray<InstanceCounters> Read() => [.. _live.Counters.Read(_live.Instances, null, accounted: false).Select(row => row.Counters)];

    private string Names(bool accounted) => string.Join(' ', _live.Counters.Read(_live.Instances, null, accounted).Select(row => row.Counters.Instance).Order(StringComparer.Ordinal));

    [GeneratedRegex("""^(?<name>[a-z_]+)(\{(?<labels>.*)\})? (?<value>\S+)$""", RegexOptions.ExplicitCapture | RegexOptions.Singleline, 1000)]
    private static partial Regex SampleLine();

    [GeneratedRegex("""(?<name>[a-z]+)="(?<value>(\\.|[^"\\])*)",?""", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Label();

    [GeneratedRegex("""\\.""", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Escaped();

    [GeneratedRegex("_(bucket|sum|count)$", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Suffix();
}
