using Fairway.Judgement;

namespace Fairway.Web;

/// <summary>What one column of a rollout's charts stands for: one of the judge's ticks, or several that were made one.</summary>
/// <param name="From">Milliseconds since 1970.</param>
/// <param name="To">Milliseconds since 1970.</param>
/// <param name="Candidate">The candidate's requests and errors.</param>
/// <param name="Stable">The stable release's.</param>
/// <param name="LogWorse">ln of the e-value for "worse"; of several ticks the strongest.</param>
/// <param name="LogSafe">ln of the e-value for "safe" of the metric furthest from it; null without one.</param>
public readonly record struct TraceTick(long From, long To, Tally Candidate, Tally Stable, double LogWorse, double? LogSafe)
{
    /// <summary>Both in one.</summary>
    public static TraceTick operator +(TraceTick older, TraceTick newer) => new(
        older.From, newer.To, older.Candidate + newer.Candidate, older.Stable + newer.Stable, Math.Max(older.LogWorse, newer.LogWorse), newer.LogSafe ?? older.LogSafe);

    /// <summary>Finished exchanges per second of an arm.</summary>
    public double? Rate(Tally arm) => To > From ? arm.Exposure * 1000 / (To - From) : null;

    /// <summary>Failed share of an arm; null without a request.</summary>
    public static double? Errors(Tally arm) => arm.Exposure > 0 ? arm.Ratio : null;
}
