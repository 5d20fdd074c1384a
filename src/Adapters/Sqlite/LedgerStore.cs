using Fairway.Ledger;
using Fairway.Ports;

namespace Fairway.Adapters.Sqlite;

/// <summary>What the writer does inside a transaction. For the writer's thread alone.</summary>
internal sealed class LedgerStore(SqliteSession session, string database, ReadModels models, Upcasts upcasts) : IDisposable
{
    private LedgerHead _committed = LedgerHead.Empty;

    /// <summary>The newest record, in the open transaction.</summary>
    public LedgerHead Head { get; private set; } = LedgerHead.Empty;

    /// <summary>Whether a transaction is open.</summary>
    public bool InTransaction => session.InTransaction;

    /// <summary>Begins to write; waits for no one in this process.</summary>
    public void Begin() => session.Execute("BEGIN IMMEDIATE");

    /// <summary>Makes all of it durable.</summary>
    /// <returns>Whether records were added.</returns>
    public bool Commit()
    {
        session.Execute("COMMIT");
        var added = Head.Seq > _committed.Seq;
        _committed = Head;
        return added;
    }

    /// <summary>Takes all of it back.</summary>
    public void Rollback()
    {
        Head = _committed;
        // After some errors (such as a full disk) SQLite has already done it.
        if (session.InTransaction) session.Execute("ROLLBACK");
    }

    /// <summary>Does work that may fail without spoiling the rest of the transaction.</summary>
    public void Alone(Action work)
    {
        var head = Head;
        session.Execute("SAVEPOINT alone");
        try
        {
            work();
        }
        catch
        {
            if (session.InTransaction)
            {
                session.Execute("ROLLBACK TO alone");
                session.Execute("RELEASE alone");
            }
            Head = head;
            throw;
        }
        session.Execute("RELEASE alone");
    }

    /// <summary>Reads the head that the file holds.</summary>
    public void LoadHead() => _committed = Head = ReadHead(session) ?? LedgerHead.Empty;

    /// <summary>The head noted beside the records; null when there is none.</summary>
    public static LedgerHead? ReadHead(SqliteSession session)
        => session.Query(
            "SELECT seq, hash FROM head WHERE id = 1", row => new LedgerHead(row.GetInt64(0), row.GetString(1))).FirstOrDefault();

    /// <summary>Adds records and what follows from them for the read models.</summary>
    public AppendResult Append(PreparedAppend append)
    {
        var version = session.Scalar("SELECT MAX(version) FROM events WHERE stream = @stream", ("@stream", append.Stream)) as long? ?? 0;
        if (version != append.ExpectedVersion) return new([], version);
        if (append.Events.IsEmpty) return new([], null);
        var records = append.After(Head);
        foreach (var record in records)
        {
            Insert(record);
            foreach (var change in models.Apply(upcasts.Apply(record), Load)) Put(change);
        }
        Head = new(records[^1].Seq, records[^1].Hash);
        session.Execute(
            "INSERT INTO head (id, seq, hash) VALUES (1, @seq, @hash) "
                + "ON CONFLICT (id) DO UPDATE SET seq = excluded.seq, hash = excluded.hash",
            ("@seq", Head.Seq), ("@hash", Head.Hash));
        return new(records, null);
    }

    /// <summary>Derives all read models anew.</summary>
    public long Rebuild(CancellationToken cancellation)
    {
        session.Execute("DELETE FROM documents");
        session.Execute("DELETE FROM collections");
        return Derive(models, cancellation);
    }

    /// <summary>
    /// Makes the stored read models those that are wanted: derives new and changed ones, drops those that nobody keeps up any more.
    /// </summary>
    public void SyncReadModels(CancellationToken cancellation)
    {
        var stored = session.Query(
            "SELECT name, version FROM collections", row => (Name: row.GetString(0), Version: row.GetInt64(1))).ToList();
        var outdated = models.Projections.Where(projection => !stored.Contains((projection.Collection, projection.Version))).ToList();
        var unwanted = stored.Select(collection => collection.Name)
            .Where(name => !models.Projections.Any(projection => projection.Collection == name));
        foreach (var name in unwanted.Concat(outdated.Select(projection => projection.Collection)))
        {
            session.Execute("DELETE FROM documents WHERE collection = @name", ("@name", name));
            session.Execute("DELETE FROM collections WHERE name = @name", ("@name", name));
        }
        if (outdated.Count > 0) Derive(new(outdated), cancellation);
    }

    /// <inheritdoc/>
    public void Dispose() => session.Dispose();

    /// <summary>Moves the log into the database file and empties it, as far as readers let it.</summary>
    public void Checkpoint() => session.Scalar("PRAGMA wal_checkpoint(TRUNCATE)");

    private long Derive(ReadModels wanted, CancellationToken cancellation)
    {
        long records = 0;
        foreach (var record in session.Query(RecordRows.All, row => RecordRows.Read(row, database)))
        {
            cancellation.ThrowIfCancellationRequested();
            foreach (var change in wanted.Apply(upcasts.Apply(record), Load)) Put(change);
            records++;
        }
        foreach (var projection in wanted.Projections)
        {
            session.Execute(
                "INSERT INTO collections (name, version) VALUES (@name, @version)",
                ("@name", projection.Collection), ("@version", projection.Version));
        }
        return records;
    }

    private void Insert(LedgerEvent record) => session.Execute(
        $"INSERT INTO events ({RecordRows.Columns}) VALUES (@seq, @stream, @version, @at, @type, @actor, @cause, @data, @prev, @hash)",
        ("@seq", record.Seq), ("@stream", record.Stream), ("@version", record.Version), ("@at", StoredRecord.FormatAt(record.At)),
        ("@type", record.Type), ("@actor", record.Actor), ("@cause", record.Cause), ("@data", record.Data),
        ("@prev", record.PreviousHash), ("@hash", record.Hash));

    private string? Load(string collection, string key)
        => (string?)session.Scalar(
            "SELECT body FROM documents WHERE collection = @collection AND key = @key", ("@collection", collection), ("@key", key));

    private void Put(DocumentChange change)
    {
        if (change.Body is null)
        {
            session.Execute(
                "DELETE FROM documents WHERE collection = @collection AND key = @key",
                ("@collection", change.Collection), ("@key", change.Key));
            return;
        }
        session.Execute(
            "INSERT INTO documents (collection, key, body) VALUES (@collection, @key, @body) "
                + "ON CONFLICT (collection, key) DO UPDATE SET body = excluded.body",
            ("@collection", change.Collection), ("@key", change.Key), ("@body", change.Body));
    }
}
