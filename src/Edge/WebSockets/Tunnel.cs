using System.Buffers;
using System.Security.Cryptography;
using Fairway.Edge.Forwarding;
using Fairway.Edge.Health;
using Fairway.Edge.Upstream;

namespace Fairway.Edge.WebSockets;

/// <summary>
/// Carries bytes both ways. A WebSocket is followed frame by frame, without touching it, so that it can be ended in good order when its instance drains:
/// the client gets a close frame 1012 at the end of a frame, its own close frame passes on to the instance, and both are gone before the window ends.
/// What is no WebSocket is cut at the window's end.
/// </summary>
internal sealed class Tunnel(Exchange exchange, InstanceRuntime instance, UpstreamConnection connection, Stream client) : IDisposable
{
    private const int BufferSize = 16 * 1024;

    /// <summary>How long the client has to answer a close frame, when the window allows.</summary>
    private static readonly TimeSpan Goodbye = TimeSpan.FromSeconds(5);

    private readonly FrameTracker? _down = UpgradeRequest.IsWebSocket(exchange) ? new() : null;
    private readonly FrameTracker? _up = UpgradeRequest.IsWebSocket(exchange) ? new() : null;
    private readonly SemaphoreSlim _toClient = new(1, 1);
    private readonly SemaphoreSlim _toInstance = new(1, 1);
    private readonly CancellationTokenSource _ended = new();
    private bool _closeWanted;
    private volatile bool _closeSent;

    /// <summary>Runs until either side ends it.</summary>
    public async Task RunAsync()
    {
        var down = CarryDownAsync();
        var up = CarryUpAsync();
        var drain = DrainAsync();
        await Task.WhenAny(down, up);
        // What the instance said last is with the client already; what the client said last is with the instance.
        connection.Dispose();
        await _ended.CancelAsync();
        await Task.WhenAll(down, up, drain);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _ended.Dispose();
        _toClient.Dispose();
        _toInstance.Dispose();
    }

    private async Task CarryDownAsync()
    {
        do
        {
            var bytes = connection.Received;
            if (bytes.IsEmpty) continue;
            if (!await WriteDownAsync(bytes)) return;
            connection.Consume(bytes.Length);
        }
        while (connection.Accept(await connection.ReceiveAsync()));
    }

    private async Task<bool> WriteDownAsync(ReadOnlyMemory<byte> bytes)
    {
        await _toClient.WaitAsync();
        try
        {
            // After our close frame the client must not get another frame.
            if (_closeSent) return true;
            if (_down is null)
            {
                await SendDownAsync(bytes);
                return true;
            }
            if (!_closeWanted)
            {
                _down.Follow(bytes.Span);
                await SendDownAsync(bytes);
                return true;
            }
            await SendDownAsync(bytes[.._down.FollowFrame(bytes.Span)]);
            await CloseDownAsync();
            return true;
        }
        catch (Exception gone) when (IsGone(gone))
        {
            return false;
        }
        finally
        {
            _toClient.Release();
        }
    }

    private async Task CarryUpAsync()
    {
        var buffer = ArrayPool<byte>.Shared.Rent(BufferSize);
        try
        {
            while (true)
            {
                var read = await client.ReadAsync(buffer, _ended.Token);
                if (read == 0 || !await WriteUpAsync(buffer.AsMemory(0, read))) return;
                if (_closeSent && _up is { SawClose: true, AtBoundary: true }) await AwaitGoodbyeAsync();
            }
        }
        catch (Exception gone) when (IsGone(gone))
        {
            // The client left; the instance is told by the connection's end.
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private async Task<bool> WriteUpAsync(ReadOnlyMemory<byte> bytes)
    {
        await _toInstance.WaitAsync();
        try
        {
            _up?.Follow(bytes.Span);
            return await connection.SendAsync(bytes);
        }
        finally
        {
            _toInstance.Release();
        }
    }

    private async Task DrainAsync()
    {
        try
        {
            await WaitForDrainAsync();
            var window = instance.DrainTimeout;
            var began = exchange.Time.GetTimestamp();
            if (_down is not null)
            {
                await Task.Delay(DrainSpread.DelayOf($"{exchange.Context.Connection.Id}/{exchange.RequestId}", window), exchange.Time, _ended.Token);
                await AskToLeaveAsync();
                var left = window - exchange.Time.GetElapsedTime(began);
                await Task.Delay(left < Goodbye ? Positive(left) : Goodbye, exchange.Time, _ended.Token);
                if (_closeSent) await LeaveInstanceAsync();
            }
            await Task.Delay(Positive(window - exchange.Time.GetElapsedTime(began)), exchange.Time, _ended.Token);
        }
        catch (OperationCanceledException) when (_ended.IsCancellationRequested)
        {
            return;
        }
        // The hard end: nobody holds an instance longer than its window.
        exchange.Context.Abort();
        exchange.LeaveClient();
    }

    private async Task WaitForDrainAsync()
    {
        using var both = CancellationTokenSource.CreateLinkedTokenSource(instance.Draining, _ended.Token);
        var drained = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var registration = both.Token.UnsafeRegister(static source => ((TaskCompletionSource)source!).TrySetResult(), drained);
        await drained.Task;
        _ended.Token.ThrowIfCancellationRequested();
    }

    private async Task AskToLeaveAsync()
    {
        await _toClient.WaitAsync(_ended.Token);
        try
        {
            _closeWanted = true;
            await CloseDownAsync();
        }
        catch (Exception gone) when (IsGone(gone))
        {
            exchange.LeaveClient();
        }
        finally
        {
            _toClient.Release();
        }
    }

    // Where a frame has just ended. Not after the instance's own close frame: then they are leaving already.
    private async Task CloseDownAsync()
    {
        if (_closeSent || !_down!.AtBoundary || _down.SawClose) return;
        await SendDownAsync(CloseFrame.ServiceRestart);
        _closeSent = true;
    }

    private async Task SendDownAsync(ReadOnlyMemory<byte> bytes)
    {
        if (bytes.IsEmpty) return;
        await client.WriteAsync(bytes, _ended.Token);
        await client.FlushAsync(_ended.Token);
        exchange.BytesOut += bytes.Length;
    }

    // The client's close frame is with the instance: it answers with its own and closes.
    private async Task AwaitGoodbyeAsync()
    {
        await Task.Delay(Goodbye, exchange.Time, _ended.Token);
        exchange.LeaveClient();
    }

    // The client does not answer: say goodbye to the instance in its place, and end it.
    private async Task LeaveInstanceAsync()
    {
        await _toInstance.WaitAsync(_ended.Token);
        try
        {
            if (_up is { AtBoundary: true, SawClose: false })
                await connection.SendAsync(CloseFrame.GoingAway(BitConverter.ToUInt32(RandomNumberGenerator.GetBytes(4))));
        }
        finally
        {
            _toInstance.Release();
        }
        exchange.Context.Abort();
        exchange.LeaveClient();
    }

    private static TimeSpan Positive(TimeSpan span) => span > TimeSpan.Zero ? span : TimeSpan.Zero;

    private static bool IsGone(Exception gone) => gone is IOException or OperationCanceledException or InvalidOperationException;
}
