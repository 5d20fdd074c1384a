using Fairway.Cli.Load;

namespace Fairway.EndToEnd.Load;

public sealed class LoadGeneratorTests
{
    private const string Good = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

    [Fact]
    public async Task Every_arrival_is_sent_and_answered()
    {
        await using var server = RawServer.Answering(Good);
        var report = await RunAsync(Plan(server.Url) with { Rate = 400, Connections = 8 });
        Assert.Equal(200, report.Scheduled);
        Assert.Equal(200, report.Answered);
        Assert.Equal(200, report.Status["2xx"]);
        Assert.Equal(0, report.Lost);
        Assert.Empty(report.Failures);
        Assert.Equal(0, report.Open);
    }

    [Fact]
    public async Task Arrivals_go_on_while_the_server_stalls_and_the_wait_counts()
    {
        var release = new TaskCompletionSource();
        await using var server = new RawServer(async connection =>
        {
            while (await connection.ReadRequestAsync())
            {
                await release.Task;
                await connection.WriteAsync(Good);
            }
        });
        using var stop = new CancellationTokenSource();
        var generator = new LoadGenerator(Plan(server.Url) with { Rate = 500, Connections = 2, Duration = null }, TimeProvider.System);
        var running = generator.RunAsync(stop.Token);
        await Until(() => generator.Report().Scheduled >= 100);
        Assert.Equal(0, generator.Report().Answered);
        release.SetResult();
        await Until(() => generator.Report().Answered >= 100);
        await stop.CancelAsync();
        var report = await running;
        Assert.Equal(report.Scheduled, report.Answered);
        // The first of a hundred arrivals at 500 a second waited for the hundredth: 198 ms at the least.
        Assert.True(report.Latency.Max >= 190, $"longest {report.Latency.Max} ms");
    }

    [Fact]
    public async Task A_closed_port_is_counted_as_refused()
    {
        Uri url;
        await using (var server = RawServer.Answering(Good)) url = server.Url;
        var report = await RunAsync(Plan(url));
        Assert.Equal("refused", Assert.Single(report.Failures).Kind);
        Assert.Equal(report.Scheduled, report.Lost);
        Assert.NotEmpty(report.Samples);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_connection_closed_without_an_answer_is_a_reset(bool rst)
    {
        await using var server = new RawServer(async connection =>
        {
            await connection.ReadRequestAsync();
            if (rst) connection.Reset();
        });
        var report = await RunAsync(Plan(server.Url));
        Assert.Equal("reset", Assert.Single(report.Failures).Kind);
        Assert.Equal(report.Scheduled, report.Lost);
    }

    [Theory]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Le")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nabc")]
    [InlineData("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n")]
    [InlineData("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n")]
    public async Task An_answer_cut_short_is_truncated(string begun)
    {
        await using var server = new RawServer(async connection =>
        {
            await connection.ReadRequestAsync();
            await connection.WriteAsync(begun);
        });
        var report = await RunAsync(Plan(server.Url));
        Assert.Equal("truncated", Assert.Single(report.Failures).Kind);
        Assert.Equal(0, report.Answered);
    }

    [Theory]
    [InlineData("", "no answer")]
    [InlineData("HTTP/1.1 200 OK\r\n", "the answer began and did not end")]
    public async Task Silence_is_a_timeout(string begun, string detail)
    {
        await using var server = new RawServer(async connection =>
        {
            await connection.ReadRequestAsync();
            await connection.WriteAsync(begun);
            await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, connection.Stop);
        });
        var report = await RunAsync(Plan(server.Url) with { Timeout = TimeSpan.FromMilliseconds(100), Connections = 1000 });
        Assert.Equal("timeout", Assert.Single(report.Failures).Kind);
        Assert.All(report.Samples, sample => Assert.Equal(detail, sample.Detail));
    }

    [Theory]
    [InlineData("SSH-2.0-OpenSSH_9.2\r\n\r\n")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: two\r\n\r\nok")]
    [InlineData("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nok\r\n0\r\n\r\n")]
    [InlineData("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nok\r\n0\r\n\r\n")]
    public async Task Nonsense_is_a_protocol_error(string answer)
    {
        await using var server = RawServer.Answering(answer);
        var report = await RunAsync(Plan(server.Url));
        Assert.Equal("protocol", Assert.Single(report.Failures).Kind);
    }

    [Theory]
    [InlineData("HTTP/1.1 103 Early Hints\r\nLink: </a.css>\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")]
    [InlineData("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2;a=b\r\nok\r\n0\r\nTrailer: x\r\n\r\n")]
    [InlineData("HTTP/1.1 204 No Content\r\n\r\n")]
    public async Task Every_framing_of_a_whole_answer_is_read_to_its_end(string answer)
    {
        await using var server = RawServer.Answering(answer);
        var report = await RunAsync(Plan(server.Url) with { Connections = 1 });
        Assert.Equal(report.Scheduled, report.Answered);
        Assert.Empty(report.Failures);
    }

    [Fact]
    public async Task An_answer_that_arrives_byte_by_byte_is_read_like_any_other()
    {
        await using var server = new RawServer(async connection =>
        {
            while (await connection.ReadRequestAsync())
                foreach (var c in "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n")
                    await connection.WriteAsync(c.ToString());
        });
        var report = await RunAsync(Plan(server.Url));
        Assert.Equal(report.Scheduled, report.Answered);
    }

    [Fact]
    public async Task An_answer_that_closes_its_connection_is_no_failure()
    {
        await using var server = new RawServer(async connection =>
        {
            await connection.ReadRequestAsync();
            await connection.WriteAsync("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok");
        });
        var report = await RunAsync(Plan(server.Url) with { Connections = 1 });
        Assert.Equal(report.Scheduled, report.Answered);
        Assert.Empty(report.Failures);
    }

    [Fact]
    public async Task Answers_are_counted_by_the_header_asked_for_and_errors_by_who_gave_them()
    {
        var turn = 0;
        await using var server = new RawServer(async connection =>
        {
            while (await connection.ReadRequestAsync())
                await connection.WriteAsync((Interlocked.Increment(ref turn) % 4) switch
                {
                    0 => "HTTP/1.1 200 OK\r\nshop-version: 1.0\r\nContent-Length: 0\r\n\r\n",
                    1 => "HTTP/1.1 200 OK\r\nShop-Version: 1.1\r\nContent-Length: 0\r\n\r\n",
                    2 => "HTTP/1.1 500 Oh\r\nShop-Version: 1.1\r\nContent-Length: 0\r\n\r\n",
                    _ => "HTTP/1.1 503 Oh\r\nFairway-Error: no-instance\r\nContent-Length: 0\r\n\r\n",
                });
        });
        var report = await RunAsync(Plan(server.Url) with { GroupByHeader = "Shop-Version", Rate = 200, Connections = 1 });
        Assert.Equal(100, report.Answered);
        Assert.Equal([("-", 25L, 25L), ("1.0", 25, 0), ("1.1", 50, 25)], report.Groups.Select(g => (g.Name, g.Answered, g.Failed)));
        Assert.Equal([("500", false), ("503 no-instance", true)], report.Failures.Select(f => (f.Kind, f.ByEdge)).Order());
        Assert.Equal(25, report.Lost);
        Assert.Equal([50L, 50L], [report.Status["2xx"], report.Status["5xx"]]);
    }

    [Fact]
    public void Percentiles_are_within_one_percent_of_the_sorted_values()
    {
        var random = new Random(7);
        var values = Enumerable.Range(0, 20_000).Select(_ => TimeSpan.FromMicroseconds((long)Math.Exp(random.NextDouble() * 16))).Order().ToArray();
        var histogram = new LatencyHistogram();
        foreach (var value in values) histogram.Record(value);
        foreach (var share in new[] { 0.001, 0.5, 0.9, 0.99, 0.999 })
        {
            var exact = values[(int)Math.Ceiling(share * values.Length) - 1].TotalMicroseconds;
            Assert.InRange(histogram.Percentile(share).TotalMicroseconds, exact * 0.99 - 1, exact * 1.01 + 1);
        }

        Assert.Equal(values[^1], histogram.Percentile(1));
        Assert.Equal(TimeSpan.Zero, new LatencyHistogram().Percentile(0.5));
    }

    internal static LoadPlan Plan(Uri url) => new() { Urls = [url], Rate = 100, Duration = TimeSpan.FromMilliseconds(500), Connections = 16 };

    internal static Task<LoadReport> RunAsync(LoadPlan plan) => new LoadGenerator(plan, TimeProvider.System).RunAsync(CancellationToken.None);

    internal static async Task Until(Func<bool> condition)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        while (!condition()) await Task.Delay(TimeSpan.FromMilliseconds(5), TimeProvider.System, limit.Token);
    }
}
