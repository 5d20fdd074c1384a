using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using System.Threading.Tasks.Sources;

namespace Fairway.Edge.Upstream;

/// <summary>
/// One reusable socket operation without allocation. Its result is the number of bytes, or <see cref="Failed"/>; errors are values here, because a dying
/// instance fails thousands of operations at once and an exception for each would cost more than the traffic.
/// </summary>
internal sealed class SocketOperation() : SocketAsyncEventArgs(true), IValueTaskSource<int>
{
    /// <summary>The result of an operation that failed.</summary>
    public const int Failed = -1;

    // Continuations run where the completion arrives: the caller never blocks, so a hop to another thread would only add latency.
    private ManualResetValueTaskSourceCore<int> _core;

    /// <summary>The operation started last; may be awaited once.</summary>
    public ValueTask<int> Completion => new(this, _core.Version);

    /// <summary>Whether the operation started last has its result.</summary>
    public bool IsCompleted => _core.GetStatus(_core.Version) != ValueTaskSourceStatus.Pending;

    /// <summary>The result of an operation that is completed, in place of <see cref="Completion"/>.</summary>
    public int Result => _core.GetResult(_core.Version);

    /// <summary>Receives at least one byte; 0 is the end of the stream.</summary>
    public void Receive(Socket socket, Memory<byte> buffer) => Start(socket, buffer, static (socket, operation) => socket.ReceiveAsync(operation));

    /// <summary>Sends all of it.</summary>
    public void Send(Socket socket, ReadOnlyMemory<byte> buffer) =>
        Start(socket, MemoryMarshal.AsMemory(buffer), static (socket, operation) => socket.SendAsync(operation));

    /// <summary>Connects; 0 when connected.</summary>
    public void Connect(Socket socket, EndPoint endPoint)
    {
        RemoteEndPoint = endPoint;
        Start(socket, default, static (socket, operation) => socket.ConnectAsync(operation));
    }

    /// <inheritdoc/>
    public int GetResult(short token) => _core.GetResult(token);

    /// <inheritdoc/>
    public ValueTaskSourceStatus GetStatus(short token) => _core.GetStatus(token);

    /// <inheritdoc/>
    public void OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _core.OnCompleted(continuation, state, token, flags);

    /// <inheritdoc/>
    protected override void OnCompleted(SocketAsyncEventArgs e) => _core.SetResult(Outcome);

    private int Outcome => SocketError == SocketError.Success ? BytesTransferred : Failed;

    private void Start(Socket socket, Memory<byte> buffer, Func<Socket, SocketOperation, bool> start)
    {
        _core.Reset();
        try
        {
            SetBuffer(buffer);
            if (!start(socket, this)) _core.SetResult(Outcome);
        }
        catch (Exception fault) when (fault is ObjectDisposedException or SocketException)
        {
            // Cut by its deadline a moment ago.
            _core.SetResult(Failed);
        }
    }
}
