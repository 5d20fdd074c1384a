using Fairway.Catalog;
using Fairway.Kernel;
using Fairway.Rollouts;

namespace Fairway.Notifications;

/// <summary>
/// What was told of a service's present rollout: the fold of its records. Pure, so that the same records always give the same notices,
/// however often they are read.
/// </summary>
/// <param name="Started">The rollout's first record.</param>
/// <param name="Step">Index of the step in force; −1 before the first.</param>
/// <param name="TakenBack">Whether its going back was told.</param>
/// <param name="Held">Reasons told since the step began: a held step tells each once.</param>
public sealed record RolloutTale(RolloutEvent.RolloutStarted Started, int Step, bool TakenBack, ImmutableHashSet<string> Held)
{
    /// <summary>Reasons to stand still that a person should know; all others are the ordinary way of a rollout.</summary>
    private static readonly ImmutableHashSet<string> Holds =
    [
        "waits-for-person", "paused", "no-traffic", "no-readings", "waits-for-proof", "waits-for-edge-back", "wrong-split", "back-waits-for-stable",
        "back-waits-for-edge",
    ];

    /// <summary>Record types that matter here; others change nothing.</summary>
    public static ImmutableArray<string> Types { get; } =
        ["rollout-started", "step-entered", "waiting", "rollout-paused", "rollback-started", "rollout-ended"];

    /// <summary>Goes on by one record of the service's stream.</summary>
    /// <param name="tale">Before it; null when no rollout was seen.</param>
    /// <param name="seq">The record's position.</param>
    /// <param name="happened">What it says.</param>
    /// <param name="why">Its reason in words.</param>
    /// <returns>After it, and what is worth telling; null when nothing is.</returns>
    public static (RolloutTale? Next, Notice? Told) Tell(RolloutTale? tale, long seq, RolloutEvent happened, Why why)
    {
        if (happened is RolloutEvent.RolloutStarted started)
        {
            var begun = new RolloutTale(started, -1, started.IsRollback, []);
            return (begun, begun.Notice(seq, started.IsRollback ? NotificationKind.RolledBack : NotificationKind.Started, happened, why));
        }
        return tale is null ? (null, null) : tale.Go(seq, happened, why);
    }

    private (RolloutTale Next, Notice? Told) Go(long seq, RolloutEvent happened, Why why) => happened switch
    {
        // The first step is the beginning that was told already.
        RolloutEvent.StepEntered { Step: var step } => (this with { Step = step, Held = [] }, step > 0 ? Notice(seq, NotificationKind.Promoted, happened, why) : null),
        RolloutEvent.Paused => Hold(seq, "paused", happened, why),
        RolloutEvent.Waiting { Why.Code: var code } when Holds.Contains(code) => Hold(seq, code, happened, why),
        RolloutEvent.RollbackStarted { EndsAs: var end } => TakenBack
            ? (this, null)
            : (this with { TakenBack = true, Held = [] }, Notice(seq, Back(end), happened, why)),
        RolloutEvent.RolloutEnded { Phase: RolloutPhase.Completed } => (this, Notice(seq, NotificationKind.Completed, happened, why)),
        RolloutEvent.RolloutEnded { Phase: var end } when !TakenBack => (this with { TakenBack = true }, Notice(seq, Back(end), happened, why)),
        _ => (this, null),
    };

    private static NotificationKind Back(RolloutPhase end) => end == RolloutPhase.Aborted ? NotificationKind.Aborted : NotificationKind.RolledBack;

    private (RolloutTale Next, Notice? Told) Hold(long seq, string code, RolloutEvent happened, Why why) => Held.Contains(code)
        ? (this, null)
        : (this with { Held = Held.Add(code) }, Notice(seq, NotificationKind.Held, happened, why));

    private Notice Notice(long seq, NotificationKind kind, RolloutEvent happened, Why why) => new()
    {
        Seq = seq,
        Kind = kind,
        At = happened.At,
        Environment = Key.Environment,
        Service = Key.Service,
        Rollout = Started.Id,
        Version = Started.Release.Version,
        Release = Started.Release.Digest,
        Previous = Started.Previous?.Version,
        IsRollback = Started.IsRollback,
        By = Started.By,
        Why = why,
    };

    private ServiceKey Key => Started.Service.Key;
}
