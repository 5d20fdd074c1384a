using NodaTime;

namespace Fairway.Catalog;

/// <summary>A service promises that its data is backed up.</summary>
/// <param name="MaxAge">The newest backup is no older than this.</param>
/// <param name="Proof">A file that every backup writes anew, relative to the configuration file: its age is the backup's. Null where backups are attested only.</param>
public sealed record BackupPromise(Duration MaxAge, string? Proof);

/// <summary>How many of a service's events must be good, counted over a window.</summary>
/// <param name="Name">Such as <c>availability</c>.</param>
/// <param name="Good">PromQL: how many events of the window were good, one number.</param>
/// <param name="Total">PromQL: how many there were, one number.</param>
/// <param name="Target">The share that must be good, above 0 and below 1.</param>
/// <param name="Window">The window that both expressions speak of.</param>
public sealed record Objective(string Name, string Good, string Total, double Target, Duration Window)
{
    /// <summary>
    /// The share of the error budget that is left: 1 is all, 0 none, below 0 overspent. The budget is 1 − target of all events; null when there were none.
    /// </summary>
    public double? Remaining(double good, double total) => total > 0 ? 1 - BurnRate(good, total) : null;

    /// <summary>
    /// How many times as fast as allowed the error budget is spent: the share of bad events over 1 − target (Google, The Site Reliability Workbook, chapter 5, "burn rate"). At
    /// 1 it lasts exactly the window; where nothing was counted, nothing is spent.
    /// </summary>
    public double BurnRate(double good, double total) => total > 0 ? (total - good) / total / (1 - Target) : 0;
}
