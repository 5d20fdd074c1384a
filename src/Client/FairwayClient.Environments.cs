using Fairway.Client.Wire;

namespace Fairway.Client;

/// <summary>The part about environments.</summary>
public sealed partial class FairwayClient
{
    /// <summary>The environments in the order of releases, and those made for a time.</summary>
    public Task<IReadOnlyList<EnvironmentInfo>> GetEnvironmentsAsync(CancellationToken cancellation)
        => GetAsync("environments", WireJson.Default.IReadOnlyListEnvironmentInfo, cancellation);

    /// <summary>What differs between two environments.</summary>
    public Task<ParityInfo> CompareEnvironmentsAsync(string left, string right, CancellationToken cancellation)
        => GetAsync(Query($"environments/{Escape(left)}/differences", ("to", right)), WireJson.Default.ParityInfo, cancellation);

    /// <summary>Makes an environment for a time.</summary>
    public Task<EnvironmentAnswer> CreateEnvironmentAsync(EnvironmentRequest request, CancellationToken cancellation)
        => PostAsync("environments", request, WireJson.Default.EnvironmentRequest, WireJson.Default.EnvironmentAnswer, cancellation);

    /// <summary>Tears down an environment that was made for a time.</summary>
    public Task<EnvironmentAnswer> DeleteEnvironmentAsync(string name, string? reason, CancellationToken cancellation)
        => DeleteAsync(Query($"environments/{Escape(name)}", ("reason", reason)), WireJson.Default.EnvironmentAnswer, cancellation);
}
