using System.Globalization;
using Fairway.Kernel;
using Fairway.Ports;

namespace Fairway.Adapters.Sqlite;

/// <summary>
/// The tables, and how they came to be: a list of steps forward, counted in the file itself (<c>PRAGMA user_version</c>).
/// </summary>
internal static class LedgerSchema
{
    /// <summary>"FWLG": marks the file as a ledger of Fairway (<c>PRAGMA application_id</c>).</summary>
    private const long ApplicationId = 0x46574C47;

    /// <summary>Only ever appended to: a step that was shipped is never edited.</summary>
    private static readonly string[] Steps =
    [
        """
        CREATE TABLE events (
            seq INTEGER PRIMARY KEY,
            stream TEXT NOT NULL,
            version INTEGER NOT NULL,
            at TEXT NOT NULL,
            type TEXT NOT NULL,
            actor TEXT NOT NULL,
            cause INTEGER REFERENCES events (seq),
            data TEXT NOT NULL,
            prev_hash TEXT NOT NULL,
            hash TEXT NOT NULL,
            UNIQUE (stream, version)
        );
        CREATE INDEX events_by_type ON events (type, seq);
        CREATE INDEX events_by_actor ON events (actor, seq);
        CREATE INDEX events_by_cause ON events (cause, seq) WHERE cause IS NOT NULL;
        CREATE INDEX events_by_time ON events (at, seq);
        CREATE TABLE head (id INTEGER PRIMARY KEY CHECK (id = 1), seq INTEGER NOT NULL, hash TEXT NOT NULL);
        CREATE TABLE collections (name TEXT PRIMARY KEY, version INTEGER NOT NULL);
        CREATE TABLE documents (collection TEXT NOT NULL, key TEXT NOT NULL, body TEXT NOT NULL, PRIMARY KEY (collection, key));
        CREATE TRIGGER events_are_not_changed BEFORE UPDATE ON events BEGIN SELECT RAISE (ABORT, 'a ledger is only appended to'); END;
        CREATE TRIGGER events_are_not_deleted BEFORE DELETE ON events BEGIN SELECT RAISE (ABORT, 'a ledger is only appended to'); END;
        """,
    ];

    /// <summary>Makes an empty ledger, whole or not at all.</summary>
    public static void Create(string database)
    {
        var fresh = LedgerFiles.New(database);
        foreach (var leftover in (string[])[fresh, fresh + "-wal", fresh + "-shm", fresh + "-journal"]) File.Delete(leftover);
        using (var session = SqliteSession.OpenWriter(fresh, create: true))
        {
            session.Execute(string.Create(CultureInfo.InvariantCulture, $"PRAGMA application_id = {ApplicationId}"));
            Migrate(session, 0);
            session.Scalar("PRAGMA journal_mode = WAL");
        }
        using (var handle = File.OpenHandle(fresh, FileMode.Open, FileAccess.ReadWrite)) RandomAccess.FlushToDisk(handle);
        File.Move(fresh, database);
    }

    /// <summary>Refuses what is not a ledger or is a newer one.</summary>
    /// <returns>Steps the file has been through.</returns>
    public static long Check(SqliteSession session, string database)
    {
        var application = (long)session.Scalar("PRAGMA application_id")!;
        var version = (long)session.Scalar("PRAGMA user_version")!;
        if (application != ApplicationId) throw SqliteFaults.Damaged(database, "is a database, but not a ledger of Fairway");
        if (version > Steps.Length)
        {
            throw new LedgerException(new(FaultKind.Invalid, Blame.Platform, false,
                $"{database} was written by a newer Fairway (its schema is {version}, this one knows up to {Steps.Length}). Run that "
                    + "release or a later one; nothing was changed"));
        }
        return version > 0 ? version : throw SqliteFaults.Damaged(database, "has no schema version");
    }

    /// <summary>Takes an older file forward, each step in a transaction of its own.</summary>
    public static void Migrate(SqliteSession session, long version)
    {
        for (var step = (int)version; step < Steps.Length; step++)
        {
            session.ExecuteScript(string.Create(CultureInfo.InvariantCulture,
                $"BEGIN IMMEDIATE; {Steps[step]} PRAGMA user_version = {step + 1}; COMMIT;"));
        }
    }
}
