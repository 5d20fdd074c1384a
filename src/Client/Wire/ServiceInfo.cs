namespace Fairway.Client.Wire;

/// <summary>
/// The full live view of a service in an environment: answer of <c>GET /api/services/{environment}/{service}</c> and of <c>/api/watch</c>.
/// </summary>
public sealed record ServiceInfo
{
    /// <summary>Such as <c>production</c>.</summary>
    public required string Environment { get; init; }

    /// <summary>Such as <c>shop</c>.</summary>
    public required string Service { get; init; }

    /// <summary>When this view was taken.</summary>
    public required DateTimeOffset At { get; init; }

    /// <summary>One of <see cref="ServiceStates"/>.</summary>
    public required string State { get; init; }

    /// <summary>Records in the service's stream.</summary>
    public required long StreamVersion { get; init; }

    /// <summary>Where the service is reached.</summary>
    public required IReadOnlyList<string> Urls { get; init; }

    /// <summary>Host, path and header rules, as people write them.</summary>
    public required IReadOnlyList<string> Routes { get; init; }

    /// <summary>Whether the edge answered at the last look.</summary>
    public required bool EdgeAlive { get; init; }

    /// <summary>Both slots.</summary>
    public required IReadOnlyList<SlotInfo> Slots { get; init; }

    /// <summary>The releases that get traffic or got some, stable first.</summary>
    public required IReadOnlyList<ArmInfo> Arms { get; init; }

    /// <summary>Every instance that is not fully gone, by slot and ordinal.</summary>
    public required IReadOnlyList<InstanceInfo> Instances { get; init; }

    /// <summary>The active rollout, or the last one; null before the first.</summary>
    public RolloutInfo? Rollout { get; init; }

    /// <summary>What is deployed next, when the active rollout has made room.</summary>
    public QueuedInfo? Queued { get; init; }

    /// <summary>Releases that were taken back.</summary>
    public required IReadOnlyList<RejectedInfo> Rejected { get; init; }

    /// <summary>What a person should know besides the rollout, such as a stable release without a ready instance.</summary>
    public required IReadOnlyList<WhyInfo> Notices { get; init; }

    /// <summary>What keeps Fairway from acting here now, such as a full disk; it goes on by itself.</summary>
    public string? Problem { get; init; }

    /// <summary>What Fairway found wrong with itself here; null when it acts.</summary>
    public string? Quarantine { get; init; }

    /// <summary>Effects that are on their way: sent and not yet confirmed.</summary>
    public required IReadOnlyList<EffectInfo> Pending { get; init; }
}

/// <summary>One of a service's two places for a release.</summary>
/// <param name="Name"><c>A</c> or <c>B</c>.</param>
/// <param name="Role"><c>stable</c>, <c>candidate</c>, <c>warm</c>, <c>draining</c> or <c>empty</c>.</param>
/// <param name="Release">Digest; null when empty.</param>
/// <param name="Version">For people.</param>
/// <param name="InstancesWanted">Instances wanted.</param>
/// <param name="InstancesReady">Instances ready.</param>
/// <param name="WarmUntil">Kept for a rollback until then.</param>
public sealed record SlotInfo(string Name, string Role, string? Release, string? Version, int InstancesWanted, int InstancesReady, DateTimeOffset? WarmUntil);

/// <summary>A release's traffic. Counts are exact and only grow while the edge runs.</summary>
/// <param name="Slot"><c>A</c> or <c>B</c>; null for a release that has left its slot.</param>
/// <param name="Role">As in <see cref="SlotInfo.Role"/>.</param>
/// <param name="Release">Digest.</param>
/// <param name="Version">For people.</param>
/// <param name="Weight">Confirmed share in percent, 0 to 100.</param>
/// <param name="Requests">Finished exchanges.</param>
/// <param name="Errors">Of these, 5xx answers, time-outs and resets by the instance.</param>
/// <param name="RequestsPerSecond">Over the last seconds; null before two looks.</param>
/// <param name="ErrorsPerSecond">Over the last seconds; null before two looks.</param>
/// <param name="P50Ms">Median latency in milliseconds; null without a request.</param>
/// <param name="P99Ms">99th percentile in milliseconds.</param>
/// <param name="InFlight">Exchanges and upgraded connections now open.</param>
/// <param name="Retries">Attempts tried again elsewhere.</param>
public sealed record ArmInfo(
    string? Slot, string Role, string Release, string Version, double Weight, long Requests, long Errors, double? RequestsPerSecond,
    double? ErrorsPerSecond, double? P50Ms, double? P99Ms, long InFlight, long Retries);

/// <summary>An instance.</summary>
/// <param name="Id">Unique for the life of the data folder.</param>
/// <param name="Slot"><c>A</c> or <c>B</c>.</param>
/// <param name="Ordinal">From 0.</param>
/// <param name="Release">Digest.</param>
/// <param name="Version">For people; null when the release is not known any more.</param>
/// <param name="Phase"><c>starting</c>, <c>ready</c>, <c>unready</c>, <c>backingOff</c>, <c>stopping</c> or <c>failed</c>.</param>
/// <param name="Address"><c>host:port</c>.</param>
/// <param name="Pid">Process id of the group's leader.</param>
/// <param name="Restarts">Starts after the first.</param>
/// <param name="Since">When the phase began.</param>
/// <param name="Requests">Finished exchanges.</param>
/// <param name="Errors">Of these, failed ones.</param>
/// <param name="InFlight">Open now.</param>
/// <param name="LastExit">How it last ended by itself.</param>
/// <param name="LastOutput">Its last lines then.</param>
/// <param name="Problem">Why it cannot be started.</param>
/// <param name="Notice">Such as a limit that cannot be enforced here.</param>
public sealed record InstanceInfo(
    string Id, string Slot, int Ordinal, string Release, string? Version, string Phase, string Address, int? Pid, int Restarts, DateTimeOffset Since,
    long Requests, long Errors, long InFlight, string? LastExit, string? LastOutput, string? Problem, string? Notice);

/// <summary>A deployment that waits for its turn.</summary>
/// <param name="Release">Digest.</param>
/// <param name="Version">For people.</param>
/// <param name="By">Who asked.</param>
/// <param name="Reason">In their words.</param>
public sealed record QueuedInfo(string Release, string Version, string By, string? Reason)
{
    /// <summary>What the gate that holds it says; null when it waits for the rollout before it.</summary>
    public GateVerdictInfo? Gate { get; init; }

    /// <summary>How many wait behind it.</summary>
    public int Behind { get; init; }
}

/// <summary>A release that was taken back.</summary>
/// <param name="Release">Digest.</param>
/// <param name="Version">For people; null when it is not known any more.</param>
/// <param name="Rollout">In which rollout.</param>
/// <param name="At">When.</param>
/// <param name="Why">Why.</param>
public sealed record RejectedInfo(string Release, string? Version, string Rollout, DateTimeOffset At, WhyInfo Why);

/// <summary>Something the world was asked to do.</summary>
/// <param name="Id">Effect id; only grows per service.</param>
/// <param name="Kind">Such as <c>set-routes</c>.</param>
/// <param name="Text">For a person.</param>
/// <param name="Problem">Why the last attempt failed; null when it has not.</param>
public sealed record EffectInfo(long Id, string Kind, string Text, string? Problem = null);
