using Fairway.Kernel;
using Fairway.Ledger;
using Fairway.Ports;
using Microsoft.Data.Sqlite;

namespace Fairway.Adapters.Sqlite;

/// <summary>Work on a ledger without a control plane, for the CLI.</summary>
public static class LedgerMaintenance
{
    /// <summary>
    /// Checks a ledger without changing it: its structure, every record, its read models. A running control plane does not mind; a copy or
    /// a read-only medium will do.
    /// </summary>
    /// <param name="path">A data folder, or a ledger's file.</param>
    /// <param name="projections">Read models to compare with the records; those not named are not looked at.</param>
    /// <param name="upcasts">How older records are read.</param>
    /// <param name="anchor">A head noted elsewhere earlier, if any: proves the records up to it against someone who rewrote the whole
    /// file.</param>
    /// <param name="cancellation">Stops it.</param>
    /// <exception cref="LedgerException">The file is not there, is not a ledger, is newer, or cannot be read at all.</exception>
    public static Task<LedgerReport> VerifyAsync(
        string path, IEnumerable<IProjection> projections, Upcasts upcasts, LedgerHead? anchor, CancellationToken cancellation)
    {
        var models = new ReadModels(projections);
        return Task.Run(() => Verify(path, models, upcasts, anchor, cancellation), cancellation);
    }

    /// <summary>
    /// Derives the read models of a data folder anew. Refused while a control plane holds the folder (it can do it itself).
    /// </summary>
    /// <returns>Records read.</returns>
    /// <exception cref="LedgerException">The folder is in use, or its ledger cannot be opened or written.</exception>
    public static async Task<long> RebuildAsync(
        string folder, IEnumerable<IProjection> projections, Upcasts upcasts, CancellationToken cancellation)
    {
        if (!File.Exists(LedgerFiles.Database(folder))) throw Missing(LedgerFiles.Database(folder));
        var options = new SqliteLedgerOptions { Folder = folder, Projections = [.. projections], Upcasts = upcasts };
        await using var ledger = await SqliteLedger.OpenAsync(options, cancellation);
        return await ledger.RebuildAsync(cancellation);
    }

    private static LedgerReport Verify(string path, ReadModels models, Upcasts upcasts, LedgerHead? anchor, CancellationToken cancellation)
    {
        var database = File.Exists(path) ? Path.GetFullPath(path) : LedgerFiles.Database(path);
        if (!File.Exists(database)) throw Missing(database);
        if (new FileInfo(database).Length == 0) throw SqliteFaults.Damaged(database, "is empty: it was cut off");
        try
        {
            using var session = Open(database);
            return LedgerAudit.Verify(session, database, models, upcasts, anchor, cancellation);
        }
        catch (SqliteException e)
        {
            throw SqliteFaults.From(e, database);
        }
    }

    private static SqliteSession Open(string database)
    {
        SqliteSession? session = null;
        try
        {
            session = SqliteSession.OpenReader(database);
            LedgerSchema.Check(session, database);
            return session;
        }
        catch (SqliteException) when (new FileInfo(LedgerFiles.Wal(database)) is not { Exists: true, Length: > 0 } && IsReadOnly(database))
        {
            // A reader of a write-ahead log needs a file beside it. Where none can be made and no log is left, nothing can change under us
            // either.
            session?.Dispose();
            session = SqliteSession.OpenImmutable(database);
            LedgerSchema.Check(session, database);
            return session;
        }
        catch
        {
            session?.Dispose();
            throw;
        }
    }

    private static bool IsReadOnly(string database)
    {
        var probe = Path.Combine(Path.GetDirectoryName(database)!, $".{Path.GetFileName(database)}.probe");
        try
        {
            using (File.Create(probe, 1, FileOptions.DeleteOnClose)) return false;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return true;
        }
    }

    private static LedgerException Missing(string database) => new(new(FaultKind.NotFound, Blame.Configuration, false,
        $"there is no ledger at {database}. Name the data folder that \"fairway serve\" uses"));
}
