using System.Runtime.CompilerServices;
using Fairway.Ports;

namespace Fairway.Ledger;

/// <summary>The ledger searched by more than its index knows: text anywhere in a record, and only what the asker may see.</summary>
public sealed class AuditSearch(ILedger ledger)
{
    // A page that finds nothing in so many records answers, and the asker goes on from there: nobody waits long for one answer.
    private const int MostRead = 50_000;

    /// <summary>A page of records that match.</summary>
    /// <param name="query">What the index knows; its limit is the page's.</param>
    /// <param name="text">Part of a record's type, stream, actor or data, in any case; null is any.</param>
    /// <param name="maySee">Whether the asker may see a record.</param>
    /// <param name="cancellation">Stops waiting.</param>
    public async Task<LedgerPage> PageAsync(LedgerQuery query, string? text, Func<LedgerEvent, bool> maySee, CancellationToken cancellation)
    {
        var found = ImmutableArray.CreateBuilder<LedgerEvent>();
        var cursor = query.Cursor;
        for (var read = 0; read < MostRead;)
        {
            var page = await ledger.SearchAsync(query with { Cursor = cursor, Limit = text is null ? query.Limit : LedgerQuery.MaxLimit }, cancellation);
            foreach (var record in page.Records)
            {
                read++;
                if (!Holds(record, text) || !maySee(record)) continue;
                found.Add(record);
                // The last one read is where the next page begins.
                if (found.Count == query.Limit) return new(found.ToImmutable(), page.Next is null && record == page.Records[^1] ? null : record.Seq);
            }
            if (page.Next is null) return new(found.ToImmutable(), null);
            cursor = page.Next;
        }
        return new(found.ToImmutable(), cursor);
    }

    /// <summary>Every record that matches.</summary>
    public async IAsyncEnumerable<LedgerEvent> AllAsync(
        LedgerQuery query, string? text, Func<LedgerEvent, bool> maySee, [EnumeratorCancellation] CancellationToken cancellation)
    {
        do
        {
            var page = await PageAsync(query, text, maySee, cancellation);
            foreach (var record in page.Records) yield return record;
            query = query with { Cursor = page.Next };
        }
        while (query.Cursor is not null);
    }

    private static bool Holds(LedgerEvent record, string? text) => text is null
        || record.Data.Contains(text, StringComparison.OrdinalIgnoreCase) || record.Type.Contains(text, StringComparison.OrdinalIgnoreCase)
        || record.Stream.Contains(text, StringComparison.OrdinalIgnoreCase) || record.Actor.Contains(text, StringComparison.OrdinalIgnoreCase);
}
