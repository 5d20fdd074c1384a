using System.Globalization;
using Fairway.Catalog;
using Fairway.Kernel;
using Fairway.Ledger;
using Fairway.Ports;
using NodaTime;
using NodaTime.Text;

namespace Fairway.Rollouts;

/// <summary>A page of the history, newest first.</summary>
/// <param name="Rows">The rollouts.</param>
/// <param name="Cursor">Where the next page begins; null at the end.</param>
public sealed record HistoryPage(ImmutableArray<RolloutRow> Rows, string? Cursor);

/// <summary>A record of a rollout, read.</summary>
/// <param name="Record">As stored.</param>
/// <param name="Happened">What it says.</param>
public sealed record ExplainedRecord(LedgerEvent Record, RolloutEvent Happened);

/// <summary>What was shipped, when, by whom and why: read from the ledger, never from a running loop.</summary>
public sealed class RolloutHistory(ILedger ledger)
{
    private const int StreamPage = 500;

    /// <summary>A page, newest first, of one service or of all that match.</summary>
    /// <param name="matches">Which services.</param>
    /// <param name="cursor">From the page before; null is the first page.</param>
    /// <param name="limit">Rows.</param>
    /// <param name="cancellation">Stops waiting.</param>
    /// <exception cref="FormatException">The cursor is not one of ours.</exception>
    public async Task<HistoryPage> PageAsync(Func<ServiceKey, bool> matches, string? cursor, int limit, CancellationToken cancellation)
    {
        var before = cursor is null ? (Position?)null : Position.Parse(cursor);
        // The newest unread rollout of each service; the newest of these is next. Cost: rows on the page, not rows there are.
        var heads = new SortedDictionary<Position, RolloutRow>(Comparer<Position>.Create((x, y) => Position.Compare(y, x)));
        foreach (var (name, _) in await ledger.ListAsync(ServicesProjection.Name, "", cancellation))
        {
            if (ServicesProjection.KeyOf("service/" + name) is not { } key || !matches(key)) continue;
            if (await NewestAsync(key, before, cancellation) is { } head) heads.Add(Position.Of(head), head);
        }
        var rows = ImmutableArray.CreateBuilder<RolloutRow>();
        while (rows.Count < limit && heads.Count > 0)
        {
            var (at, row) = heads.First();
            heads.Remove(at);
            rows.Add(row);
            if (row.Number > 1 && await LoadAsync(row.Key, row.Number - 1, cancellation) is { } next) heads.Add(Position.Of(next), next);
        }
        return new(rows.ToImmutable(), heads.Count > 0 ? Position.Of(rows[^1]).ToString() : null);
    }

    /// <summary>One rollout; null when there is none of that number.</summary>
    public async Task<RolloutRow?> LoadAsync(ServiceKey key, int number, CancellationToken cancellation)
        => await ledger.LoadAsync(RolloutsProjection.Name, RolloutsProjection.KeyOf(key, number), cancellation) is { } document
            ? FairwayJson.Read<RolloutRow>(document)
            : null;

    /// <summary>
    /// Every record from a rollout's first to the last before the next rollout, in order: its decisions, and what it left to be tidied up.
    /// </summary>
    public async Task<ImmutableArray<ExplainedRecord>> ExplainAsync(RolloutRow row, CancellationToken cancellation)
    {
        var next = await LoadAsync(row.Key, row.Number + 1, cancellation);
        var end = next?.FirstVersion ?? long.MaxValue;
        var found = ImmutableArray.CreateBuilder<ExplainedRecord>();
        var version = row.FirstVersion - 1;
        while (true)
        {
            var records = await ledger.ReadStreamAsync(row.Key.Stream, version, StreamPage, cancellation);
            foreach (var record in records)
            {
                if (record.Version >= end) return found.ToImmutable();
                version = record.Version;
                // What is learned between rollouts is of none of them.
                if (RolloutEventCodec.Read(record) is { } happened and not RolloutEvent.Learned) found.Add(new(record, happened));
            }
            if (records.Length < StreamPage) return found.ToImmutable();
        }
    }

    private async Task<RolloutRow?> NewestAsync(ServiceKey key, Position? before, CancellationToken cancellation)
    {
        if (await ledger.LoadAsync(RolloutsProjection.Name, key.ToString(), cancellation) is not { } last) return null;
        // Numbers and times grow together: halve until the newest before the position is found.
        var (none, some) = (0, FairwayJson.Read<int>(last) + 1);
        while (before is { } limit && some - none > 1)
        {
            var middle = none + ((some - none) / 2);
            if (await LoadAsync(key, middle, cancellation) is { } row && Position.Compare(Position.Of(row), limit) < 0) none = middle;
            else some = middle;
        }
        var newest = before is null ? some - 1 : none;
        return newest == 0 ? null : await LoadAsync(key, newest, cancellation);
    }

    /// <summary>A place in the history: rollouts in the order of their beginnings.</summary>
    private readonly record struct Position(Instant StartedAt, string Key, int Number)
    {
        public static Position Of(RolloutRow row) => new(row.StartedAt, row.Key.ToString(), row.Number);

        public static Position Parse(string text)
        {
            var parts = text.Split('~');
            if (parts.Length != 3 || !int.TryParse(parts[2], NumberStyles.None, CultureInfo.InvariantCulture, out var number))
                throw new FormatException("the cursor is not one that a page ended with");
            return new(InstantPattern.ExtendedIso.Parse(parts[0]).GetValueOrThrow(), parts[1], number);
        }

        public static int Compare(Position left, Position right)
        {
            var byTime = left.StartedAt.CompareTo(right.StartedAt);
            if (byTime != 0) return byTime;
            var byKey = string.CompareOrdinal(left.Key, right.Key);
            return byKey != 0 ? byKey : left.Number.CompareTo(right.Number);
        }

        public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{InstantPattern.ExtendedIso.Format(StartedAt)}~{Key}~{Number}");
    }
}
