using Fairway.Adapters.InMemory;
using Fairway.Adapters.Sqlite;
using Fairway.Ports;

namespace Fairway.Ledger;

/// <summary>Where a ledger under test lives.</summary>
public interface ILedgerPlace : IAsyncDisposable
{
    /// <summary>Opens the ledger, or closes it and opens it again with what it held.</summary>
    Task<ILedger> OpenAsync(ImmutableArray<IProjection> projections, Upcasts upcasts, CancellationToken cancellation);
}

/// <summary>Tests with a ledger that is empty at first and counts records per stream.</summary>
public abstract class LedgerSuite(ILedgerPlace place) : IAsyncLifetime
{
    protected static CancellationToken Stop => TestContext.Current.CancellationToken;

    protected ILedger Ledger { get; private set; } = null!;

    public virtual async ValueTask InitializeAsync() => await ReopenAsync();

    public async ValueTask DisposeAsync()
    {
        await place.DisposeAsync();
        GC.SuppressFinalize(this);
    }

    protected async Task ReopenAsync(Upcasts? upcasts = null, params ImmutableArray<IProjection> projections)
        => Ledger = await place.OpenAsync(projections is [] ? [new CountPerStream()] : projections, upcasts ?? Upcasts.None, Stop);
}

public sealed class SqlitePlace : ILedgerPlace
{
    private readonly TemporaryFolder _folder = new();
    private SqliteLedger? _ledger;

    public async Task<ILedger> OpenAsync(ImmutableArray<IProjection> projections, Upcasts upcasts, CancellationToken cancellation)
    {
        if (_ledger is not null) await _ledger.DisposeAsync();
        return _ledger = await SqliteLedger.OpenAsync(new() { Folder = _folder.Path, Projections = projections, Upcasts = upcasts },
            cancellation);
    }

    public async ValueTask DisposeAsync()
    {
        if (_ledger is not null) await _ledger.DisposeAsync();
        _folder.Dispose();
    }
}

public sealed class InMemoryPlace : ILedgerPlace
{
    private InMemoryLedger? _ledger;

    public Task<ILedger> OpenAsync(ImmutableArray<IProjection> projections, Upcasts upcasts, CancellationToken cancellation)
        => Task.FromResult<ILedger>(_ledger = new InMemoryLedger(projections, upcasts, _ledger?.Records));

    public ValueTask DisposeAsync() => default;
}

public sealed class SqliteLedgerTests() : LedgerContract(new SqlitePlace());

public sealed class InMemoryLedgerTests() : LedgerContract(new InMemoryPlace());

public sealed class SqliteLedgerSearchTests() : LedgerSearchContract(new SqlitePlace());

public sealed class InMemoryLedgerSearchTests() : LedgerSearchContract(new InMemoryPlace());
