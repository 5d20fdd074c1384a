using System.Globalization;
using System.Net.WebSockets;
using System.Text;

namespace Fairway.Cli.Load;

/// <summary>One WebSocket held open: says something every second, and comes back when the server asks it to.</summary>
internal sealed class WebSocketLoad(LoadPlan plan, LoadTally tally, TimeProvider time)
{
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    public async Task RunAsync(CancellationToken stop)
    {
        while (!stop.IsCancellationRequested)
        {
            using var socket = Socket();
            if (!await ConnectAsync(socket, stop))
            {
                await WaitAsync(Pause, stop);
                continue;
            }

            tally.SocketOpened();
            using var ended = CancellationTokenSource.CreateLinkedTokenSource(stop);
            var saying = SayAsync(socket, ended.Token);
            await ListenAsync(socket, stop);
            await ended.CancelAsync();
            await saying;
        }
    }

    private ClientWebSocket Socket()
    {
        var socket = new ClientWebSocket();
        socket.Options.CollectHttpResponseDetails = true;
        socket.Options.KeepAliveInterval = TimeSpan.FromSeconds(5);
        socket.Options.KeepAliveTimeout = plan.Timeout;
        if (plan.Insecure) socket.Options.RemoteCertificateValidationCallback = LoadPlan.AnyCertificate;
        foreach (var (name, value) in plan.Headers)
            if (!name.StartsWith("Content-", StringComparison.OrdinalIgnoreCase)) socket.Options.SetRequestHeader(name, value);
        return socket;
    }

    private async Task<bool> ConnectAsync(ClientWebSocket socket, CancellationToken stop)
    {
        var first = plan.Urls[0];
        var address = new UriBuilder(first) { Scheme = first.Scheme == Uri.UriSchemeHttps ? "wss" : "ws", Path = plan.WebSocketPath ?? first.AbsolutePath, Query = "" }.Uri;
        using var limit = new CancellationTokenSource(plan.Timeout, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, stop);
        try
        {
            await socket.ConnectAsync(address, either.Token);
            return true;
        }
        catch (Exception e) when (e is WebSocketException or OperationCanceledException)
        {
            if (stop.IsCancellationRequested) return false;
            if ((int)socket.HttpStatusCode is var status and not 0) tally.SocketRefused(status, EdgeError(socket));
            else tally.SocketFailed("websocket-refused", limit.IsCancellationRequested ? "no answer to the handshake" : Reason(e));
            return false;
        }
    }

    private static string? EdgeError(ClientWebSocket socket)
        => socket.HttpResponseHeaders?.FirstOrDefault(field => field.Key.Equals("Fairway-Error", StringComparison.OrdinalIgnoreCase)).Value?.FirstOrDefault();

    private async Task ListenAsync(ClientWebSocket socket, CancellationToken stop)
    {
        var buffer = new byte[4096];
        using var registration = stop.UnsafeRegister(_ => Goodbye(socket), null);
        using var hard = new CancellationTokenSource();
        using var afterStop = stop.UnsafeRegister(_ => hard.CancelAfter(Pause), null);
        try
        {
            while (true)
            {
                var part = await socket.ReceiveAsync(buffer.AsMemory(), hard.Token);
                if (part.MessageType == WebSocketMessageType.Close) break;
                if (part.EndOfMessage) tally.SocketMessage();
            }

            if (socket.State == WebSocketState.CloseReceived) await socket.CloseOutputAsync(socket.CloseStatus ?? WebSocketCloseStatus.NormalClosure, null, hard.Token);
            if (stop.IsCancellationRequested) return;
            if ((int?)socket.CloseStatus is 1000 or 1001 or 1012 or 1013) tally.SocketMoved();
            else tally.SocketFailed("websocket-cut", $"closed with {(int?)socket.CloseStatus} {socket.CloseStatusDescription}");
        }
        catch (Exception e) when (e is WebSocketException or OperationCanceledException)
        {
            if (!stop.IsCancellationRequested) tally.SocketFailed("websocket-cut", Reason(e));
        }
    }

    private async Task SayAsync(ClientWebSocket socket, CancellationToken cancellation)
    {
        try
        {
            for (var i = 0; socket.State == WebSocketState.Open; i++)
            {
                var text = Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"fairway load {i}"));
                await socket.SendAsync(text, WebSocketMessageType.Text, endOfMessage: true, cancellation.IsCancellationRequested ? cancellation : CancellationToken.None);
                await Task.Delay(Pause, time, cancellation);
            }
        }
        catch (Exception e) when (e is WebSocketException or OperationCanceledException or InvalidOperationException)
        {
            // The listener sees the same end and counts it.
        }
    }

    private static void Goodbye(ClientWebSocket socket) =>
        _ = socket.CloseOutputAsync(WebSocketCloseStatus.NormalClosure, null, CancellationToken.None).ContinueWith(
            closing => closing.Exception, CancellationToken.None, TaskContinuationOptions.OnlyOnFaulted, TaskScheduler.Default);

    private async Task WaitAsync(TimeSpan span, CancellationToken stop)
    {
        try
        {
            await Task.Delay(span, time, stop);
        }
        catch (OperationCanceledException)
        {
            // Stopped; the loop's condition sees it.
        }
    }

    private static string Reason(Exception e) => e.InnerException is null ? e.Message : $"{e.Message} ({e.GetBaseException().Message})";
}
