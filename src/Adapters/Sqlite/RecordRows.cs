using Fairway.Kernel;
using Fairway.Ledger;
using Fairway.Ports;
using Microsoft.Data.Sqlite;

namespace Fairway.Adapters.Sqlite;

/// <summary>How records are read from their table.</summary>
internal static class RecordRows
{
    /// <summary>Columns in the order <see cref="Read"/> takes them.</summary>
    public const string Columns = "seq, stream, version, at, type, actor, cause, data, prev_hash, hash";

    /// <summary>All records by seq.</summary>
    public const string All = $"SELECT {Columns} FROM events ORDER BY seq";

    /// <summary>Columns in the order <see cref="ReadStored"/> takes them: bytes as they are, and how each is stored.</summary>
    public const string StoredColumns =
        "seq, CAST(stream AS BLOB), CAST(version AS INTEGER), CAST(at AS BLOB), CAST(type AS BLOB), CAST(actor AS BLOB), "
        + "CAST(cause AS INTEGER), CAST(data AS BLOB), CAST(prev_hash AS BLOB), CAST(hash AS BLOB), typeof(stream), "
        + "typeof(version), typeof(at), typeof(type), typeof(actor), typeof(cause), typeof(data), typeof(prev_hash), typeof(hash)";

    private static readonly string[] Fields = ["stream", "version", "at", "type", "actor", "cause", "data", "previousHash", "hash"];

    /// <summary>A record, once it has proven to be what was written.</summary>
    /// <exception cref="LedgerException">Its content differs from its hash.</exception>
    public static LedgerEvent Read(SqliteDataReader row, string database)
    {
        var seq = row.GetInt64(0);
        if (!HasNull(row) && StoredRecord.ParseAt(row.GetString(3)) is { } at)
        {
            var record = new LedgerEvent(
                seq, row.GetString(1), row.GetInt64(2), at, row.GetString(4), row.GetString(5), row.IsDBNull(6) ? null : row.GetInt64(6),
                row.GetString(7), row.GetString(8), row.GetString(9));
            if (LedgerHash.Of(StoredRecord.Of(record)) == record.Hash) return record;
        }
        throw new LedgerException(new(FaultKind.Invalid, Blame.Platform, false,
            $"{database}: record {seq} is damaged: its content differs from its hash. \"fairway audit verify\" names what changed; "
                + "restore the data folder from a backup"));
    }

    /// <summary>A record's bytes, whatever they are.</summary>
    public static (StoredRecord Record, LedgerProblem? WrongKind) ReadStored(SqliteDataReader row)
    {
        var record = new StoredRecord
        {
            Seq = row.GetInt64(0),
            Stream = Bytes(row, 1),
            Version = row.IsDBNull(2) ? 0 : row.GetInt64(2),
            At = Bytes(row, 3),
            Type = Bytes(row, 4),
            Actor = Bytes(row, 5),
            Cause = row.IsDBNull(6) ? null : row.GetInt64(6),
            Data = Bytes(row, 7),
            PreviousHash = Bytes(row, 8),
            Hash = Bytes(row, 9),
        };
        for (var i = 0; i < Fields.Length; i++)
        {
            var kind = row.GetString(10 + i);
            var right = Fields[i] switch { "version" => kind == "integer", "cause" => kind is "integer" or "null", _ => kind == "text" };
            if (!right) return (record, new(record.Seq, Fields[i], $"record {record.Seq}: {Fields[i]} differs: it is stored as {kind}"));
        }
        return (record, null);
    }

    private static bool HasNull(SqliteDataReader row)
    {
        for (var column = 1; column < 10; column++)
            if (column != 6 && row.IsDBNull(column)) return true;
        return false;
    }

    private static byte[] Bytes(SqliteDataReader row, int column) => row.IsDBNull(column) ? [] : row.GetFieldValue<byte[]>(column);
}
