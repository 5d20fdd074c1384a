using Fairway.Judgement;
using Fairway.Kernel;
using Fairway.Verification;
using NodaTime;

namespace Fairway.Rollouts;

/// <summary>Which plan of steps takes a service from one release to the next.</summary>
public enum Strategy
{
    /// <summary>Shares of traffic that grow, by default 1, 10, 50, 100 %.</summary>
    Canary,

    /// <summary>All instances started beside the old ones, then all traffic at once.</summary>
    BlueGreen,

    /// <summary>Instances replaced in batches, traffic following capacity.</summary>
    Rolling,
}

/// <summary>One step of a canary: a weight, and how long it is watched at least.</summary>
/// <param name="Weight">The candidate's share.</param>
/// <param name="Pause">Shortest time at this weight; null waits for a person's <c>promote</c>.</param>
public sealed record CanaryStep(Weight Weight, Duration? Pause);

/// <summary>A command around a rollout.</summary>
/// <param name="Command">Argument vector, run in the release's artifact folder.</param>
/// <param name="Timeout">Killed and failed after this long.</param>
public sealed record HookSpec(ImmutableArray<string> Command, Duration Timeout);

/// <summary>How a new release of a service takes over, from <c>fairway.yaml</c>; captured in each rollout when it starts.</summary>
public sealed record RolloutPolicy
{
    /// <summary>The strategy used unless <c>deploy --strategy</c> says otherwise.</summary>
    public Strategy Strategy { get; init; } = Strategy.Canary;

    /// <summary>Instances that serve at 100 %.</summary>
    public int Instances { get; init; } = 1;

    /// <summary>The canary's steps. The last weight is always 100 %: it is added when missing.</summary>
    public ImmutableArray<CanaryStep> Steps { get; init; } =
    [
        new(Weight.FromPercent(1), Duration.FromSeconds(60)), new(Weight.FromPercent(10), Duration.FromSeconds(60)),
        new(Weight.FromPercent(50), Duration.FromSeconds(60)), new(Weight.Full, Duration.Zero),
    ];

    /// <summary>Rolling: instances above the wanted number while replacing. At least one of the two is positive.</summary>
    public int MaxSurge { get; init; } = 1;

    /// <summary>Rolling: instances that may be missing while replacing.</summary>
    public int MaxUnavailable { get; init; }

    /// <summary>How long the judge goes on watching at 100 %.</summary>
    public Duration Guard { get; init; } = Duration.FromSeconds(60);

    /// <summary>How long the replaced release stays running after the rollout is complete, so that a rollback is a pointer flip.</summary>
    public Duration KeepWarm { get; init; } = Duration.FromMinutes(10);

    /// <summary>Without progress for this long, the rollout is taken back. A pause for a person does not count.</summary>
    public Duration ProgressDeadline { get; init; } = Duration.FromMinutes(10);

    /// <summary>The candidate is taken back at this share of 5xx, time-outs and resets…</summary>
    public double MaxErrorRatio { get; init; } = 0.5;

    /// <summary>… of at least this many of its requests.</summary>
    public long MinRequests { get; init; } = 20;

    /// <summary>How the arms are compared; null leaves the ceiling alone, and then time passes a step.</summary>
    public JudgeSettings? Judge { get; init; }

    /// <summary>More restarts of the candidate's instances than this during the rollout make a crash loop.</summary>
    public int MaxRestarts { get; init; } = 3;

    /// <summary>Run before instances start (a failure ends the rollout before anything changed).</summary>
    public HookSpec? Before { get; init; }

    /// <summary>Run against the candidate through the preview route at weight 0; <c>$FAIRWAY_URL</c> is its address.</summary>
    public HookSpec? Smoke { get; init; }

    /// <summary>What must be so before the first traffic, and at 100 % before the guard ends; null checks nothing.</summary>
    public ImmutableArray<CheckSpec>? Verify { get; init; }

    /// <summary>Run after the rollout is complete; a failure is recorded and changes nothing.</summary>
    public HookSpec? After { get; init; }

    /// <summary>The policy that a rollout is judged by.</summary>
    /// <param name="compares">Whether the arms are compared at all; a rollback only has the ceiling.</param>
    public JudgePolicy PolicyOf(bool compares) => Judge is { } judge && compares
        ? new(MaxErrorRatio, MinRequests) { FalseRollback = judge.FalseRollback, Metrics = judge.Metrics, WarmUpRequests = judge.WarmUpRequests, Guard = Guard }
        : new(MaxErrorRatio, MinRequests);
}
