using Fairway.Traffic;

namespace Fairway.Edge.Routing;

/// <summary>
/// Takes changes of the table one after another: decides, swaps, stores, and only then answers. The swap comes before the disk, because a rollback must take
/// effect even when the disk is full; then the answer says that it is not stored, and storing is tried again until it is.
/// </summary>
internal sealed class TableKeeper : IAsyncDisposable
{
    private static readonly TimeSpan StoreAgainAfter = TimeSpan.FromSeconds(1);

    private readonly LiveTable _live;
    private readonly TableStore _store;
    private readonly TimeProvider _time;
    private readonly SemaphoreSlim _turn = new(1);
    private readonly CancellationTokenSource _stop = new();
    private volatile FencedTable _table;
    private volatile string? _storeFailure;
    private Task _storing = Task.CompletedTask;

    public TableKeeper(LiveTable live, TableStore store, FencedTable loaded, TimeProvider time)
    {
        _live = live;
        _store = store;
        _table = loaded;
        _time = time;
        live.Apply(loaded.Table);
    }

    /// <summary>What is in force.</summary>
    public FencedTable Current => _table;

    /// <summary>Why the table in force is not on disk; null when it is.</summary>
    public string? StoreFailure => _storeFailure;

    /// <summary>Decides on a change and puts it in force.</summary>
    public async Task<TableChange> ChangeAsync(Func<FencedTable, TableChange> decide, CancellationToken cancellation)
    {
        await _turn.WaitAsync(cancellation);
        try
        {
            var change = decide(_table);
            if (change.Verdict == TableVerdict.Applied)
            {
                _live.Apply(change.Next.Table);
                _table = change.Next;
            }
            // A repeated change whose first answer was "not stored" asks again.
            if (change.Verdict == TableVerdict.Applied || (change.Verdict == TableVerdict.Unchanged && _storeFailure is not null)) Store();
            return change;
        }
        finally
        {
            _turn.Release();
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _storing.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _stop.Dispose();
        _turn.Dispose();
    }

    private void Store()
    {
        if (TryStore() || !_storing.IsCompleted) return;
        _storing = StoreAgainAsync(_stop.Token);
    }

    private async Task StoreAgainAsync(CancellationToken cancellation)
    {
        while (_storeFailure is not null)
        {
            await Task.Delay(StoreAgainAfter, _time, cancellation);
            await _turn.WaitAsync(cancellation);
            try
            {
                TryStore();
            }
            finally
            {
                _turn.Release();
            }
        }
    }

    private bool TryStore()
    {
        try
        {
            _store.Save(_table);
            _storeFailure = null;
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            _storeFailure = $"table version {_table.Table.Version} is in force but not on disk ({failure.Message}); make room or mend the folder, it is tried again every second";
        }
        return _storeFailure is null;
    }
}
