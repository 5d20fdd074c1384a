using System.Threading.Channels;

namespace Fairway.Runtime;

/// <summary>
/// One aggregate's inbox: bounded, any number of writers, one reader who takes one message at a time. What the reader does with a message
/// needs no lock.
/// </summary>
/// <remarks>
/// Continuations stay on the scheduler that awaits (no <c>AsTask</c>, no pool thread in between), so a single-threaded scheduler replays a
/// run bit for bit.
/// </remarks>
public sealed class Mailbox<T>(int capacity)
{
    private readonly Channel<T> _channel = Channel.CreateBounded<T>(
        new BoundedChannelOptions(capacity) { SingleReader = true, FullMode = BoundedChannelFullMode.Wait, AllowSynchronousContinuations = false });

    /// <summary>Messages waiting.</summary>
    public int Count => _channel.Reader.Count;

    /// <summary>Puts a message in, if there is room and the mailbox is open.</summary>
    public bool TryPost(T message) => _channel.Writer.TryWrite(message);

    /// <summary>Puts a message in, waiting for room; false when the mailbox was closed meanwhile.</summary>
    public async ValueTask<bool> PostAsync(T message, CancellationToken cancellation)
    {
        while (await _channel.Writer.WaitToWriteAsync(cancellation))
            if (_channel.Writer.TryWrite(message)) return true;
        return false;
    }

    /// <summary>Takes the oldest message, waiting for one.</summary>
    /// <exception cref="ChannelClosedException">Closed and empty.</exception>
    public ValueTask<T> TakeAsync(CancellationToken cancellation) => _channel.Reader.ReadAsync(cancellation);

    /// <summary>Takes the oldest message, if there is one.</summary>
    public bool TryTake([System.Diagnostics.CodeAnalysis.MaybeNullWhen(false)] out T message) => _channel.Reader.TryRead(out message);

    /// <summary>Accepts no more messages; those inside can still be taken.</summary>
    public void Close() => _channel.Writer.TryComplete();
}
