using Fairway.Catalog;
using Fairway.Gates;

namespace Fairway.Rollouts;

/// <summary>Whether a gate lets a release pass.</summary>
internal enum Passed
{
    /// <summary>It may go on.</summary>
    Yes,

    /// <summary>It waits: a person, time or a machine may still open the gate.</summary>
    NotYet,

    /// <summary>It goes no further.</summary>
    No,
}

/// <summary>Asks the gates at the moment of use, and keeps what they said.</summary>
internal static class Passing
{
    /// <summary>Asks; the answer is recorded when it is another than before.</summary>
    public static Passed Ask(Turn turn, WorldView world, Release release, GateMoment moment)
    {
        if (world.Gates is not { } gates) return Passed.Yes;
        // Not asked about just this release: the next look will have been.
        if (gates.Of(release.Digest, moment) is not { } verdict) return Passed.NotYet;
        Record(turn, verdict);
        return verdict.Answer switch
        {
            GateAnswer.Allow => Passed.Yes,
            GateAnswer.Hold => Passed.NotYet,
            // A calendar opens by itself: what was let in before it closed is not lost.
            GateAnswer.Deny => verdict.Rules.All(static rule => !rule.Stops || rule.Answer != GateAnswer.Deny || rule.Until is not null) ? Passed.NotYet : Passed.No,
            _ => throw new System.Diagnostics.UnreachableException(verdict.Answer.ToString()),
        };
    }

    /// <summary>Keeps an answer that says something else than the one before. One without a rule says nothing.</summary>
    public static void Record(Turn turn, GateVerdict? verdict)
    {
        if (verdict is null || verdict.Rules.IsEmpty || verdict.SaysAs(turn.State.Gate)) return;
        turn.Emit(new RolloutEvent.GateAnswered(verdict, turn.Now));
    }
}
