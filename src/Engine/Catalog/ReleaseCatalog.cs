using Fairway.Kernel;
using Fairway.Ledger;
using Fairway.Ports;
using Fairway.Rollouts;
using Fairway.Runtime;

namespace Fairway.Catalog;

/// <summary>What came of storing a release.</summary>
/// <param name="Release">The release; null when it was refused.</param>
/// <param name="IsNew">Whether it was not there before.</param>
/// <param name="Fault">Why it was refused.</param>
public sealed record StoredRelease(Release? Release, bool IsNew, Fault? Fault);

/// <summary>Releases: stored once, found by digest, never changed.</summary>
public sealed class ReleaseCatalog(ILedger ledger, IArtifacts artifacts, EngineClock clock)
{
    /// <summary>
    /// Stores the files and makes a release of them with the service's present workload. The same contents are the same release, whatever
    /// it is called.
    /// </summary>
    /// <param name="service">The service as configured now.</param>
    /// <param name="version">For people; null is the artifact's first twelve digits.</param>
    /// <param name="tar">The files.</param>
    /// <param name="by">Who.</param>
    /// <param name="cancellation">Stops waiting.</param>
    /// <exception cref="LedgerException">It could not be recorded; the files may be stored, which harms nothing.</exception>
    public Task<StoredRelease> StoreAsync(ServiceSpec service, string? version, Stream tar, Actor by, CancellationToken cancellation)
        => StoreAsync(service, [], version, tar, by, cancellation);

    /// <summary>
    /// Likewise, with the service's workload in every other environment: the release is the same wherever it is promoted to, and runs in each as configured when
    /// it was made.
    /// </summary>
    /// <param name="service">The service as configured now.</param>
    /// <param name="everywhere">It and others in every environment.</param>
    /// <param name="version">For people; null is the artifact's first twelve digits.</param>
    /// <param name="tar">The files.</param>
    /// <param name="by">Who.</param>
    /// <param name="cancellation">Stops waiting.</param>
    /// <exception cref="LedgerException">It could not be recorded; the files may be stored, which harms nothing.</exception>
    public async Task<StoredRelease> StoreAsync(
        ServiceSpec service, ImmutableArray<ServiceSpec> everywhere, string? version, Stream tar, Actor by, CancellationToken cancellation)
    {
        var (artifact, fault) = await artifacts.StoreAsync(tar, cancellation);
        if (artifact is null) return new(null, IsNew: false, fault);
        var name = service.Key.Service;
        var elsewhere = Elsewhere(service, everywhere);
        var digest = elsewhere.IsEmpty ? ReleaseDigest.Of(name, artifact, service.Workload)
            : ReleaseDigest.Of(name, artifact, everywhere.Append(service).Where(one => one.Key.Service == name).DistinctBy(one => one.Key)
                .ToImmutableSortedDictionary(one => one.Key.Environment, one => one.Workload, StringComparer.Ordinal));
        var release = new Release(digest, name, version ?? artifact[(artifact.IndexOf(':') + 1)..][..12], artifact, service.Workload, clock.Now)
        {
            Elsewhere = elsewhere.IsEmpty ? null : elsewhere, Maker = by.Person ?? by.Name,
        };
        var record = new NewEvent(release.CreatedAt, ReleasesProjection.Created, by.Name, null, FairwayJson.Write(release));
        var result = await ledger.AppendAsync(ReleasesProjection.StreamOf(release.Digest), 0, [record], cancellation);
        return result.Done ? new(release, IsNew: true, null) : new(await FindAsync(name, release.Digest, cancellation) ?? release, IsNew: false, null);
    }

    private static ImmutableSortedDictionary<string, WorkloadSpec> Elsewhere(ServiceSpec service, ImmutableArray<ServiceSpec> everywhere)
    {
        var own = FairwayJson.Write(service.Workload);
        return everywhere.Where(one => one.Key.Service == service.Key.Service && one.Key != service.Key && FairwayJson.Write(one.Workload) != own)
            .ToImmutableSortedDictionary(one => one.Key.Environment, one => one.Workload, StringComparer.Ordinal);
    }

    /// <summary>A service's release by its whole digest; null when there is none.</summary>
    public async Task<Release?> FindAsync(string service, string digest, CancellationToken cancellation)
        => await ledger.LoadAsync(ReleasesProjection.Name, ReleasesProjection.KeyOf(service, digest), cancellation) is { } document
            ? FairwayJson.Read<Release>(document)
            : null;

    /// <summary>A service's releases whose digest begins so, in no particular order.</summary>
    public async Task<ImmutableArray<Release>> FindAllAsync(string service, string digestPrefix, CancellationToken cancellation)
        => [.. (await ledger.ListAsync(ReleasesProjection.Name, ReleasesProjection.KeyOf(service, digestPrefix), cancellation))
            .Select(row => FairwayJson.Read<Release>(row.Value))];

    /// <summary>A service's releases, newest first.</summary>
    public async Task<ImmutableArray<Release>> ListAsync(string service, CancellationToken cancellation)
        => [.. (await FindAllAsync(service, "", cancellation)).OrderByDescending(release => release.CreatedAt)];
}

/// <summary>Releases by <c>service/digest</c>.</summary>
public sealed class ReleasesProjection : IProjection
{
    /// <summary>The collection.</summary>
    public const string Name = "releases";

    /// <summary>Record type of a new release; its data is the release.</summary>
    public const string Created = "release-created.v1";

    private const string Prefix = "release/";

    /// <inheritdoc/>
    public string Collection => Name;

    /// <summary>A release's stream.</summary>
    public static string StreamOf(string digest) => Prefix + digest;

    /// <summary>A release's document key.</summary>
    public static string KeyOf(string service, string digest) => $"{service}/{digest}";

    /// <inheritdoc/>
    public IEnumerable<KeyValuePair<string, string?>> Apply(LedgerEvent record, Func<string, string?> load)
    {
        if (record.Type != Created) yield break;
        var release = FairwayJson.Read<Release>(record.Data);
        yield return new(KeyOf(release.Service, release.Digest), record.Data);
    }
}
