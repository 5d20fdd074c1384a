using System.Net;
using System.Text;
using Fairway.Hammer;

namespace Fairway.EndToEnd.Metrics;

/// <summary>The Prometheus API over real sockets.</summary>
public sealed class MetricsApiTests
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task What_is_remote_written_is_queried(bool version2)
    {
        await using var house = await MetricsHouse.StartAsync();
        await house.WriteShopAsync(version2);
        Assert.Equal(
            """{"resultType":"vector","result":[{"metric":{"code":"500"},"value":[1772367000,"0.1"]}]}""",
            await house.DataAsync("/api/v1/query?query=sum by (code) (rate(http_requests_total{code=\"500\"}[5m]))"));
        Assert.Equal(
            """{"resultType":"matrix","result":[{"metric":{"__name__":"http_requests_total","code":"200","job":"shop"},"values":[[1772366400,"0"],[1772366700,"300"],[1772367000,"600"]]}]}""",
            await house.DataAsync("/api/v1/query_range?query=http_requests_total{code=\"200\"}&start=2026-03-01T12:00:00Z&end=1772367000&step=5m"));
        Assert.Equal("""{"resultType":"scalar","result":[1.5,"+Inf"]}""", await house.DataAsync("/api/v1/query?query=scalar(vector(1))/0&time=1.5"));
    }

    [Fact]
    public async Task Labels_values_series_and_metadata_say_what_there_is()
    {
        await using var house = await MetricsHouse.StartAsync();
        await house.WriteShopAsync(version2: true);
        Assert.Equal("""["__name__","code","job"]""", await house.DataAsync("/api/v1/labels"));
        Assert.Equal("""["200","500"]""", await house.DataAsync("/api/v1/label/code/values"));
        Assert.Equal("""["500"]""", await house.DataAsync("/api/v1/label/code/values?match[]={code=~\"5..\"}"));
        Assert.Equal("""[]""", await house.DataAsync("/api/v1/label/code/values?end=1"));
        Assert.Equal("""[{"__name__":"http_requests_total","code":"500","job":"shop"}]""", await house.DataAsync("/api/v1/series?match[]={code=\"500\"}"));
        Assert.Equal("""["200"],"warnings":["results truncated due to limit"]""", await house.DataAsync("/api/v1/label/code/values?limit=1"));
        Assert.Equal("""{"http_requests_total":[{"type":"counter","help":"Requests.","unit":""}]}""", await house.DataAsync("/api/v1/metadata"));
        Assert.Equal("\"sum by (job) (up)\"", await house.DataAsync("/api/v1/format_query?query=sum(up)by(job)"));
        Assert.Contains("\"numSeries\":2", await house.DataAsync("/api/v1/status/tsdb"), StringComparison.Ordinal);
        Assert.Contains("\"version\":\"3.", await house.DataAsync("/api/v1/status/buildinfo"), StringComparison.Ordinal);
        Assert.Equal("""{"groups":[]}""", await house.DataAsync("/api/v1/rules"));
    }

    [Theory]
    [InlineData("/api/v1/query", 400, "bad_data", "invalid parameter \\\"query\\\": 1:1: parse error: no expression found in input")]
    [InlineData("/api/v1/query?query=sum(", 400, "bad_data", "invalid parameter \\\"query\\\": 1:5: parse error: unclosed left parenthesis")]
    [InlineData("/api/v1/query?query=up&time=abc", 400, "bad_data", "invalid parameter \\\"time\\\": Invalid time value for 'time': cannot parse \\\"abc\\\" to a valid timestamp")]
    [InlineData("/api/v1/query?query=up&timeout=x", 400, "bad_data", "invalid parameter \\\"timeout\\\": cannot parse \\\"x\\\" to a valid duration")]
    [InlineData("/api/v1/query_range?query=up&start=2&end=1&step=1", 400, "bad_data", "invalid parameter \\\"end\\\": end timestamp must not be before start time")]
    [InlineData("/api/v1/query_range?query=up&start=1&end=2&step=0", 400, "bad_data", "invalid parameter \\\"step\\\": zero or negative query resolution step widths are not accepted. Try a positive integer")]
    [InlineData("/api/v1/query_range?query=up&start=0&end=11001&step=1", 400, "bad_data", "exceeded maximum resolution of 11,000 points per timeseries. Try decreasing the query resolution (?step=XX)")]
    [InlineData("/api/v1/query?query=http_requests_total*on(job)http_requests_total", 422, "execution",
        "found duplicate series for the match group {job=\\\"shop\\\"} on the right hand-side of the operation: " +
        "[{__name__=\\\"http_requests_total\\\", code=\\\"500\\\", job=\\\"shop\\\"}, {__name__=\\\"http_requests_total\\\", code=\\\"200\\\", job=\\\"shop\\\"}];" +
        "many-to-many matching not allowed: matching labels must be unique on one side")]
    [InlineData("/api/v1/series", 400, "bad_data", "no match[] parameter provided")]
    public async Task Errors_have_the_shape_and_status_of_Prometheus(string path, int status, string type, string message)
    {
        await using var house = await MetricsHouse.StartAsync();
        await house.WriteShopAsync();
        var (actual, body) = await house.GetAsync(path);
        Assert.Equal(status, actual);
        Assert.Equal($"{{\"status\":\"error\",\"errorType\":\"{type}\",\"error\":\"{message}\"}}", body);
    }

    [Fact]
    public async Task A_form_is_as_good_as_an_address_and_other_methods_are_refused()
    {
        await using var house = await MetricsHouse.StartAsync();
        using var form = new FormUrlEncodedContent([new("query", "1+1"), new("time", "5")]);
        using var answer = await house.Http.PostAsync(new Uri($"{house.Url}/api/v1/query?time=7"), form, TestContext.Current.CancellationToken);
        Assert.Equal("""{"status":"success","data":{"resultType":"scalar","result":[5,"2"]}}""", await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
        using var put = await house.Http.PutAsync(new Uri($"{house.Url}/api/v1/query"), null, TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.MethodNotAllowed, put.StatusCode);
        Assert.Equal(404, (await house.GetAsync("/api/v1/nothing")).Status);
        Assert.Equal(200, (await house.GetAsync("/-/ready")).Status);
    }

    [Fact]
    public async Task Bodies_that_are_no_samples_are_refused_with_a_reason()
    {
        await using var house = await MetricsHouse.StartAsync();
        using var torn = new ByteArrayContent([1, 2, 3]);
        using var answer = await house.Http.PostAsync(new Uri($"{house.Url}/api/v1/write"), torn, TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        Assert.NotEmpty(await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
        Assert.Equal("""[]""", await house.DataAsync("/api/v1/labels"));
    }

    [Fact]
    public async Task A_restart_keeps_everything()
    {
        await using var house = await MetricsHouse.StartAsync();
        await house.WriteShopAsync();
        var before = await house.DataAsync("/api/v1/query?query=http_requests_total[1h]");
        await house.RestartAsync();
        Assert.Contains("[1772367000,\"60\"]", before, StringComparison.Ordinal);
        Assert.Equal(before, await house.DataAsync("/api/v1/query?query=http_requests_total[1h]"));
    }

    [Fact]
    public async Task Federation_gives_the_newest_samples_with_the_external_labels()
    {
        await using var house = await MetricsHouse.StartAsync("global: {external_labels: {site: north}}\n");
        await house.WriteShopAsync();
        Assert.Equal(
            "# TYPE http_requests_total untyped\nhttp_requests_total{code=\"500\",job=\"shop\",site=\"north\"} 60 1772367000000\n",
            (await house.GetAsync("/federate?match[]={code=\"500\"}")).Body.Replace("TYPE http_requests_total counter", "TYPE http_requests_total untyped", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_target_is_scraped_and_another_system_is_written_to()
    {
        await using var receiver = await MetricsHouse.StartAsync(time: TimeProvider.System);
        await using var target = await MetricsHouse.StartAsync();
        await using var house = await MetricsHouse.StartAsync($$"""
            global: {scrape_interval: 1s}
            scrape_configs:
              - job_name: other
                static_configs: [{targets: ["{{target.Server.Address}}"], labels: {site: south} }]
            remote_write: [{url: "{{receiver.Url}}/api/v1/write"}]
            """, TimeProvider.System);
        await Until.TrueAsync(async () => (await house.DataAsync("/api/v1/query?query=up")).Contains("\"1\"]", StringComparison.Ordinal), "the target is up");
        Assert.Contains("\"health\":\"up\"", await house.DataAsync("/api/v1/targets"), StringComparison.Ordinal);
        Assert.Contains("\"site\":\"south\"", await house.DataAsync("/api/v1/query?query=fairway_store_series{job=\"other\"}"), StringComparison.Ordinal);
        await Until.TrueAsync(
            async () => (await receiver.DataAsync("/api/v1/query?query=fairway_store_series")).Contains("\"site\":\"south\"", StringComparison.Ordinal), "it is written on");
    }

    [Fact]
    public async Task OTLP_is_taken_over_HTTP_and_over_gRPC()
    {
        await using var house = await MetricsHouse.StartAsync();
        using var json = new StringContent("""
            {"resourceMetrics":[{"resource":{"attributes":[{"key":"service.name","value":{"stringValue":"shop"}}]},
            "scopeMetrics":[{"metrics":[{"name":"queue.length","gauge":{"dataPoints":[{"timeUnixNano":"1772367000000000000","asDouble":7}]}}]}]}]}
            """, Encoding.UTF8, "application/json");
        using var answer = await house.Http.PostAsync(new Uri($"{house.Url}/api/v1/otlp/v1/metrics"), json, TestContext.Current.CancellationToken);
        Assert.Equal("{}", await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
        Assert.Contains("[1772367000,\"7\"]", await house.DataAsync("/api/v1/query?query=queue_length{job=\"shop\"}"), StringComparison.Ordinal);

        using var grpc = new HttpRequestMessage(HttpMethod.Post, $"http://{house.Server.GrpcAddress}/opentelemetry.proto.collector.metrics.v1.MetricsService/Export")
        {
            Version = HttpVersion.Version20, VersionPolicy = HttpVersionPolicy.RequestVersionExact, Content = new ByteArrayContent([0, 0, 0, 0, 0]),
        };
        grpc.Content.Headers.ContentType = new("application/grpc");
        using var called = await house.Http.SendAsync(grpc, TestContext.Current.CancellationToken);
        Assert.Equal([0, 0, 0, 0, 0], await called.Content.ReadAsByteArrayAsync(TestContext.Current.CancellationToken));
        Assert.Equal("0", called.TrailingHeaders.GetValues("grpc-status").Single());
    }

    [Fact]
    public async Task A_broken_configuration_changes_nothing_and_a_good_one_is_taken_without_secrets_shown()
    {
        await using var house = await MetricsHouse.StartAsync();
        house.Configure("scrape_configs: [{job_name: a, scrape_interval: soon}]\n");
        await house.Engine.ReloadAsync(TestContext.Current.CancellationToken);
        Assert.Contains(house.Reports, r => r.Contains("prometheus.yml:1:", StringComparison.Ordinal));
        Assert.Contains("\"reloadConfigSuccess\":false", await house.DataAsync("/api/v1/status/runtimeinfo"), StringComparison.Ordinal);
        house.Configure("remote_write: [{url: 'http://127.0.0.1:1/', basic_auth: {username: me, password: hush}}]\n");
        await house.Engine.ReloadAsync(TestContext.Current.CancellationToken);
        Assert.Contains("\"reloadConfigSuccess\":true", await house.DataAsync("/api/v1/status/runtimeinfo"), StringComparison.Ordinal);
        var shown = await house.DataAsync("/api/v1/status/config");
        Assert.Contains("<secret>", shown, StringComparison.Ordinal);
        Assert.DoesNotContain("hush", shown, StringComparison.Ordinal);
    }
}
