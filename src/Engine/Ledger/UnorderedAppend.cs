using Fairway.Ports;

namespace Fairway.Ledger;

/// <summary>Appends whose place in their stream does not matter.</summary>
public static class UnorderedAppend
{
    /// <summary>Appends at the stream's end, wherever that is now; returns the record's position in the ledger.</summary>
    /// <exception cref="LedgerException">It could not be stored; nothing was.</exception>
    public static async Task<long> AppendAlwaysAsync(this ILedger ledger, string stream, NewEvent record, CancellationToken cancellation)
    {
        var newest = await ledger.SearchAsync(new() { Stream = stream, Limit = 1 }, cancellation);
        var version = newest.Records is [var last] ? last.Version : 0;
        while (true)
        {
            var result = await ledger.AppendAsync(stream, version, [record], cancellation);
            if (result.Conflict is not { } present) return result.Events[^1].Seq;
            version = present;
        }
    }
}
