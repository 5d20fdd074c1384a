using System.Text;
using Fairway.Metrics.Relabelling;

namespace Fairway.Metrics.Configuration;

public sealed class PrometheusConfigReaderTests
{
    [Fact]
    public void A_whole_file_is_read()
    {
        var (config, problems) = PrometheusConfigReader.Read(Json("""
            {"global": {"scrape_interval": "15s", "evaluation_interval": "30s", "external_labels": {"dc": "eu"}, "label_limit": 30},
             "rule_files": ["rules/*.yml"],
             "alerting": {"alertmanagers": []},
             "scrape_configs": [
               {"job_name": "node", "static_configs": [{"targets": ["a:9100", "b:9100"], "labels": {"env": "prod"}}], "honor_labels": true, "sample_limit": 1000, "body_size_limit": "10MB",
                "basic_auth": {"username": "u", "password": "p"}, "params": {"collect": ["cpu", "mem"]},
                "relabel_configs": [{"source_labels": ["__address__"], "regex": "(.*):.*", "target_label": "host", "replacement": "$1"}],
                "metric_relabel_configs": [{"action": "drop", "source_labels": ["__name__"], "regex": "go_.*"}]},
               {"job_name": "files", "scrape_interval": "5s", "file_sd_configs": [{"files": ["sd/*.json"]}]}],
             "remote_write": [{"url": "http://far/api/v1/write", "queue_config": {"max_samples_per_send": 500, "max_shards": 3}, "write_relabel_configs": [{"action": "labeldrop", "regex": "x"}]}]}
            """), out var warnings);
        Assert.Empty(problems);
        Assert.Contains("alerting", Assert.Single(warnings), StringComparison.Ordinal);
        Assert.Equal("""{dc="eu"}""", config.ExternalLabels.ToString());
        Assert.Equal(TimeSpan.FromSeconds(30), config.EvaluationInterval);
        var node = config.ScrapeConfigs[0];
        Assert.Equal((TimeSpan.FromSeconds(15), TimeSpan.FromSeconds(10)), (node.ScrapeInterval, node.ScrapeTimeout));
        Assert.Equal((true, 1000, 30, 10 << 20), (node.Ingest.HonorLabels, node.Ingest.SampleLimit, node.Ingest.LabelLimit, node.BodySizeLimit));
        Assert.Equal(RelabelAction.Drop, node.Ingest.MetricRelabelling.All[0].Action);
        Assert.Equal(["a:9100", "b:9100"], node.StaticConfigs[0].Targets);
        Assert.Equal("p", node.Http.Password!.Value.Value);
        var files = config.ScrapeConfigs[1];
        Assert.Equal((TimeSpan.FromSeconds(5), TimeSpan.FromSeconds(5)), (files.ScrapeInterval, files.ScrapeTimeout));
        Assert.Equal((500, 3), (config.RemoteWrite[0].MaxSamplesPerSend, config.RemoteWrite[0].Shards));
    }

    [Theory]
    [InlineData("""{"scrape_configs": [{"job_nam": "a"}]}""", "scrape_configs[0].job_nam: unknown field; did you mean job_name?")]
    [InlineData("""{"scrape_configs": [{}]}""", "job_name: is missing")]
    [InlineData("""{"scrape_configs": [{"job_name": "a"}, {"job_name": "a"}]}""", "\"a\" is given twice")]
    [InlineData("""{"scrape_configs": [{"job_name": "a", "scrape_interval": "15"}]}""", "\"15\" is no duration")]
    [InlineData("""{"scrape_configs": [{"job_name": "a", "scrape_interval": "5s", "scrape_timeout": "6s"}]}""", "scrape_timeout: is longer")]
    [InlineData("""{"scrape_configs": [{"job_name": "a", "relabel_configs": [{"regex": "("}]}]}""", "scrape_configs[0].relabel_configs[0].regex")]
    [InlineData("""{"scrape_configs": [{"job_name": "a", "relabel_configs": [{"action": "hashmod", "target_label": "x"}]}]}""", "modulus")]
    [InlineData("""{"scrape_configs": [{"job_name": "a", "dns_sd_configs": []}]}""", "dns_sd_configs: is not done")]
    [InlineData("""{"scrape_configs": [{"job_name": "a", "static_configs": [{"targets": ["http://a"]}]}]}""", "no host and port")]
    [InlineData("""{"scrape_configs": [{"job_name": "a", "honor_labels": "maybe"}]}""", "expected true or false")]
    [InlineData("""{"scrape_configs": {}}""", "scrape_configs: expected a list")]
    [InlineData("""{"remote_write": [{"url": "far"}]}""", "\"far\" is no http address")]
    [InlineData("[]", "expected keys and values")]
    public void Mistakes_are_told_with_their_place(string json, string expected)
    {
        var (_, problems) = PrometheusConfigReader.Read(Json(json), out _);
        Assert.Contains(problems, p => p.ToString().Contains(expected, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("15s", 15_000)]
    [InlineData("1h30m", 5_400_000)]
    [InlineData("1d", 86_400_000)]
    [InlineData("500ms", 500)]
    [InlineData("0", 0)]
    [InlineData("1.5h", null)]
    [InlineData("30m1h", null)]
    [InlineData("1s1s", null)]
    [InlineData("", null)]
    [InlineData("99999999y", null)]
    public void Durations_are_read(string text, int? milliseconds)
    {
        Assert.Equal(milliseconds is not null, PrometheusDuration.TryParse(text, out var duration));
        if (milliseconds is not { } expected) return;
        Assert.Equal(expected, duration.TotalMilliseconds);
        Assert.True(PrometheusDuration.TryParse(PrometheusDuration.ToText(duration), out var again));
        Assert.Equal(duration, again);
    }

    private static ConfigNode Json(string text) => ConfigNode.FromJson(Encoding.UTF8.GetBytes(text));
}
