using System.Globalization;
using System.Text;
using Fairway.Ledger;
using Fairway.Ports;

namespace Fairway.Adapters.Sqlite;

/// <summary>The ledger's questions in SQL.</summary>
internal sealed class LedgerReads(string database, Upcasts upcasts)
{
    /// <summary>A page ends early after this much data, for those who do not count on its length.</summary>
    private const int TailPageRecords = 256, TailPageChars = 2 << 20;

    public ImmutableArray<LedgerEvent> After(SqliteSession session, long seq, int limit) => Read(session.Query(
        $"SELECT {RecordRows.Columns} FROM events WHERE seq > @seq ORDER BY seq LIMIT @limit",
        row => RecordRows.Read(row, database), ("@seq", seq), ("@limit", limit)));

    public ImmutableArray<LedgerEvent> TailPage(SqliteSession session, long seq)
    {
        var chars = 0;
        var records = session.Query(
            $"SELECT {RecordRows.Columns} FROM events WHERE seq > @seq ORDER BY seq LIMIT @limit", row => RecordRows.Read(row, database),
            ("@seq", seq), ("@limit", TailPageRecords));
        return Read(records.TakeUntil(record => (chars += record.Data.Length) > TailPageChars));
    }

    public ImmutableArray<LedgerEvent> OfStream(SqliteSession session, string stream, long version, int limit) => Read(session.Query(
        $"SELECT {RecordRows.Columns} FROM events WHERE stream = @stream AND version > @version ORDER BY version LIMIT @limit",
        row => RecordRows.Read(row, database), ("@stream", stream), ("@version", version), ("@limit", limit)));

    public LedgerPage Search(SqliteSession session, LedgerQuery query)
    {
        var newest = query.Order == LedgerOrder.Newest;
        var (where, values) = Conditions(query, newest);
        values.Add(("@limit", query.Limit + 1));
        var sql = $"SELECT {RecordRows.Columns} FROM events{where} ORDER BY seq {(newest ? "DESC" : "ASC")} LIMIT @limit";
        var found = session.QueryOnce(sql, row => RecordRows.Read(row, database), values);
        var page = Read(found.Take(query.Limit));
        return new(page, found.Count > query.Limit ? page[^1].Seq : null);
    }

    public static string? Document(SqliteSession session, string collection, string key)
        => (string?)session.Scalar(
            "SELECT body FROM documents WHERE collection = @collection AND key = @key", ("@collection", collection), ("@key", key));

    public static ImmutableArray<KeyValuePair<string, string>> Documents(SqliteSession session, string collection, string prefix)
    {
        // The database orders by UTF-8 bytes, where equal beginnings lie together; the port promises the order of UTF-16 units.
        var rows = session.Query(
            "SELECT key, body FROM documents WHERE collection = @collection AND key >= @prefix ORDER BY key",
            row => KeyValuePair.Create(row.GetString(0), row.GetString(1)), ("@collection", collection), ("@prefix", prefix));
        return
        [
            .. rows.TakeWhile(row => row.Key.StartsWith(prefix, StringComparison.Ordinal)).OrderBy(row => row.Key, StringComparer.Ordinal),
        ];
    }

    private ImmutableArray<LedgerEvent> Read(IEnumerable<LedgerEvent> records) => [.. records.Select(upcasts.Apply)];

    private static (string Where, List<(string Name, object? Value)> Values) Conditions(LedgerQuery query, bool newest)
    {
        var values = new List<(string Name, object? Value)>();
        var all = new List<string>();
        void And(string condition, params ReadOnlySpan<(string, object?)> with)
        {
            all.Add(condition);
            foreach (var value in with) values.Add(value);
        }

        if (query.Stream is not null) And("stream = @stream", ("@stream", query.Stream));
        if (query.StreamPrefix is not null)
            And("stream >= @prefix AND substr(stream, 1, length(@prefix)) = @prefix", ("@prefix", query.StreamPrefix));
        if (!query.Types.IsEmpty) And(TypeCondition(query.Types, values));
        if (query.Actor is not null) And("actor = @actor", ("@actor", query.Actor));
        if (query.Cause is not null) And("cause = @cause", ("@cause", query.Cause));
        if (query.From is { } from) And("at >= @from", ("@from", StoredRecord.FormatAt(from)));
        if (query.Until is { } until) And("at < @until", ("@until", StoredRecord.FormatAt(until)));
        if (query.Cursor is not null) And(newest ? "seq < @cursor" : "seq > @cursor", ("@cursor", query.Cursor));
        return (all.Count == 0 ? "" : " WHERE " + string.Join(" AND ", all), values);
    }

    private static string TypeCondition(ImmutableArray<string> types, List<(string Name, object? Value)> values)
    {
        var any = new StringBuilder("(");
        for (var i = 0; i < types.Length; i++)
        {
            var name = string.Create(CultureInfo.InvariantCulture, $"@type{i}");
            if (i > 0) any.Append(" OR ");
            // Every version of a name lies between "name.v0" and "name.v:", the character after the digits; no other name does.
            if (EventType.TryParse(types[i], out _)) any.Append(CultureInfo.InvariantCulture, $"type = {name}");
            else any.Append(CultureInfo.InvariantCulture, $"(type > {name} || '.v' AND type < {name} || '.v:')");
            values.Add((name, types[i]));
        }
        return any.Append(')').ToString();
    }
}

internal static class SequenceExtensions
{
    /// <summary>Items up to and including the first that meets the condition.</summary>
    public static IEnumerable<T> TakeUntil<T>(this IEnumerable<T> items, Func<T, bool> isLast)
    {
        foreach (var item in items)
        {
            yield return item;
            if (isLast(item)) yield break;
        }
    }
}
