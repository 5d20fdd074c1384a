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
/// <param name="Weight">The candidate's confirmed share during the whole tick.</param>
/// <param name="Candidate">The candidate's counts in the tick.</param>
/// <param name="Stable">All concurrent stable traffic in the tick; null when there is no stable release.</param>
public sealed record JudgeTick(Instant From, Instant To, Weight Weight, ArmCounts Candidate, ArmCounts? Stable);

/// <summary>Limits the judge works with.</summary>
/// <param name="MaxErrorRatio">Absolute ceiling: regressed at this share of errors…</param>
/// <param name="MinRequests">… of at least this many requests.</param>
public sealed record JudgePolicy(double MaxErrorRatio, long MinRequests);

/// <summary>What the judge carries from tick to tick.</summary>
/// <param name="Candidate">The candidate's counts since the last change of weight.</param>
/// <param name="Stable">The stable arm's counts in the same ticks.</param>
public sealed record JudgeState(ArmCounts Candidate, ArmCounts Stable)
{
    /// <summary>Before the first tick.</summary>
    public static JudgeState Empty { get; } = new(ArmCounts.None, ArmCounts.None);
}

/// <summary>The judge's answer to one tick.</summary>
/// <param name="Next">State for the next tick.</param>
/// <param name="Verdict">The verdict on everything seen so far.</param>
/// <param name="Why">The verdict's reason with its numbers.</param>
public sealed record JudgeAnswer(JudgeState Next, Verdict Verdict, Why Why);
