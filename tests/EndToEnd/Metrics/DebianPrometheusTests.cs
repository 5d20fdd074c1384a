using Fairway.Hammer;

namespace Fairway.EndToEnd.Metrics;

/// <summary>Debian's Prometheus and its promtool against us, and we against them.</summary>
public sealed class DebianPrometheusTests
{
    [Fact]
    public async Task Promtool_queries_us_without_complaint()
    {
        DebianPrometheus.Program("promtool");
        await using var house = await MetricsHouse.StartAsync();
        await house.WriteShopAsync();
        Assert.Equal(
            "http_requests_total{code=\"200\", job=\"shop\"} => 600 @[1772367000]\n",
            await DebianPrometheus.PromtoolAsync("query", "instant", "--time=1772367000", house.Url, "http_requests_total{code=\"200\"}"));
        Assert.Equal(
            "http_requests_total{code=\"500\", job=\"shop\"} =>\n0 @[1772366400]\n30 @[1772366700]\n60 @[1772367000]\n",
            await DebianPrometheus.PromtoolAsync(
                "query", "range", "--start=1772366400", "--end=1772367000", "--step=5m", house.Url, "http_requests_total{code=\"500\"}"));
        Assert.Equal("200\n500\n", await DebianPrometheus.PromtoolAsync("query", "labels", house.Url, "code"));
        Assert.Equal(
            "{__name__=\"http_requests_total\", code=\"500\", job=\"shop\"}\n",
            await DebianPrometheus.PromtoolAsync(
                "query", "series", "--match={code=\"500\"}", "--start=1772366400", "--end=1772367000", house.Url));
        Assert.Equal("scalar: 4 @[1772367000]\n", await DebianPrometheus.PromtoolAsync("query", "instant", "--time=1772367000", house.Url, "2+2"));
    }

    [Fact]
    public async Task It_federates_from_us_and_remote_writes_to_us()
    {
        DebianPrometheus.Program("prometheus");
        using var target = new ScrapeTarget("# TYPE tank_litres gauge\ntank_litres{tank=\"north\"} 750\n");
        using var program = await MetricsProgram.StartAsync($$"""
            global: {scrape_interval: 1s}
            scrape_configs: [{job_name: tanks, static_configs: [{targets: ["{{target.Address}}"]}]}]
            """);
        using var prometheus = await DebianPrometheus.StartAsync(program.Http, $$"""
            global: {scrape_interval: 1s, external_labels: {site: debian} }
            scrape_configs:
              - job_name: fairway
                metrics_path: /federate
                honor_labels: true
                params: {"match[]": ['{job="tanks"}']}
                static_configs: [{targets: ["{{new Uri(program.Url).Authority}}"]}]
            remote_write: [{url: "{{program.Url}}/api/v1/write"}]
            """);
        await Until.TrueAsync(
            async () => (await MetricsProgram.QueryAsync(program.Http, prometheus.Url, "tank_litres")).Contains("\"750\"", StringComparison.Ordinal),
            "the federated series is in Prometheus");
        Assert.Contains(
            $"\"instance\":\"{target.Address}\",\"job\":\"tanks\",\"tank\":\"north\"",
            await MetricsProgram.QueryAsync(program.Http, prometheus.Url, "tank_litres"), StringComparison.Ordinal);

        // It has come all the way round: ours has no site.
        await program.UntilAsync("tank_litres{site=\"debian\"}", "750");
        await program.UntilAsync("up{job=\"fairway\", site=\"debian\"}", "1");
        Assert.Equal("750", await program.ValueAsync("tank_litres{site=\"\"}"));
        Assert.Equal(
            "0", await FirstValueAsync(program, prometheus, "prometheus_remote_storage_samples_failed_total"));
    }

    [Fact]
    public async Task Answers_and_errors_are_the_same_to_the_byte()
    {
        DebianPrometheus.Program("prometheus");
        await using var house = await MetricsHouse.StartAsync();
        using var prometheus = await DebianPrometheus.StartAsync(house.Http, "global: {scrape_interval: 1h}\n");
        var different = new List<string>();
        foreach (var path in Paths)
        {
            var (theirs, ours) = (await AnswerAsync(house.Http, prometheus.Url + path), await AnswerAsync(house.Http, house.Url + path));
            if (theirs != ours) different.Add($"{path}\n  theirs {theirs}\n  ours   {ours}");
        }

        Assert.Empty(different);
    }

    // Left out is what Prometheus 3 changed: names in UTF-8, durations that are expressions, an end before its start, texts of regex errors.
    private static readonly string[] Paths =
    [
        "/api/v1/query", "/api/v1/query?query=sum(", "/api/v1/query?query=up&time=abc", "/api/v1/query?query=up&timeout=x",
        "/api/v1/query?query=foo(1)", "/api/v1/query?query=rate(up)", "/api/v1/query?query=sum(1)", "/api/v1/query?query={}",
        "/api/v1/query?query=1%2B", "/api/v1/query?query=up@x", "/api/v1/query?query=1 and 2", "/api/v1/query?query=sum by (x (y)",
        "/api/v1/query?query=label_replace(vector(1),\"a\",\"b\",\"c\",\"(\")&time=1",
        "/api/v1/query_range?query=up&start=2&end=1&step=1", "/api/v1/query_range?query=up&start=1&end=2&step=0",
        "/api/v1/query_range?query=up&start=1&end=2&step=x", "/api/v1/query_range?query=up&start=1&end=2",
        "/api/v1/query_range?query=up&start=0&end=11001&step=1", "/api/v1/query_range?query=up[5m]&start=0&end=1&step=1",
        "/api/v1/query_range?query=up&start=&end=1&step=1", "/api/v1/query_range?query=up&start=x&end=1&step=1",
        "/api/v1/series", "/api/v1/series?match[]=a&start=x", "/api/v1/series?match[]=a(", "/api/v1/series?match[]={}",
        "/api/v1/series?match[]={a=\"\"}", "/api/v1/series?match[]=a offset 5m",
        "/api/v1/labels?start=x", "/api/v1/labels?end=x", "/api/v1/labels?match[]=(", "/api/v1/labels?match[]={}",
        "/api/v1/label/a/values?match[]=(", "/api/v1/label/a/values?start=x",
        "/api/v1/format_query?query=", "/api/v1/format_query?query=sum(", "/api/v1/format_query?query=sum(a)by(b)",
        "/api/v1/metadata?limit=x", "/api/v1/metadata", "/api/v1/nothing", "/federate?match[]=(",
        "/api/v1/series?match[]=a{", "/api/v1/series?match[]=", "/api/v1/series?match[]=a[5m]", "/api/v1/series?match[]=a{b=\"c\"} d",
        "/api/v1/series?match[]=-a", "/api/v1/series?match[]=sum", "/api/v1/series?match[]=1",
        "/api/v1/query?query=1&time=2000-01-01T00:00:00Z", "/api/v1/query?query=1&time=2000-01-01T00:00:00.123456789%2B02:00",
        "/api/v1/query?query=-0&time=0.0015", "/api/v1/query?query=\"a\"&time=-1.5", "/api/v1/query?query=1e21&time=1.5",
        "/api/v1/query?query=1e-7&time=1", "/api/v1/query?query=NaN&time=1", "/api/v1/query?query=-Inf&time=1",
        "/api/v1/query?query=vector(1e21)&time=1.5", "/api/v1/query?query=vector(-1e-7)&time=-1.5", "/api/v1/query?query=vector(NaN)&time=1",
        "/api/v1/query?query=vector(0.1)&time=1.01", "/api/v1/query_range?query=vector(1)&start=1&end=3&step=1",
        "/api/v1/query_range?query=1e21&start=1&end=3&step=1.5s", "/api/v1/query?query=time()[3s:1s]&time=3", "/api/v1/query?query=up&time=1",
    ];

    private static async Task<string> AnswerAsync(HttpClient http, string url)
    {
        using var answer = await http.GetAsync(new Uri(url), TestContext.Current.CancellationToken);
        var body = await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        // JSON may escape these or not.
        foreach (var letter in "<>&") body = body.Replace($"\\u{(int)letter:x4}", letter.ToString(), StringComparison.Ordinal);
        return $"{(int)answer.StatusCode} {answer.Content.Headers.ContentType} {body}";
    }

    private static async Task<string> FirstValueAsync(MetricsProgram program, DebianPrometheus prometheus, string counter)
    {
        var metrics = await program.Http.GetStringAsync(new Uri(prometheus.Url + "/metrics"), TestContext.Current.CancellationToken);
        return metrics.Split('\n').First(l => l.StartsWith(counter + "{", StringComparison.Ordinal)).Split(' ')[1];
    }
}
