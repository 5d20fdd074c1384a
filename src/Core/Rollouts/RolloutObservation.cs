using System.Text.Json.Serialization;
using Fairway.Catalog;
using Fairway.Gates;
using Fairway.Judgement;
using Fairway.Traffic;
using Fairway.Workloads;

namespace Fairway.Rollouts;

/// <summary>Who asked, and why in their own words.</summary>
/// <param name="Name">Such as <c>anna</c>, or <c>fairway</c> for the program itself.</param>
/// <param name="Reason">Free text; null when none was given.</param>
/// <param name="Grant">The grant it was allowed by; null when their own roles sufficed.</param>
public sealed record Actor(string Name, string? Reason = null, string? Grant = null)
{
    /// <summary>Who answers for it, when that is another name; nobody approves what they asked for themselves, also not by a token of theirs.</summary>
    public string? Person { get; init; }

    /// <summary>Their roles as they are written, such as <c>deployer@production</c>; null when they are not known. Rules read them.</summary>
    public ImmutableArray<string>? Roles { get; init; }
}

/// <summary>What a person steers a rollout with.</summary>
public enum RolloutCommand
{
    /// <summary>Stop advancing; traffic stays as it is. The judge still watches.</summary>
    Pause,

    /// <summary>Go on after a pause.</summary>
    Resume,

    /// <summary>Go on to 100 % now (or past a step that waits for a person).</summary>
    Promote,

    /// <summary>End the rollout: all traffic back on the stable release. The release is not rejected.</summary>
    Abort,

    /// <summary>
    /// Take the release back and reject it; without an active rollout, back to the release before the present one.
    /// </summary>
    Rollback,

    /// <summary>A rejected release may be deployed again.</summary>
    Unreject,

    /// <summary>The service leaves this environment: no routes, no instances, no queue. What happened stays on record.</summary>
    Retire,
}

/// <summary>What a release group tells its part in a service.</summary>
public enum GroupWord
{
    /// <summary>All parts are fine: the guard may end.</summary>
    Finish,

    /// <summary>Another part is not: back to the release before, without holding it against this one.</summary>
    TakeBack,
}

/// <summary>What a decision looks at. A closed set: each case is handled in <c>RolloutDecider</c>.</summary>
public abstract record RolloutObservation
{
    private RolloutObservation()
    {
    }

    /// <summary>Somebody wants a release in this environment.</summary>
    /// <param name="Release">The release.</param>
    /// <param name="Service">Routes, traffic and rollout policy as configured now; captured by the rollout.</param>
    /// <param name="Strategy">Overrides the policy's strategy when given.</param>
    /// <param name="By">Who.</param>
    /// <param name="Automatic">No person asked for just this (a promotion between environments): recorded, and <paramref name="Force"/> has no effect.</param>
    /// <param name="Force">A person insists: a rejected release is allowed again and deployed. Without it a rejected release is refused.</param>
    public sealed record DeployRequested(
        Release Release, ServiceSpec Service, Strategy? Strategy, Actor By, bool Automatic, bool Force = false) : RolloutObservation
    {
        /// <summary>What the gate said when it was asked for just this; null without a gate. Never kept: it is asked anew.</summary>
        [JsonIgnore]
        public GateVerdict? Gate { get; init; }

        /// <summary>The run of a release group that it is a part of: it completes when the group lets it. Null for a release that ships alone.</summary>
        public string? Group { get; init; }
    }

    /// <summary>A person's word.</summary>
    /// <param name="Command">What.</param>
    /// <param name="By">Who.</param>
    /// <param name="Target">
    /// A release digest. <see cref="RolloutCommand.Unreject"/>: which one (required). Others: the release it is meant for; when that is no longer the one it
    /// would act on, the command is refused as a conflict. So a doubled or late command does no harm.
    /// </param>
    public sealed record Commanded(RolloutCommand Command, Actor By, string? Target = null) : RolloutObservation;

    /// <summary>The word of a release group about its part here. Said twice it does no more than once.</summary>
    /// <param name="Word">What.</param>
    /// <param name="Run">The group's run, such as <c>production/checkout/3</c>.</param>
    /// <param name="Release">Digest of the part's release; when that is not the one it would act on, the word is refused as a conflict.</param>
    /// <param name="By">Who, and why.</param>
    public sealed record Grouped(GroupWord Word, string Run, string Release, Actor By) : RolloutObservation;

    /// <summary>An effect ended. An id that is not awaited changes nothing.</summary>
    public sealed record EffectSettled(long EffectId, EffectOutcome Outcome) : RolloutObservation;

    /// <summary>The judge has learned more of the stable release between rollouts, and it is to be kept.</summary>
    public sealed record Learned(JudgeMemory Memory) : RolloutObservation;

    /// <summary>What the world looks like now.</summary>
    public sealed record Looked(WorldView World) : RolloutObservation;
}

/// <summary>The observed world of one service.</summary>
/// <param name="Instances">Every instance of the service that is not fully gone.</param>
/// <param name="Edge">Null when the edge did not answer.</param>
public sealed record WorldView(ImmutableArray<InstanceView> Instances, EdgeView? Edge)
{
    /// <summary>What the metrics source last said; null when it was not asked.</summary>
    public MetricsView? Metrics { get; init; }

    /// <summary>What the gates say now of what waits for them; null where there are no gates.</summary>
    public GateView? Gates { get; init; }
}

/// <summary>Gates' answers at the moment of a look. A release that is not among them has not been asked about, and does not pass.</summary>
/// <param name="Verdicts">By release and moment.</param>
public sealed record GateView(ImmutableArray<GateVerdict> Verdicts)
{
    /// <summary>The answer for a release at a moment; null when it was not asked.</summary>
    public GateVerdict? Of(string release, GateMoment moment) => Verdicts.FirstOrDefault(one => one.Release == release && one.Moment == moment);
}

/// <summary>What the edge says of one service.</summary>
/// <param name="Epoch">See <see cref="EdgeCounters.Epoch"/>.</param>
/// <param name="Generation">Generation of the service's routes now in force; 0 when it has none.</param>
/// <param name="Instances">Counters of the service's instances.</param>
public sealed record EdgeView(string Epoch, long Generation, ImmutableArray<InstanceCounters> Instances);
