using System.Net.WebSockets;
using Fairway.Cli.Load;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;

namespace Fairway.EndToEnd.Load;

public sealed class LoadOverKestrelTests
{
    [Fact]
    public async Task Http2_answers_are_counted_like_others()
    {
        await using var app = await ServeAsync(HttpProtocols.Http2, context =>
        {
            context.Response.Headers["Shop-Version"] = context.Request.Protocol;
            return context.Response.WriteAsync("ok");
        });
        var report = await LoadGeneratorTests.RunAsync(LoadGeneratorTests.Plan(Address(app)) with { Http2 = true, Connections = 2, GroupByHeader = "Shop-Version" });
        Assert.Equal(50, report.Answered);
        Assert.Equal("HTTP/2", Assert.Single(report.Groups).Name);
        Assert.Empty(report.Failures);
    }

    [Fact]
    public async Task An_http2_stream_that_is_reset_is_lost()
    {
        await using var app = await ServeAsync(HttpProtocols.Http2, async context =>
        {
            if (context.Request.Path == "/late") await context.Response.WriteAsync("begun");
            context.Abort();
        });
        var plan = LoadGeneratorTests.Plan(Address(app)) with { Http2 = true, Connections = 2 };
        var report = await LoadGeneratorTests.RunAsync(plan);
        Assert.Equal(report.Scheduled, report.Lost);
        Assert.Equal("protocol", Assert.Single(report.Failures).Kind);
        report = await LoadGeneratorTests.RunAsync(plan with { Urls = [new(Address(app), "late")] });
        Assert.Equal(report.Scheduled, report.Lost);
        Assert.Equal(0, report.Answered);
    }

    [Fact]
    public async Task A_websocket_that_is_asked_to_move_comes_back_and_is_no_failure()
    {
        var connections = 0;
        await using var app = await ServeAsync(HttpProtocols.Http1, async context =>
        {
            using var socket = await context.WebSockets.AcceptWebSocketAsync();
            if (Interlocked.Increment(ref connections) <= 4)
                await socket.CloseAsync((WebSocketCloseStatus)1012, "restarting", context.RequestAborted);
            else
                await EchoAsync(socket, context.RequestAborted);
        });
        var report = await SocketsAsync(app, sockets: 2, until: r => r.WebSockets is { Opened: >= 6, Messages: >= 2 });
        Assert.Equal(4, report.WebSockets!.Moved);
        Assert.Empty(report.Failures);
    }

    [Fact]
    public async Task A_websocket_that_is_cut_is_lost()
    {
        await using var app = await ServeAsync(HttpProtocols.Http1, async context =>
        {
            using var socket = await context.WebSockets.AcceptWebSocketAsync();
            // Its first message shows that the client knows it is open.
            await socket.ReceiveAsync(new byte[100].AsMemory(), context.RequestAborted);
            context.Abort();
        });
        var report = await SocketsAsync(app, sockets: 1, until: r => r.Lost >= 1);
        // Cut as early as this, the client may not have seen the handshake end.
        Assert.StartsWith("websocket-", Assert.Single(report.Failures).Kind, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_websocket_closed_for_an_error_is_lost()
    {
        await using var app = await ServeAsync(HttpProtocols.Http1, async context =>
        {
            using var socket = await context.WebSockets.AcceptWebSocketAsync();
            await socket.CloseAsync(WebSocketCloseStatus.InternalServerError, "oh", context.RequestAborted);
        });
        var report = await SocketsAsync(app, sockets: 1, until: r => r.Lost >= 1);
        Assert.Equal(("websocket-cut", "closed with 1011 oh"), (report.Samples[0].Kind, report.Samples[0].Detail));
    }

    [Theory]
    [InlineData("no-instance", "websocket-refused 503 no-instance", true)]
    [InlineData(null, "websocket-refused 503", false)]
    public async Task A_refused_handshake_is_lost_when_the_edge_refused_it_and_badly_answered_when_the_release_did(string? byEdge, string kind, bool lost)
    {
        await using var app = await ServeAsync(HttpProtocols.Http1, context =>
        {
            context.Response.StatusCode = 503;
            if (byEdge is not null) context.Response.Headers["Fairway-Error"] = byEdge;
            return Task.CompletedTask;
        });
        var report = await SocketsAsync(app, sockets: 1, until: r => r.Failures.Length > 0);
        var failure = Assert.Single(report.Failures);
        Assert.Equal(kind, failure.Kind);
        Assert.Equal(lost, report.Lost > 0);
    }

    private static async Task<LoadReport> SocketsAsync(WebApplication app, int sockets, Func<LoadReport, bool> until)
    {
        using var stop = new CancellationTokenSource();
        var generator = new LoadGenerator(LoadGeneratorTests.Plan(Address(app)) with { Rate = 0, Duration = null, WebSockets = sockets, WebSocketPath = "/ws" }, TimeProvider.System);
        var running = generator.RunAsync(stop.Token);
        await LoadGeneratorTests.Until(() => until(generator.Report()));
        await stop.CancelAsync();
        return await running;
    }

    private static async Task EchoAsync(WebSocket socket, CancellationToken cancellation)
    {
        var buffer = new byte[1024];
        while (await socket.ReceiveAsync(buffer.AsMemory(), cancellation) is { MessageType: not WebSocketMessageType.Close } part)
            await socket.SendAsync(buffer.AsMemory(0, part.Count), part.MessageType, part.EndOfMessage, cancellation);
        await socket.CloseAsync(WebSocketCloseStatus.NormalClosure, null, cancellation);
    }

    private static async Task<WebApplication> ServeAsync(HttpProtocols protocols, RequestDelegate answer)
    {
        var builder = WebApplication.CreateEmptyBuilder(new());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel => kestrel.Listen(System.Net.IPAddress.Loopback, 0, listen => listen.Protocols = protocols));
        var app = builder.Build();
        app.UseWebSockets();
        app.Run(answer);
        await app.StartAsync();
        return app;
    }

    private static Uri Address(WebApplication app) => new(app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First());
}
