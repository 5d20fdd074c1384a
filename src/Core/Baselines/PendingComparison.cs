using Fairway.Judgement;
using Fairway.Kernel;
using Fairway.Rollouts;
using NodaTime;

namespace Fairway.Baselines;

/// <summary>A rollout whose comparison is not in the ledger yet: what was measured of it so far.</summary>
public sealed record PendingComparison
{
    /// <summary>With so much of the window after, the comparison is made as soon as the rollout has ended.</summary>
    public static readonly Duration Least = Duration.FromSeconds(30);

    /// <summary>The comparison waits no longer than this after the rollout's end.</summary>
    public static readonly Duration Patience = Duration.FromSeconds(60);

    /// <summary>The window before, as it is or will be in the ledger.</summary>
    public required BaselineEvent.BeforeMeasured Opened { get; init; }

    /// <summary>Whether that is in the ledger.</summary>
    public bool IsOpen { get; init; }

    /// <summary>Whether it was begun by an earlier control plane.</summary>
    public bool IsResumed { get; init; }

    /// <summary>What the service is judged by.</summary>
    public ImmutableArray<MetricPolicy> Metrics { get; init; } = [];

    /// <summary>How the rollout ended; null while it is under way.</summary>
    public RolloutPhase? Outcome { get; private init; }

    /// <summary>When it ended.</summary>
    public Instant? EndedAt { get; private init; }

    /// <summary>Whether a newer rollout took the traffic.</summary>
    public bool IsSuperseded { get; private init; }

    /// <summary>The candidate from its first traffic until it is taken back.</summary>
    public WindowMeter? Arm { private get; init; }

    private bool IsArmOver { get; init; }

    // The candidate from 100 % on.
    private WindowMeter? Full { get; init; }

    /// <summary>The rollout's number.</summary>
    public int Number => Opened.Number;

    /// <summary>One more look.</summary>
    public PendingComparison Look(ServiceState state, WorldView world, UsageLook? usage, Instant at)
    {
        var mine = state.RolloutCount == Number ? state.Rollout : null;
        var next = mine is null ? this : this with { Metrics = mine.Service.Rollout.Judge?.Metrics ?? [] };
        if (Outcome is null && (mine is null || mine.EndedAt is not null)) next = next.End(state, mine, at);
        var goesOn = mine is { Phase: RolloutPhase.Shifting or RolloutPhase.Guarding };
        if (!IsArmOver && Arm is not null && next.Outcome != RolloutPhase.Completed) next = next with { Arm = Arm.Look(world, usage, at), IsArmOver = !goesOn };
        else if (Arm is null && goesOn && world.Edge is { } seen) next = next with { Arm = WindowMeter.Begin(Opened.Release.Digest, MeterStart.ControlPlane, world, seen, at) };
        if (!next.HasAll(state, mine)) return next;
        return Full is not null ? next with { Full = Full.Look(world, usage, at) }
            : world.Edge is { } edge ? next with { Full = WindowMeter.Begin(Opened.Release.Digest, IsResumed ? MeterStart.ControlPlane : MeterStart.Traffic, world, edge, at) } : next;
    }

    /// <summary>A newer rollout takes the traffic: what was measured until now is all there is.</summary>
    public PendingComparison Supersede(ServiceState state, Instant at) => (Outcome is null ? End(state, null, at) : this) with { IsSuperseded = true };

    /// <summary>Whether the comparison is to be made now.</summary>
    public bool IsDue(Instant now)
    {
        if (Outcome is null) return false;
        if (IsSuperseded || Outcome != RolloutPhase.Completed) return true;
        return (Full is { } full && full.At - full.Began >= Least) || now >= EndedAt + Patience;
    }

    /// <summary>What is known of the candidate now: of one that stays since 100 %, of one that was taken back while it had traffic. Null without anything.</summary>
    /// <param name="isLast">Whether nothing more will come.</param>
    public MeasuredWindow? After(bool isLast)
    {
        var isBack = Outcome is not (null or RolloutPhase.Completed);
        if ((isBack ? Arm : Full) is not { } meter || meter.Measure(Metrics, Opened.Before) is not { } window) return null;
        return window with { Short = meter.Start switch
        {
            MeterStart.ControlPlane => Shortness("the control plane began anew then"),
            MeterStart.Gap => Shortness("before that it was not seen for a while"),
            _ when !isBack && window.Length < Least && IsSuperseded => Shortness("a newer rollout took the traffic"),
            _ when !isBack && window.Length < Least && isLast => Shortness("no more could be seen"),
            _ => null,
        } };

        Why Shortness(string reason) => Why.Because("window-short", "{length} only: {reason}", ("length", BaselineWords.Time(window.Length)), ("reason", reason));
    }

    /// <summary>The comparison, as it goes into the ledger.</summary>
    /// <param name="after">The window after, with what was asked for; null for none.</param>
    /// <param name="memory">What the judge learned of the service.</param>
    /// <param name="now">Now.</param>
    public BaselineEvent.ReleaseCompared Conclude(MeasuredWindow? after, JudgeMemory? memory, Instant now)
    {
        Invariant.Check(Outcome is not null, $"{Opened.Rollout} is compared before its end");
        var changes = WindowComparison.Compare(Opened.Before, after, memory);
        var why = after is null ? Missed() : BaselineWords.Summary(Opened, Outcome!.Value, changes);
        return new(Opened.Rollout, Number, Opened.Release, Opened.Stable, Opened.IsRollback, Outcome!.Value, Opened.Before, after, changes, why, now);
    }

    private Why Missed() => Why.Because("after-missed", "{version} was not measured {when}: {reason}", ("version", Opened.Release.Version),
        ("when", Outcome == RolloutPhase.Completed ? "after it had all the traffic" : "while it had traffic"),
        ("reason", IsResumed ? "the control plane was not there" : IsSuperseded ? "a newer rollout took the traffic at once" : "the edge did not answer"));

    private PendingComparison End(ServiceState state, Rollout? mine, Instant at) => this with
    {
        // Of one that another took the place of unseen, what serves says how it ended.
        Outcome = mine?.Phase ?? (state.StableRelease?.Digest == Opened.Release.Digest || state.Past.Any(past => past.Digest == Opened.Release.Digest) ? RolloutPhase.Completed : RolloutPhase.Aborted),
        EndedAt = mine?.EndedAt ?? at,
    };

    private bool HasAll(ServiceState state, Rollout? mine) => Outcome is null or RolloutPhase.Completed && (mine is { Phase: RolloutPhase.Shifting or RolloutPhase.Guarding, ConfirmedAt: not null }
        ? mine.Weight == Weight.Full
        : Outcome == RolloutPhase.Completed && state.StableRelease?.Digest == Opened.Release.Digest && state.Active is not { Step: >= 0 });
}
