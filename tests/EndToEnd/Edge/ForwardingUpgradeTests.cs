using System.Net;
using System.Net.WebSockets;
using System.Security.Cryptography;
using System.Text;
using Fairway.Traffic;
using NodaTime;

namespace Fairway.Edge;

/// <summary>WebSockets and other upgrades: carried unchanged, and ended in good order when their instance drains.</summary>
public sealed class ForwardingUpgradeTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task Messages_pass_both_ways_unchanged(int version)
    {
        await using var instance = EchoInstance();
        await using var edge = await TestEdge.StartAsync(new(), instance.Port);
        using var socket = await OpenAsync(edge, version);
        foreach (var size in (int[])[0, 5, 125, 126, 70_000])
        {
            var message = RandomNumberGenerator.GetBytes(size);
            await socket.SendAsync(message, WebSocketMessageType.Binary, endOfMessage: true, Cancellation);
            Assert.Equal(message, await ReceiveAsync(socket));
        }
        Assert.Equal("shop", socket.SubProtocol);
        Assert.Equal(1, edge.CountersOf(instance.Port).Upgraded);
        await socket.CloseAsync(WebSocketCloseStatus.NormalClosure, "bye", Cancellation);
        Assert.Equal(WebSocketCloseStatus.NormalClosure, socket.CloseStatus);
        await Eventually.HoldsAsync(() => edge.CountersOf(instance.Port) is { InFlight: 0, Upgraded: 0 }, "the tunnel is gone");
        Assert.Equal(1, edge.CountersOf(instance.Port).Requests[1]);
    }

    [Fact]
    public async Task An_upgraded_connection_holds_none_of_the_services_places()
    {
        await using var instance = EchoInstance();
        await using var edge = await TestEdge.StartAsync(new TrafficPolicy { MaxConcurrency = 1, MaxQueue = 0 }, instance.Port);
        using var first = await OpenAsync(edge);
        using var second = await OpenAsync(edge);
        Assert.Equal(WebSocketState.Open, second.State);
    }

    [Fact]
    public async Task A_refused_upgrade_reaches_the_client_as_an_ordinary_response()
    {
        await using var instance = ScriptedInstance.Answering("HTTP/1.1 403 Forbidden\r\nContent-Length: 2\r\n\r\nno");
        await using var edge = await TestEdge.StartAsync(new(), instance.Port);
        using var client = await Wire.ConnectAsync(edge.Address);
        await client.SendAsync(Handshake);
        var response = await client.ReadResponseAsync();
        Assert.Equal(403, response.Status);
        Assert.Equal("no", response.Body);
    }

    [Theory]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")]
    [InlineData("HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Accept: wrong\r\n\r\n")]
    public async Task An_instance_that_does_not_speak_WebSocket_is_a_bad_gateway_for_http2(string answer)
    {
        await using var instance = ScriptedInstance.Answering(answer);
        await using var edge = await TestEdge.StartAsync(new(), instance.Port);
        var refusal = await Assert.ThrowsAsync<WebSocketException>(() => OpenAsync(edge, 2));
        Assert.Contains("502", refusal.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Other_protocols_are_carried_as_they_are()
    {
        await using var instance = new ScriptedInstance(async (wire, _) =>
        {
            var head = new RawResponse(await wire.ReadToAsync("\r\n\r\n"));
            Assert.Equal("chat/2", head["Upgrade"]);
            Assert.Equal("Upgrade", head["Connection"]);
            await wire.SendAsync("HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: chat/2\r\n\r\nhello first");
            Assert.Equal("and you", await wire.ReadAsync(7));
            await wire.SendAsync("bye");
        });
        await using var edge = await TestEdge.StartAsync(new(), instance.Port);
        using var client = await Wire.ConnectAsync(edge.Address);
        await client.SendAsync("GET / HTTP/1.1\r\nHost: a\r\nConnection: upgrade\r\nUpgrade: chat/2\r\n\r\n");
        var response = new RawResponse(await client.ReadToAsync("\r\n\r\n"));
        Assert.Equal(101, response.Status);
        Assert.Equal("chat/2", response["Upgrade"]);
        await client.SendAsync("and you");
        Assert.Equal("hello firstbye", (await client.ReadToEndAsync()).Text);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task When_its_instance_drains_a_WebSocket_is_asked_to_come_back_and_loses_nothing(int version)
    {
        var received = new List<string>();
        await using var instance = EchoInstance(received);
        var policy = new TrafficPolicy { DrainTimeout = Duration.FromSeconds(2) };
        await using var edge = await TestEdge.StartAsync(policy, instance.Port);
        using var socket = await OpenAsync(edge, version);
        await socket.SendAsync(Encoding.UTF8.GetBytes("one"), WebSocketMessageType.Text, endOfMessage: true, Cancellation);
        Assert.Equal("one", Encoding.UTF8.GetString(await ReceiveAsync(socket)));
        edge.Route(policy, [TestEdge.Draining(instance.Port)]);
        var close = await socket.ReceiveAsync(new byte[100], Cancellation);
        Assert.Equal(WebSocketMessageType.Close, close.MessageType);
        Assert.Equal(1012, (int)close.CloseStatus!);
        Assert.Equal("service restart", close.CloseStatusDescription);
        await socket.SendAsync(Encoding.UTF8.GetBytes("last word"), WebSocketMessageType.Text, endOfMessage: true, Cancellation);
        await socket.CloseOutputAsync((WebSocketCloseStatus)1012, "", Cancellation);
        await Eventually.HoldsAsync(() => edge.CountersOf(instance.Port) is { InFlight: 0, Upgraded: 0 }, "the instance is free");
        lock (received) Assert.Equal(["one", "last word", "close 1012"], received);
    }

    [Fact]
    public async Task A_close_frame_never_cuts_a_frame_in_two()
    {
        await using var instance = new ScriptedInstance(async (wire, _) =>
        {
            await AcceptAsync(wire);
            while (true)
            {
                // Nearly always in the middle of a frame.
                await wire.SendAsync([0x82, 10, 1, 2, 3]);
                await Task.Delay(TimeSpan.FromMilliseconds(10), TimeProvider.System);
                await wire.SendAsync([4, 5, 6, 7, 8, 9, 10]);
            }
        });
        var policy = new TrafficPolicy { DrainTimeout = Duration.FromSeconds(1) };
        await using var edge = await TestEdge.StartAsync(policy, instance.Port);
        using var client = await Wire.ConnectAsync(edge.Address);
        await client.SendAsync(Handshake);
        await client.ReadToAsync("\r\n\r\n");
        await client.ReadBytesAsync(2);
        edge.Route(policy, [TestEdge.Draining(instance.Port)]);
        byte[] head = [0x82, 10];
        while (head[0] == 0x82)
        {
            Assert.Equal(10, head[1]);
            Assert.Equal([1, 2, 3, 4, 5, 6, 7, 8, 9, 10], await client.ReadBytesAsync(10));
            head = await client.ReadBytesAsync(2);
        }
        Assert.Equal([0x88, 17], head);
        Assert.Equal([0x03, 0xf4, .. "service restart"u8], await client.ReadBytesAsync(17));
        Assert.Equal("", (await client.ReadToEndAsync()).Text);
    }

    [Theory]
    [InlineData("websocket")]
    [InlineData("chat/2")]
    public async Task At_the_windows_end_the_stubborn_are_cut(string protocol)
    {
        var end = new TaskCompletionSource<string>();
        await using var instance = new ScriptedInstance(async (wire, _) =>
        {
            await wire.ReadToAsync("\r\n\r\n");
            await wire.SendAsync($"HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: {protocol}\r\n\r\n");
            end.SetResult((await wire.ReadToEndAsync()).Text);
        });
        var policy = new TrafficPolicy { DrainTimeout = Duration.FromMilliseconds(500) };
        await using var edge = await TestEdge.StartAsync(policy, instance.Port);
        using var client = await Wire.ConnectAsync(edge.Address);
        await client.SendAsync($"GET / HTTP/1.1\r\nHost: a\r\nConnection: upgrade\r\nUpgrade: {protocol}\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: x\r\n\r\n");
        await client.ReadToAsync("\r\n\r\n");
        edge.Route(policy, [TestEdge.Draining(instance.Port)]);
        var (text, _) = await client.ReadToEndAsync();
        var goodbye = Encoding.Latin1.GetBytes(await end.Task.WaitAsync(Eventually.Limit, Cancellation));
        if (protocol == "websocket")
        {
            Assert.Equal("\u0088\u0011\u0003\u00f4service restart", text);
            // The client never answered, so the edge said goodbye to the instance in its place: 1001, masked.
            Assert.Equal(8, goodbye.Length);
            Assert.Equal([0x88, 0x82], goodbye.Take(2));
            Assert.Equal([0x03, 0xe9], [(byte)(goodbye[6] ^ goodbye[2]), (byte)(goodbye[7] ^ goodbye[3])]);
        }
        else
        {
            Assert.Equal("", text);
            Assert.Empty(goodbye);
        }
        await Eventually.HoldsAsync(() => edge.CountersOf(instance.Port) is { InFlight: 0, Upgraded: 0 }, "the instance is free");
    }

    [Fact]
    public async Task Drained_WebSockets_leave_spread_over_the_window()
    {
        await using var instance = EchoInstance();
        var policy = new TrafficPolicy { DrainTimeout = Duration.FromSeconds(3) };
        await using var edge = await TestEdge.StartAsync(policy, instance.Port);
        var sockets = new List<ClientWebSocket>();
        for (var i = 0; i < 24; i++) sockets.Add(await OpenAsync(edge));
        edge.Route(policy, [TestEdge.Draining(instance.Port)]);
        var began = TimeProvider.System.GetTimestamp();
        var moments = await Task.WhenAll(sockets.Select(async socket =>
        {
            var close = await socket.ReceiveAsync(new byte[100], Cancellation);
            Assert.Equal(1012, (int)close.CloseStatus!);
            return TimeProvider.System.GetElapsedTime(began);
        }));
        Assert.True(moments.Max() - moments.Min() > TimeSpan.FromSeconds(0.5), "they must not all leave at once");
        foreach (var socket in sockets) socket.Dispose();
        await Eventually.HoldsAsync(() => edge.CountersOf(instance.Port).InFlight == 0, "the instance is free");
    }

    private const string Handshake =
        "GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";

    private static async Task<ClientWebSocket> OpenAsync(TestEdge edge, int version = 1)
    {
        var socket = new ClientWebSocket();
        socket.Options.AddSubProtocol("shop");
        socket.Options.HttpVersion = version == 2 ? HttpVersion.Version20 : HttpVersion.Version11;
        socket.Options.HttpVersionPolicy = HttpVersionPolicy.RequestVersionExact;
        using var invoker = new HttpMessageInvoker(new SocketsHttpHandler { UseProxy = false }, disposeHandler: false);
        await socket.ConnectAsync(new Uri($"ws://{edge.Address}/ws"), invoker, Cancellation);
        return socket;
    }

    private static async Task<byte[]> ReceiveAsync(ClientWebSocket socket)
    {
        var message = new MemoryStream();
        var buffer = new byte[8192];
        while (true)
        {
            var piece = await socket.ReceiveAsync(buffer, Cancellation);
            Assert.NotEqual(WebSocketMessageType.Close, piece.MessageType);
            message.Write(buffer, 0, piece.Count);
            if (piece.EndOfMessage) return message.ToArray();
        }
    }

    private static async Task AcceptAsync(Wire wire)
    {
        var key = new RawResponse(await wire.ReadToAsync("\r\n\r\n"))["Sec-WebSocket-Key"];
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA1);
        hash.AppendData(Encoding.ASCII.GetBytes(key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"));
        var accept = Convert.ToBase64String(hash.GetHashAndReset());
        await wire.SendAsync(
            $"HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Protocol: shop\r\nSec-WebSocket-Accept: {accept}\r\n\r\n");
    }

    // Echoes messages, answers close frames, and notes what it received.
    private static ScriptedInstance EchoInstance(List<string>? received = null) => new(async (wire, _) =>
    {
        await AcceptAsync(wire);
        using var stream = new System.Net.Sockets.NetworkStream(wire.Socket);
        using var socket = WebSocket.CreateFromStream(stream, new WebSocketCreationOptions { IsServer = true });
        var buffer = new byte[128 * 1024];
        var length = 0;
        while (true)
        {
            var piece = await socket.ReceiveAsync(buffer.AsMemory(length), CancellationToken.None);
            if (piece.MessageType == WebSocketMessageType.Close)
            {
                Note($"close {(int?)socket.CloseStatus}");
                await socket.CloseAsync(socket.CloseStatus ?? WebSocketCloseStatus.NormalClosure, "", CancellationToken.None);
                return;
            }
            length += piece.Count;
            if (!piece.EndOfMessage) continue;
            Note(Encoding.UTF8.GetString(buffer, 0, Math.Min(length, 100)));
            await socket.SendAsync(buffer.AsMemory(0, length), piece.MessageType, endOfMessage: true, CancellationToken.None);
            length = 0;
        }

        void Note(string what)
        {
            if (received is null) return;
            lock (received) received.Add(what);
        }
    });
}
