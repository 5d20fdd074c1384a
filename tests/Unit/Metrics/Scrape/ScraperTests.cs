using System.IO.Compression;
using System.Text;
using Fairway.Metrics.Configuration;
using Fairway.Metrics.Ingest;
using Fairway.Metrics.Model;
using Fairway.Metrics.Relabelling;

namespace Fairway.Metrics.Scrape;

public sealed class ScraperTests : IAsyncDisposable
{
    private readonly RecordingStore _store = new();
    private readonly JumpingTime _time = new();
    private readonly Exporter _exporter = new();
    private readonly Scraper _scraper;
    private readonly CancellationToken _never = CancellationToken.None;

    public ScraperTests() => _scraper = new(_store, _time);

    public async ValueTask DisposeAsync()
    {
        await _scraper.DisposeAsync();
        await _exporter.DisposeAsync();
    }

    [Fact]
    public async Task A_target_is_scraped_on_its_grid_with_aligned_times()
    {
        _exporter.Answer = (_, _) => Exporter.Ok("a 1\n");
        await _scraper.ApplyAsync([Config()], _never);
        for (var i = 1; i <= 3; i++) await ScrapeAsync(i);
        var times = _store.Of(Series("a")).Select(s => s.Time).ToArray();
        Assert.Equal([15_000, 15_000], times.Zip(times.Skip(1), (x, y) => y - x));
        var state = await _scraper.StateAsync(_never);
        var target = Assert.Single(state.Active);
        Assert.Equal((TargetHealth.Up, ""), (target.Health, target.LastError));
        Assert.Equal($"http://{_exporter.Address}/metrics", target.Target.Url.AbsoluteUri);
        Assert.Contains("Accept: application/openmetrics-text", _exporter.Requests[0].Head, StringComparison.Ordinal);
        Assert.Contains("X-Prometheus-Scrape-Timeout-Seconds: 10", _exporter.Requests[0].Head, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("404 Not Found", "text/plain", "a 1\n", "HTTP status 404 Not Found")]
    [InlineData("200 OK", "image/png", "a 1\n", "content type \"image/png\"")]
    [InlineData("200 OK", "text/plain", "a b\n", "line 1, column 3: \"b\" is no number")]
    [InlineData("200 OK", "application/openmetrics-text", "a 1\n", "# EOF")]
    [InlineData("200 OK", "text/plain", "a 1234567890123456789012345678901234567890123456789012345678901234567890\n", "body size limit exceeded")]
    public async Task What_is_wrong_with_a_target_is_told(string status, string type, string body, string error)
    {
        _exporter.Answer = (_, _) => Exporter.Status(status, Encoding.UTF8.GetBytes(body), $"Content-Type: {type}\r\n");
        await _scraper.ApplyAsync([Config() with { BodySizeLimit = 50 }], _never);
        await ScrapeAsync(1);
        var target = Assert.Single((await _scraper.StateAsync(_never)).Active);
        Assert.Equal(TargetHealth.Down, target.Health);
        Assert.Contains(error, target.LastError, StringComparison.Ordinal);
        Assert.Equal([0], _store.Values(Series("up")));
    }

    [Fact]
    public async Task A_target_that_does_not_answer_times_out()
    {
        _exporter.Answer = (_, _) => null;
        await _scraper.ApplyAsync([Config()], _never);
        await ScrapeAsync(1, answered: false);
        Assert.Equal([0], _store.Values(Series("up")));
        Assert.Equal("timed out after 10s", Assert.Single((await _scraper.StateAsync(_never)).Active).LastError);
        Assert.InRange(_store.Last(Series("scrape_duration_seconds")), 10, 30);
    }

    [Fact]
    public async Task A_target_that_is_not_there_is_down()
    {
        await _exporter.DisposeAsync();
        await _scraper.ApplyAsync([Config()], _never);
        await ScrapeAsync(1);
        Assert.Equal([0], _store.Values(Series("up")));
    }

    [Fact]
    public async Task Packed_bodies_are_unpacked()
    {
        using var packed = new MemoryStream();
        await using (var gzip = new GZipStream(packed, CompressionMode.Compress, leaveOpen: true)) gzip.Write("a 7\n"u8);
        _exporter.Answer = (head, _) => head.Contains("Accept-Encoding: gzip", StringComparison.Ordinal) ? Exporter.Ok(packed.ToArray(), "Content-Encoding: gzip\r\n") : Exporter.Ok("");
        await _scraper.ApplyAsync([Config()], _never);
        await ScrapeAsync(1);
        Assert.Equal("", Assert.Single((await _scraper.StateAsync(_never)).Active).LastError);
        Assert.Equal([7], _store.Values(Series("a")));
    }

    [Fact]
    public async Task Credentials_and_parameters_are_sent()
    {
        var config = Config() with { Http = new() { User = "u", Password = new Secret("p") }, Params = [new("module", ["x y"])], MetricsPath = "/probe" };
        await _scraper.ApplyAsync([config], _never);
        await ScrapeAsync(1);
        Assert.StartsWith("GET /probe?module=x%20y HTTP/1.1", _exporter.Requests[0].Head, StringComparison.Ordinal);
        Assert.Contains("Authorization: Basic dTpw", _exporter.Requests[0].Head, StringComparison.Ordinal);
        Assert.DoesNotContain("\"p\"", config.ToString(), StringComparison.Ordinal);
        Assert.Contains("<secret>", config.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_target_that_is_gone_gets_stale_markers_and_others_go_on()
    {
        await using var other = new Exporter { Answer = (_, _) => Exporter.Ok("b 1\n") };
        _exporter.Answer = (_, _) => Exporter.Ok("a 1\n");
        await _scraper.ApplyAsync([Config() with { StaticConfigs = [new("0", [_exporter.Address, other.Address], [])], Identity = "same" }], _never);
        await ScrapeAsync(1);
        await _scraper.ApplyAsync([Config() with { StaticConfigs = [new("0", [other.Address], [])], Identity = "same" }], _never);
        Assert.True(_store.Of(Series("a"))[^1].IsStale);
        Assert.True(_store.Of(Series("up"))[^1].IsStale);
        Assert.DoesNotContain(_store.Samples, s => s.Series.StartsWith("b{", StringComparison.Ordinal) && s.IsStale);
        await _scraper.ApplyAsync([], _never);
        Assert.Contains(_store.Samples, s => s.Series.StartsWith("b{", StringComparison.Ordinal) && s.IsStale);
        Assert.Empty((await _scraper.StateAsync(_never)).Active);
    }

    [Fact]
    public async Task Stopping_leaves_series_as_they_are()
    {
        _exporter.Answer = (_, _) => Exporter.Ok("a 1\n");
        await _scraper.ApplyAsync([Config()], _never);
        await ScrapeAsync(1);
        await _scraper.DisposeAsync();
        Assert.DoesNotContain(_store.Samples, s => s.IsStale);
    }

    [Fact]
    public async Task Files_with_targets_are_read_again_when_they_change_and_a_broken_one_changes_nothing()
    {
        var folder = Directory.CreateTempSubdirectory("fairway-sd");
        try
        {
            var file = Path.Combine(folder.FullName, "targets.json");
            await File.WriteAllTextAsync(file, "[{\"targets\":[\"" + _exporter.Address + "\"],\"labels\":{\"env\":\"prod\"}}]");
            await _scraper.ApplyAsync([Config() with { StaticConfigs = [], FileSd = [Path.Combine(folder.FullName, "*.json")] }], _never);
            var target = Assert.Single((await _scraper.StateAsync(_never)).Active);
            Assert.Equal("prod", target.Target.Labels.Value("env"));
            Assert.Equal(file, target.Target.Discovered.Value("__meta_filepath"));
            await File.WriteAllTextAsync(file, """[{"targets": """);
            await Tick();
            Assert.Single((await _scraper.StateAsync(_never)).Active);
            Assert.Contains("targets.json", Assert.Single((await _scraper.StateAsync(_never)).Problems), StringComparison.Ordinal);
            await File.WriteAllTextAsync(file, """[{"targets":["localhost:1","localhost:2"]}]""");
            await Tick();
            Assert.Equal(2, (await _scraper.StateAsync(_never)).Active.Length);
        }
        finally
        {
            folder.Delete(true);
        }

        async Task Tick()
        {
            var before = await _scraper.StateAsync(_never);
            for (var i = 0; i < 300; i++)
            {
                _time.Advance(TimeSpan.FromSeconds(5));
                await Task.Delay(TimeSpan.FromMilliseconds(10), TimeProvider.System);
                var now = await _scraper.StateAsync(_never);
                if (now.Problems.Length != before.Problems.Length || now.Active.Length != before.Active.Length) return;
            }
        }
    }

    [Fact]
    public async Task Targets_that_the_host_discovers_replace_those_before()
    {
        await _scraper.ApplyAsync([Config() with { StaticConfigs = [] }], _never);
        await _scraper.DiscoverAsync("api", [new("services", [_exporter.Address], [new("service", "shop")])], _never);
        Assert.Equal("shop", Assert.Single((await _scraper.StateAsync(_never)).Active).Target.Labels.Value("service"));
        await _scraper.DiscoverAsync("api", [], _never);
        Assert.Empty((await _scraper.StateAsync(_never)).Active);
    }

    [Fact]
    public void Targets_are_relabelled_as_Prometheus_does()
    {
        var config = Config() with
        {
            StaticConfigs = [new("0", ["a:1", "a:1", "b:2", "c/d:3", "drop:4"], [new("env", "x"), new("__meta_y", "z")])],
            Params = [new("m", ["1", "2"])],
            Relabelling = new([
                new() { SourceLabels = ["__meta_y"], TargetLabel = "y" },
                new() { Action = RelabelAction.Drop, SourceLabels = ["__address__"], Regex = LabelPattern.Parse("drop.*") },
                new() { SourceLabels = ["__address__"], TargetLabel = "__param_m", Regex = LabelPattern.Parse("(b):2") },
                new() { SourceLabels = ["__address__"], TargetLabel = "__scrape_interval__", Regex = LabelPattern.Parse("b:2"), Replacement = "1m30s" },
            ]),
        };
        var set = TargetRelabelling.Apply(config, config.StaticConfigs);
        Assert.Equal(["http://a:1/metrics?m=1&m=2", "http://b:2/metrics?m=b&m=2"], set.Active.Select(t => t.Url.AbsoluteUri));
        Assert.Equal("""{env="x", instance="a:1", job="api", y="z"}""", set.Active[0].Labels.ToString());
        Assert.Equal(TimeSpan.FromSeconds(90), set.Active[1].Interval);
        Assert.Equal("drop:4", Assert.Single(set.Dropped).Value("__address__"));
        Assert.Contains("c/d:3", Assert.Single(set.Problems), StringComparison.Ordinal);
    }

    [Fact]
    public void Schedules_keep_their_place_and_spread()
    {
        var start = new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);
        var interval = TimeSpan.FromSeconds(15);
        var random = new Random(1);
        var offsets = new HashSet<long>();
        for (var i = 0; i < 200; i++)
        {
            var hash = (ulong)random.NextInt64();
            var first = ScrapeSchedule.Next(start, interval, hash);
            Assert.InRange(first - start, TimeSpan.FromTicks(1), interval);
            Assert.Equal(first + interval, ScrapeSchedule.Next(first, interval, hash));
            Assert.Equal(first + (interval * 7), ScrapeSchedule.Next(first + (interval * 6.5), interval, hash));
            offsets.Add((first - start).Ticks / TimeSpan.TicksPerSecond);
        }

        Assert.True(offsets.Count > 10);
    }

    [Theory]
    [InlineData(15_000, 2, 0)]
    [InlineData(15_000, -2, 0)]
    [InlineData(15_000, 3, 3)]
    [InlineData(100, 1, 0)]
    [InlineData(100, 2, 2)]
    public void Times_are_aligned_within_one_percent_and_two_milliseconds(int interval, int late, int expected)
    {
        var due = new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);
        Assert.Equal(due.AddMilliseconds(expected).ToUnixTimeMilliseconds(), ScrapeSchedule.Timestamp(due, due.AddMilliseconds(late), TimeSpan.FromMilliseconds(interval)));
    }

    private ScrapeConfig Config() => new() { JobName = "api", ScrapeInterval = TimeSpan.FromSeconds(15), StaticConfigs = [new("0", [_exporter.Address], [])] };

    private string Series(string name) => $"{name}{{instance=\"{_exporter.Address}\", job=\"api\"}}";

    // Every target once, each at its time.
    private async Task ScrapeAsync(int count, bool answered = true)
    {
        // A timer may have rung a millisecond before its time: that time is over too.
        var now = _time.GetUtcNow().AddMilliseconds(1);
        DateTimeOffset Due(Fairway.Metrics.Scrape.ScrapeTarget target) => ScrapeSchedule.Next(now, target.Interval, target.Hash);
        var active = (await _scraper.StateAsync(_never)).Active;
        // Each target's loop sleeps until it is due or its answer is late, and so does who looks at files of targets.
        var sleepers = active.Length + 1;
        foreach (var before in active.OrderBy(one => Due(one.Target)))
        {
            var target = before.Target;
            var up = target.Labels.With(Labels.MetricName, "up").ToString();
            await AdvanceAsync(Due(target), sleepers);
            if (!answered) await AdvanceAsync(Due(target) + target.Timeout, sleepers);
            await Wait.Until(() => _store.Of(up).Length >= count, $"scrape {count} of {up}");
            Assert.Equal(count, _store.Of(up).Length);
            // Its state is told after its samples are stored.
            await Wait.Until(
                async () => (await _scraper.StateAsync(_never)).Active.Any(now => ReferenceEquals(now.Target, target) && now.LastScrape != before.LastScrape), $"scrape {count} of {target.Url} is told");
        }
    }

    // From timer to timer once everybody sleeps, and never beyond the time that is meant: who goes to sleep after a jump sleeps too long. Timers have whole
    // milliseconds.
    private Task AdvanceAsync(DateTimeOffset to, int sleepers) => Wait.Until(
        () =>
        {
            if (_time.Waiting >= sleepers && _time.NextTimer() is { } next && next > _time.GetUtcNow() && next <= to.AddMilliseconds(1)) _time.Advance(next - _time.GetUtcNow());
            return _time.GetUtcNow() >= to.AddMilliseconds(-1);
        }, $"a timer at {to:O}");
}
