using Fairway.Ledger;

namespace Fairway.Ports;

/// <summary>Wakes those who wait for new records.</summary>
/// <remarks>
/// Waiters go on where they awaited (their scheduler or context, else the thread pool), in the order they came, and never inside the call
/// that appended. So on a single-threaded scheduler nothing leaves its thread.
/// </remarks>
public sealed class AppendSignal
{
    private readonly Lock _lock = new();
    private List<TaskCompletionSource> _waiting = [];
    private long _count;
    private Exception? _closed;

    /// <summary>Appends so far. Take it before reading, give it when waiting: then none can fall in between.</summary>
    public long Count
    {
        get
        {
            lock (_lock) return _count;
        }
    }

    /// <summary>Completes when there were more appends than <paramref name="count"/>.</summary>
    public async Task WaitAsync(long count, CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        var waiter = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_lock)
        {
            if (_closed is not null) throw _closed;
            if (_count != count) return;
            _waiting.Add(waiter);
        }
        using var registration = cancellation.Register(() =>
        {
            lock (_lock) _waiting.Remove(waiter);
            waiter.TrySetCanceled(cancellation);
        });
        await waiter.Task;
    }

    /// <summary>Something was appended.</summary>
    public void Set()
    {
        foreach (var waiter in Take(null)) waiter.TrySetResult();
    }

    /// <summary>Nothing will be appended any more: waiters, present and to come, get this exception.</summary>
    public void Close(Exception reason)
    {
        foreach (var waiter in Take(reason)) waiter.TrySetException(reason);
    }

    private List<TaskCompletionSource> Take(Exception? closed)
    {
        lock (_lock)
        {
            _count++;
            _closed ??= closed;
            var waiting = _waiting;
            _waiting = [];
            return waiting;
        }
    }
}
