using NodaTime;

namespace Fairway.Judgement;

/// <summary>How often to look at the counts.</summary>
/// <remarks>
/// A release that fails half of its requests is known after three or four failures, and a second of its traffic may hold as many again. So
/// the judge looks closely while a share is new, as most regressions show then, and when there is some evidence already. On the other hand
/// a tick of few requests says little, as the failing one is itself a large part of its traffic, and one of a single request says nothing;
/// with little traffic, ticks are longer.
/// A tick's length follows from what was seen *before* it, so its table is still hypergeometric under the null and the evidence valid; a
/// tick that ended at a failure would not be.
/// </remarks>
public static class JudgePace
{
    /// <summary>Between two looks with enough traffic: a second, or 50 requests.</summary>
    public static readonly Duration Usual = Duration.FromSeconds(1);

    /// <summary>From the moment a new share is in force to the first look: before the third failure there is nothing to decide.</summary>
    public static readonly Duration First = Duration.FromMilliseconds(750);

    /// <summary>Between two looks while a share is new: a quarter of a second, or a quarter of the usual requests.</summary>
    public static readonly Duration New = Duration.FromMilliseconds(250);

    /// <summary>A share is new for so long.</summary>
    public static readonly Duration NewFor = Duration.FromSeconds(5);

    /// <summary>Between two looks while there is some evidence of a regression: half a second, or half of the usual requests.</summary>
    public static readonly Duration Suspicious = Duration.FromMilliseconds(500);

    /// <summary>Between two looks however little traffic there is.</summary>
    public static readonly Duration Most = Duration.FromSeconds(10);

    // Natural logarithm: five to one.
    private const double SomeEvidence = 1.6;

    // Requests to both arms in a tick: one in fifty is lost on the tick's own totals.
    private const double Requests = 50;

    // Lengths are whole multiples of this, as those who look do so by a clock of their own.
    private const double Grain = 250;

    /// <summary>How long the next tick is to last.</summary>
    /// <param name="policy">The rollout's policy.</param>
    /// <param name="state">After the last tick.</param>
    public static Duration Next(JudgePolicy policy, JudgeState state)
    {
        if (policy.Metrics.IsEmpty) return Usual;
        if (state.AtWeight == Duration.Zero) return First;
        var least = state.AtWeight < NewFor ? New : Judge.LogEvidence(policy, state) > SomeEvidence ? Suspicious : Usual;
        return Duration.Max(least, Duration.Min(Most, Enough(state, Requests * (least / Usual))));
    }

    // Never longer than what was seen so far: the first seconds of a new share say little of its traffic.
    private static Duration Enough(JudgeState state, double requests)
    {
        if (state.Recent.Length < 2) return Duration.Zero;
        var (seen, span) = (0L, (state.Recent[^1].To - state.Recent[0].To).TotalMilliseconds);
        foreach (var tick in state.Recent.AsSpan()[1..]) seen += tick.Counts.Requests + tick.StableRequests;
        var enough = seen > 0 ? Math.Min(span, requests * span / seen) : span;
        return Duration.FromMilliseconds((long)(Math.Floor(enough / Grain) * Grain));
    }
}
