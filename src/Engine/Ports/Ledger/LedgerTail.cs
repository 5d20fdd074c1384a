using Fairway.Ledger;
using System.Runtime.CompilerServices;

namespace Fairway.Ports;

/// <summary>Follows a ledger from a position.</summary>
public static class LedgerTail
{
    /// <summary>
    /// Every record after a position, then each new one. It reads when its consumer asks, a page at a time, so a slow consumer costs one
    /// page of memory.
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
            // Counted before reading: an append after the read ends the wait at once.
            var count = appended.Count;
            var page = await readPage(afterSeq, cancellation);
            foreach (var record in page)
            {
                cancellation.ThrowIfCancellationRequested();
                yield return record;
                afterSeq = record.Seq;
            }
            if (page.IsEmpty) await appended.WaitAsync(count, cancellation);
        }
    }
}
