using System.Net;
using System.Net.Sockets;
using Fairway.Traffic;
using NodaTime;

namespace Fairway.Edge;

/// <summary>What clients and counters see when an instance fails, and when a request is tried again.</summary>
public sealed class ForwardingFailureTests
{
    private const string Ok = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public static TheoryData<string, string> FaultyHeads => new()
    {
        { "not HTTP", "SSH-2.0-OpenSSH_9\r\n\r\n" },
        { "HTTP/2", "HTTP/2 200 OK\r\nContent-Length: 0\r\n\r\n" },
        { "status of two digits", "HTTP/1.1 20 OK\r\nContent-Length: 0\r\n\r\n" },
        { "status out of range", "HTTP/1.1 999 OK\r\nContent-Length: 0\r\n\r\n" },
        { "length and coding", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" },
        { "two lengths", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello!" },
        { "two equal lengths", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 5\r\n\r\nhello" },
        { "signed length", "HTTP/1.1 200 OK\r\nContent-Length: +5\r\n\r\nhello" },
        { "huge length", "HTTP/1.1 200 OK\r\nContent-Length: 99999999999999999999\r\n\r\n" },
        { "unknown coding", "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n" },
        { "coding in HTTP/1.0", "HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" },
        { "folded line", "HTTP/1.1 200 OK\r\nX: a\r\n b\r\nContent-Length: 0\r\n\r\n" },
        { "space before the colon", "HTTP/1.1 200 OK\r\nContent-Length : 0\r\n\r\n" },
        { "bare line feeds", "HTTP/1.1 200 OK\nContent-Length: 0\n\n" },
        { "null in a value", "HTTP/1.1 200 OK\r\nX: a\0b\r\nContent-Length: 0\r\n\r\n" },
        { "bare carriage return", "HTTP/1.1 200 OK\r\nX: a\rSet-Cookie: b\r\nContent-Length: 0\r\n\r\n" },
        { "head without end", "HTTP/1.1 200 OK\r\nX: " + new string('a', 80_000) },
        { "too many fields", "HTTP/1.1 200 OK\r\n" + string.Concat(Enumerable.Repeat("X: a\r\n", 300)) + "Content-Length: 0\r\n\r\n" },
        { "switch that nobody asked for", "HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: Upgrade\r\n\r\n" },
    };

    [Theory]
    [MemberData(nameof(FaultyHeads))]
    public async Task A_faulty_or_ambiguous_response_is_a_bad_gateway_and_its_connection_is_not_used_again(string name, string head)
    {
        await using var instance = ScriptedInstance.Answering(head);
        await using var edge = await TestEdge.StartAsync(new TrafficPolicy { Retries = 0 }, instance.Port);
        using var client = edge.Client();
        for (var i = 1; i <= 2; i++)
        {
            using var response = await client.GetAsync("/", Cancellation);
            Assert.Equal(HttpStatusCode.BadGateway, response.StatusCode);
            Assert.Equal("bad-response", response.Headers.GetValues("Fairway-Error").Single());
            Assert.Equal("application/problem+json", response.Content.Headers.ContentType?.MediaType);
            Assert.True(instance.Accepted == i, name);
        }
    }

    [Theory]
    [InlineData("5\r\nhello\r\nx\r\n")]
    [InlineData("5\r\nhello!!0\r\n\r\n")]
    [InlineData("-5\r\nhello\r\n0\r\n\r\n")]
    [InlineData("5\nhello\r\n0\r\n\r\n")]
    [InlineData("ffffffffffffffff\r\nhello")]
    public async Task A_faulty_chunk_breaks_the_response_off_and_never_ends_it_silently(string chunks)
    {
        await using var instance = ScriptedInstance.Answering($"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n{chunks}");
        await using var edge = await TestEdge.StartAsync(new(), instance.Port);
        using var client = edge.Client();
        await Assert.ThrowsAnyAsync<Exception>(() => client.GetStringAsync("/", Cancellation));
        await Eventually.HoldsAsync(() => edge.CountersOf(instance.Port).Resets == 1, "the reset is counted");
        using var second = edge.Client(2);
        await Assert.ThrowsAnyAsync<Exception>(() => second.GetStringAsync("/", Cancellation));
        Assert.Equal(2, instance.Accepted);
    }

    [Theory]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf")]
    [InlineData("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n")]
    public async Task A_response_cut_in_the_middle_is_never_taken_for_a_whole_one(string half)
    {
        await using var instance = new ScriptedInstance(async (wire, _) =>
        {
            await wire.ReadToAsync("\r\n\r\n");
            await wire.SendAsync(half);
        });
        await using var edge = await TestEdge.StartAsync(new(), instance.Port);
        using var http2 = edge.Client(2);
        var failure = await Assert.ThrowsAsync<HttpRequestException>(() => http2.GetStringAsync("/", Cancellation));
        Assert.Contains("INTERNAL_ERROR", failure.ToString(), StringComparison.Ordinal);
        using var old = await Wire.ConnectAsync(edge.Address);
        await old.SendAsync("GET / HTTP/1.0\r\nHost: a\r\n\r\n");
        Assert.True((await old.ReadToEndAsync()).Reset, "an HTTP/1.0 client knows the end only by the connection's: it must be a reset");
        using var client = await Wire.ConnectAsync(edge.Address);
        await client.SendAsync("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
        var (text, _) = await client.ReadToEndAsync();
        Assert.DoesNotContain("0\r\n\r\n", text, StringComparison.Ordinal);
        await Eventually.HoldsAsync(() => edge.CountersOf(instance.Port) is { Resets: 3, InFlight: 0 }, "three resets are counted");
    }

    [Fact]
    public async Task Bytes_after_a_response_are_never_taken_for_the_next_one()
    {
        await using var instance = ScriptedInstance.Answering(Ok + "HTTP/1.1 200 OK\r\nContent-Length: 8\r\n\r\npoisoned");
        await using var edge = await TestEdge.StartAsync(new(), instance.Port);
        using var client = edge.Client();
        for (var i = 1; i <= 5; i++) Assert.Equal("ok", await client.GetStringAsync("/", Cancellation));
        Assert.Equal(5, instance.Accepted);
    }

    [Theory]
    [InlineData("HTTP/1.1 204 No Content\r\nContent-Length: 5\r\n\r\nhello", 204)]
    [InlineData("HTTP/1.1 304 Not Modified\r\n\r\nhello", 304)]
    [InlineData("HTTP/1.1 205 Reset Content\r\nContent-Length: 5\r\n\r\nhello", 205)]
    public async Task A_body_where_none_may_be_does_not_reach_the_client(string answer, int status)
    {
        await using var instance = ScriptedInstance.Answering(answer);
        await using var edge = await TestEdge.StartAsync(new(), instance.Port);
        using var client = await Wire.ConnectAsync(edge.Address);
        for (var i = 1; i <= 3; i++)
        {
            await client.SendAsync("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
            Assert.Equal(status, (await client.ReadResponseAsync(head: true)).Status);
        }
        Assert.Equal(3, instance.Accepted);
    }

    [Fact]
    public async Task Without_a_route_the_answer_is_404_and_without_an_instance_503()
    {
        await using var edge = await TestEdge.StartAsync();
        using var client = edge.Client();
        using var nowhere = await client.GetAsync("/", Cancellation);
        Assert.Equal(HttpStatusCode.NotFound, nowhere.StatusCode);
        Assert.Equal("no-route", nowhere.Headers.GetValues("Fairway-Error").Single());
        edge.Route(new TrafficPolicy());
        using var nobody = await client.GetAsync("/", Cancellation);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, nobody.StatusCode);
        Assert.Equal("no-instance", nobody.Headers.GetValues("Fairway-Error").Single());
        Assert.Contains("\"requestId\":\"", await nobody.Content.ReadAsStringAsync(Cancellation), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("GET")]
    [InlineData("POST")]
    public async Task A_refused_connection_is_tried_elsewhere_for_every_method(string method)
    {
        await using var instance = ScriptedInstance.Answering(Ok);
        var dead = UnusedPort();
        await using var edge = await TestEdge.StartAsync(new(), dead, instance.Port);
        using var client = edge.Client();
        for (var i = 0; i < 4; i++)
        {
            using var request = new HttpRequestMessage(new HttpMethod(method), "/") { Content = method == "POST" ? new StringContent("x") : null };
            using var response = await client.SendAsync(request, Cancellation);
            Assert.Equal(HttpStatusCode.OK, response.StatusCode);
            if (method == "POST") Assert.Equal(1, edge.CountersOf(instance.Port).BytesIn / (i + 1));
        }
        await Eventually.HoldsAsync(() => edge.CountersOf(instance.Port).Requests[2] == 4, "each request is counted once, where it was answered");
        var counters = edge.CountersOf(dead);
        Assert.True(counters.ConnectFailures > 0);
        Assert.Equal(counters.ConnectFailures, counters.Retries);
        Assert.Equal(0, counters.Requests.Sum());
    }

    [Fact]
    public async Task When_nobody_can_be_reached_the_answer_is_502_and_counted_once()
    {
        var (first, second) = (UnusedPort(), UnusedPort());
        await using var edge = await TestEdge.StartAsync(new TrafficPolicy { EjectAfter = 100 }, first, second);
        using var client = edge.Client();
        using var response = await client.GetAsync("/", Cancellation);
        Assert.Equal(HttpStatusCode.BadGateway, response.StatusCode);
        Assert.Equal("connect-failed", response.Headers.GetValues("Fairway-Error").Single());
        InstanceCounters[] counters = [edge.CountersOf(first), edge.CountersOf(second)];
        Assert.Equal(1, counters.Sum(row => row.Requests[5]));
        Assert.Equal(1, counters.Sum(row => row.Retries));
        Assert.Equal(2, counters.Sum(row => row.ConnectFailures));
    }

    [Theory]
    [InlineData("GET", true)]
    [InlineData("HEAD", true)]
    [InlineData("DELETE", true)]
    [InlineData("PUT", true)]
    [InlineData("POST", false)]
    [InlineData("PATCH", false)]
    public async Task A_reset_before_the_first_byte_is_tried_elsewhere_only_where_repeating_is_harmless(string method, bool repeated)
    {
        await using var broken = new ScriptedInstance(async (wire, _) =>
        {
            await wire.ReadToAsync("\r\n\r\n");
            wire.Reset();
        });
        await using var instance = new ScriptedInstance(async (wire, _) =>
        {
            while (await wire.TryReadHeadAsync() is { } head)
            {
                if (new RawResponse(head)["Content-Length"] is { } length) Assert.Equal("hello", await wire.ReadAsync(int.Parse(length)));
                await wire.SendAsync(method == "HEAD" ? "HTTP/1.1 200 OK\r\n\r\n" : Ok);
            }
        });
        await using var edge = await TestEdge.StartAsync(new TrafficPolicy { EjectAfter = 100 }, broken.Port, instance.Port);
        using var client = await Wire.ConnectAsync(edge.Address);
        var statuses = new List<int>();
        for (var i = 0; i < 4; i++)
        {
            await client.SendAsync(method is "GET" or "HEAD" ? $"{method} / HTTP/1.1\r\nHost: a\r\n\r\n" : $"{method} / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello");
            statuses.Add((await client.ReadResponseAsync(head: method == "HEAD")).Status);
        }
        if (repeated) Assert.Equal([200, 200, 200, 200], statuses);
        else Assert.Contains(502, statuses);
        Assert.Equal(repeated, edge.CountersOf(broken.Port).Retries > 0);
        Assert.Equal(4, edge.CountersOf(broken.Port).Requests.Sum() + edge.CountersOf(instance.Port).Requests.Sum());
    }

    [Fact]
    public async Task A_response_that_has_begun_is_never_tried_again()
    {
        await using var broken = new ScriptedInstance(async (wire, _) =>
        {
            await wire.ReadToAsync("\r\n\r\n");
            await wire.SendAsync("HTTP/1.1 2");
        });
        await using var edge = await TestEdge.StartAsync(new(), broken.Port);
        using var client = edge.Client();
        using var response = await client.GetAsync("/", Cancellation);
        Assert.Equal(HttpStatusCode.BadGateway, response.StatusCode);
        Assert.Equal("upstream-reset", response.Headers.GetValues("Fairway-Error").Single());
        Assert.Equal(1, broken.Accepted);
    }

    [Theory]
    [InlineData("GET")]
    [InlineData("POST")]
    public async Task An_idle_connection_that_the_instance_closed_costs_nobody_a_request(string method)
    {
        var close = new SemaphoreSlim(0);
        var closed = new SemaphoreSlim(0);
        await using var instance = new ScriptedInstance(async (wire, _) =>
        {
            // Closes as servers do when a connection was idle for long enough: with nothing unread.
            await wire.ReadToAsync("\r\n\r\n");
            await wire.SendAsync(Ok);
            await close.WaitAsync(Eventually.Limit);
            wire.Dispose();
            closed.Release();
        });
        await using var edge = await TestEdge.StartAsync(new(), instance.Port);
        using var client = await Wire.ConnectAsync(edge.Address);
        for (var i = 1; i <= 100; i++)
        {
            await client.SendAsync($"{method} / HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n");
            Assert.Equal(200, (await client.ReadResponseAsync()).Status);
            close.Release();
            await closed.WaitAsync(Eventually.Limit, Cancellation);
        }
        Assert.Equal(0, edge.CountersOf(instance.Port).Resets);
        Assert.Equal(100, instance.Accepted);
    }

    [Fact]
    public async Task A_slow_instance_is_a_gateway_timeout_and_is_not_asked_twice()
    {
        await using var instance = new ScriptedInstance(async (wire, _) =>
        {
            await wire.ReadToAsync("\r\n\r\n");
            await wire.ReadToEndAsync();
        });
        await using var edge = await TestEdge.StartAsync(new TrafficPolicy { ResponseTimeout = Duration.FromMilliseconds(100) }, instance.Port);
        using var client = edge.Client();
        using var response = await client.GetAsync("/", Cancellation);
        Assert.Equal(HttpStatusCode.GatewayTimeout, response.StatusCode);
        Assert.Equal("response-timeout", response.Headers.GetValues("Fairway-Error").Single());
        Assert.Equal(1, instance.Accepted);
        Assert.Equal(1, edge.CountersOf(instance.Port).Timeouts);
        Assert.Equal(1, edge.CountersOf(instance.Port).Requests[5]);
    }

    [Fact]
    public async Task The_response_timeout_ends_with_the_head()
    {
        var resume = new SemaphoreSlim(0);
        await using var instance = new ScriptedInstance(async (wire, _) =>
        {
            await wire.ReadToAsync("\r\n\r\n");
            await wire.SendAsync("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nsl");
            await resume.WaitAsync(Eventually.Limit);
            await wire.SendAsync("ow");
        });
        await using var edge = await TestEdge.StartAsync(new TrafficPolicy { ResponseTimeout = Duration.FromMilliseconds(100) }, instance.Port);
        using var client = edge.Client();
        using var response = await client.GetAsync("/", HttpCompletionOption.ResponseHeadersRead, Cancellation);
        // Three sweeps of the deadlines pass over the stream.
        await Task.Delay(TimeSpan.FromMilliseconds(400), TimeProvider.System, Cancellation);
        resume.Release();
        Assert.Equal("slow", await response.Content.ReadAsStringAsync(Cancellation));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_client_that_leaves_ends_the_instances_work_and_is_counted_as_left(bool half)
    {
        var begun = new TaskCompletionSource();
        var ended = new TaskCompletionSource();
        await using var instance = new ScriptedInstance(async (wire, _) =>
        {
            await wire.ReadToAsync("\r\n\r\n");
            begun.SetResult();
            await wire.ReadToEndAsync();
            ended.SetResult();
        });
        await using var edge = await TestEdge.StartAsync(new(), instance.Port);
        using var client = await Wire.ConnectAsync(edge.Address);
        await client.SendAsync("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
        await begun.Task;
        // A client that closes its side only is taken to have left, as by nginx: it may be gone for good.
        if (half) client.Socket.Shutdown(SocketShutdown.Send);
        else client.Reset();
        await ended.Task.WaitAsync(Eventually.Limit, Cancellation);
        await Eventually.HoldsAsync(() => edge.CountersOf(instance.Port) is { InFlight: 0 } row && row.Requests[0] == 1, "the client is counted as left");
        var counters = edge.CountersOf(instance.Port);
        Assert.Equal(0, counters.Resets + counters.Timeouts + counters.Requests[5]);
    }

    [Fact]
    public async Task An_instance_that_leaves_the_table_has_its_connections_closed()
    {
        var closed = new TaskCompletionSource();
        await using var instance = new ScriptedInstance(async (wire, _) =>
        {
            await wire.ReadToAsync("\r\n\r\n");
            await wire.SendAsync(Ok);
            await wire.ReadToEndAsync();
            closed.SetResult();
        });
        await using var other = ScriptedInstance.Answering(Ok);
        await using var edge = await TestEdge.StartAsync(new(), instance.Port);
        using var client = edge.Client();
        await client.GetStringAsync("/", Cancellation);
        edge.Route(new TrafficPolicy(), other.Port);
        await closed.Task.WaitAsync(Eventually.Limit, Cancellation);
    }

    private static int UnusedPort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
