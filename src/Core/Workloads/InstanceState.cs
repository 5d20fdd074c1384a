using Fairway.Catalog;
using System.Text.Json.Serialization;
using Fairway.Kernel;
using Fairway.Rollouts;
using NodaTime;

namespace Fairway.Workloads;

/// <summary>Why an instance is being ended.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<Ending>))]
public enum Ending
{
    /// <summary>It is not.</summary>
    None,

    /// <summary>Its liveness check failed: it is started again afterwards.</summary>
    Unhealthy,

    /// <summary>It is not wanted any more.</summary>
    Removed,
}

/// <summary>Everything the runtime remembers of one instance's life, as a value.</summary>
public sealed record InstanceState
{
    /// <summary>See <see cref="InstanceView.Id"/>.</summary>
    public required string Id { get; init; }

    /// <summary>Its slot.</summary>
    public required SlotName Slot { get; init; }

    /// <summary>0 to count − 1.</summary>
    public required int Ordinal { get; init; }

    /// <summary>The release's digest.</summary>
    public required string Release { get; init; }

    /// <summary>Where it is in its life.</summary>
    public InstancePhase Phase { get; init; } = InstancePhase.Starting;

    /// <summary>When the phase began.</summary>
    public required Instant Since { get; init; }

    /// <summary>Whether a process of it runs.</summary>
    public bool Running { get; init; }

    /// <summary>Number of the present or last try to start it, 1 for the first; each gets a folder, a marker and a cgroup of its own.</summary>
    public int Attempt { get; init; }

    /// <summary>Processes started so far.</summary>
    public int Launches { get; init; }

    /// <summary>Ends and failed starts in a row, for the backoff.</summary>
    public int Failures { get; init; }

    /// <summary>When it is to be started; null while it runs, or while a start is under way.</summary>
    public Instant? LaunchAt { get; init; }

    /// <summary>Whether the present process has been ready.</summary>
    public bool WasReady { get; init; }

    /// <summary>Why it is being ended.</summary>
    public Ending Ending { get; init; }

    /// <summary>When TERM has had its time.</summary>
    public Instant? KillAt { get; init; }

    /// <summary>What the failed liveness check said.</summary>
    public string? Cause { get; init; }

    /// <summary>Readiness answers.</summary>
    public HealthTally Ready { get; init; }

    /// <summary>Liveness answers.</summary>
    public HealthTally Live { get; init; }

    /// <summary>See <see cref="InstanceView.LastExit"/>.</summary>
    public ExitReason? LastExit { get; init; }

    /// <summary>See <see cref="InstanceView.Fault"/>.</summary>
    public Fault? Fault { get; init; }

    /// <summary>Starts after the first.</summary>
    [JsonIgnore]
    public int Restarts => Math.Max(0, Launches - 1);

    /// <summary>An instance that is to be started now.</summary>
    public static InstanceState New(string id, SlotName slot, int ordinal, string release, Instant now)
        => new() { Id = id, Slot = slot, Ordinal = ordinal, Release = release, Since = now, LaunchAt = now };
}
