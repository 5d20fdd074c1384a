namespace Fairway.Adapters.Sqlite;

/// <summary>Names of the ledger's files in a data folder.</summary>
internal static class LedgerFiles
{
    public const string DatabaseName = "ledger.db";
    public const string LockName = "lock";

    public static string Database(string folder) => Path.Combine(Path.GetFullPath(folder), DatabaseName);

    /// <summary>The write-ahead log beside a database.</summary>
    public static string Wal(string database) => database + "-wal";

    /// <summary>A database being created; it becomes the ledger by a rename, so that an empty or half-made one is always damage.</summary>
    public static string New(string database) => database + ".new";
}
