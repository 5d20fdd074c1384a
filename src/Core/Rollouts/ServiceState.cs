using System.Text.Json.Serialization;
using Fairway.Catalog;
using Fairway.Gates;
using Fairway.Judgement;
using Fairway.Kernel;
using Fairway.Traffic;
using NodaTime;

namespace Fairway.Rollouts;

/// <summary>Everything Fairway knows and wants of one service in one environment: the aggregate that rollouts happen in.</summary>
/// <remarks>It is the fold of its stream's events and nothing else: <see cref="RolloutEvolver.Apply"/>.</remarks>
public sealed record ServiceState
{
    /// <summary>The service in its environment.</summary>
    public required ServiceKey Key { get; init; }

    /// <summary>Events applied so far: the expected version of the next append.</summary>
    public long Version { get; init; }

    /// <summary>When the last event was decided; null before the first. Time that runs backwards is noticed against it.</summary>
    public Instant? At { get; init; }

    /// <summary>Highest effect id given out.</summary>
    public long LastEffect { get; init; }

    /// <summary>Effects not yet acknowledged (the outbox), by id. One that a newer effect on the same thing made pointless is no longer here.</summary>
    public ImmutableSortedDictionary<long, RolloutEffect> Outbox { get; init; } = ImmutableSortedDictionary<long, RolloutEffect>.Empty;

    /// <summary>Slot A.</summary>
    public Slot A { get; init; } = new();

    /// <summary>Slot B.</summary>
    public Slot B { get; init; } = new();

    /// <summary>The slot whose release is the stable one; null before the first release completed.</summary>
    public SlotName? Stable { get; init; }

    /// <summary>The service as captured when the stable release was deployed, or configured since.</summary>
    public ServiceSpec? Service { get; init; }

    /// <summary>Former stable releases, the newest last, at most <see cref="PastLimit"/>: where a rollback without an active rollout goes.</summary>
    public ImmutableArray<Release> Past { get; init; } = [];

    /// <summary>What the judge has learned of the service between rollouts; null for nothing.</summary>
    public JudgeMemory? Memory { get; init; }

    /// <summary>The routes last asked for; in force once the edge answers with their generation. Null before the first.</summary>
    public ServiceRoutes? Routes { get; init; }

    /// <summary>How the last try to set the routes failed, until one succeeds.</summary>
    public EffectFailure? RoutesFailure { get; init; }

    /// <summary>The active rollout, or the last one.</summary>
    public Rollout? Rollout { get; init; }

    /// <summary>Rollouts begun so far; the next one's number is one more.</summary>
    public int RolloutCount { get; init; }

    /// <summary>What is deployed when the active rollout has made room; a newer request replaces it (newest wins).</summary>
    public RolloutObservation.DeployRequested? Queued { get; init; }

    /// <summary>What waits behind <see cref="Queued"/>, in order; only where every request has its turn.</summary>
    public ImmutableArray<RolloutObservation.DeployRequested> Behind { get; init; } = [];

    /// <summary>What the gate said last of what was asked for; null before it was asked.</summary>
    public GateVerdict? Gate { get; init; }

    /// <summary>Whether the service leaves this environment.</summary>
    public bool Retiring { get; init; }

    /// <summary>What became of the last release that came here as a part of a group; null when none has.</summary>
    public GroupPart? Part { get; init; }

    /// <summary>Releases that were taken back, by digest: nothing automatic routes to them again.</summary>
    public ImmutableSortedDictionary<string, Rejection> Rejected { get; init; } = ImmutableSortedDictionary<string, Rejection>.Empty;

    /// <summary>What a person should know of the service besides its rollout, such as a stable release without a ready instance; each code once.</summary>
    public ImmutableArray<Why> Notices { get; init; } = [];

    /// <summary>Most requests that wait behind the first.</summary>
    public const int BehindLimit = 99;

    /// <summary>How many former releases are remembered for rollbacks.</summary>
    public const int PastLimit = 10;

    /// <summary>The slot of that name.</summary>
    [JsonIgnore]
    public Slot this[SlotName name] => name == SlotName.A ? A : B;

    /// <summary>The stable release; null before the first release completed.</summary>
    [JsonIgnore]
    public Release? StableRelease => Stable is { } stable ? this[stable].Release : null;

    /// <summary>The rollout, while it has not reached an end.</summary>
    [JsonIgnore]
    public Rollout? Active => Rollout is { IsActive: true } active ? active : null;

    /// <summary>Whether what is queued waits for the gate and for nothing else.</summary>
    [JsonIgnore]
    public bool IsHeld => Active is null && Queued is { } queued && Gate is { } gate && gate.Release == queued.Release.Digest && gate.Answer != GateAnswer.Allow;

    /// <summary>The share of requests that the routes last asked for give to a slot.</summary>
    public Weight WeightOf(SlotName slot)
    {
        if (Routes is null) return Weight.Zero;
        foreach (var arm in Routes.Arms)
            if (arm.Name == slot.ToString() && arm.Release.Length > 0) return arm.Weight;
        return Weight.Zero;
    }
}

/// <summary>What a slot is meant to run.</summary>
public sealed record Slot
{
    /// <summary>The release in it, or the last one when it has no instances; null when it never had one.</summary>
    public Release? Release { get; init; }

    /// <summary>Instances asked of the runtime.</summary>
    public int Instances { get; init; }

    /// <summary>
    /// Instances with an ordinal below this are stopped by nothing that may still be under way to the runtime. Only they may have traffic: where fewer were asked
    /// for a moment ago and more now, the older wish may arrive until the newer one is acknowledged.
    /// </summary>
    public int Sure { get; init; }

    /// <summary>When they were last asked for.</summary>
    public Instant? AskedAt { get; init; }

    /// <summary>Kept running until then for a rollback; null when it serves or is empty.</summary>
    public Instant? WarmUntil { get; init; }

    /// <summary>Instances with this ordinal and above take no new requests and are stopped once they hold none; null when nothing is drained.</summary>
    public int? DrainTo { get; init; }

    /// <summary>When the edge had confirmed that they are draining: the drain timeout counts from here.</summary>
    public Instant? DrainingSince { get; init; }

    /// <summary>Whether routes with this slot were asked for since it was last empty: then it is stopped only after the edge has let go of it.</summary>
    public bool Routed { get; init; }

    /// <summary>How the last try to set its instances failed, until one succeeds.</summary>
    public EffectFailure? Failure { get; init; }
}

/// <summary>Where a release is that came as a part of a group.</summary>
public enum GroupPartPhase
{
    /// <summary>It waits for its turn.</summary>
    Queued,

    /// <summary>Its rollout is under way.</summary>
    Rolling,

    /// <summary>Its rollout completed.</summary>
    Completed,

    /// <summary>It was dropped from the queue, or its rollout ended otherwise.</summary>
    Ended,
}

/// <summary>What became of a release that came as a part of a group.</summary>
/// <param name="Run">The group's run.</param>
/// <param name="Release">Digest.</param>
/// <param name="Rollout">Its rollout; null before that began.</param>
/// <param name="Phase">Where it is.</param>
/// <param name="Why">Why it ended; null before.</param>
public sealed record GroupPart(string Run, string Release, string? Rollout, GroupPartPhase Phase, Why? Why);

/// <summary>A failed effect, tried again after a while.</summary>
/// <param name="Fault">What happened.</param>
/// <param name="At">When.</param>
/// <param name="Attempts">Failures in a row.</param>
public sealed record EffectFailure(Fault Fault, Instant At, int Attempts);

/// <summary>A release that was taken back.</summary>
/// <param name="Rollout">In which rollout.</param>
/// <param name="At">When.</param>
/// <param name="Why">Why.</param>
public sealed record Rejection(string Rollout, Instant At, Why Why);
