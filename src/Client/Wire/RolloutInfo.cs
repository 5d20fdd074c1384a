using System.Text.Json;
using System.Text.Json.Serialization;

namespace Fairway.Client.Wire;

/// <summary>Values of a rollout's phase.</summary>
public static class RolloutPhases
{
    /// <summary>Files made ready.</summary>
    public const string Preparing = "preparing";

    /// <summary>The database made ready for the release.</summary>
    public const string Expanding = "expanding";

    /// <summary>Candidate's instances starting.</summary>
    public const string Starting = "starting";

    /// <summary>At 0 %, reachable by the preview route.</summary>
    public const string Verifying = "verifying";

    /// <summary>Traffic shifted step by step.</summary>
    public const string Shifting = "shifting";

    /// <summary>At 100 %, still watched.</summary>
    public const string Guarding = "guarding";

    /// <summary>Ended: the candidate is the stable release.</summary>
    public const string Completed = "completed";

    /// <summary>Traffic going back.</summary>
    public const string RollingBack = "rollingBack";

    /// <summary>Ended: taken back, the release is rejected.</summary>
    public const string RolledBack = "rolledBack";

    /// <summary>Ended by a person or a newer release.</summary>
    public const string Aborted = "aborted";

    /// <summary>Whether a rollout in this phase has ended.</summary>
    public static bool IsEnd(string phase) => phase is Completed or RolledBack or Aborted;
}

/// <summary>A rollout in a line, as the history lists it.</summary>
/// <param name="Id"><c>environment/service/number</c>.</param>
/// <param name="Number">Counts up per service and environment from 1.</param>
/// <param name="Environment">Such as <c>production</c>.</param>
/// <param name="Service">Such as <c>shop</c>.</param>
/// <param name="Release">Digest.</param>
/// <param name="Version">For people.</param>
/// <param name="PreviousVersion">Of the release before it; null for the first.</param>
/// <param name="Strategy"><c>canary</c>, <c>blueGreen</c> or <c>rolling</c>.</param>
/// <param name="Phase">One of <see cref="RolloutPhases"/>; an end is its outcome.</param>
/// <param name="StartedAt">When it began.</param>
/// <param name="EndedAt">When it reached an end; null while it is active.</param>
/// <param name="By">Who asked for it.</param>
/// <param name="Reason">In their words.</param>
/// <param name="Why">What it waits for, or why it ended.</param>
public sealed record RolloutSummary(
    string Id, int Number, string Environment, string Service, string Release, string Version, string? PreviousVersion, string Strategy, string Phase,
    DateTimeOffset StartedAt, DateTimeOffset? EndedAt, string By, string? Reason, WhyInfo Why)
{
    /// <summary>Whether it has reached an end.</summary>
    [System.Text.Json.Serialization.JsonIgnore]
    public bool HasEnded => RolloutPhases.IsEnd(Phase);
}

/// <summary>A rollout with its plan.</summary>
/// <param name="Summary">The line.</param>
/// <param name="PreviousRelease">Digest of the release before it.</param>
/// <param name="Candidate">Slot the candidate runs in.</param>
/// <param name="Steps">The plan, in order.</param>
/// <param name="Step">Index of the step in force; −1 before the first.</param>
/// <param name="Weight">Confirmed share in percent.</param>
/// <param name="Paused">A person's pause.</param>
/// <param name="Since">When the present phase or step began.</param>
/// <param name="CandidateRequests">Candidate's requests since the last change of weight.</param>
/// <param name="CandidateErrors">Of these, failed.</param>
/// <param name="StableRequests">Stable's requests in the same time.</param>
/// <param name="StableErrors">Of these, failed.</param>
/// <param name="Evidence">What the judge knows; null when it compares nothing.</param>
public sealed record RolloutInfo(
    RolloutSummary Summary, string? PreviousRelease, string Candidate, IReadOnlyList<StepInfo> Steps, int Step, double Weight, bool Paused, DateTimeOffset Since,
    long CandidateRequests, long CandidateErrors, long StableRequests, long StableErrors, EvidenceInfo? Evidence = null)
{
    /// <summary>Its checks, those of before any traffic first; empty where none are declared.</summary>
    public IReadOnlyList<CheckInfo> Checks { get; init; } = [];
}

/// <summary>Values of <see cref="CheckInfo.State"/>.</summary>
public static class CheckStates
{
    /// <summary>Not begun.</summary>
    public const string Waiting = "waiting";

    /// <summary>An attempt is under way.</summary>
    public const string Running = "running";

    /// <summary>The last attempt did not pass; another follows.</summary>
    public const string Retrying = "retrying";

    /// <summary>It found what was declared.</summary>
    public const string Passed = "passed";

    /// <summary>It did not, and is not tried again.</summary>
    public const string Failed = "failed";
}

/// <summary>A check of a release in its rollout.</summary>
/// <param name="Name">Such as <c>checkout</c>.</param>
/// <param name="Moment"><c>preview</c>: before any traffic; <c>live</c>: with all of it.</param>
/// <param name="State">One of <see cref="CheckStates"/>.</param>
/// <param name="Attempt">The last attempt, from 1; 0 before the first.</param>
/// <param name="Attempts">Most attempts.</param>
/// <param name="Expected">What was declared; of a failed attempt the part that was not so. Null before an attempt ended.</param>
/// <param name="Got">What was there, cut short; null before an attempt ended.</param>
/// <param name="Milliseconds">How long the last attempt took; null before one ended.</param>
public sealed record CheckInfo(string Name, string Moment, string State, int Attempt, int Attempts, string? Expected, string? Got, long? Milliseconds)
{
    /// <summary>What was there, and what was declared where it was not so; null before an attempt ended.</summary>
    [JsonIgnore]
    public string? Found => Got is null || Expected is null || State == CheckStates.Passed ? Got : $"expected {Expected}, got {Got}";
}

/// <summary>One step of a plan.</summary>
/// <param name="Weight">Candidate's share in percent.</param>
/// <param name="CandidateInstances">Ready candidates needed before the weight is set.</param>
/// <param name="StableInstances">Stable instances left after it is confirmed.</param>
/// <param name="PauseMs">Shortest time at this step; null waits for a person.</param>
public sealed record StepInfo(double Weight, int CandidateInstances, int StableInstances, long? PauseMs);

/// <summary>Body of <c>POST /api/rollouts</c>.</summary>
/// <param name="Service">Such as <c>shop</c>.</param>
/// <param name="Environment">Null is the only one that has the service.</param>
/// <param name="Release">Digest, or a prefix of it of at least 8 hex digits.</param>
/// <param name="Strategy"><c>canary</c>, <c>blueGreen</c> or <c>rolling</c>; null is the configured one.</param>
/// <param name="Reason">In the caller's words.</param>
/// <param name="Force">Deploy it even if it was taken back before.</param>
public sealed record DeployRequest(string Service, string? Environment, string Release, string? Strategy = null, string? Reason = null, bool Force = false);

/// <summary>Body of <c>POST /api/services/{environment}/{service}/commands</c>.</summary>
/// <param name="Command"><c>pause</c>, <c>resume</c>, <c>promote</c>, <c>abort</c>, <c>rollback</c> or <c>unreject</c>.</param>
/// <param name="Reason">In the caller's words.</param>
/// <param name="Target">For <c>unreject</c>: the release's digest.</param>
public sealed record CommandRequest(string Command, string? Reason = null, string? Target = null);

/// <summary>What a deployment or command led to. A refusal is a <see cref="FairwayException"/> with status 409.</summary>
/// <param name="Rollout">Id of the rollout it concerns: begun, queued behind, or steered; null when there is none.</param>
/// <param name="Queued">The deployment waits for the active rollout to make room.</param>
/// <param name="Why">The decision's reason.</param>
/// <param name="LedgerPosition">Position after the decision's records: following events from here misses nothing.</param>
public sealed record DecisionAnswer(string? Rollout, bool Queued, WhyInfo Why, long LedgerPosition)
{
    /// <summary>What the gate said of it, rule by rule; null where there is none.</summary>
    public GateVerdictInfo? Gate { get; init; }
}

/// <summary>A page of the history, newest first.</summary>
/// <param name="Rollouts">The rows.</param>
/// <param name="Cursor">Pass it to get the next page; null at the end.</param>
public sealed record RolloutPage(IReadOnlyList<RolloutSummary> Rollouts, string? Cursor);

/// <summary>Every decision of a rollout, in order.</summary>
/// <param name="Rollout">The rollout.</param>
/// <param name="Decisions">Its records.</param>
/// <param name="Evidence">What the judge knew at the last of them; null when it compared nothing.</param>
public sealed record ExplainInfo(RolloutSummary Rollout, IReadOnlyList<DecisionInfo> Decisions, EvidenceInfo? Evidence = null);

/// <summary>A decision as the ledger keeps it.</summary>
/// <param name="Seq">Position in the ledger.</param>
/// <param name="At">When.</param>
/// <param name="AfterMs">Since the rollout began.</param>
/// <param name="Actor">Who caused it.</param>
/// <param name="Type">Record type, such as <c>step-begun.v1</c>.</param>
/// <param name="Why">Its reason; null for a record without one.</param>
/// <param name="Effects">What the world was asked to do.</param>
/// <param name="Data">The record's data as it is stored.</param>
/// <param name="LogEvidence">Of the judge's looks: ln of the e-value that the candidate is worse; null of others.</param>
public sealed record DecisionInfo(
    long Seq, DateTimeOffset At, long AfterMs, string Actor, string Type, WhyInfo? Why, IReadOnlyList<EffectInfo> Effects, JsonElement Data,
    double? LogEvidence = null);
