using Fairway.Client.Wire;

namespace Fairway.Client;

/// <summary>The part about databases.</summary>
public sealed partial class FairwayClient
{
    /// <summary>Where the migrations of a service stand.</summary>
    /// <param name="environment">Where.</param>
    /// <param name="service">Of which service.</param>
    /// <param name="release">Of which release: its digest, or the beginning of it; null is what is on its way, or what serves.</param>
    /// <param name="cancellation">Stops waiting.</param>
    public Task<MigrationStatusInfo> GetMigrationsAsync(string environment, string service, string? release, CancellationToken cancellation)
        => GetAsync(Query($"services/{Escape(environment)}/{Escape(service)}/migrations", ("release", release)), WireJson.Default.MigrationStatusInfo, cancellation);
}
