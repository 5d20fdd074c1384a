using Fairway.Ledger;
using Fairway.Ports;
using Microsoft.Data.Sqlite;

namespace Fairway.Adapters.Sqlite;

/// <summary>
/// The ledger in a file of a data folder: SQLite in WAL mode, every append flushed to the disk before it returns, one writer, readers
/// beside it. It holds the folder for itself until it is disposed.
/// </summary>
public sealed class SqliteLedger : ILedger, IAsyncDisposable
{
    private readonly SqliteLedgerOptions _options;
    private readonly string _database;
    private readonly ReadModels _models;
    private readonly DataFolderLock _lock;
    private readonly AppendSignal _appended = new();
    private readonly LedgerReaders _readers;
    private readonly LedgerReads _reads;
    private readonly LedgerWriter _writer;

    private SqliteLedger(SqliteLedgerOptions options, ReadModels models, DataFolderLock folderLock, LedgerStore store)
    {
        _options = options;
        _database = LedgerFiles.Database(options.Folder);
        _models = models;
        _lock = folderLock;
        _readers = new(_database, options.Readers);
        _reads = new(_database, options.Upcasts);
        _writer = new(store, _database, _appended);
    }

    /// <summary>
    /// Opens the ledger of a data folder, or begins one; takes an older one forward and derives read models that changed.
    /// </summary>
    /// <exception cref="LedgerException">The folder is in use or not writable, the disk full, or the file damaged, newer or no ledger.
    /// Nothing was changed.</exception>
    public static async Task<SqliteLedger> OpenAsync(SqliteLedgerOptions options, CancellationToken cancellation)
    {
        var models = new ReadModels(options.Projections);
        // The file is opened on a thread that may wait for the disk.
        var (folderLock, store) = await Task.Run(() => Open(options, models, cancellation), cancellation);
        var ledger = new SqliteLedger(options, models, folderLock, store);
        try
        {
            await ledger._writer.WriteAsync(
                writing =>
                {
                    writing.SyncReadModels(cancellation);
                    return 0;
                },
                cancellation);
            return ledger;
        }
        catch
        {
            await ledger.DisposeAsync();
            throw;
        }
    }

    /// <inheritdoc/>
    public async Task<AppendResult> AppendAsync(
        string stream, long expectedVersion, ImmutableArray<NewEvent> events, CancellationToken cancellation)
    {
        var append = PreparedAppend.Of(stream, expectedVersion, events);
        return await _writer.WriteAsync(store => store.Append(append), cancellation);
    }

    /// <inheritdoc/>
    public Task<ImmutableArray<LedgerEvent>> ReadAsync(long afterSeq, int limit, CancellationToken cancellation)
    {
        CheckPage(afterSeq, limit);
        return _readers.ReadAsync(session => _reads.After(session, afterSeq, limit), cancellation);
    }

    /// <inheritdoc/>
    public Task<ImmutableArray<LedgerEvent>> ReadStreamAsync(string stream, long afterVersion, int limit, CancellationToken cancellation)
    {
        CheckPage(afterVersion, limit);
        return _readers.ReadAsync(session => _reads.OfStream(session, stream, afterVersion, limit), cancellation);
    }

    /// <inheritdoc/>
    public Task<LedgerPage> SearchAsync(LedgerQuery query, CancellationToken cancellation)
        => _readers.ReadAsync(session => _reads.Search(session, query), cancellation);

    /// <inheritdoc/>
    public IAsyncEnumerable<LedgerEvent> TailAsync(long afterSeq, CancellationToken cancellation)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(afterSeq);
        return LedgerTail.FollowAsync(
            _appended, (after, stop) => _readers.ReadAsync(session => _reads.TailPage(session, after), stop), afterSeq, cancellation);
    }

    /// <inheritdoc/>
    public Task<string?> LoadAsync(string collection, string key, CancellationToken cancellation)
        => _readers.ReadAsync(session => LedgerReads.Document(session, collection, key), cancellation);

    /// <inheritdoc/>
    public Task<ImmutableArray<KeyValuePair<string, string>>> ListAsync(string collection, string prefix, CancellationToken cancellation)
        => _readers.ReadAsync(session => LedgerReads.Documents(session, collection, prefix), cancellation);

    /// <inheritdoc/>
    public Task<LedgerReport> VerifyAsync(CancellationToken cancellation)
        => _readers.ReadAsync(
            session => LedgerAudit.Verify(session, _database, _models, _options.Upcasts, null, cancellation), cancellation);

    /// <inheritdoc/>
    public Task<long> RebuildAsync(CancellationToken cancellation)
        => _writer.WriteAsync(store => store.Rebuild(cancellation), cancellation);

    /// <summary>
    /// Writes what still waits, closes the file and lets go of the folder. Tails end with <see cref="ObjectDisposedException"/>.
    /// </summary>
    public async ValueTask DisposeAsync()
    {
        try
        {
            // The writer closes last: only then does SQLite move the log into the file and remove it.
            _readers.Dispose();
            await _writer.DisposeAsync();
        }
        finally
        {
            _appended.Close(new ObjectDisposedException(nameof(SqliteLedger)));
            _lock.Dispose();
        }
    }

    private static (DataFolderLock Lock, LedgerStore Store) Open(
        SqliteLedgerOptions options, ReadModels models, CancellationToken cancellation)
    {
        var database = LedgerFiles.Database(options.Folder);
        DataFolderLock? folderLock = null;
        SqliteSession? session = null;
        try
        {
            Directory.CreateDirectory(options.Folder);
            folderLock = DataFolderLock.Take(options.Folder);
            options.Held();
            var size = RequireFile(database);
            session = SqliteSession.OpenWriter(database);
            LedgerSchema.Migrate(session, LedgerSchema.Check(session, database));
            session.Scalar("PRAGMA journal_mode = WAL");
            // The log is moved into the file by the writer when it is idle, not in the middle of somebody's append.
            session.Scalar("PRAGMA wal_autocheckpoint = 0");
            LedgerAudit.CheckBeforeUse(session, database, size <= options.WholeCheckBytes, cancellation);
            var store = new LedgerStore(session, database, models, options.Upcasts);
            store.LoadHead();
            return (folderLock, store);
        }
        catch (Exception e)
        {
            session?.Dispose();
            folderLock?.Dispose();
            if (e is SqliteException sqlite) throw SqliteFaults.From(sqlite, database);
            if (e is IOException or UnauthorizedAccessException) throw SqliteFaults.From(e, options.Folder);
            throw;
        }
    }

    /// <returns>The size of the file and its log in bytes.</returns>
    private static long RequireFile(string database)
    {
        var (file, log) = (new FileInfo(database), new FileInfo(LedgerFiles.Wal(database)));
        if (!file.Exists)
        {
            if (log is { Exists: true, Length: > 0 })
                throw SqliteFaults.Damaged(database, $"is missing, but its write-ahead log {log.Name} is here");
            LedgerSchema.Create(database);
            file.Refresh();
        }
        if (file.Length == 0) throw SqliteFaults.Damaged(database, "is empty: it was cut off");
        return file.Length + (log.Exists ? log.Length : 0);
    }

    private static void CheckPage(long after, int limit)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(after);
        ArgumentOutOfRangeException.ThrowIfLessThan(limit, 1);
    }
}
