using System.Text.Json.Serialization;
using Fairway.Kernel;
using NodaTime;

namespace Fairway.Judgement;

/// <summary>What the evidence says of a candidate.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<Verdict>))]
public enum Verdict
{
    /// <summary>Neither proven. Silence is never a pass nor a failure.</summary>
    InsufficientEvidence,

    /// <summary>Proven no worse than the margin.</summary>
    Safe,

    /// <summary>Worse: take it back.</summary>
    Regressed,
}

/// <summary>Raw counts of one arm. Integers only: conditional tests need events and exposures, never rates.</summary>
/// <param name="Requests">Finished exchanges.</param>
/// <param name="Errors">Of these, 5xx answers, time-outs and resets by the instance.</param>
public sealed record ArmCounts(long Requests, long Errors)
{
    /// <summary>Nothing counted.</summary>
    public static ArmCounts None { get; } = new(0, 0);

    /// <summary>Sum of two counts.</summary>
    public static ArmCounts operator +(ArmCounts left, ArmCounts right) => new(left.Requests + right.Requests, left.Errors + right.Errors);
}

/// <summary>What happened on both arms between two looks at the edge.</summary>
/// <param name="From">Start of the tick.</param>
/// <param name="To">End of the tick.</param>
/// <param name="Weight">The candidate's confirmed share at the end of the tick; 0 until its first share is confirmed.</param>
/// <param name="Candidate">The candidate's counts in the tick.</param>
/// <param name="Stable">All concurrent stable traffic in the tick; null when there is no stable release.</param>
/// <param name="Mixed">The weight may have changed within the tick: the arms must not be compared, limits of one arm still hold.</param>
public sealed record JudgeTick(Instant From, Instant To, Weight Weight, ArmCounts Candidate, ArmCounts? Stable, bool Mixed = false);

/// <summary>Limits the judge works with.</summary>
/// <param name="MaxErrorRatio">Absolute ceiling: regressed at this share of errors…</param>
/// <param name="MinRequests">… of at least this many requests.</param>
public sealed record JudgePolicy(double MaxErrorRatio, long MinRequests);

/// <summary>The candidate's counts of one tick.</summary>
/// <param name="To">End of the tick.</param>
/// <param name="Counts">The counts.</param>
public sealed record RecentTick(Instant To, ArmCounts Counts);

/// <summary>What the judge carries from tick to tick.</summary>
/// <param name="Candidate">The candidate's counts since it had a share of the traffic.</param>
/// <param name="Stable">The stable arm's counts in the same ticks.</param>
public sealed record JudgeState(ArmCounts Candidate, ArmCounts Stable)
{
    /// <summary>The candidate's latest ticks: the window of the absolute ceiling.</summary>
    public ImmutableArray<RecentTick> Recent { get; init; } = [];

    /// <summary>Before the first tick.</summary>
    public static JudgeState Empty { get; } = new(ArmCounts.None, ArmCounts.None);
}

/// <summary>The judge's answer to one tick.</summary>
/// <param name="Next">State for the next tick.</param>
/// <param name="Verdict">The verdict on everything seen so far.</param>
/// <param name="Why">The verdict's reason with its numbers.</param>
public sealed record JudgeAnswer(JudgeState Next, Verdict Verdict, Why Why);

/// <summary>Judges a candidate by raw counts. The same ticks under the same policy give the same verdict forever.</summary>
public static class Judge
{
    /// <summary>The ceiling looks at the latest ticks that span at least this long and hold at least the policy's number of requests.</summary>
    public static readonly Duration Window = Duration.FromSeconds(10);

    /// <summary>
    /// One more tick. The absolute ceiling: <see cref="Verdict.Regressed"/> when, in the window or since the candidate has traffic, whichever is shorter, its errors
    /// reach the policy's share of at least the policy's number of requests.
    /// </summary>
    /// <remarks>A window, because a release that fails after a million good requests has failed too.</remarks>
    public static JudgeAnswer Observe(JudgePolicy policy, JudgeState state, JudgeTick tick)
    {
        var recent = Shorten(state.Recent.Add(new(tick.To, tick.Candidate)), policy, tick.To);
        var next = state with
        {
            Candidate = state.Candidate + tick.Candidate, Stable = state.Stable + (tick.Stable ?? ArmCounts.None), Recent = recent,
        };
        var window = Sum(recent);
        if (window.Requests < policy.MinRequests)
            return new(next, Verdict.InsufficientEvidence, Why.Because("too-few-requests", "{requests} of {needed} requests needed for a verdict",
                ("requests", window.Requests), ("needed", policy.MinRequests), ("errors", window.Errors)));
        var ratio = window.Requests == 0 ? 0 : (double)window.Errors / window.Requests;
        var limit = Weight.FromPercent((decimal)(policy.MaxErrorRatio * 100));
        return window.Requests > 0 && ratio >= policy.MaxErrorRatio
            ? new(next, Verdict.Regressed, Why.Because("error-ceiling", "{errors} of its last {requests} requests failed; the limit is {limit}",
                ("errors", window.Errors), ("requests", window.Requests), ("limit", limit)))
            : new(next, Verdict.InsufficientEvidence, Why.Because("under-ceiling", "{errors} of its last {requests} requests failed; the limit is {limit}",
                ("errors", window.Errors), ("requests", window.Requests), ("limit", limit)));
    }

    private static ImmutableArray<RecentTick> Shorten(ImmutableArray<RecentTick> ticks, JudgePolicy policy, Instant now)
    {
        var sum = Sum(ticks);
        var first = 0;
        while (first < ticks.Length - 1 && now - ticks[first].To >= Window && sum.Requests - ticks[first].Counts.Requests >= policy.MinRequests)
            sum = new(sum.Requests - ticks[first].Counts.Requests, sum.Errors - ticks[first++].Counts.Errors);
        return first == 0 ? ticks : ticks[first..];
    }

    private static ArmCounts Sum(ImmutableArray<RecentTick> ticks)
    {
        var sum = ArmCounts.None;
        foreach (var tick in ticks) sum += tick.Counts;
        return sum;
    }
}
