using Fairway.Ports;
using System.Collections.Concurrent;
using Fairway.Ledger;
using Microsoft.Data.Sqlite;

namespace Fairway.Adapters.Sqlite;

/// <summary>
/// The one writer: a thread of its own, because SQLite waits for the disk. While it waits, requests queue; all that wait are then written
/// in one transaction, each in a savepoint, so that sixteen callers share one flush and none spoils another's result.
/// </summary>
internal sealed class LedgerWriter : IAsyncDisposable
{
    private const int MostRequests = 256;
    private const long CheckpointBytes = 4 << 20, OverdueBytes = 64 << 20;

    private readonly LedgerStore _store;
    private readonly string _database;
    private readonly AppendSignal _appended;
    private readonly BlockingCollection<WriteRequest> _queue = [];
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private long _checkpointAt = CheckpointBytes;

    /// <summary>Takes over the store and begins to write.</summary>
    public LedgerWriter(LedgerStore store, string database, AppendSignal appended)
    {
        (_store, _database, _appended) = (store, database, appended);
        new Thread(Run) { Name = "ledger-writer", IsBackground = true }.Start();
    }

    /// <summary>Does work in a transaction and completes when it is durable. Cancelling works while it waits its turn.</summary>
    public async Task<T> WriteAsync<T>(Func<LedgerStore, T> work, CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        var request = new WriteRequest<T>(work);
        using var registration = cancellation.Register(() => request.Cancel(cancellation));
        try
        {
            _queue.Add(request, CancellationToken.None);
        }
        catch (InvalidOperationException e)
        {
            throw new ObjectDisposedException("the ledger is closed", e);
        }
        return await request.Result;
    }

    /// <summary>Writes what still waits, then closes the file.</summary>
    public async ValueTask DisposeAsync()
    {
        _queue.CompleteAdding();
        await _ended.Task;
    }

    private void Run()
    {
        try
        {
            var batch = new List<WriteRequest>();
            foreach (var first in _queue.GetConsumingEnumerable())
            {
                batch.Clear();
                if (first.TryTake()) batch.Add(first);
                while (batch.Count < MostRequests && _queue.TryTake(out var next))
                    if (next.TryTake()) batch.Add(next);
                if (batch.Count > 0) Write(batch);
                Checkpoint();
            }
            _store.Dispose();
            _ended.SetResult();
        }
        catch (Exception e)
        {
            // Only an error of this program leads here; whoever waits, or comes, must not wait for ever.
            _queue.CompleteAdding();
            foreach (var request in _queue.GetConsumingEnumerable()) request.Fail(e);
            _store.Dispose();
            _ended.SetException(e);
        }
    }

    private void Write(List<WriteRequest> batch)
    {
        if (TryCommit(batch) is not { } fault) return;
        if (batch.Count == 1)
        {
            batch[0].Fail(fault);
            return;
        }
        // One request may have been too much for the disk: each gets a transaction of its own, and so its own result.
        foreach (var request in batch)
            if (TryCommit([request]) is { } its) request.Fail(its);
    }

    /// <returns>Why nothing was written; null when all is durable and the callers are told.</returns>
    private Exception? TryCommit(List<WriteRequest> batch)
    {
        try
        {
            _store.Begin();
            foreach (var request in batch) Execute(request);
            if (_store.Commit()) _appended.Set();
        }
        catch (Exception e)
        {
            return Undo(e);
        }
        foreach (var request in batch) request.Complete();
        return null;
    }

    private void Execute(WriteRequest request)
    {
        try
        {
            _store.Alone(() => request.Execute(_store));
        }
        catch (SqliteException e) when (_store.InTransaction && SqliteFaults.IsOfOneStatement(e))
        {
            request.Refuse(SqliteFaults.From(e, _database));
        }
        catch (Exception e) when (e is not SqliteException && _store.InTransaction)
        {
            request.Refuse(e);
        }
    }

    private Exception Undo(Exception reason)
    {
        try
        {
            _store.Rollback();
        }
        catch (SqliteException)
        {
            // The reason it is undone for says more. The transaction stays open then, and the next one fails to begin: never a half-done
            // one.
        }
        return reason is SqliteException e ? SqliteFaults.From(e, _database) : reason;
    }

    private void Checkpoint()
    {
        var log = new FileInfo(LedgerFiles.Wal(_database));
        var length = log.Exists ? log.Length : 0;
        if (length < _checkpointAt || (_queue.Count > 0 && length < _checkpointAt + OverdueBytes)) return;
        try
        {
            _store.Checkpoint();
            log.Refresh();
            // A long read keeps the log from being emptied: try again when it has grown as much once more.
            _checkpointAt = CheckpointBytes + (log.Exists ? log.Length : 0);
        }
        catch (SqliteException)
        {
            // The records are durable in the log; a disk that cannot take them into the file now is told by the next append, or tried again
            // then.
            _checkpointAt = length + CheckpointBytes;
        }
    }
}
