using Fairway.Catalog;
using Fairway.Ledger;
using Fairway.Ports;
using Fairway.Rollouts;

namespace Fairway.Notifications;

/// <summary>Reads records of the ledger as notices, in order. What was told of a rollout before its first record here is read from the ledger itself.</summary>
/// <param name="ledger">The ledger.</param>
/// <param name="notes">What is new in a release, a line each.</param>
internal sealed class NoticeReader(ILedger ledger, Func<RolloutEvent.RolloutStarted, CancellationToken, Task<ImmutableArray<string>>> notes)
{
    private readonly Dictionary<ServiceKey, RolloutTale?> _tales = [];
    private readonly Dictionary<ServiceKey, (string Rollout, ImmutableArray<string> Lines)> _notes = [];

    /// <summary>What a record is worth telling; null for nothing.</summary>
    public async Task<Notice?> ReadAsync(LedgerEvent record, CancellationToken cancellation)
    {
        if (ServicesProjection.KeyOf(record.Stream) is not { } key || !IsOfInterest(record)) return null;
        var tale = _tales.TryGetValue(key, out var known) ? known : await TaleBeforeAsync(record, cancellation);
        var (next, told) = Tell(tale, record);
        _tales[key] = next;
        if (told is null || next is null) return null;
        if (!_notes.TryGetValue(key, out var found) || found.Rollout != told.Rollout) _notes[key] = found = (told.Rollout, await notes(next.Started, cancellation));
        return told with { Notes = found.Lines };
    }

    private static bool IsOfInterest(LedgerEvent record)
        => EventType.TryParse(record.Type, out var type) && RolloutTale.Types.Contains(type.Name, StringComparer.Ordinal);

    private static (RolloutTale? Next, Notice? Told) Tell(RolloutTale? tale, LedgerEvent record)
        => RolloutEventCodec.Read(record) is { } happened ? RolloutTale.Tell(tale, record.Seq, happened, EventReason.Of(happened)) : (tale, null);

    private async Task<RolloutTale?> TaleBeforeAsync(LedgerEvent record, CancellationToken cancellation)
    {
        var newest = await ledger.SearchAsync(
            new() { Stream = record.Stream, Types = ["rollout-started"], Order = LedgerOrder.Newest, Cursor = record.Seq, Limit = 1 }, cancellation);
        if (newest.Records is not [var started]) return null;
        RolloutTale? tale = null;
        long? cursor = started.Seq - 1;
        do
        {
            var page = await ledger.SearchAsync(
                new() { Stream = record.Stream, Types = RolloutTale.Types, Order = LedgerOrder.Oldest, Cursor = cursor, Limit = LedgerQuery.MaxLimit }, cancellation);
            foreach (var earlier in page.Records)
            {
                if (earlier.Seq >= record.Seq) return tale;
                tale = Tell(tale, earlier).Next;
            }
            cursor = page.Next;
        }
        while (cursor is not null);
        return tale;
    }
}
