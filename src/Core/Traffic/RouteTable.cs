using Fairway.Kernel;

namespace Fairway.Traffic;

/// <summary>Everything the edge needs to route: one immutable snapshot, applied as one atomic swap and confirmed by its version.</summary>
/// <param name="Version">Grows with every change; the edge refuses a table older than the one it has.</param>
/// <param name="Services">Each service with its routes and arms; order does not matter.</param>
public sealed record RouteTable(long Version, ImmutableArray<ServiceRoutes> Services)
{
    /// <summary>No routes at all.</summary>
    public static RouteTable Empty { get; } = new(0, []);
}

/// <summary>One service's part of the table.</summary>
public sealed record ServiceRoutes
{
    /// <summary>Environment's name.</summary>
    public required string Environment { get; init; }

    /// <summary>Service's name.</summary>
    public required string Service { get; init; }

    /// <summary>Id of the effect that asked for this; within one service it only grows, an older one does nothing.</summary>
    public required long Generation { get; init; }

    /// <summary>A request belongs to the service when any of these matches it; the most specific match of all services wins.</summary>
    public ImmutableArray<RouteMatch> Matches { get; init; } = [];

    /// <summary>One arm, or two while a release is being shifted to. Weights sum to <see cref="Weight.Full"/> unless there are no arms.</summary>
    public ImmutableArray<Arm> Arms { get; init; } = [];

    /// <summary>Hashed with the sticky key, so that each rollout divides users anew.</summary>
    public string Salt { get; init; } = "";

    /// <summary>Name of the arm that the preview header reaches even at weight 0; null is none.</summary>
    public string? PreviewArm { get; init; }

    /// <summary>How the service's traffic is treated.</summary>
    public TrafficPolicy Policy { get; init; } = new();
}

/// <summary>One release's share of a service.</summary>
/// <param name="Name">The slot it runs in, <c>A</c> or <c>B</c>.</param>
/// <param name="Release">The release's digest, for the counters.</param>
/// <param name="Version">The release's version, for people.</param>
/// <param name="Weight">Share of the requests that are not pinned by the preview header.</param>
/// <param name="Targets">Instances that may be reached.</param>
public sealed record Arm(string Name, string Release, string Version, Weight Weight, ImmutableArray<Target> Targets);

/// <summary>Whether a target takes new requests.</summary>
public enum TargetState
{
    /// <summary>Takes new requests.</summary>
    Active,

    /// <summary>Finishes what it has; WebSockets are closed with 1012, spread over the drain window.</summary>
    Draining,
}

/// <summary>An instance as the edge reaches it.</summary>
/// <param name="Instance">Instance id, unique for the life of the data folder.</param>
/// <param name="Host">Address literal or host name.</param>
/// <param name="Port">TCP port, 1 to 65535.</param>
/// <param name="State">Active or draining.</param>
public sealed record Target(string Instance, string Host, int Port, TargetState State);

/// <summary>Which requests belong to a service. All given parts must match.</summary>
/// <param name="Host">Exact host without port, or <c>*.example.com</c> for one label and deeper; null is any.</param>
/// <param name="PathPrefix">Matches whole path segments: <c>/api</c> is <c>/api</c> and <c>/api/x</c>, not <c>/apis</c>.</param>
/// <param name="Headers">Header values that must be equal; names without regard to case.</param>
public sealed record RouteMatch(string? Host, string PathPrefix, ImmutableSortedDictionary<string, string> Headers);
