using System.Globalization;
using System.Net.WebSockets;
using System.Text;

namespace Shop;

/// <summary>What stays open: server-sent events and WebSockets. Both end by themselves when the shop is asked to stop.</summary>
internal sealed class Live(Catalogue catalogue, Settings settings, TimeProvider time, CancellationToken stopping)
{
    private static readonly TimeSpan Tick = TimeSpan.FromSeconds(1);

    /// <summary>An event a second: the number of orders.</summary>
    public async Task EventsAsync(HttpContext context)
    {
        context.Response.ContentType = "text/event-stream";
        context.Response.Headers.CacheControl = "no-store";
        using var either = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, stopping);
        try
        {
            for (var id = 1L; ; id++)
            {
                await context.Response.WriteAsync($"id: {id}\ndata: {{\"orders\":{catalogue.Orders}}}\n\n", either.Token);
                await context.Response.Body.FlushAsync(either.Token);
                await Task.Delay(Tick, time, either.Token);
            }
        }
        catch (OperationCanceledException)
        {
            // The client left, or the shop stops: an event stream ends by its end, and browsers come back by themselves.
        }
    }

    /// <summary>Echoes text and binary messages, and says the version and the time once a second.</summary>
    public async Task SocketAsync(HttpContext context)
    {
        if (!context.WebSockets.IsWebSocketRequest)
        {
            context.Response.StatusCode = StatusCodes.Status426UpgradeRequired;
            context.Response.Headers.Upgrade = "websocket";
            return;
        }

        using var socket = await context.WebSockets.AcceptWebSocketAsync();
        using var writing = new SemaphoreSlim(1, 1);
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted);
        var ticking = TickAsync(socket, writing, ended.Token);
        var echoing = EchoAsync(socket, writing, context.RequestAborted);
        await Task.WhenAny(ticking, echoing);
        if (stopping.IsCancellationRequested && socket.State == WebSocketState.Open)
        {
            await SendAsync(writing, () => socket.CloseOutputAsync(WebSocketCloseStatus.EndpointUnavailable, "going away", context.RequestAborted), context.RequestAborted);
            await Task.WhenAny(echoing, Task.Delay(Tick, time, context.RequestAborted));
        }

        await ended.CancelAsync();
        await ticking;
    }

    private async Task TickAsync(WebSocket socket, SemaphoreSlim writing, CancellationToken cancellation)
    {
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellation, stopping);
        try
        {
            while (socket.State == WebSocketState.Open)
            {
                var text = Encoding.UTF8.GetBytes($"tick {settings.Version} {time.GetUtcNow().ToString("O", CultureInfo.InvariantCulture)}");
                await SendAsync(writing, () => socket.SendAsync(text, WebSocketMessageType.Text, endOfMessage: true, either.Token), either.Token);
                await Task.Delay(Tick, time, either.Token);
            }
        }
        catch (Exception e) when (e is OperationCanceledException or WebSocketException)
        {
            // Nobody listens any more; the echo's end says how.
        }
    }

    private static async Task EchoAsync(WebSocket socket, SemaphoreSlim writing, CancellationToken cancellation)
    {
        var buffer = new byte[16 * 1024];
        try
        {
            while (await socket.ReceiveAsync(buffer.AsMemory(), cancellation) is { MessageType: not WebSocketMessageType.Close } part)
            {
                await SendAsync(writing, () => socket.SendAsync(buffer.AsMemory(0, part.Count), part.MessageType, part.EndOfMessage, cancellation).AsTask(), cancellation);
            }

            if (socket.State == WebSocketState.CloseReceived)
                await SendAsync(writing, () => socket.CloseOutputAsync(WebSocketCloseStatus.NormalClosure, null, cancellation), cancellation);
        }
        catch (Exception e) when (e is OperationCanceledException or WebSocketException)
        {
            // The other side left without a word.
        }
    }

    private static async Task SendAsync(SemaphoreSlim writing, Func<Task> send, CancellationToken cancellation)
    {
        await writing.WaitAsync(cancellation);
        try
        {
            await send();
        }
        finally
        {
            writing.Release();
        }
    }
}
