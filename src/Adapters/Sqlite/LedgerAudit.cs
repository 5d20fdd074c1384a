using Fairway.Ledger;
using Fairway.Ports;
using Microsoft.Data.Sqlite;

namespace Fairway.Adapters.Sqlite;

/// <summary>Looks for what does not fit in a ledger's file, all of it at one moment.</summary>
internal static class LedgerAudit
{
    private const string Stored = $"SELECT {RecordRows.StoredColumns} FROM events ORDER BY seq";
    private const string StoredAfter = $"SELECT {RecordRows.StoredColumns} FROM events WHERE seq > @after ORDER BY seq";

    /// <summary>Everything: the file's structure, every record, the read models.</summary>
    public static LedgerReport Verify(
        SqliteSession session, string database, ReadModels models, Upcasts upcasts, LedgerHead? anchor, CancellationToken cancellation)
    {
        var problems = ImmutableArray.CreateBuilder<LedgerProblem>();
        session.Execute("BEGIN");
        var chain = CheckRecords(session, database, new(anchor), problems, cancellation);
        CheckStructure(session, "PRAGMA integrity_check(100)", database, problems);
        if (problems.Count == 0) CheckReadModels(session, database, models, upcasts, problems, cancellation);
        session.Execute("COMMIT");
        return LedgerReport.Of(chain.Records, chain.Head.Hash, problems.ToImmutable());
    }

    /// <summary>What must be right before a ledger is written to: all of a small file, the newest records of a large one.</summary>
    /// <exception cref="LedgerException">It is not.</exception>
    public static void CheckBeforeUse(SqliteSession session, string database, bool whole, CancellationToken cancellation)
    {
        var problems = ImmutableArray.CreateBuilder<LedgerProblem>();
        session.Execute("BEGIN");
        if (whole) CheckStructure(session, "PRAGMA quick_check(1)", database, problems);
        if (problems.Count == 0)
            CheckRecords(session, database, whole ? new() : Newest(session), problems, cancellation, whole ? 0 : FirstOfNewest(session));
        session.Execute("COMMIT");
        if (problems.Count == 0) return;
        var more = problems.Count > 1 ? $" (and {problems.Count - 1} more)" : "";
        throw SqliteFaults.Damaged(database, $"does not hold what was written: {problems[0].Sentence}{more}; \"fairway audit verify\" "
            + "lists all");
    }

    private static LedgerChainReport CheckRecords(
        SqliteSession session, string database, LedgerChainCheck check, ImmutableArray<LedgerProblem>.Builder problems,
        CancellationToken cancellation, long after = 0)
    {
        var head = LedgerStore.ReadHead(session);
        try
        {
            var rows = after == 0 ? session.Query(Stored, RecordRows.ReadStored)
                : session.Query(StoredAfter, RecordRows.ReadStored, ("@after", after));
            foreach (var (record, wrongKind) in rows)
            {
                cancellation.ThrowIfCancellationRequested();
                if (wrongKind is not null) problems.Add(wrongKind);
                check.Add(record);
            }
        }
        catch (SqliteException e) when (SqliteFaults.IsDamage(e))
        {
            var partial = check.Finish(null);
            problems.AddRange(partial.Problems);
            problems.Add(new(null, "file", $"{database}: records after {partial.Head.Seq} cannot be read, a page does not hold "
                + "what it must"));
            return partial;
        }
        var report = check.Finish(head ?? LedgerHead.Empty);
        problems.AddRange(report.Problems);
        return report;
    }

    private const int NewestRecords = 1000;

    private static long FirstOfNewest(SqliteSession session) => Math.Max(0, (LedgerStore.ReadHead(session)?.Seq ?? 0) - NewestRecords);

    private static LedgerChainCheck Newest(SqliteSession session)
    {
        var after = FirstOfNewest(session);
        if (after == 0) return new();
        var before = session.Scalar("SELECT hash FROM events WHERE seq = @seq", ("@seq", after)) as string ?? LedgerHash.Zero;
        var versions = session.Query(
            "SELECT stream, MIN(version) - 1 FROM events WHERE seq > @after GROUP BY stream",
            row => KeyValuePair.Create(row.GetString(0), row.GetInt64(1)), ("@after", after));
        return LedgerChainCheck.Behind(new(after, before), versions);
    }

    private static void CheckStructure(SqliteSession session, string pragma, string database,
        ImmutableArray<LedgerProblem>.Builder problems)
    {
        try
        {
            foreach (var line in session.Query(pragma, row => row.GetString(0)))
                if (line != "ok") problems.Add(new(null, "file", $"{database}: {line.ReplaceLineEndings(" ")}"));
        }
        catch (SqliteException e) when (SqliteFaults.IsDamage(e))
        {
            problems.Add(new(null, "file", $"{database}: its structure cannot be followed, a page does not hold what it must"));
        }
    }

    private static void CheckReadModels(
        SqliteSession session, string database, ReadModels models, Upcasts upcasts, ImmutableArray<LedgerProblem>.Builder problems,
        CancellationToken cancellation)
    {
        // One of another version is derived anew when the ledger is opened: it is not out of step, just not there yet.
        var stored = session.Query("SELECT name, version FROM collections", row => (row.GetString(0), row.GetInt64(1))).ToHashSet();
        var current = new ReadModels(models.Projections.Where(projection => stored.Contains((projection.Collection, projection.Version))));
        var expected = new Documents(current);
        foreach (var record in session.Query(RecordRows.All, row => RecordRows.Read(row, database)))
        {
            cancellation.ThrowIfCancellationRequested();
            expected.Apply([upcasts.Apply(record)]);
        }
        foreach (var projection in current.Projections)
        {
            var documents = session.Query(
                "SELECT key, body FROM documents WHERE collection = @collection",
                row => KeyValuePair.Create(row.GetString(0), row.GetString(1)), ("@collection", projection.Collection));
            problems.AddRange(expected.Differences(projection.Collection, documents));
        }
    }
}
