using System.Collections.Concurrent;
using System.Net;
using System.Threading.Channels;
using Microsoft.AspNetCore.Connections;

namespace Fairway.Edge.Hosting;

/// <summary>
/// One cleartext port for HTTP/1.1 and for HTTP/2 with prior knowledge (RFC 9113 §3.3). Kestrel serves one protocol per endpoint without TLS, so it is given two
/// endpoints, and each connection goes to the one that its first bytes ask for. The bytes are looked at, not taken.
/// </summary>
internal sealed class CleartextPort(IPEndPoint address, TimeSpan idle, long maxConnections, TimeProvider time) : IDisposable
{
    // No HTTP/1 request starts so: PRI is reserved for the connection preface (RFC 9113 §3.4, §11.6).
    private static ReadOnlySpan<byte> Preface => "PRI "u8;

    private readonly Channel<ConnectionContext> _http1 = Channel.CreateUnbounded<ConnectionContext>();
    private readonly Channel<ConnectionContext> _http2 = Channel.CreateUnbounded<ConnectionContext>();
    private readonly ConcurrentDictionary<ConnectionContext, Task> _undecided = new();
    private readonly CancellationTokenSource _unbound = new();
    private IConnectionListener? _listener;
    private Task _accepting = Task.CompletedTask;

    /// <summary>Endpoint for Kestrel's HTTP/1.1 half.</summary>
    public EndPoint Http1 => new Half(this, http2: false);

    /// <summary>Endpoint for Kestrel's HTTP/2 half.</summary>
    public EndPoint Http2 => new Half(this, http2: true);

    /// <summary>Where it listens, once bound.</summary>
    public IPEndPoint Bound => (IPEndPoint?)_listener?.EndPoint ?? address;

    /// <inheritdoc/>
    public void Dispose() => _unbound.Dispose();

    // Kestrel binds one endpoint after the other, so the second half finds the first one's listener.
    private async Task BindAsync(IConnectionListenerFactory sockets, CancellationToken cancellation)
    {
        if (_listener is not null) return;
        _listener = await sockets.BindAsync(address, cancellation);
        _accepting = AcceptAsync(_listener);
    }

    private async ValueTask UnbindAsync(CancellationToken cancellation)
    {
        if (_listener is null) return;
        await _listener.UnbindAsync(cancellation);
        await _unbound.CancelAsync();
        await _accepting;
        await Task.WhenAll(_undecided.Values);
        _http1.Writer.TryComplete();
        _http2.Writer.TryComplete();
    }

    private async Task AcceptAsync(IConnectionListener listener)
    {
        while (await listener.AcceptAsync(CancellationToken.None) is { } connection)
        {
            if (_undecided.Count >= maxConnections)
            {
                await CloseAsync(connection);
                continue;
            }
            var deciding = DecideAsync(connection);
            if (deciding.IsCompleted) continue;
            _undecided[connection] = deciding;
            // It may have ended between the two lines above, before there was anything to remove.
            if (deciding.IsCompleted) _undecided.TryRemove(connection, out _);
        }
    }

    private async Task DecideAsync(ConnectionContext connection)
    {
        try
        {
            using var patience = CancellationTokenSource.CreateLinkedTokenSource(_unbound.Token);
            using var timer = time.CreateTimer(static state => ((CancellationTokenSource)state!).Cancel(), patience, idle, Timeout.InfiniteTimeSpan);
            var half = await SniffAsync(connection, patience.Token) ? _http2 : _http1;
            if (!half.Writer.TryWrite(connection)) await CloseAsync(connection);
        }
        catch (Exception failure) when (failure is OperationCanceledException or IOException or ConnectionAbortedException or ConnectionResetException)
        {
            await CloseAsync(connection);
        }
        finally
        {
            _undecided.TryRemove(connection, out _);
        }
    }

    private static async ValueTask<bool> SniffAsync(ConnectionContext connection, CancellationToken cancellation)
    {
        var input = connection.Transport.Input;
        while (true)
        {
            var read = await input.ReadAsync(cancellation);
            var buffer = read.Buffer;
            var seen = (int)Math.Min(buffer.Length, Preface.Length);
            var same = StartsAs(buffer.Slice(0, seen));
            if (!same || seen == Preface.Length || read.IsCompleted)
            {
                input.AdvanceTo(buffer.Start);
                return same && seen == Preface.Length;
            }
            input.AdvanceTo(buffer.Start, buffer.End);
        }
    }

    private static bool StartsAs(System.Buffers.ReadOnlySequence<byte> start)
    {
        var at = 0;
        foreach (var segment in start)
        {
            if (!Preface.Slice(at, segment.Length).SequenceEqual(segment.Span)) return false;
            at += segment.Length;
        }
        return true;
    }

    private static async Task CloseAsync(ConnectionContext connection)
    {
        connection.Abort();
        await connection.DisposeAsync();
    }

    /// <summary>One of the two endpoints of a cleartext port.</summary>
    internal sealed class Half(CleartextPort port, bool http2) : EndPoint
    {
        /// <summary>Binds the port, unless its other half did.</summary>
        public async ValueTask<IConnectionListener> BindAsync(IConnectionListenerFactory sockets, CancellationToken cancellation)
        {
            await port.BindAsync(sockets, cancellation);
            return new Listener(port, this, (http2 ? port._http2 : port._http1).Reader);
        }

        /// <inheritdoc/>
        public override string ToString() => port.Bound.ToString();
    }

    private sealed class Listener(CleartextPort port, EndPoint endPoint, ChannelReader<ConnectionContext> accepted) : IConnectionListener
    {
        public EndPoint EndPoint => endPoint;

        public async ValueTask<ConnectionContext?> AcceptAsync(CancellationToken cancellationToken = default)
            => await accepted.WaitToReadAsync(cancellationToken) && accepted.TryRead(out var connection) ? connection : null;

        public ValueTask UnbindAsync(CancellationToken cancellationToken = default) => port.UnbindAsync(cancellationToken);

        public async ValueTask DisposeAsync()
        {
            await port.UnbindAsync(CancellationToken.None);
            if (port._listener is { } listener) await listener.DisposeAsync();
            while (accepted.TryRead(out var connection)) await CloseAsync(connection);
        }
    }
}

/// <summary>Binds cleartext ports by way of the socket transport.</summary>
internal sealed class CleartextTransport(IConnectionListenerFactory sockets) : IConnectionListenerFactory
{
    /// <inheritdoc/>
    public ValueTask<IConnectionListener> BindAsync(EndPoint endpoint, CancellationToken cancellationToken = default)
        => endpoint is CleartextPort.Half half ? half.BindAsync(sockets, cancellationToken) : sockets.BindAsync(endpoint, cancellationToken);
}
