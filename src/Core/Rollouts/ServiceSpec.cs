using Fairway.Catalog;
using Fairway.Traffic;

namespace Fairway.Rollouts;

/// <summary>What happens to a request for a release while another one is under way or waits.</summary>
public enum QueueMode
{
    /// <summary>The newest wins: it takes the place of what waits, and supersedes a rollout that has not reached its guard.</summary>
    Newest,

    /// <summary>What came first keeps its place: a rollout goes to its end, one request waits, and further ones are refused.</summary>
    Oldest,

    /// <summary>Every request has its turn, in order: nothing is superseded, at most 100 wait.</summary>
    All,
}

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

    /// <summary>What to do when it is ill: an address, or a file relative to the configuration file; null when nobody wrote one.</summary>
    public string? Runbook { get; init; }

    /// <summary>What it promises of its backups; null is nothing.</summary>
    public BackupPromise? Backup { get; init; }

    /// <summary>How many of its events must be good; null is nothing declared.</summary>
    public ImmutableArray<Objective>? Objectives { get; init; }

    /// <summary>What happens to requests while another is under way; null is <see cref="QueueMode.Newest"/>.</summary>
    public QueueMode? Queue { get; init; }

    /// <summary>How a new release takes over.</summary>
    public RolloutPolicy Rollout { get; init; } = new();
}
