using Fairway.Client.Wire;

namespace Fairway.Client;

/// <summary>The part about what was measured around rollouts.</summary>
public sealed partial class FairwayClient
{
    /// <summary>How the service was before a rollout and after it.</summary>
    /// <param name="id"><c>environment/service/number</c>.</param>
    /// <param name="cancellation">Stops waiting.</param>
    public Task<ComparisonInfo> GetComparisonAsync(string id, CancellationToken cancellation)
        => GetAsync("rollouts/" + EscapePath(id) + "/comparison", WireJson.Default.ComparisonInfo, cancellation);

    /// <summary>What is usual of a service in an environment.</summary>
    public Task<BaselineInfo> GetBaselineAsync(string environment, string service, CancellationToken cancellation)
        => GetAsync($"services/{Escape(environment)}/{Escape(service)}/baseline", WireJson.Default.BaselineInfo, cancellation);

    /// <summary>A release's comparisons wherever it was shipped, the newest first.</summary>
    /// <param name="digest">The release's digest.</param>
    /// <param name="cancellation">Stops waiting.</param>
    public Task<IReadOnlyList<ComparisonInfo>> GetComparisonsAsync(string digest, CancellationToken cancellation)
        => GetAsync($"releases/{Escape(digest)}/comparisons", WireJson.Default.IReadOnlyListComparisonInfo, cancellation);
}
