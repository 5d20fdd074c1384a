using System.Text.RegularExpressions;
using Fairway.EndToEnd.Cli;
using Fairway.Hammer;
using Fairway.Serve;

namespace Fairway.EndToEnd.Metrics;

/// <summary><c>fairway metrics serve</c> and <c>fairway query</c> as a person uses them.</summary>
public sealed class MetricsProgramTests
{
    private const int SigTerm = 15;
    private const int SigHup = 1;

    [Fact]
    public async Task A_broken_configuration_is_told_with_its_place()
    {
        var folder = Directory.CreateTempSubdirectory("fairway-metrics-");
        var file = Path.Combine(folder.FullName, "prometheus.yml");
        await File.WriteAllTextAsync(file, "global:\n  scrape_interval: soon\n", TestContext.Current.CancellationToken);
        var (code, output) = await ControlPlaneProcess.RunAsync(
            "metrics", "serve", "--data", Path.Combine(folder.FullName, "data"), "--listen", "127.0.0.1:0", "--config", file);
        Assert.Equal(2, code);
        Assert.Contains($"{file}:2:20: global.scrape_interval", output, StringComparison.Ordinal);
        Assert.False(Directory.Exists(Path.Combine(folder.FullName, "data")));
        folder.Delete(recursive: true);
    }

    [Fact]
    public async Task The_program_reloads_at_a_hangup_and_ends_at_a_termination()
    {
        var folder = Directory.CreateTempSubdirectory("fairway-metrics-");
        var file = Path.Combine(folder.FullName, "prometheus.yml");
        await File.WriteAllTextAsync(file, "", TestContext.Current.CancellationToken);
        string[] line = ["metrics", "serve", "--data", Path.Combine(folder.FullName, "data"), "--listen", "127.0.0.1:0", "--config", file];
        using var program = ControlPlaneProcess.Start(line);
        await Until.TrueAsync(() => Task.FromResult(program.Text().Contains("ready: http://", StringComparison.Ordinal)), program.Text);
        await File.WriteAllTextAsync(file, "global: {external_labels: {site: north}}\n", TestContext.Current.CancellationToken);
        program.Signal(SigHup);
        await Until.TrueAsync(() => Task.FromResult(program.Text().Contains("configuration read again", StringComparison.Ordinal)), program.Text);
        var url = Regex.Match(program.Text(), @"http://[\d.:]+").Value;
        var (queried, answer) = await ControlPlaneProcess.RunAsync("query", "6*7", "--url", url);
        Assert.Equal((0, "42"), (queried, answer.Trim()));
        program.Signal(SigTerm);
        Assert.Equal(0, await program.EndAsync());
        folder.Delete(recursive: true);
    }

    [Fact]
    public async Task An_instant_query_is_a_table()
    {
        await using var house = await MetricsHouse.StartAsync();
        await house.WriteShopAsync();
        var cli = new CliRun();
        Assert.Equal(0, await cli.RunAsync("query", "http_requests_total", "--url", house.Url));
        Assert.Equal("METRIC               CODE  JOB   VALUE\nhttp_requests_total  200   shop    600\nhttp_requests_total  500   shop     60\n", cli.Out.ToString());
        Assert.Equal("", cli.Error.ToString());
    }

    [Fact]
    public async Task A_range_is_a_chart_with_its_least_its_most_and_its_last()
    {
        await using var house = await MetricsHouse.StartAsync();
        await house.WriteShopAsync();
        var cli = new CliRun();
        Assert.Equal(0, await cli.RunAsync("query", "http_requests_total{code='500'}", "--range", "10m", "--step", "1m", "--url", house.Url));
        var lines = cli.Out.ToString().Split('\n');
        Assert.Equal("http_requests_total{code=\"500\", job=\"shop\"}", lines[0]);
        Assert.Matches("^  ▁+▂+▃+▄+▅+▆+▇+█$", lines[1]);
        Assert.Equal("  min 0  max 60  last 60", lines[2]);
        Assert.Equal("12:00:00 to 12:10:00", lines[3]);
    }

    [Fact]
    public async Task Remarks_and_mistakes_go_to_standard_error_with_their_place()
    {
        await using var house = await MetricsHouse.StartAsync();
        await house.WriteShopAsync();
        var remarked = new CliRun();
        Assert.Equal(0, await remarked.RunAsync("query", "rate({job='shop', __name__=~'http.*'}[5m]) + rate(nothing[5m])", "--json", "--url", house.Url));
        Assert.StartsWith("{\"status\":\"success\"", remarked.Out.ToString(), StringComparison.Ordinal);

        var mistaken = new CliRun();
        Assert.Equal(2, await mistaken.RunAsync("query", "sum(up) by (job) +", "--url", house.Url));
        Assert.Equal("", mistaken.Out.ToString());
        var lines = mistaken.Error.ToString().Split('\n');
        Assert.StartsWith("error: invalid parameter \"query\": 1:19: parse error: ", lines[0], StringComparison.Ordinal);
        Assert.Equal(["       sum(up) by (job) +", new string(' ', 7 + 18) + "^"], lines[1..3]);

        var away = new CliRun();
        Assert.Equal(1, await away.RunAsync("query", "up", "--url", "http://127.0.0.1:1"));
        Assert.Contains("mend:  start one with `fairway metrics serve`", away.Error.ToString(), StringComparison.Ordinal);
    }
}
