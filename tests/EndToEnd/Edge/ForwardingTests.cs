using System.Net;
using System.Text;
using Fairway.Traffic;

namespace Fairway.Edge;

/// <summary>A request reaches an instance, and its response the client, whole and unchanged.</summary>
public sealed class ForwardingTests
{
    private const string Ok = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task A_response_comes_back_with_its_status_fields_and_body(int version)
    {
        await using var instance = ScriptedInstance.Answering(
            "HTTP/1.1 418 Short and stout\r\nContent-Length: 5\r\nX-Pot: tea\r\nSet-Cookie: a=1\r\nSet-Cookie: b=2\r\n\r\nhello");
        await using var edge = await TestEdge.StartAsync(new(), instance.Port);
        using var client = edge.Client(version);
        using var response = await client.GetAsync("/pot?x=1", Cancellation);
        Assert.Equal(418, (int)response.StatusCode);
        if (version == 1) Assert.Equal("Short and stout", response.ReasonPhrase);
        Assert.Equal("tea", response.Headers.GetValues("X-Pot").Single());
        Assert.Equal("a=1|b=2", string.Join('|', response.Headers.GetValues("Set-Cookie")));
        Assert.Equal("hello", await response.Content.ReadAsStringAsync(Cancellation));
    }

    [Theory]
    [InlineData("GET")]
    [InlineData("DELETE")]
    [InlineData("OPTIONS")]
    [InlineData("PROPFIND")]
    public async Task The_method_and_target_go_on_as_they_came(string method)
    {
        var seen = new TaskCompletionSource<string>();
        await using var instance = ScriptedInstance.Answering(head =>
        {
            seen.TrySetResult(head);
            return Ok;
        });
        await using var edge = await TestEdge.StartAsync(new(), instance.Port);
        using var client = await Wire.ConnectAsync(edge.Address);
        await client.SendAsync($"{method} /a%2Fb/../c;d=1?q=%20&r=[1] HTTP/1.1\r\nHost: shop.test\r\n\r\n");
        Assert.Equal(200, (await client.ReadResponseAsync()).Status);
        Assert.StartsWith($"{method} /a%2Fb/../c;d=1?q=%20&r=[1] HTTP/1.1\r\nHost: shop.test\r\n", await seen.Task, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_absolute_target_becomes_a_path()
    {
        var seen = new TaskCompletionSource<string>();
        await using var instance = ScriptedInstance.Answering(head =>
        {
            seen.TrySetResult(head);
            return Ok;
        });
        await using var edge = await TestEdge.StartAsync(new(), instance.Port);
        using var client = await Wire.ConnectAsync(edge.Address);
        await client.SendAsync("GET http://shop.test/x?y HTTP/1.1\r\nHost: shop.test\r\n\r\n");
        Assert.Equal(200, (await client.ReadResponseAsync()).Status);
        Assert.StartsWith("GET /x?y HTTP/1.1\r\nHost: shop.test\r\n", await seen.Task, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(1, 0)]
    [InlineData(1, 1)]
    [InlineData(1, 70_000)]
    [InlineData(1, 3_000_000)]
    [InlineData(2, 70_000)]
    [InlineData(2, 3_000_000)]
    public async Task Bodies_of_known_length_pass_both_ways(int version, int size)
    {
        await using var instance = EchoInstance();
        await using var edge = await TestEdge.StartAsync(new(), instance.Port);
        using var client = edge.Client(version);
        var body = Pattern(size);
        for (var i = 0; i < 3; i++)
        {
            using var response = await client.PostAsync("/echo", new ByteArrayContent(body), Cancellation);
            Assert.Equal(HttpStatusCode.OK, response.StatusCode);
            Assert.Equal(body, await response.Content.ReadAsByteArrayAsync(Cancellation));
        }
        await Eventually.HoldsAsync(() => edge.CountersOf(instance.Port).Requests[2] == 3, "three are counted");
        Assert.Equal(3L * size, edge.CountersOf(instance.Port).BytesIn);
        Assert.Equal(3L * size, edge.CountersOf(instance.Port).BytesOut);
        Assert.Equal(1, instance.Accepted);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task Chunked_bodies_pass_both_ways(int version)
    {
        await using var instance = EchoInstance();
        await using var edge = await TestEdge.StartAsync(new(), instance.Port);
        using var client = edge.Client(version);
        var body = Pattern(500_000);
        using var request = new HttpRequestMessage(HttpMethod.Post, "/echo") { Content = new StreamContent(new SlowStream(body)) };
        request.Headers.TransferEncodingChunked = version == 1;
        request.Version = client.DefaultRequestVersion;
        request.VersionPolicy = client.DefaultVersionPolicy;
        using var response = await client.SendAsync(request, Cancellation);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal(body, await response.Content.ReadAsByteArrayAsync(Cancellation));
    }

    [Fact]
    public async Task Trailers_pass_both_ways_over_http1()
    {
        var trailers = new TaskCompletionSource<string>();
        await using var instance = new ScriptedInstance(async (wire, _) =>
        {
            var request = await wire.ReadToAsync("\r\n0\r\n");
            trailers.SetResult(await wire.ReadToAsync("\r\n\r\n"));
            Assert.Contains("Transfer-Encoding: chunked", request, StringComparison.Ordinal);
            await wire.SendAsync("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: X-Sum\r\n\r\n3;ext=1\r\nabc\r\n0\r\nX-Sum: 42\r\nSet-Cookie: no=1\r\n\r\n");
        });
        await using var edge = await TestEdge.StartAsync(new(), instance.Port);
        using var client = await Wire.ConnectAsync(edge.Address);
        await client.SendAsync(
            "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nTrailer: X-Check\r\n\r\n2\r\nhi\r\n0\r\nX-Check: 7\r\nContent-Length: 9\r\n\r\n");
        var response = await client.ReadResponseAsync();
        Assert.Equal("abc", response.Body);
        Assert.Equal("X-Sum: 42\r\n", response.Trailers);
        Assert.Equal("X-Check: 7\r\n\r\n", await trailers.Task);
    }

    [Fact]
    public async Task Response_trailers_reach_http2_clients()
    {
        await using var instance = ScriptedInstance.Answering("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\nX-Sum: 42\r\n\r\n");
        await using var edge = await TestEdge.StartAsync(new(), instance.Port);
        using var client = edge.Client(2);
        using var response = await client.GetAsync("/", Cancellation);
        Assert.Equal("abc", await response.Content.ReadAsStringAsync(Cancellation));
        Assert.Equal("42", response.TrailingHeaders.GetValues("X-Sum").Single());
    }

    [Theory]
    [InlineData("HEAD", "HTTP/1.1 200 OK\r\nContent-Length: 12345\r\n\r\n", 200, "12345")]
    [InlineData("HEAD", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", 200, null)]
    [InlineData("GET", "HTTP/1.1 204 No Content\r\n\r\n", 204, null)]
    [InlineData("GET", "HTTP/1.1 304 Not Modified\r\nETag: x\r\nContent-Length: 99\r\n\r\n", 304, "99")]
    [InlineData("GET", "HTTP/1.1 205 Reset Content\r\nContent-Length: 0\r\n\r\n", 205, "0")]
    [InlineData("GET", "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", 200, "0")]
    public async Task Responses_without_a_body_leave_the_connection_clean(string method, string answer, int status, string? length)
    {
        await using var instance = ScriptedInstance.Answering(answer);
        await using var edge = await TestEdge.StartAsync(new(), instance.Port);
        using var client = await Wire.ConnectAsync(edge.Address);
        for (var i = 0; i < 3; i++)
        {
            await client.SendAsync($"{method} / HTTP/1.1\r\nHost: a\r\n\r\n");
            var response = await client.ReadResponseAsync(head: true);
            Assert.Equal(status, response.Status);
            if (status != 205) Assert.Equal(length, response["Content-Length"]);
        }
        Assert.Equal(1, instance.Accepted);
    }

    [Fact]
    public async Task A_response_that_ends_with_its_connection_is_whole()
    {
        await using var instance = new ScriptedInstance(async (wire, _) =>
        {
            await wire.ReadToAsync("\r\n\r\n");
            await wire.SendAsync("HTTP/1.0 200 OK\r\n\r\nold ");
            await wire.SendAsync("style");
        });
        await using var edge = await TestEdge.StartAsync(new(), instance.Port);
        using var client = edge.Client();
        Assert.Equal("old style", await client.GetStringAsync("/", Cancellation));
        Assert.Equal("old style", await client.GetStringAsync("/", Cancellation));
        Assert.Equal(2, instance.Accepted);
    }

    [Fact]
    public async Task An_old_client_gets_an_unchunked_response()
    {
        await using var instance = ScriptedInstance.Answering("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n");
        await using var edge = await TestEdge.StartAsync(new(), instance.Port);
        using var client = await Wire.ConnectAsync(edge.Address);
        await client.SendAsync("GET / HTTP/1.0\r\nHost: a\r\n\r\n");
        var (text, reset) = await client.ReadToEndAsync();
        Assert.EndsWith("\r\n\r\nabc", text, StringComparison.Ordinal);
        Assert.DoesNotContain("chunked", text, StringComparison.Ordinal);
        Assert.False(reset);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task Each_event_of_a_stream_arrives_before_the_next_is_sent(int version)
    {
        var next = new SemaphoreSlim(0);
        await using var instance = new ScriptedInstance(async (wire, _) =>
        {
            await wire.ReadToAsync("\r\n\r\n");
            await wire.SendAsync("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n");
            for (var i = 0; i < 5; i++)
            {
                await wire.SendAsync($"9\r\ndata: {i}\n\n\r\n");
                await next.WaitAsync(Eventually.Limit);
            }
            await wire.SendAsync("0\r\n\r\n");
        });
        await using var edge = await TestEdge.StartAsync(new(), instance.Port);
        using var client = edge.Client(version);
        using var response = await client.GetAsync("/events", HttpCompletionOption.ResponseHeadersRead, Cancellation);
        using var reader = new StreamReader(await response.Content.ReadAsStreamAsync(Cancellation));
        for (var i = 0; i < 5; i++)
        {
            Assert.Equal($"data: {i}", await reader.ReadLineAsync(Cancellation));
            Assert.Equal("", await reader.ReadLineAsync(Cancellation));
            next.Release();
        }
        Assert.Null(await reader.ReadLineAsync(Cancellation));
    }

    [Fact]
    public async Task Both_directions_stream_at_the_same_time()
    {
        await using var instance = new ScriptedInstance(async (wire, _) =>
        {
            await wire.ReadToAsync("\r\n\r\n");
            await wire.SendAsync("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
            while (await wire.ReadToAsync("\r\n") is var size && size != "0\r\n")
            {
                var data = await wire.ReadToAsync("\r\n");
                await wire.SendAsync(size + data);
            }
            await wire.ReadToAsync("\r\n");
            await wire.SendAsync("0\r\n\r\n");
        });
        await using var edge = await TestEdge.StartAsync(new(), instance.Port);
        using var client = await Wire.ConnectAsync(edge.Address);
        await client.SendAsync("POST /chat HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n");
        await client.ReadToAsync("\r\n\r\n");
        for (var i = 0; i < 5; i++)
        {
            await client.SendAsync($"5\r\nhey {i}\r\n");
            Assert.Equal($"5\r\nhey {i}\r\n", await client.ReadAsync(10));
        }
        await client.SendAsync("0\r\n\r\n");
        Assert.Equal("0\r\n\r\n", await client.ReadAsync(5));
    }

    [Fact]
    public async Task An_early_answer_reaches_a_client_that_is_still_sending()
    {
        await using var instance = new ScriptedInstance(async (wire, _) =>
        {
            await wire.ReadToAsync("\r\n\r\n");
            await wire.SendAsync("HTTP/1.1 403 Forbidden\r\nContent-Length: 2\r\nConnection: close\r\n\r\nno");
        });
        await using var edge = await TestEdge.StartAsync(new(), instance.Port);
        using var client = await Wire.ConnectAsync(edge.Address);
        await client.SendAsync("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000\r\n\r\npart");
        var response = await client.ReadResponseAsync();
        Assert.Equal(403, response.Status);
        Assert.Equal("no", response.Body);
        await Eventually.HoldsAsync(() => edge.CountersOf(instance.Port).InFlight == 0, "nothing in flight");
    }

    [Fact]
    public async Task Pipelined_requests_are_answered_in_order()
    {
        await using var instance = ScriptedInstance.Answering(head => $"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{head[5..7]}");
        await using var edge = await TestEdge.StartAsync(new(), instance.Port);
        using var client = await Wire.ConnectAsync(edge.Address);
        await client.SendAsync(string.Concat(Enumerable.Range(10, 20).Select(i => $"GET /{i} HTTP/1.1\r\nHost: a\r\n\r\n")));
        for (var i = 10; i < 30; i++) Assert.Equal($"{i}", (await client.ReadResponseAsync()).Body);
    }

    [Fact]
    public async Task A_slow_reader_slows_the_instance_and_costs_little_memory()
    {
        const int size = 64 * 1024 * 1024;
        var sent = 0L;
        await using var instance = new ScriptedInstance(async (wire, _) =>
        {
            await wire.ReadToAsync("\r\n\r\n");
            await wire.SendAsync($"HTTP/1.1 200 OK\r\nContent-Length: {size}\r\n\r\n");
            var piece = new byte[64 * 1024];
            for (var i = 0; i < size / piece.Length; i++)
            {
                await wire.SendAsync(piece);
                Interlocked.Add(ref sent, piece.Length);
            }
        });
        await using var edge = await TestEdge.StartAsync(limits: new() { MinResponseRate = 0 });
        edge.Route(new(), instance.Port);
        using var client = await Wire.ConnectAsync(edge.Address);
        client.Socket.ReceiveBufferSize = 64 * 1024;
        await client.SendAsync("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
        await client.ReadToAsync("\r\n\r\n");
        var before = -1L;
        await Eventually.HoldsAsync(() => Interlocked.Exchange(ref before, Volatile.Read(ref sent)) == Volatile.Read(ref sent) && before > 0, "the instance waits");
        Assert.InRange(Volatile.Read(ref sent), 1, size / 2);
        var left = size;
        while (left > 0)
        {
            var piece = Math.Min(left, 1024 * 1024);
            await client.ReadAsync(piece);
            left -= piece;
        }
    }

    private static byte[] Pattern(int size) => [.. Enumerable.Range(0, size).Select(i => (byte)(i * 31))];

    private static ScriptedInstance EchoInstance() => new(async (wire, _) =>
    {
        while (await wire.TryReadHeadAsync() is { } head)
        {
            var request = new RawResponse(head);
            if (request["Content-Length"] is { } length)
            {
                var body = await wire.ReadBytesAsync(int.Parse(length, System.Globalization.CultureInfo.InvariantCulture));
                await wire.SendAsync($"HTTP/1.1 200 OK\r\nContent-Length: {length}\r\n\r\n");
                await wire.SendAsync(body);
                continue;
            }
            Assert.Equal("chunked", request["Transfer-Encoding"]);
            var all = new StringBuilder();
            while (await wire.ReadToAsync("\r\n") is var size && size != "0\r\n")
                all.Append(size).Append(await wire.ReadAsync(Convert.ToInt32(size.TrimEnd(), 16))).Append(await wire.ReadToAsync("\r\n"));
            await wire.ReadToAsync("\r\n");
            await wire.SendAsync($"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n{all}0\r\n\r\n");
        }
    });

    /// <summary>Gives its content in pieces of odd sizes, so that it is sent in many chunks.</summary>
    private sealed class SlowStream(byte[] content) : MemoryStream(content)
    {
        public override bool CanSeek => false;

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
            base.ReadAsync(buffer[..Math.Min(buffer.Length, 7919)], cancellationToken);
    }
}
