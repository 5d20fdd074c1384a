using Fairway.Kernel;
using Fairway.Ports;
using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace Fairway.Adapters.Sqlite;

/// <summary>The one place where SQLite's and the file system's errors become faults: where, what, and how to mend it.</summary>
internal static class SqliteFaults
{
    private const long LeastFreeBytes = 64 << 10;
    private const int NoSpace = 28, QuotaExceeded = 122, ReadOnlyFileSystem = 30;

    /// <summary>Errors of one statement, after which the transaction goes on.</summary>
    public static bool IsOfOneStatement(SqliteException e)
        => e.SqliteErrorCode is raw.SQLITE_CONSTRAINT or raw.SQLITE_TOOBIG or raw.SQLITE_MISMATCH;

    /// <summary>Errors that say the file itself is broken.</summary>
    public static bool IsDamage(SqliteException e) => e.SqliteErrorCode is raw.SQLITE_CORRUPT or raw.SQLITE_NOTADB;

    public static LedgerException From(SqliteException e, string database)
    {
        var detail = $"SQLite {e.SqliteExtendedErrorCode}";
        var fault = e.SqliteErrorCode switch
        {
            raw.SQLITE_FULL => Full(database),
            raw.SQLITE_IOERR or raw.SQLITE_CANTOPEN when IsFull(database) => Full(database),
            raw.SQLITE_NOTADB => new(FaultKind.Invalid, Blame.Platform, false,
                $"{database} is not a ledger: its beginning is not that of a database. {Restore}"),
            raw.SQLITE_CORRUPT => new(FaultKind.Invalid, Blame.Platform, false,
                $"{database} is damaged: a page does not hold what it must ({detail}). \"fairway audit verify\" tells which records are "
                    + $"whole. {Restore}"),
            raw.SQLITE_READONLY or raw.SQLITE_PERM or raw.SQLITE_AUTH => new(FaultKind.Forbidden, Blame.Platform, false,
                $"{database} cannot be written: it, its folder or its file system is read-only for this user. Make the folder writable, "
                    + "or choose another data folder"),
            raw.SQLITE_CANTOPEN => new(FaultKind.Unavailable, Blame.Platform, false,
                $"{database} cannot be opened ({detail}). Check that it exists, that this user may read it and write its folder, and "
                    + "that descriptors are left"),
            raw.SQLITE_BUSY or raw.SQLITE_LOCKED => new(FaultKind.Conflict, Blame.Platform, true,
                $"{database} is held by another program's transaction. Close the program that has the file open (such as a database "
                    + "browser), then try again"),
            raw.SQLITE_NOMEM => new(FaultKind.Exhausted, Blame.Platform, true, $"no memory was left to work on {database}. Free memory, "
                + "then try again"),
            raw.SQLITE_IOERR => new(FaultKind.Unavailable, Blame.Platform, true,
                $"{database} could not be read or written: the disk reported an error ({detail}). Check the disk and its mount (dmesg), "
                    + "then try again"),
            raw.SQLITE_CONSTRAINT => new(FaultKind.Conflict, Blame.Platform, false,
                $"{database} was changed by another program while Fairway held it ({e.Message}). Let only Fairway write it; \"fairway "
                    + "audit verify\" tells what changed"),
            _ => new Fault(FaultKind.Unavailable, Blame.Fairway, false, $"{database}: {e.Message} ({detail})"),
        };
        return new(fault, e);
    }

    /// <summary>Errors of the file system around the database.</summary>
    public static LedgerException From(Exception e, string path) => new(
        e switch
        {
            UnauthorizedAccessException => Unwritable(path, e),
            IOException { HResult: NoSpace or QuotaExceeded } => Full(path),
            IOException { HResult: ReadOnlyFileSystem } => Unwritable(path, e),
            _ => new(FaultKind.Unavailable, Blame.Platform, false, $"{path} cannot be used: {e.Message}. Check that it is a folder on a "
                + "working disk, or choose another data folder"),
        },
        e);

    /// <summary>The file is not what a ledger can be.</summary>
    public static LedgerException Damaged(string database, string what)
        => new(new(FaultKind.Invalid, Blame.Platform, false, $"{database} {what}. {Restore}"));

    private const string Restore = "Restore the data folder from a backup, or move the file away to begin an empty ledger";

    private static Fault Full(string path) => new(FaultKind.Exhausted, Blame.Platform, true,
        $"the disk that holds {path} is full; nothing was half-written. Free space there (or raise the quota), then try again");

    private static Fault Unwritable(string path, Exception e) => new(FaultKind.Forbidden, Blame.Platform, false,
        $"{path} cannot be written by this user ({e.Message}). Make the folder writable, or choose another data folder");

    /// <summary>A full disk reaches SQLite in several disguises, such as a failed extension of the shared-memory file.</summary>
    private static bool IsFull(string database)
    {
        try
        {
            return new DriveInfo(Path.GetDirectoryName(database)!).AvailableFreeSpace < LeastFreeBytes;
        }
        catch (Exception e) when (e is IOException or ArgumentException or UnauthorizedAccessException)
        {
            return false;
        }
    }
}
