using System.Net;
using Fairway.Client;
using Fairway.Client.Prometheus;
using Fairway.Client.Wire;
using Fairway.Hammer;
using Fairway.Serve;

namespace Fairway.EndToEnd.Metrics;

/// <summary>The metrics engine inside the control plane: nothing is set up, and everything is there.</summary>
public sealed class EmbeddedMetricsTests
{
    private const string Rollout = "guard: 200ms, steps: [{ weight: 50%, pause: 10m }, 100%], judge: { minStep: 10m, metrics: { errors: { negligible: 5% }, "
        + "latencyP95: off, latencyP99: off, queries: { empty-lists: { "
        + "bad: 'sum(shop_empty_product_lists_total{version=\"$release\"})', total: 'sum(shop_product_lists_total{version=\"$release\"})' } } } } }\n    metrics: { path: /metrics, interval: 1s";

    private const string Readings = "sum(count_over_time(up{job=\"fairway-edge\"}[1h]))";

    [Fact]
    public async Task Requests_instances_and_the_control_plane_itself_are_measured_without_any_configuration_and_over_a_restart()
    {
        using var shop = new ShopFolder();
        using var prometheus = PrometheusClient.For(shop.Data);
        long before;
        using (var plane = await shop.StartAsync())
        {
            await shop.DeployAsync("1.0");
            await shop.UntilEndAsync(1, RolloutPhases.Completed);
            await AskAsync(shop, 20);
            await UntilAsync(prometheus, "sum(fairway_edge_requests_total{service=\"shop\",version=\"1.0\",code=\"2xx\"})", sum => sum >= 20);
            await UntilAsync(prometheus, "sum(fairway_edge_request_duration_seconds_count{service=\"shop\"})", sum => sum >= 20);
            await UntilAsync(prometheus, "sum(fairway_instance_ready{environment=\"production\",service=\"shop\",version=\"1.0\"})", ready => ready == 1);
            await UntilAsync(prometheus, "min(fairway_instance_memory_bytes{service=\"shop\"})", bytes => bytes > 1_000_000);
            await UntilAsync(prometheus, "min(fairway_instance_cpu_seconds_total{service=\"shop\"})", seconds => seconds > 0);
            await UntilAsync(prometheus, "sum(fairway_instance_restarts_total{service=\"shop\"})", restarts => restarts == 0);
            await UntilAsync(prometheus, "min(up{job=~\"fairway.*\"})", up => up == 1);
            before = (long)await NumberAsync(prometheus, Readings);
            plane.Signal(9);
            await plane.EndAsync();
        }

        using var again = await shop.StartAsync();
        // The first number there is holds all that was there.
        await UntilAsync(prometheus, Readings, double.IsFinite);
        Assert.True(await NumberAsync(prometheus, Readings) >= before);
        await shop.Client.DownAsync(default);
    }

    [Fact]
    public async Task A_release_that_answers_well_is_taken_back_for_what_its_own_metrics_say_and_nothing_but_the_service_is_configured()
    {
        using var shop = new ShopFolder(Rollout);
        using var plane = await shop.StartAsync();
        await shop.DeployAsync("1.0");
        await shop.UntilEndAsync(1, RolloutPhases.Completed);
        using var stop = new CancellationTokenSource();
        var load = shop.LoadAsync(stop.Token, "/api/products");
        await shop.DeployAsync("1.1", "\"emptyRate\":0.3");
        var ended = shop.UntilEndAsync(2, RolloutPhases.RolledBack);
        if (await Task.WhenAny(load, ended) == load) await load;
        var end = await ended;
        await stop.CancelAsync();
        await load;
        Assert.Equal("regressed", end.Rollout!.Summary.Why.Code);
        Assert.Contains("empty-lists", end.Rollout.Summary.Why.Sentence, StringComparison.Ordinal);
        await shop.Client.DownAsync(default);
    }

    [Fact]
    public async Task A_broken_file_costs_what_it_asks_for_and_nothing_else_and_a_mended_one_is_followed()
    {
        using var shop = new ShopFolder(top: "metrics: { file: prometheus.yml }\n");
        var file = Path.Combine(shop.Folder, "prometheus.yml");
        await File.WriteAllTextAsync(file, "scrape_configs: [{ job_name: extra, scrape_interval: soon }]\n");
        using var plane = await shop.StartAsync();
        using var prometheus = PrometheusClient.For(shop.Data);
        await UntilAsync(prometheus, "min(up{job=~\"fairway.*\"})", up => up == 1);
        var problem = Assert.Single((await shop.Client.GetStatusAsync(default)).ControlPlane.Problems);
        Assert.Contains("prometheus.yml:1:", problem, StringComparison.Ordinal);

        // Nobody is there to scrape, which is told too: the file is in force.
        await File.WriteAllTextAsync(file, "scrape_configs: [{ job_name: extra, scrape_interval: 1s, scrape_timeout: 1s, static_configs: [{ targets: ['127.0.0.1:1'] }] }]\n");
        plane.Signal(1);
        await UntilAsync(prometheus, "up{job=\"extra\"}", up => up == 0);
        Assert.Empty((await shop.Client.GetStatusAsync(default)).ControlPlane.Problems);

        await File.WriteAllTextAsync(file, "scrape_configs: {}\n");
        plane.Signal(1);
        await Until.TrueAsync(async () => (await shop.Client.GetStatusAsync(default)).ControlPlane.Problems is [var told] && told.Contains("metrics.file", StringComparison.Ordinal), "the new mistake is told");
        await UntilAsync(prometheus, "up{job=\"extra\"}", up => up == 0);
        await shop.Client.DownAsync(default);
    }

    [Fact]
    public async Task A_listener_that_cannot_be_had_is_told_and_the_control_plane_ends_as_ever()
    {
        using var shop = new ShopFolder(top: "metrics: { listen: 'metrics.example.com:9090' }\n");
        using var plane = await shop.StartAsync();
        await Until.TrueAsync(async () => (await shop.Client.GetStatusAsync(default)).ControlPlane.Problems is [var told] && told.Contains("metrics.example.com", StringComparison.Ordinal), "the address is told");
        await shop.Client.DownAsync(default);
        Assert.Equal(ExitCodes.Done, await plane.EndAsync());
    }

    [Fact]
    public async Task A_viewers_token_may_ask_over_tcp_and_not_write()
    {
        using var shop = new ShopFolder();
        var port = ShopFolder.FreePort();
        using var plane = await shop.StartAsync("serve", "--listen", $"127.0.0.1:{port}");
        using var http = new HttpClient { BaseAddress = new($"http://127.0.0.1:{port}/prometheus/") };
        Assert.Equal(HttpStatusCode.Unauthorized, (await http.GetAsync(new Uri("-/ready", UriKind.Relative))).StatusCode);
        http.DefaultRequestHeaders.Authorization = new("Bearer", (await shop.Client.CreateTokenAsync(new("grafana", ["viewer"], 3600), default)).Secret);
        await Until.TrueAsync(async () => (await http.GetAsync(new Uri("-/ready", UriKind.Relative))).StatusCode == HttpStatusCode.OK, "the metrics engine is open");
        using var question = new FormUrlEncodedContent([new("query", "1+1")]);
        using var answer = await http.PostAsync(new Uri("api/v1/query", UriKind.Relative), question);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Contains("\"2\"", await answer.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        using var samples = new ByteArrayContent([0]);
        foreach (var path in new[] { "api/v1/write", "api/v1/otlp/v1/metrics" })
        {
            using var refused = await http.PostAsync(new Uri(path, UriKind.Relative), samples);
            Assert.Equal(HttpStatusCode.Forbidden, refused.StatusCode);
        }

        await shop.Client.DownAsync(default);
    }

    private static async Task AskAsync(ShopFolder shop, int many)
    {
        using var http = new HttpClient();
        for (var i = 0; i < many; i++) Assert.Equal(HttpStatusCode.OK, (await http.GetAsync(new Uri($"http://127.0.0.1:{shop.Port}/api/products"))).StatusCode);
    }

    private static async Task UntilAsync(PrometheusClient prometheus, string query, Func<double, bool> holds)
    {
        var last = double.NaN;
        await Until.TrueAsync(async () =>
        {
            try
            {
                return holds(last = await NumberAsync(prometheus, query));
            }
            catch (FairwayException)
            {
                // Being opened.
                return false;
            }
        }, () => $"{query} is what it should be; it is {last}");
    }

    private static async Task<double> NumberAsync(PrometheusClient prometheus, string query)
        => (await prometheus.QueryAsync(query, null, default)).Series is [{ Points: [{ Number: { } number }] }] ? number : double.NaN;
}
