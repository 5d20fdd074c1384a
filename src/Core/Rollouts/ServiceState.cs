using System.Text.Json.Serialization;
using Fairway.Catalog;
using Fairway.Judgement;
using Fairway.Kernel;
using NodaTime;

namespace Fairway.Rollouts;

/// <summary>Everything Fairway knows and wants of one service in one environment: the aggregate that rollouts happen in.</summary>
/// <remarks>It is the fold of its stream's events and nothing else: <c>RolloutEvolver.Apply</c>.</remarks>
public sealed record ServiceState
{
    /// <summary>The service in its environment.</summary>
    public required ServiceKey Key { get; init; }

    /// <summary>Events applied so far: the expected version of the next append.</summary>
    public long Version { get; init; }

    /// <summary>Highest effect id given out.</summary>
    public long LastEffect { get; init; }

    /// <summary>Effects not yet acknowledged (the outbox), by id.</summary>
    public ImmutableSortedDictionary<long, RolloutEffect> Outbox { get; init; } = ImmutableSortedDictionary<long, RolloutEffect>.Empty;

    /// <summary>Slot A.</summary>
    public Slot A { get; init; } = new();

    /// <summary>Slot B.</summary>
    public Slot B { get; init; } = new();

    /// <summary>The slot whose release is the stable one; null before the first release completed.</summary>
    public SlotName? Stable { get; init; }

    /// <summary>The service as captured when the stable release was deployed.</summary>
    public ServiceSpec? Service { get; init; }

    /// <summary>The active rollout, or the last one.</summary>
    public Rollout? Rollout { get; init; }

    /// <summary>Rollouts begun so far; the next one's number is one more.</summary>
    public int RolloutCount { get; init; }

    /// <summary>What is deployed when the active rollout has made room; a newer request replaces it (newest wins).</summary>
    public RolloutObservation.DeployRequested? Queued { get; init; }

    /// <summary>Releases that were taken back, by digest: nothing automatic routes to them again.</summary>
    public ImmutableSortedDictionary<string, Rejection> Rejected { get; init; } = ImmutableSortedDictionary<string, Rejection>.Empty;

    /// <summary>The slot of that name.</summary>
    public Slot this[SlotName name] => name == SlotName.A ? A : B;
}

/// <summary>What a slot is meant to run.</summary>
public sealed record Slot
{
    /// <summary>The release in it; null when it is empty.</summary>
    public Release? Release { get; init; }

    /// <summary>Instances wanted.</summary>
    public int Instances { get; init; }

    /// <summary>Kept running until then for a rollback; null when it serves or is empty.</summary>
    public Instant? WarmUntil { get; init; }
}

/// <summary>A release that was taken back.</summary>
/// <param name="Rollout">In which rollout.</param>
/// <param name="At">When.</param>
/// <param name="Why">Why.</param>
public sealed record Rejection(string Rollout, Instant At, Why Why);

/// <summary>Where a rollout is.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<RolloutPhase>))]
public enum RolloutPhase
{
    /// <summary>Files made ready, <c>before</c> hook run.</summary>
    Preparing,

    /// <summary>Candidate's instances starting.</summary>
    Starting,

    /// <summary>At 0 %, reachable by the preview route; <c>smoke</c> hook run.</summary>
    Verifying,

    /// <summary>Traffic shifted step by step.</summary>
    Shifting,

    /// <summary>At 100 %, still watched.</summary>
    Guarding,

    /// <summary>The candidate is the stable release.</summary>
    Completed,

    /// <summary>Traffic going back to the stable release, candidate being drained.</summary>
    RollingBack,

    /// <summary>Taken back; the release is rejected.</summary>
    RolledBack,

    /// <summary>Ended by a person or a newer release; the release is not rejected.</summary>
    Aborted,
}

/// <summary>One rollout.</summary>
public sealed record Rollout
{
    /// <summary><c>environment/service/number</c>.</summary>
    public required string Id { get; init; }

    /// <summary>The release being shipped.</summary>
    public required Release Release { get; init; }

    /// <summary>The release before it; null for the first.</summary>
    public Release? Previous { get; init; }

    /// <summary>The service as configured when it began: policy changes made meanwhile are the next rollout's.</summary>
    public required ServiceSpec Service { get; init; }

    /// <summary>The strategy in force.</summary>
    public required Strategy Strategy { get; init; }

    /// <summary>Slot the candidate runs in.</summary>
    public required SlotName Candidate { get; init; }

    /// <summary>Where it is.</summary>
    public RolloutPhase Phase { get; init; }

    /// <summary>The plan: weights and instance counts, in order.</summary>
    public required ImmutableArray<PlannedStep> Steps { get; init; }

    /// <summary>Index of the step in force; −1 before the first.</summary>
    public int Step { get; init; } = -1;

    /// <summary>Share that the edge has confirmed for the candidate.</summary>
    public Weight Weight { get; init; }

    /// <summary>A person's pause.</summary>
    public bool Paused { get; init; }

    /// <summary>Who asked for it.</summary>
    public required Actor By { get; init; }

    /// <summary>When it began.</summary>
    public required Instant StartedAt { get; init; }

    /// <summary>When the present phase or step began.</summary>
    public required Instant Since { get; init; }

    /// <summary>Last progress, for the progress deadline.</summary>
    public required Instant ProgressAt { get; init; }

    /// <summary>When it reached an end.</summary>
    public Instant? EndedAt { get; init; }

    /// <summary>Why the last decision was taken: what it waits for, or why it ended.</summary>
    public required Why Why { get; init; }

    /// <summary>What the judge has gathered.</summary>
    public JudgeState Judge { get; init; } = JudgeState.Empty;

    /// <summary>Whether it has not reached an end.</summary>
    public bool IsActive => Phase is not (RolloutPhase.Completed or RolloutPhase.RolledBack or RolloutPhase.Aborted);
}

/// <summary>One step of the plan. Weight and instances never change in one move: instances grow first, then the weight, then the old ones shrink.</summary>
/// <param name="Weight">The candidate's share.</param>
/// <param name="CandidateInstances">Ready candidates needed before the weight is set.</param>
/// <param name="StableInstances">Stable instances left after the weight is confirmed.</param>
/// <param name="Pause">Shortest time at this step; null waits for a person.</param>
public sealed record PlannedStep(Weight Weight, int CandidateInstances, int StableInstances, Duration? Pause);
