using Fairway.Ports;

namespace Fairway.Ledger;

/// <summary>A record with what led to it and what it led to.</summary>
/// <param name="Causes">From the beginning of the chain to the record's own cause.</param>
/// <param name="Record">The record asked for.</param>
/// <param name="Effects">Every record it led to, directly or through others, by seq.</param>
/// <param name="Whole">False when there were more than the limit.</param>
public sealed record LedgerTrace(ImmutableArray<LedgerEvent> Causes, LedgerEvent Record, ImmutableArray<LedgerEvent> Effects, bool Whole);

/// <summary>Questions about the ledger that API, console and CLI share.</summary>
public sealed class LedgerQueries(ILedger ledger)
{
    /// <summary>Records that match, page by page.</summary>
    public Task<LedgerPage> SearchAsync(LedgerQuery query, CancellationToken cancellation) => ledger.SearchAsync(query, cancellation);

    /// <summary>A record by its position; null when there is none.</summary>
    public async Task<LedgerEvent?> FindAsync(long seq, CancellationToken cancellation)
    {
        if (seq < 1) return null;
        var found = await ledger.ReadAsync(seq - 1, 1, cancellation);
        return found is [var record] && record.Seq == seq ? record : null;
    }

    /// <summary>Follows a record's causes back to the beginning, and its effects to their ends.</summary>
    /// <param name="seq">The record.</param>
    /// <param name="limit">Most causes, and most effects.</param>
    /// <param name="cancellation">Stops waiting.</param>
    /// <returns>Null when there is no such record.</returns>
    public async Task<LedgerTrace?> TraceAsync(long seq, int limit, CancellationToken cancellation)
    {
        if (await FindAsync(seq, cancellation) is not { } record) return null;
        var causes = new List<LedgerEvent>();
        var next = record.Cause;
        for (; next is { } cause && causes.Count < limit; next = causes[^1].Cause)
            causes.Add(await FindAsync(cause, cancellation) ?? throw new InvalidOperationException($"record {cause} is named as a cause, "
                + "but is not in the ledger"));
        causes.Reverse();
        var (effects, whole) = await EffectsAsync(record, limit, cancellation);
        return new([.. causes], record, effects, whole && next is null);
    }

    private async Task<(ImmutableArray<LedgerEvent> Effects, bool Whole)> EffectsAsync(
        LedgerEvent record, int limit, CancellationToken cancellation)
    {
        // A cause is always older than its effects, so going through them by seq finds every one after its own cause.
        var effects = new SortedDictionary<long, LedgerEvent>();
        var open = new PriorityQueue<long, long>();
        open.Enqueue(record.Seq, record.Seq);
        while (open.TryDequeue(out var seq, out _))
        {
            long? cursor = null;
            do
            {
                var page = await ledger.SearchAsync(
                    new() { Cause = seq, Order = LedgerOrder.Oldest, Limit = LedgerQuery.MaxLimit, Cursor = cursor }, cancellation);
                foreach (var effect in page.Records)
                {
                    if (effects.Count == limit) return ([.. effects.Values], false);
                    effects.Add(effect.Seq, effect);
                    open.Enqueue(effect.Seq, effect.Seq);
                }
                cursor = page.Next;
            }
            while (cursor is not null);
        }
        return ([.. effects.Values], true);
    }
}
