using System.Buffers;
using System.Net;
using System.Net.Sockets;

namespace Fairway.Edge.Upstream;

/// <summary>
/// One HTTP/1.1 connection to an instance: raw socket, its buffers, its deadline. One exchange at a time uses it. A receive is pending whenever it is idle,
/// so a server that closes, or speaks unasked, is noticed at once and at no cost: the same receive then waits for the next response.
/// </summary>
internal sealed class UpstreamConnection : IDisposable
{
    private const int SmallBuffer = 8 * 1024;
    private const int LargeBuffer = 64 * 1024;
    private const long NoDeadline = 0;
    private const long Expired = -1;

    private readonly SocketOperation _receive = new();
    private readonly SocketOperation _send = new();
    private readonly byte[] _small = new byte[SmallBuffer];
    private Socket _socket;
    private byte[] _in;
    private int _start;
    private int _end;
    private bool _receiving;
    private long _deadline;
    private long _sent;
    private long _sentBefore;
    private int _disposed;
    private ChunkDecoder? _chunks;

    internal UpstreamConnection(UpstreamPool pool)
    {
        Pool = pool;
        _in = _small;
        _socket = null!;
    }

    /// <summary>The pool it belongs to.</summary>
    public UpstreamPool Pool { get; }

    /// <summary>The response head being read.</summary>
    public ResponseHead Head { get; } = new();

    /// <summary>Where requests are put together.</summary>
    public WireBuffer Out { get; } = new();

    /// <summary>The decoder for a chunked body.</summary>
    public ChunkDecoder Chunks => _chunks ??= new();

    /// <summary>It has carried an exchange before: the server may have closed it at the very moment it is used again.</summary>
    public bool Reused { get; private set; }

    /// <summary>Its deadline passed, and it was cut for that.</summary>
    public bool TimedOut => Volatile.Read(ref _deadline) == Expired;

    /// <summary>When it was last given back, in ticks of the pool's clock.</summary>
    public long IdleSince { get; set; }

    /// <summary>Bytes received and not consumed.</summary>
    public ReadOnlyMemory<byte> Received => _in.AsMemory(_start, _end - _start);

    /// <summary>Whether any byte of this exchange's request went out.</summary>
    public bool AnyByteSent => _sent > _sentBefore;

    /// <summary>Connects; null is success, otherwise why not.</summary>
    public async ValueTask<SocketError?> ConnectAsync(EndPoint endPoint, TimeSpan timeout)
    {
        var family = endPoint is IPEndPoint { AddressFamily: var known } ? known : AddressFamily.Unspecified;
        _socket = family == AddressFamily.Unspecified ? new Socket(SocketType.Stream, ProtocolType.Tcp) : new Socket(family, SocketType.Stream, ProtocolType.Tcp);
        _socket.NoDelay = true;
        SetDeadline(timeout);
        _send.Connect(_socket, endPoint);
        var connected = await _send.Completion >= 0;
        if (!ClearDeadline()) return SocketError.TimedOut;
        return connected ? null : _send.SocketError;
    }

    /// <summary>An exchange begins.</summary>
    public void Begin()
    {
        Head.Reset();
        Out.Clear();
        _sentBefore = _sent;
    }

    /// <summary>Sends all of it; false when the connection is broken.</summary>
    public ValueTask<bool> SendAsync(ReadOnlyMemory<byte> bytes)
    {
        _send.Send(_socket, bytes);
        return _send.IsCompleted ? new(Sent(_send.Result, bytes.Length)) : FinishSendAsync(bytes.Length);
    }

    /// <summary>Starts a receive unless one is pending.</summary>
    public void BeginReceive()
    {
        if (_receiving) return;
        MakeRoom();
        _receiving = true;
        _receive.Receive(_socket, _in.AsMemory(_end));
    }

    /// <summary>The pending receive has its result.</summary>
    public bool HasReceived => _receive.IsCompleted;

    /// <summary>The result of the pending receive, or of a new one. Pass it to <see cref="Accept"/> before anything else.</summary>
    public ValueTask<int> ReceiveAsync()
    {
        BeginReceive();
        return _receive.Completion;
    }

    /// <summary>Takes the result of <see cref="ReceiveAsync"/>; false when nothing more comes.</summary>
    public bool Accept(int received)
    {
        _receiving = false;
        EndedInOrder = received == 0;
        if (received <= 0) return false;
        _end += received;
        return true;
    }

    /// <summary>The server closed its side, rather than breaking off.</summary>
    public bool EndedInOrder { get; private set; }

    /// <summary>Takes received bytes out of the buffer.</summary>
    public void Consume(int count) => _start += count;

    /// <summary>Makes the buffer large, for a body that is.</summary>
    public void Enlarge()
    {
        if (_receiving || _in.Length >= LargeBuffer) return;
        Move(ArrayPool<byte>.Shared.Rent(LargeBuffer));
    }

    /// <summary>
    /// Whether TCP itself proves that the server never had a byte of this request: it closed in good order, and its FIN (which acknowledges all that had
    /// arrived) acknowledges nothing of it. Only then may a request that is not idempotent be sent again (RFC 9110 §9.2.2). Ask after the stream's end.
    /// </summary>
    public bool ProvesNothingDelivered()
    {
        const int tcp = 6, tcpInfo = 11, bytesAckedAt = 120;
        if (!EndedInOrder || !OperatingSystem.IsLinux()) return false;
        Span<byte> info = stackalloc byte[bytesAckedAt + sizeof(long)];
        try
        {
            if (_socket.GetRawSocketOption(tcp, tcpInfo, info) < info.Length) return false;
        }
        catch (Exception fault) when (fault is SocketException or ObjectDisposedException)
        {
            return false;
        }
        // tcpi_bytes_acked counts the SYN as one.
        return BitConverter.ToInt64(info[bytesAckedAt..]) <= _sentBefore + 1;
    }

    /// <summary>Cuts the connection when it is not cleared in time.</summary>
    public void SetDeadline(TimeSpan timeout)
    {
        var next = Pool.Clock.After(timeout);
        var seen = Volatile.Read(ref _deadline);
        while (seen != Expired)
        {
            var was = Interlocked.CompareExchange(ref _deadline, next, seen);
            if (was == seen) return;
            seen = was;
        }
    }

    /// <summary>Lifts the deadline; false when it had passed, and the connection is cut.</summary>
    public bool ClearDeadline()
    {
        var seen = Volatile.Read(ref _deadline);
        while (seen != Expired)
        {
            var was = Interlocked.CompareExchange(ref _deadline, NoDeadline, seen);
            if (was == seen) return true;
            seen = was;
        }
        return false;
    }

    /// <summary>Whether its deadline has passed.</summary>
    public bool IsDue(long now) => Volatile.Read(ref _deadline) is var deadline && deadline > NoDeadline && now >= deadline;

    /// <summary>Cuts the connection if its deadline has passed.</summary>
    public void Expire(long now)
    {
        var deadline = Volatile.Read(ref _deadline);
        if (deadline <= NoDeadline || now < deadline) return;
        if (Interlocked.CompareExchange(ref _deadline, Expired, deadline) == deadline) Dispose();
    }

    /// <summary>Makes it ready for the next exchange; false when it cannot carry one.</summary>
    public bool TryPark()
    {
        if (_receiving || _start != _end || Volatile.Read(ref _disposed) != 0) return false;
        if (_in != _small) Move(_small);
        Reused = true;
        Out.Shrink();
        BeginReceive();
        return !_receive.IsCompleted;
    }

    /// <summary>Whether the server closed it, or spoke unasked, while it was idle.</summary>
    public bool IsStale => _receive.IsCompleted;

    /// <inheritdoc/>
    public void Dispose()
    {
        if (Interlocked.Exchange(ref _disposed, 1) != 0) return;
        Pool.Forget(this);
        // The operations end with an error. They and the buffers go to the collector: a receive may still be writing.
        _socket?.Dispose();
        _receive.Dispose();
        _send.Dispose();
    }

    private async ValueTask<bool> FinishSendAsync(int length) => Sent(await _send.Completion, length);

    private bool Sent(int sent, int length)
    {
        _sent += sent >= 0 ? sent : Math.Max(0, _send.BytesTransferred);
        return sent == length;
    }

    private void MakeRoom()
    {
        if (_start == _end) _start = _end = 0;
        if (_end < _in.Length) return;
        if (_start > 0)
        {
            _in.AsSpan(_start, _end - _start).CopyTo(_in);
            (_start, _end) = (0, _end - _start);
        }
        else
        {
            Move(ArrayPool<byte>.Shared.Rent(_in.Length * 2));
        }
    }

    private void Move(byte[] next)
    {
        _in.AsSpan(_start, _end - _start).CopyTo(next);
        if (_in != _small) ArrayPool<byte>.Shared.Return(_in);
        (_in, _start, _end) = (next, 0, _end - _start);
    }
}
