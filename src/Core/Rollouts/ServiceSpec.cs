using Fairway.Catalog;
using Fairway.Traffic;

namespace Fairway.Rollouts;

/// <summary>A service as <c>fairway.yaml</c> describes it, resolved for one environment.</summary>
public sealed record ServiceSpec
{
    /// <summary>The service in its environment.</summary>
    public required ServiceKey Key { get; init; }

    /// <summary>Folder whose files are the artifact, relative to the file that declares it.</summary>
    public string Path { get; init; } = ".";

    /// <summary>Run in the declaring file's folder by <c>fairway deploy</c> before it packs the artifact, as an argument vector; empty is nothing.</summary>
    public ImmutableArray<string> Build { get; init; } = [];

    /// <summary>How one instance runs.</summary>
    public required WorkloadSpec Workload { get; init; }

    /// <summary>Which requests are this service's.</summary>
    public ImmutableArray<RouteMatch> Routes { get; init; } = [];

    /// <summary>Where its instances show metrics of their own; null is nowhere.</summary>
    public MetricsEndpoint? Metrics { get; init; }

    /// <summary>How the edge treats its traffic.</summary>
    public TrafficPolicy Traffic { get; init; } = new();

    /// <summary>True: a release is shipped only when a key of ours signed how it was built. Null and false ask nothing.</summary>
    public bool? RequiresProvenance { get; init; }

    /// <summary>How a new release takes over.</summary>
    public RolloutPolicy Rollout { get; init; } = new();
}
