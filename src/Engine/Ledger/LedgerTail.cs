using System.Runtime.CompilerServices;

namespace Fairway.Ledger;

/// <summary>Wakes those who wait for new records. A wait begun before a read is completed by whatever was appended after that read.</summary>
/// <remarks>Waiters go on where they awaited (their scheduler or context), never inside the call that appended.</remarks>
public sealed class AppendSignal
{
    private TaskCompletionSource _next = New();

    /// <summary>Completes at the next append after it was taken.</summary>
    public Task Next => Volatile.Read(ref _next).Task;

    /// <summary>Something was appended.</summary>
    public void Set() => Interlocked.Exchange(ref _next, New()).TrySetResult();

    /// <summary>Nothing will be appended any more: waiters, present and to come, get this exception.</summary>
    public void Close(Exception reason)
    {
        var closed = New();
        closed.SetException(reason);
        Interlocked.Exchange(ref _next, closed).TrySetException(reason);
    }

    private static TaskCompletionSource New() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}

/// <summary>Follows a ledger from a position.</summary>
public static class LedgerTail
{
    /// <summary>
    /// Every record after a position, then each new one. It reads when its consumer asks, a page at a time, so a slow consumer costs one page of memory.
    /// </summary>
    /// <param name="appended">Set after each append that can be read.</param>
    /// <param name="readPage">Records after a position, oldest first; none when there are none yet.</param>
    /// <param name="afterSeq">The position.</param>
    /// <param name="cancellation">Ends it.</param>
    public static async IAsyncEnumerable<LedgerEvent> FollowAsync(
        AppendSignal appended, Func<long, CancellationToken, Task<ImmutableArray<LedgerEvent>>> readPage, long afterSeq,
        [EnumeratorCancellation] CancellationToken cancellation)
    {
        while (true)
        {
            var next = appended.Next;
            var page = await readPage(afterSeq, cancellation);
            foreach (var record in page)
            {
                cancellation.ThrowIfCancellationRequested();
                yield return record;
                afterSeq = record.Seq;
            }
            if (page.IsEmpty) await next.WaitAsync(cancellation);
        }
    }
}
