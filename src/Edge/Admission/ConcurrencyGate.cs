using Fairway.Traffic;

namespace Fairway.Edge.Admission;

/// <summary>
/// So many requests at a time, and a bounded first-in, first-out queue in front. Entering and leaving take no lock while nobody waits.
/// </summary>
internal sealed class ConcurrencyGate(TimeProvider time)
{
    private readonly Lock _lock = new();
    private readonly LinkedList<Waiter> _queue = new();
    private int _active;
    private int _waiting;

    /// <summary>Places taken.</summary>
    public int Active => Volatile.Read(ref _active);

    /// <summary>Requests in the queue.</summary>
    public int Queued => Volatile.Read(ref _waiting);

    /// <summary>Takes a place, waiting for it at most <see cref="TrafficPolicy.QueueTimeout"/>.</summary>
    public ValueTask<AdmissionResult> EnterAsync(TrafficPolicy policy, CancellationToken cancellation)
    {
        if (Volatile.Read(ref _waiting) == 0 && TryTake(policy.MaxConcurrency)) return new(AdmissionResult.Admitted);
        return EnterSlowly(policy, cancellation);
    }

    /// <summary>Gives a place back, to the first in the queue if somebody waits.</summary>
    public void Leave(TrafficPolicy policy)
    {
        // Full fences order this against EnterSlowly: it counts itself as waiting, then looks for a place; this frees one, then looks for who waits.
        Interlocked.Decrement(ref _active);
        if (Volatile.Read(ref _waiting) > 0) Admit(policy);
    }

    /// <summary>Lets in as many of those who wait as there are places.</summary>
    public void Admit(TrafficPolicy policy)
    {
        lock (_lock)
        {
            while (_queue.First is { } first && TryTake(policy.MaxConcurrency)) Dequeue(first.Value, AdmissionResult.Admitted);
        }
    }

    private ValueTask<AdmissionResult> EnterSlowly(TrafficPolicy policy, CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        Waiter waiter;
        lock (_lock)
        {
            if (_queue.Count == 0 && TryTake(policy.MaxConcurrency)) return new(AdmissionResult.Admitted);
            if (_queue.Count >= policy.MaxQueue) return new(AdmissionResult.QueueFull);
            Interlocked.Increment(ref _waiting);
            if (_queue.Count == 0 && TryTake(policy.MaxConcurrency))
            {
                Interlocked.Decrement(ref _waiting);
                return new(AdmissionResult.Admitted);
            }
            waiter = new Waiter();
            waiter.Node = _queue.AddLast(waiter);
        }
        return new(WaitAsync(waiter, policy, cancellation));
    }

    private async Task<AdmissionResult> WaitAsync(Waiter waiter, TrafficPolicy policy, CancellationToken cancellation)
    {
        await using var timer = time.CreateTimer(
            static state => ((Ticket)state!).Gate.GiveUp(((Ticket)state).Waiter, AdmissionResult.QueueTimeout),
            new Ticket(this, waiter), policy.QueueTimeout.ToTimeSpan(), Timeout.InfiniteTimeSpan);
        await using var left = cancellation.UnsafeRegister(
            static state => ((Ticket)state!).Gate.GiveUp(((Ticket)state).Waiter, null), new Ticket(this, waiter));
        return await waiter.Turn.Task ?? throw new OperationCanceledException(cancellation);
    }

    private void GiveUp(Waiter waiter, AdmissionResult? result)
    {
        lock (_lock) Dequeue(waiter, result);
    }

    private void Dequeue(Waiter waiter, AdmissionResult? result)
    {
        if (waiter.Node is not { } node) return;
        _queue.Remove(node);
        waiter.Node = null;
        Interlocked.Decrement(ref _waiting);
        waiter.Turn.SetResult(result);
    }

    private bool TryTake(int limit)
    {
        var active = Volatile.Read(ref _active);
        while (active < limit)
        {
            var seen = Interlocked.CompareExchange(ref _active, active + 1, active);
            if (seen == active) return true;
            active = seen;
        }
        return false;
    }

    private sealed record Ticket(ConcurrencyGate Gate, Waiter Waiter);

    // Its node is null once its turn is decided; only touched under the lock.
    private sealed class Waiter
    {
        public TaskCompletionSource<AdmissionResult?> Turn { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public LinkedListNode<Waiter>? Node { get; set; }
    }
}
