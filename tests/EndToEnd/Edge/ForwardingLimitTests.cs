using System.Net;
using Fairway.Traffic;
using NodaTime;

namespace Fairway.Edge;

/// <summary>Bodies that are too large or too slow, clients that wait for word, services at their limit.</summary>
public sealed class ForwardingLimitTests
{
    private const string Ok = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("Content-Length: 11\r\n\r\n")]
    [InlineData("Transfer-Encoding: chunked\r\n\r\nb\r\nhello hello\r\n0\r\n\r\n")]
    public async Task A_body_over_the_services_limit_is_refused(string rest)
    {
        await using var instance = new ScriptedInstance(async (wire, _) => await wire.ReadToEndAsync());
        await using var edge = await TestEdge.StartAsync(new TrafficPolicy { MaxBodyBytes = 10 }, instance.Port);
        using var client = await Wire.ConnectAsync(edge.Address);
        await client.SendAsync("POST / HTTP/1.1\r\nHost: a\r\n" + rest);
        var response = await client.ReadResponseAsync();
        Assert.Equal(413, response.Status);
        Assert.Equal("body-too-large", response["Fairway-Error"]);
        Assert.Equal("close", response["Connection"]);
        await Eventually.HoldsAsync(() => edge.CountersOf(instance.Port).InFlight == 0, "nothing in flight");
        Assert.Equal(0, edge.CountersOf(instance.Port).Resets);
    }

    [Fact]
    public async Task A_body_at_the_services_limit_passes()
    {
        await using var instance = new ScriptedInstance(async (wire, _) =>
        {
            while (await wire.TryReadHeadAsync() is not null)
            {
                Assert.Equal("helloworld", await wire.ReadAsync(10));
                await wire.SendAsync(Ok);
            }
        });
        await using var edge = await TestEdge.StartAsync(new TrafficPolicy { MaxBodyBytes = 10 }, instance.Port);
        using var client = edge.Client();
        using var response = await client.PostAsync("/", new StringContent("helloworld"), Cancellation);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
    }

    [Fact]
    public async Task A_client_that_waits_for_word_gets_it_from_the_instance()
    {
        var asked = new TaskCompletionSource<string>();
        var consent = new SemaphoreSlim(0);
        await using var instance = new ScriptedInstance(async (wire, _) =>
        {
            asked.SetResult(await wire.ReadToAsync("\r\n\r\n"));
            await consent.WaitAsync(Eventually.Limit);
            await wire.SendAsync("HTTP/1.1 100 Continue\r\n\r\n");
            Assert.Equal("hello", await wire.ReadAsync(5));
            await wire.SendAsync(Ok);
        });
        await using var edge = await TestEdge.StartAsync(new Forwarding.ForwardingOptions { ContinueTimeout = Eventually.Limit });
        edge.Route(new TrafficPolicy(), instance.Port);
        using var client = await Wire.ConnectAsync(edge.Address);
        await client.SendAsync("POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n");
        Assert.Equal("100-continue", new RawResponse(await asked.Task)["Expect"]);
        Assert.Equal(0, client.Socket.Available);
        consent.Release();
        Assert.Equal("HTTP/1.1 100 Continue\r\n\r\n", await client.ReadToAsync("\r\n\r\n"));
        await client.SendAsync("hello");
        Assert.Equal("ok", (await client.ReadResponseAsync()).Body);
    }

    [Fact]
    public async Task A_client_that_waits_for_word_is_refused_before_it_sends_its_body()
    {
        await using var instance = new ScriptedInstance(async (wire, _) =>
        {
            await wire.ReadToAsync("\r\n\r\n");
            await wire.SendAsync("HTTP/1.1 401 Unauthorized\r\nContent-Length: 2\r\n\r\nno");
            Assert.Equal("", (await wire.ReadToEndAsync()).Text);
        });
        await using var edge = await TestEdge.StartAsync(new(), instance.Port);
        using var client = await Wire.ConnectAsync(edge.Address);
        await client.SendAsync("POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n");
        var response = await client.ReadResponseAsync();
        Assert.Equal(401, response.Status);
        Assert.Equal("close", response["Connection"]);
    }

    [Fact]
    public async Task An_instance_that_does_not_know_the_expectation_gets_the_body_all_the_same()
    {
        await using var instance = new ScriptedInstance(async (wire, _) =>
        {
            await wire.ReadToAsync("\r\n\r\n");
            Assert.Equal("hello", await wire.ReadAsync(5));
            await wire.SendAsync(Ok);
        });
        await using var edge = await TestEdge.StartAsync(new Forwarding.ForwardingOptions { ContinueTimeout = TimeSpan.FromMilliseconds(50) });
        edge.Route(new TrafficPolicy(), instance.Port);
        using var client = await Wire.ConnectAsync(edge.Address);
        await client.SendAsync("POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n");
        await client.ReadToAsync("HTTP/1.1 100 Continue\r\n\r\n");
        await client.SendAsync("hello");
        Assert.Equal("ok", (await client.ReadResponseAsync()).Body);
    }

    [Fact]
    public async Task A_client_that_sends_its_body_too_slowly_is_cut_and_the_instance_freed()
    {
        var ended = new TaskCompletionSource();
        await using var instance = new ScriptedInstance(async (wire, _) =>
        {
            await wire.ReadToEndAsync();
            ended.SetResult();
        });
        await using var edge = await TestEdge.StartAsync(limits: new() { MinRequestRate = 1_000_000, RateGrace = TimeSpan.FromSeconds(1.5) });
        edge.Route(new TrafficPolicy(), instance.Port);
        using var client = await Wire.ConnectAsync(edge.Address);
        await client.SendAsync("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\nslow");
        var (text, _) = await client.ReadToEndAsync();
        Assert.StartsWith("HTTP/1.1 408", text, StringComparison.Ordinal);
        await ended.Task.WaitAsync(Eventually.Limit, Cancellation);
        await Eventually.HoldsAsync(() => edge.CountersOf(instance.Port).InFlight == 0, "nothing in flight");
    }

    [Fact]
    public async Task A_service_at_its_limit_queues_and_then_refuses()
    {
        var resume = new SemaphoreSlim(0);
        await using var instance = new ScriptedInstance(async (wire, _) =>
        {
            while (await wire.TryReadHeadAsync() is not null)
            {
                await resume.WaitAsync(Eventually.Limit);
                await wire.SendAsync(Ok);
            }
        });
        await using var edge = await TestEdge.StartAsync(new TrafficPolicy { MaxConcurrency = 1, MaxQueue = 1 }, instance.Port);
        using var client = edge.Client();
        var first = client.GetAsync("/", Cancellation);
        await Eventually.HoldsAsync(() => edge.CountersOf(instance.Port).InFlight == 1, "one is served");
        var second = client.GetAsync("/", Cancellation);
        await Eventually.HoldsAsync(() => edge.Server.Table.Current.Services[0].Runtime.Queued == 1, "one waits");
        using var third = await client.GetAsync("/", Cancellation);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, third.StatusCode);
        Assert.Equal("queue-full", third.Headers.GetValues("Fairway-Error").Single());
        Assert.NotNull(third.Headers.RetryAfter);
        resume.Release(2);
        Assert.Equal(HttpStatusCode.OK, (await first).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await second).StatusCode);
    }

    [Fact]
    public async Task A_request_that_waits_too_long_for_its_turn_is_refused()
    {
        var resume = new SemaphoreSlim(0);
        await using var instance = new ScriptedInstance(async (wire, _) =>
        {
            await wire.ReadToAsync("\r\n\r\n");
            await resume.WaitAsync(Eventually.Limit);
            await wire.SendAsync(Ok);
        });
        await using var edge = await TestEdge.StartAsync(new TrafficPolicy { MaxConcurrency = 1, QueueTimeout = Duration.FromMilliseconds(50) }, instance.Port);
        using var client = edge.Client();
        var first = client.GetAsync("/", Cancellation);
        await Eventually.HoldsAsync(() => edge.CountersOf(instance.Port).InFlight == 1, "one is served");
        using var second = await client.GetAsync("/", Cancellation);
        Assert.Equal("queue-timeout", second.Headers.GetValues("Fairway-Error").Single());
        resume.Release();
        Assert.Equal(HttpStatusCode.OK, (await first).StatusCode);
    }

    [Fact]
    public async Task An_instance_that_stops_taking_the_body_times_out()
    {
        var done = new SemaphoreSlim(0);
        await using var instance = new ScriptedInstance(async (wire, _) =>
        {
            wire.Socket.ReceiveBufferSize = 4096;
            await wire.ReadToAsync("\r\n\r\n");
            await done.WaitAsync(Eventually.Limit);
        });
        await using var edge = await TestEdge.StartAsync(new TrafficPolicy { ResponseTimeout = Duration.FromMilliseconds(200) }, instance.Port);
        using var client = edge.Client();
        using var response = await client.PostAsync("/", new ByteArrayContent(new byte[32 * 1024 * 1024]), Cancellation);
        Assert.Equal(HttpStatusCode.GatewayTimeout, response.StatusCode);
        Assert.Equal(1, edge.CountersOf(instance.Port).Timeouts);
        done.Release();
    }
}
