using System.Net;
using Fairway.Edge.Forwarding;
using Fairway.Traffic;

namespace Fairway.Edge;

/// <summary>Which fields go on, and what the edge adds.</summary>
public sealed class ForwardingFieldsTests
{
    private const string Ok = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";

    [Fact]
    public async Task Fields_of_the_connection_stay_on_it()
    {
        var seen = await SeenAsync(
            "GET / HTTP/1.1\r\nHost: a\r\nConnection: keep-alive, X-Mine, close\r\nKeep-Alive: timeout=5\r\nProxy-Connection: x\r\nTE: gzip\r\nX-Mine: 1\r\n"
            + "Proxy-Authorization: secret\r\nProxy: http://evil\r\nX-Yours: 2\r\n\r\n");
        Assert.Equal("2", seen["X-Yours"]);
        foreach (var name in (string[])["Connection", "Keep-Alive", "Proxy-Connection", "TE", "X-Mine", "Proxy-Authorization", "Proxy", "Upgrade"])
            Assert.Null(seen[name]);
    }

    [Fact]
    public async Task Fields_of_the_instances_connection_stay_on_it()
    {
        await using var instance = ScriptedInstance.Answering(
            "HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: X-Mine\r\nKeep-Alive: timeout=5\r\nX-Mine: 1\r\nProxy-Authenticate: x\r\nFairway-Error: forged\r\nX-Yours: 2\r\n\r\n");
        await using var edge = await TestEdge.StartAsync(new(), instance.Port);
        using var client = await Wire.ConnectAsync(edge.Address);
        await client.SendAsync("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
        var response = await client.ReadResponseAsync();
        Assert.Equal("2", response["X-Yours"]);
        foreach (var name in (string[])["Connection", "Keep-Alive", "X-Mine", "Proxy-Authenticate", "Fairway-Error"]) Assert.Null(response[name]);
    }

    [Fact]
    public async Task A_client_that_takes_trailers_is_announced_as_such()
    {
        var seen = await SeenAsync("GET / HTTP/1.1\r\nHost: a\r\nTE: trailers, deflate;q=0.5\r\nConnection: TE\r\n\r\n");
        Assert.Equal("trailers", seen["TE"]);
        Assert.Equal("TE", seen["Connection"]);
    }

    [Fact]
    public async Task The_instance_learns_where_the_request_came_from()
    {
        var seen = await SeenAsync("GET / HTTP/1.1\r\nHost: shop.test:8080\r\nX-Forwarded-For: 203.0.113.9\r\nX-Forwarded-For: 198.51.100.2\r\n\r\n");
        Assert.Equal("203.0.113.9, 198.51.100.2, 127.0.0.1", seen["X-Forwarded-For"]);
        Assert.Equal("http", seen["X-Forwarded-Proto"]);
        Assert.Equal("shop.test:8080", seen["X-Forwarded-Host"]);
        Assert.Equal("shop.test:8080", seen["Host"]);
    }

    [Fact]
    public async Task A_client_cannot_forge_where_it_comes_from()
    {
        var seen = await SeenAsync(
            "GET / HTTP/1.1\r\nHost: a\r\nX-Forwarded-Proto: https\r\nX-Forwarded-Host: bank.test\r\nX_Forwarded_Host: bank.test\r\nX-Forwarded-Prefix: /x\r\n"
            + "Forwarded: for=10.0.0.1\r\nX-Real-IP: 10.0.0.1\r\nx_real_ip: 10.0.0.1\r\nFairway-Role: admin\r\nfairway_role: admin\r\nFairway-Preview: stable\r\n\r\n");
        Assert.Equal(["http"], seen.Fields("X-Forwarded-Proto"));
        Assert.Equal(["a"], seen.Fields("X-Forwarded-Host"));
        Assert.Equal("stable", seen["Fairway-Preview"]);
        foreach (var name in (string[])["X_Forwarded_Host", "X-Forwarded-Prefix", "Forwarded", "X-Real-IP", "x_real_ip", "Fairway-Role", "fairway_role"])
            Assert.Null(seen[name]);
    }

    [Fact]
    public async Task A_trusted_proxy_in_front_is_believed()
    {
        var seen = await SeenAsync(
            "GET / HTTP/1.1\r\nHost: a\r\nX-Forwarded-Proto: https\r\nX-Forwarded-Host: shop.test\r\nX-Real-IP: 203.0.113.9\r\nForwarded: for=203.0.113.9\r\n\r\n",
            new ForwardingOptions { TrustForwarded = true });
        Assert.Equal(["https"], seen.Fields("X-Forwarded-Proto"));
        Assert.Equal(["shop.test"], seen.Fields("X-Forwarded-Host"));
        Assert.Equal("203.0.113.9", seen["X-Real-IP"]);
        Assert.Equal("for=203.0.113.9", seen["Forwarded"]);
    }

    [Theory]
    [InlineData("order-42/retry:1", true)]
    [InlineData("has space", false)]
    [InlineData("\"quote\"", false)]
    [InlineData("", false)]
    public async Task A_sane_request_id_is_kept_and_any_other_is_replaced(string id, bool kept)
    {
        var seen = await SeenAsync($"GET / HTTP/1.1\r\nHost: a\r\nX-Request-Id: {id}\r\n\r\n");
        if (kept) Assert.Equal([id], seen.Fields("X-Request-Id"));
        else Assert.Matches("^[0-9a-f]{32}$", Assert.Single(seen.Fields("X-Request-Id")));
    }

    [Fact]
    public async Task A_trace_goes_on_with_the_edge_as_parent()
    {
        var seen = await SeenAsync(
            "GET / HTTP/1.1\r\nHost: a\r\ntraceparent: 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00\r\ntracestate: a=1,b=2\r\n\r\n");
        Assert.Matches("^00-0af7651916cd43dd8448eb211c80319c-[0-9a-f]{16}-00$", seen["traceparent"]);
        Assert.DoesNotContain("b7ad6b7169203331", seen["traceparent"], StringComparison.Ordinal);
        Assert.Equal("a=1,b=2", seen["tracestate"]);
    }

    [Theory]
    [InlineData("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-extra")]
    [InlineData("00-00000000000000000000000000000000-b7ad6b7169203331-01")]
    [InlineData("00-0af7651916cd43dd8448eb211c80319c-0000000000000000-01")]
    [InlineData("00-0AF7651916CD43DD8448EB211C80319C-b7ad6b7169203331-01")]
    [InlineData("ff-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01")]
    [InlineData("nonsense")]
    public async Task A_faulty_trace_is_replaced_by_a_new_one(string traceparent)
    {
        var seen = await SeenAsync($"GET / HTTP/1.1\r\nHost: a\r\ntraceparent: {traceparent}\r\ntracestate: a=1\r\n\r\n");
        Assert.Matches("^00-[0-9a-f]{32}-[0-9a-f]{16}-01$", seen["traceparent"]);
        Assert.DoesNotContain("0af7651916cd43dd8448eb211c80319c", seen["traceparent"], StringComparison.OrdinalIgnoreCase);
        Assert.Null(seen["tracestate"]);
    }

    [Fact]
    public async Task Bytes_beyond_ascii_go_on_as_they_came()
    {
        await using var instance = ScriptedInstance.Answering(head => $"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nX-Echo: {new RawResponse(head)["X-Name"]}\r\n\r\n");
        await using var edge = await TestEdge.StartAsync(new(), instance.Port);
        using var client = await Wire.ConnectAsync(edge.Address);
        await client.SendAsync("GET / HTTP/1.1\r\nHost: a\r\nX-Name: Jos\u00c3\u00a9 \u00ff\r\n\r\n");
        Assert.Equal("Jos\u00c3\u00a9 \u00ff", (await client.ReadResponseAsync())["X-Echo"]);
    }

    [Fact]
    public async Task Split_cookies_of_http2_become_one_field()
    {
        var seen = new TaskCompletionSource<string>();
        await using var instance = ScriptedInstance.Answering(head =>
        {
            seen.TrySetResult(head);
            return Ok;
        });
        await using var edge = await TestEdge.StartAsync(new(), instance.Port);
        using var client = edge.Client(2);
        using var request = new HttpRequestMessage(HttpMethod.Get, "/") { Version = HttpVersion.Version20, VersionPolicy = HttpVersionPolicy.RequestVersionExact };
        request.Headers.Add("Cookie", "a=1; b=2");
        using var response = await client.SendAsync(request, TestContext.Current.CancellationToken);
        var head = new RawResponse(await seen.Task);
        Assert.Equal(["a=1; b=2"], head.Fields("Cookie"));
        Assert.DoesNotContain("\r\n:", head.Head, StringComparison.Ordinal);
        Assert.Equal([edge.Address.ToString()], head.Fields("Host"));
    }

    [Theory]
    [InlineData("a=1; fairway-7070=secret; b=2", "a=1; b=2")]
    [InlineData("fairway-7070=secret; __Host-fairway=secret", null)]
    [InlineData("__Host-fairway=secret;fairway=arm", "fairway=arm")]
    [InlineData("fairway-shop=1; fairway-=2; xfairway-1=3", "fairway-shop=1; fairway-=2; xfairway-1=3")]
    public async Task The_consoles_cookies_are_kept_from_instances(string sent, string? passed)
    {
        var seen = new TaskCompletionSource<string>();
        await using var instance = ScriptedInstance.Answering(head =>
        {
            seen.TrySetResult(head);
            return Ok;
        });
        await using var edge = await TestEdge.StartAsync(new(), instance.Port);
        using var client = edge.Client(1);
        using var request = new HttpRequestMessage(HttpMethod.Get, "/");
        request.Headers.Add("Cookie", sent);
        using var response = await client.SendAsync(request, TestContext.Current.CancellationToken);
        var expected = passed is null ? Array.Empty<string>() : [passed];
        Assert.Equal(expected, new RawResponse(await seen.Task).Fields("Cookie"));
    }

    [Theory]
    [InlineData("POST", "0")]
    [InlineData("GET", null)]
    public async Task A_method_that_anticipates_content_says_that_there_is_none(string method, string? length)
    {
        var seen = new TaskCompletionSource<string>();
        await using var instance = ScriptedInstance.Answering(head =>
        {
            seen.TrySetResult(head);
            return Ok;
        });
        await using var edge = await TestEdge.StartAsync(new(), instance.Port);
        using var client = edge.Client(2);
        using var request = new HttpRequestMessage(new HttpMethod(method), "/") { Version = HttpVersion.Version20, VersionPolicy = HttpVersionPolicy.RequestVersionExact };
        using var response = await client.SendAsync(request, TestContext.Current.CancellationToken);
        Assert.Equal(length, new RawResponse(await seen.Task)["Content-Length"]);
    }

    private static async Task<RawResponse> SeenAsync(string request, ForwardingOptions? options = null)
    {
        var seen = new TaskCompletionSource<string>();
        await using var instance = ScriptedInstance.Answering(head =>
        {
            seen.TrySetResult(head);
            return Ok;
        });
        await using var edge = await TestEdge.StartAsync(options);
        edge.Route(new TrafficPolicy(), instance.Port);
        using var client = await Wire.ConnectAsync(edge.Address);
        await client.SendAsync(request);
        Assert.Equal(200, (await client.ReadResponseAsync()).Status);
        // A request's fields are found as a response's are.
        return new RawResponse(await seen.Task);
    }
}
