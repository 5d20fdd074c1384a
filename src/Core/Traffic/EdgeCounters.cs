namespace Fairway.Traffic;

/// <summary>The edge's counters at one moment. Exact integers that only grow within one <see cref="Epoch"/>.</summary>
/// <param name="Epoch">New with every start of the edge; counters of two epochs must not be subtracted.</param>
/// <param name="TableVersion">The table in force when they were read.</param>
/// <param name="Instances">One row per service, release and instance that had traffic or is in the table.</param>
public sealed record EdgeCounters(string Epoch, long TableVersion, ImmutableArray<InstanceCounters> Instances);

/// <summary>One instance's counters.</summary>
public sealed record InstanceCounters
{
    /// <summary>Environment's name.</summary>
    public required string Environment { get; init; }

    /// <summary>Service's name.</summary>
    public required string Service { get; init; }

    /// <summary>The release's digest.</summary>
    public required string Release { get; init; }

    /// <summary>The release's version, for people.</summary>
    public required string Version { get; init; }

    /// <summary>Instance id.</summary>
    public required string Instance { get; init; }

    /// <summary>Finished exchanges by status class, index 1 to 5 (1xx is an upgrade: 101). Index 0 is exchanges that ended without a status because the client left.</summary>
    public required ImmutableArray<long> Requests { get; init; }

    /// <summary>Exchanges that failed on the instance's side: no connection, connection reset, time-out. Those answered to the client are in 5xx too.</summary>
    public long ConnectFailures { get; init; }

    /// <summary>Reset or cut before the response was whole.</summary>
    public long Resets { get; init; }

    /// <summary>No first byte in time.</summary>
    public long Timeouts { get; init; }

    /// <summary>Attempts on this instance that were tried again elsewhere.</summary>
    public long Retries { get; init; }

    /// <summary>Body bytes from clients.</summary>
    public long BytesIn { get; init; }

    /// <summary>Body bytes to clients.</summary>
    public long BytesOut { get; init; }

    /// <summary>Exchanges and upgraded connections now open.</summary>
    public long InFlight { get; init; }

    /// <summary>Of these, upgraded connections (WebSockets).</summary>
    public long Upgraded { get; init; }

    /// <summary>Latency to the response's last byte: log-linear buckets (<see cref="LatencyBuckets"/>), sparse, as index and count; upgraded connections excluded.</summary>
    public ImmutableSortedDictionary<int, long> Latency { get; init; } = ImmutableSortedDictionary<int, long>.Empty;
}
