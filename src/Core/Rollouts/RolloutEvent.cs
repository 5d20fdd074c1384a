using System.Text.Json.Serialization;
using Fairway.Catalog;
using Fairway.Gates;
using Fairway.Judgement;
using Fairway.Kernel;
using Fairway.Traffic;
using Fairway.Verification;
using NodaTime;

namespace Fairway.Rollouts;

/// <summary>
/// What happened to a service. A closed set; a <see cref="ServiceState"/> is the fold of these and nothing else. The attribute list is the one table of type
/// names; a changed shape is a new version beside the old one, which stays readable.
/// </summary>
/// <param name="At">When it was decided.</param>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "type")]
[JsonDerivedType(typeof(RolloutStarted), "rollout-started.v1")]
[JsonDerivedType(typeof(PhaseEntered), "phase-entered.v1")]
[JsonDerivedType(typeof(StepEntered), "step-entered.v1")]
[JsonDerivedType(typeof(CandidatesReady), "candidates-ready.v1")]
[JsonDerivedType(typeof(CandidatesShort), "candidates-short.v1")]
[JsonDerivedType(typeof(WeightConfirmed), "weight-confirmed.v1")]
[JsonDerivedType(typeof(Judged), "judged.v1")]
[JsonDerivedType(typeof(Learned), "judge-learned.v1")]
[JsonDerivedType(typeof(Waiting), "waiting.v1")]
[JsonDerivedType(typeof(Paused), "rollout-paused.v1")]
[JsonDerivedType(typeof(Resumed), "rollout-resumed.v1")]
[JsonDerivedType(typeof(Promoted), "rollout-promoted.v1")]
[JsonDerivedType(typeof(GroupReleased), "group-released.v1")]
[JsonDerivedType(typeof(RollbackStarted), "rollback-started.v1")]
[JsonDerivedType(typeof(RolloutEnded), "rollout-ended.v1")]
[JsonDerivedType(typeof(ReleaseRejected), "release-rejected.v1")]
[JsonDerivedType(typeof(ReleaseUnrejected), "release-unrejected.v1")]
[JsonDerivedType(typeof(DeployQueued), "deploy-queued.v1")]
[JsonDerivedType(typeof(DeployDropped), "deploy-dropped.v1")]
[JsonDerivedType(typeof(GateAnswered), "gate-answered.v1")]
[JsonDerivedType(typeof(RetirementStarted), "retirement-started.v1")]
[JsonDerivedType(typeof(Retired), "service-retired.v1")]
[JsonDerivedType(typeof(ServiceConfigured), "service-configured.v1")]
[JsonDerivedType(typeof(DrainPlanned), "drain-planned.v1")]
[JsonDerivedType(typeof(DrainStarted), "drain-started.v1")]
[JsonDerivedType(typeof(EffectIssued), "effect-issued.v1")]
[JsonDerivedType(typeof(EffectSettled), "effect-settled.v1")]
[JsonDerivedType(typeof(ContractAsked), "contract-asked.v1")]
[JsonDerivedType(typeof(Verified), "rollout-verified.v1")]
[JsonDerivedType(typeof(NoticesChanged), "notices-changed.v1")]
[JsonDerivedType(typeof(ClockSteppedBack), "clock-stepped-back.v1")]
public abstract record RolloutEvent(Instant At)
{
    /// <summary>A rollout began; what was queued is used up.</summary>
    /// <param name="Id"><c>environment/service/number</c>.</param>
    /// <param name="Number">Of the service, from 1.</param>
    /// <param name="Release">The release being shipped.</param>
    /// <param name="Previous">The stable release before it.</param>
    /// <param name="IsRollback">It takes the service back to a former release.</param>
    /// <param name="Service">The service as configured now.</param>
    /// <param name="Strategy">The strategy in force.</param>
    /// <param name="Candidate">Slot the candidate runs in.</param>
    /// <param name="Start">What must run before the first request is shifted.</param>
    /// <param name="Steps">The plan.</param>
    /// <param name="By">Who asked.</param>
    /// <param name="Why">In words.</param>
    /// <param name="At">When.</param>
    public sealed record RolloutStarted(
        string Id, int Number, Release Release, Release? Previous, bool IsRollback, ServiceSpec Service, Strategy Strategy, SlotName Candidate,
        PlannedStep Start, ImmutableArray<PlannedStep> Steps, Actor By, Why Why, Instant At) : RolloutEvent(At)
    {
        /// <summary>The run of a release group that it is a part of; null when it ships alone.</summary>
        public string? Group { get; init; }
    }

    /// <summary>The rollout went on to its next phase.</summary>
    public sealed record PhaseEntered(RolloutPhase Phase, Why Why, Instant At) : RolloutEvent(At);

    /// <summary>The rollout went on to a step of its plan.</summary>
    public sealed record StepEntered(int Step, Why Why, Instant At) : RolloutEvent(At);

    /// <summary>More candidates are ready than ever before in this rollout; <paramref name="RestartsBefore"/> with their first sight.</summary>
    public sealed record CandidatesReady(int Ready, int Wanted, int RestartsBefore, Instant At) : RolloutEvent(At);

    /// <summary>Candidates that had traffic are no longer ready (<paramref name="Missing"/> of them), or all are again (0).</summary>
    public sealed record CandidatesShort(int Missing, Instant At) : RolloutEvent(At);

    /// <summary>The edge confirmed the candidate's share.</summary>
    public sealed record WeightConfirmed(Weight Weight, long Generation, Instant At) : RolloutEvent(At);

    /// <summary>The judge saw a tick. Cursor and state move in one record, so no request is counted twice or lost.</summary>
    /// <param name="Tick">The evidence; null when the counts were only taken note of (nothing of it may be judged).</param>
    /// <param name="Cursor">How far the edge's counters are used up.</param>
    /// <param name="State">What the judge carries on.</param>
    /// <param name="Verdict">The verdict on everything seen so far.</param>
    /// <param name="Why">Its reason.</param>
    /// <param name="At">When.</param>
    public sealed record Judged(JudgeTick? Tick, CounterCursor Cursor, JudgeState State, Verdict Verdict, Why Why, Instant At) : RolloutEvent(At);

    /// <summary>What the judge has learned of the stable release against itself, for the next rollout.</summary>
    public sealed record Learned(JudgeMemory Memory, Instant At) : RolloutEvent(At);

    /// <summary>The rollout waits for something else than before.</summary>
    public sealed record Waiting(Why Why, Instant At) : RolloutEvent(At);

    /// <summary>A person paused it.</summary>
    public sealed record Paused(Actor By, Instant At) : RolloutEvent(At);

    /// <summary>A person let it go on.</summary>
    public sealed record Resumed(Actor By, Instant At) : RolloutEvent(At);

    /// <summary>A person promoted it: past <paramref name="PastStep"/>, or with null all the way.</summary>
    public sealed record Promoted(Actor By, int? PastStep, Instant At) : RolloutEvent(At);

    /// <summary>The release group that it is a part of lets it complete: every other part is fine too.</summary>
    public sealed record GroupReleased(Actor By, Instant At) : RolloutEvent(At);

    /// <summary>The rollout goes back; it will end as <paramref name="EndsAs"/> (rolled back or aborted).</summary>
    public sealed record RollbackStarted(RolloutPhase EndsAs, Actor By, Why Why, Instant At) : RolloutEvent(At);

    /// <summary>The rollout reached its end (completed, rolled back or aborted).</summary>
    public sealed record RolloutEnded(RolloutPhase Phase, Why Why, Instant At) : RolloutEvent(At);

    /// <summary>Nothing automatic routes to the release again.</summary>
    public sealed record ReleaseRejected(string Digest, string Version, string Rollout, Actor By, Why Why, Instant At) : RolloutEvent(At);

    /// <summary>A person allowed the release again.</summary>
    public sealed record ReleaseUnrejected(string Digest, Actor By, Instant At) : RolloutEvent(At);

    /// <summary>A deploy waits for its turn.</summary>
    public sealed record DeployQueued(RolloutObservation.DeployRequested Request, Why Why, Instant At) : RolloutEvent(At)
    {
        /// <summary>It waits behind what waits already.</summary>
        public bool Behind { get; init; }
    }

    /// <summary>A deploy that waited will not happen: replaced by a newer one, cancelled, rejected meanwhile or already serving.</summary>
    public sealed record DeployDropped(string Digest, string Version, Actor By, Why Why, Instant At) : RolloutEvent(At);

    /// <summary>The gate said something else than before of what was asked for, with every rule that spoke.</summary>
    public sealed record GateAnswered(GateVerdict Verdict, Instant At) : RolloutEvent(At);

    /// <summary>The service is to leave this environment.</summary>
    public sealed record RetirementStarted(Actor By, Instant At) : RolloutEvent(At);

    /// <summary>It has left: nothing of it runs or is routed.</summary>
    public sealed record Retired(Instant At) : RolloutEvent(At);

    /// <summary>Routes, traffic policy or rollout policy of the stable release changed without a new release.</summary>
    public sealed record ServiceConfigured(ServiceSpec Service, Actor By, Instant At) : RolloutEvent(At);

    /// <summary>Instances of a slot from ordinal <paramref name="To"/> on shall take no new requests and then stop; null calls it off.</summary>
    public sealed record DrainPlanned(SlotName Slot, int? To, Why Why, Instant At) : RolloutEvent(At);

    /// <summary>The edge confirmed that they drain.</summary>
    public sealed record DrainStarted(SlotName Slot, Instant At) : RolloutEvent(At);

    /// <summary>The world is asked to do something; it stays in the outbox until it is settled.</summary>
    public sealed record EffectIssued(RolloutEffect Effect, Why Why, Instant At) : RolloutEvent(At);

    /// <summary>The world answered an effect.</summary>
    public sealed record EffectSettled(long EffectId, EffectOutcome Outcome, Instant At) : RolloutEvent(At);

    /// <summary>A person wants the contract that waits to run, or the one that failed to be tried again.</summary>
    public sealed record ContractAsked(Actor By, Instant At) : RolloutEvent(At);

    /// <summary>The last word on a release's checks: all passed, or one has failed for good. Said once in a rollout; it is the artifact's attestation too.</summary>
    /// <param name="Artifact">Digest of the artifact that was checked.</param>
    /// <param name="Passed">Whether all passed.</param>
    /// <param name="Results">Every check that has a word.</param>
    /// <param name="Why">In words.</param>
    /// <param name="At">When.</param>
    public sealed record Verified(string Artifact, bool Passed, ImmutableArray<CheckResult> Results, Why Why, Instant At) : RolloutEvent(At);

    /// <summary>What a person should know of the service changed.</summary>
    public sealed record NoticesChanged(ImmutableArray<Why> Notices, Instant At) : RolloutEvent(At);

    /// <summary>The clock was set back: all waiting times are moved by as much, so that nothing waits longer for it.</summary>
    public sealed record ClockSteppedBack(Duration By, Instant At) : RolloutEvent(At);
}
