using System.Text.Json.Serialization;
using Fairway.Catalog;
using Fairway.Judgement;
using Fairway.Kernel;
using Fairway.Traffic;
using NodaTime;

namespace Fairway.Rollouts;

/// <summary>Where a rollout is.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<RolloutPhase>))]
public enum RolloutPhase
{
    /// <summary>Files made ready, <c>before</c> hook run, the candidate's slot emptied.</summary>
    Preparing,

    /// <summary>The database made ready for the release, before any instance of it starts; left out where none is declared.</summary>
    Expanding,

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

    /// <summary>Taken back; the release is rejected, unless this machine or Fairway was to blame.</summary>
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

    /// <summary>Whether it takes the service back to a former release: no canary, no hooks, no guard.</summary>
    public bool IsRollback { get; init; }

    /// <summary>The service as configured when it began: policy changes made meanwhile are the next rollout's.</summary>
    public required ServiceSpec Service { get; init; }

    /// <summary>The strategy in force.</summary>
    public required Strategy Strategy { get; init; }

    /// <summary>Slot the candidate runs in.</summary>
    public required SlotName Candidate { get; init; }

    /// <summary>Where it is.</summary>
    public RolloutPhase Phase { get; init; }

    /// <summary>What must run before the first request is shifted: the stable arm shrinks to its number first, then the candidate grows. Weight 0.</summary>
    public required PlannedStep Start { get; init; }

    /// <summary>The plan: weights and instance counts, in order. The last weight is always 100 %.</summary>
    public required ImmutableArray<PlannedStep> Steps { get; init; }

    /// <summary>Index of the step in force; −1 before the first.</summary>
    public int Step { get; init; } = -1;

    /// <summary>Share that the edge has confirmed for the candidate.</summary>
    public Weight Weight { get; init; }

    /// <summary>When the edge confirmed the present step's weight: its pause counts from here. Null until then.</summary>
    public Instant? ConfirmedAt { get; init; }

    /// <summary>A person's pause.</summary>
    public bool Paused { get; init; }

    /// <summary>A person's <c>promote</c> not to wait at steps any more.</summary>
    public bool Promoted { get; init; }

    /// <summary>A person's <c>promote</c> past this step, which waits for a person (the number of steps: past the guard); null when there was none.</summary>
    public int? PromotedPast { get; init; }

    /// <summary>Whether the gate keeps it from its first traffic: no deadline runs meanwhile.</summary>
    public bool GateHolds { get; init; }

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

    /// <summary>Why the last decision was taken: what it waits for, or why it ended. <c>RolloutDecider.Explain</c> has the numbers of this moment.</summary>
    public required Why Why { get; init; }

    /// <summary>The end that <see cref="RolloutPhase.RollingBack"/> leads to; null while going forward.</summary>
    public RolloutPhase? EndsAs { get; init; }

    /// <summary>Why it was taken back, aborted or superseded; null while going forward.</summary>
    public Why? TakenBackFor { get; init; }

    /// <summary>Whether the release's files are ready.</summary>
    public bool Prepared { get; init; }

    /// <summary>Why the files could not be made ready, until they are.</summary>
    public EffectFailure? PrepareFailure { get; init; }

    /// <summary>Hooks that were begun, each once.</summary>
    public ImmutableSortedDictionary<HookKind, HookRun> Hooks { get; init; } = ImmutableSortedDictionary<HookKind, HookRun>.Empty;

    /// <summary>Checks that were begun, by <see cref="Verifying.KeyOf"/>; the last attempt of each.</summary>
    public ImmutableSortedDictionary<string, CheckRun> Checks { get; init; } = ImmutableSortedDictionary.Create<string, CheckRun>(StringComparer.Ordinal);

    /// <summary>Whether all its checks passed, or one has failed for good; null until that is known.</summary>
    public bool? Verified { get; init; }

    /// <summary>Stages of its migrations that were begun.</summary>
    public ImmutableSortedDictionary<Migrations.MigrationStage, MigrationRun> Migrations { get; init; } = ImmutableSortedDictionary<Migrations.MigrationStage, MigrationRun>.Empty;

    /// <summary>Most candidates ever ready at the same time; each more is progress.</summary>
    public int ReadySeen { get; init; }

    /// <summary>Restarts that the candidate's instances had before the rollout (a slot kept warm); null before they were first seen.</summary>
    public int? RestartsBefore { get; init; }

    /// <summary>Since when fewer candidates are ready than the step needs, at a weight above 0; null when there are enough.</summary>
    public Instant? ShortSince { get; init; }

    /// <summary>What the judge has gathered.</summary>
    public JudgeState Judge { get; init; } = JudgeState.Empty;

    /// <summary>The judge's last verdict.</summary>
    public Verdict Verdict { get; init; }

    /// <summary>The last verdict's reason; null before the first.</summary>
    public Why? VerdictWhy { get; init; }

    /// <summary>Start of the last judged tick in which the candidate had requests: a verdict counts for a step only if that lies inside the step.</summary>
    public Instant? VerdictFrom { get; init; }

    /// <summary>How far the edge's counters are used up.</summary>
    public CounterCursor? Cursor { get; init; }

    /// <summary>The run of a release group that it is a part of; null when it ships alone.</summary>
    public string? Group { get; init; }

    /// <summary>Whether the group has let it complete.</summary>
    public bool Released { get; init; }

    /// <summary>Whether its guard goes on until a release group has made up its mind.</summary>
    [JsonIgnore]
    public bool IsHeldByGroup => Group is not null && !Released;

    /// <summary>Whether it has not reached an end.</summary>
    [JsonIgnore]
    public bool IsActive => Phase is not (RolloutPhase.Completed or RolloutPhase.RolledBack or RolloutPhase.Aborted);

    /// <summary>What it is judged by; the same throughout.</summary>
    [JsonIgnore]
    public JudgePolicy JudgePolicy => Service.Rollout.PolicyOf(compares: !IsRollback);

    /// <summary>What is to be reached now: the step in force, or what must run before the first.</summary>
    [JsonIgnore]
    public PlannedStep Target => Step >= 0 ? Steps[Step] : Start;
}

/// <summary>One step of the plan. Weight and instances never change in one move: instances grow first, then the weight, then the old ones shrink.</summary>
/// <param name="Weight">The candidate's share.</param>
/// <param name="CandidateInstances">Ready candidates needed before the weight is set.</param>
/// <param name="StableInstances">Stable instances left after the weight is confirmed.</param>
/// <param name="Pause">Shortest time at this step; null waits for a person.</param>
public sealed record PlannedStep(Weight Weight, int CandidateInstances, int StableInstances, Duration? Pause);

/// <summary>A check of a rollout: its last attempt, and how the ones before went.</summary>
/// <param name="EffectId">The effect that makes the attempt.</param>
/// <param name="Attempt">Which one, from 1; one that could not be made counts only once.</param>
/// <param name="Limit">How long it may take.</param>
/// <param name="StartedAt">When it was asked for.</param>
/// <param name="Failures">Attempts that found something else than was declared.</param>
/// <param name="Faults">Tries in a row that could not be made at all, through no fault of the release.</param>
/// <param name="EndedAt">When its outcome was known; null while it runs.</param>
/// <param name="Outcome">How it ended; null while it runs.</param>
public sealed record CheckRun(long EffectId, int Attempt, Duration Limit, Instant StartedAt, int Failures = 0, int Faults = 0, Instant? EndedAt = null, EffectOutcome? Outcome = null)
{
    /// <summary>Whether it found what was declared.</summary>
    [JsonIgnore]
    public bool Passed => Outcome is { Fault: null };
}

/// <summary>A hook of a rollout.</summary>
/// <param name="EffectId">The effect that runs it.</param>
/// <param name="StartedAt">When it was asked for.</param>
/// <param name="EndedAt">When its outcome was known; null while it runs.</param>
/// <param name="Outcome">How it ended; null while it runs.</param>
public sealed record HookRun(long EffectId, Instant StartedAt, Instant? EndedAt = null, EffectOutcome? Outcome = null)
{
    /// <summary>Whether it ended well.</summary>
    [JsonIgnore]
    public bool Passed => Outcome is { Fault: null, ExitCode: null or 0 };
}
