using System.Text.Json;
using Fairway.Serve;

namespace Fairway.EndToEnd.Metrics;

/// <summary>The real program against real targets and writers, on the real clock.</summary>
public sealed class MetricsProcessTests
{
    [Fact]
    public async Task A_target_is_scraped_and_goes_stale_when_it_is_lost()
    {
        using var target = new ScrapeTarget("# TYPE room_celsius gauge\nroom_celsius{room=\"a\"} 21.5\nroom_celsius{room=\"b\"} 19\n");
        using var program = await MetricsProgram.StartAsync($$"""
            global: {scrape_interval: 1s, scrape_timeout: 1s}
            scrape_configs: [{job_name: rooms, static_configs: [{targets: ["{{target.Address}}"]}]}]
            """);
        await program.UntilAsync($"room_celsius{{room=\"a\", job=\"rooms\", instance=\"{target.Address}\"}}", "21.5");
        await program.UntilAsync("up", "1");
        Assert.Equal("2", await program.ValueAsync("scrape_samples_scraped"));

        // The look-back is five minutes and the wait less: only a stale marker can end a series so soon.
        target.Body = "room_celsius{room=\"a\"} 22\n";
        await program.UntilAsync("room_celsius", "22");
        await program.UntilAsync("count(room_celsius)", "1");

        target.Stop();
        await program.UntilAsync("up{job=\"rooms\"}", "0");
        Assert.Equal("[]", await program.QueryAsync("room_celsius"));
        Assert.NotEqual("[]", await program.QueryAsync("last_over_time(room_celsius[5m])"));

        target.Start();
        await program.UntilAsync("up", "1");
        await program.UntilAsync("room_celsius", "22");
    }

    [Fact]
    public async Task What_was_acknowledged_outlives_a_kill()
    {
        using var program = await MetricsProgram.StartAsync();
        var last = await program.WriteAsync("shop", 120);
        var query = $"jobs_total[10m] @ {MetricsProgram.Seconds(last)}";
        var before = await program.QueryAsync(query);
        Assert.Equal("120", await program.ValueAsync($"count_over_time({query})"));
        await program.KillAsync();
        await program.StartAgainAsync();
        Assert.Equal(before, await program.QueryAsync(query));
    }

    [Fact]
    public async Task The_program_queries_itself_as_table_chart_and_JSON()
    {
        using var program = await MetricsProgram.StartAsync();
        await program.WriteAsync("shop", 60);
        var (code, table) = await ControlPlaneProcess.RunAsync("query", "jobs_total", "--url", program.Url);
        Assert.Equal((0, "METRIC      JOB   VALUE\njobs_total  shop     60\n"), (code, table));

        (code, var chart) = await ControlPlaneProcess.RunAsync("query", "jobs_total", "--range", "2m", "--step", "1s", "--url", program.Url);
        Assert.Equal(0, code);
        Assert.StartsWith("jobs_total{job=\"shop\"}\n", chart, StringComparison.Ordinal);
        Assert.Contains("█", chart, StringComparison.Ordinal);
        Assert.Contains("max 60  last 60\n", chart, StringComparison.Ordinal);

        (code, var text) = await ControlPlaneProcess.RunAsync("query", "jobs_total * 2", "--json", "--url", program.Url);
        Assert.Equal(0, code);
        using var json = JsonDocument.Parse(text);
        var sample = Assert.Single(json.RootElement.GetProperty("data").GetProperty("result").EnumerateArray());
        Assert.Equal("""{"job":"shop"}""", sample.GetProperty("metric").GetRawText());
        Assert.Equal("120", sample.GetProperty("value")[1].GetString());
    }
}
