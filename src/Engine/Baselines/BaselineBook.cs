using Fairway.Catalog;
using Fairway.Kernel;
using Fairway.Ports;

namespace Fairway.Baselines;

/// <summary>What was measured around rollouts, read from the ledger.</summary>
public sealed class BaselineBook(ILedger ledger)
{
    /// <summary>A rollout's comparison; null when there is none.</summary>
    /// <exception cref="LedgerException">The ledger cannot be read.</exception>
    public Task<ComparedRow?> FindAsync(ServiceKey key, int number, CancellationToken cancellation) => LoadAsync(BaselinesProjection.DoneOf(key, number), cancellation);

    /// <summary>A release's comparisons, in whatever environment, the newest first.</summary>
    /// <exception cref="LedgerException">The ledger cannot be read.</exception>
    public async Task<ImmutableArray<ComparedRow>> OfReleaseAsync(string digest, CancellationToken cancellation)
    {
        if (await ledger.LoadAsync(BaselinesProjection.Name, BaselinesProjection.ReleaseOf(digest), cancellation) is not { } list) return [];
        var rows = ImmutableArray.CreateBuilder<ComparedRow>();
        foreach (var key in FairwayJson.Read<ImmutableArray<string>>(list).Reverse())
            if (await LoadAsync(key, cancellation) is { } row) rows.Add(row);
        return rows.ToImmutable();
    }

    /// <summary>The values after a service's last releases.</summary>
    /// <exception cref="LedgerException">The ledger cannot be read.</exception>
    public async Task<PastReleases> PastAsync(ServiceKey key, CancellationToken cancellation)
        => await ledger.LoadAsync(BaselinesProjection.Name, BaselinesProjection.PastOf(key), cancellation) is { } document ? FairwayJson.Read<PastReleases>(document) : PastReleases.None;

    private async Task<ComparedRow?> LoadAsync(string key, CancellationToken cancellation)
        => await ledger.LoadAsync(BaselinesProjection.Name, key, cancellation) is { } document ? FairwayJson.Read<ComparedRow>(document) : null;
}
