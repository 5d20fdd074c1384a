namespace Fairway.Web;

/// <summary>How far back a chart looks.</summary>
/// <param name="Name">In addresses and on the page.</param>
/// <param name="Length">How long.</param>
public sealed record TimeRange(string Name, TimeSpan Length)
{
    private const int Points = 120;

    /// <summary>Those that are offered; the first is the usual one.</summary>
    public static IReadOnlyList<TimeRange> All { get; } =
    [
        new("15m", TimeSpan.FromMinutes(15)), new("1h", TimeSpan.FromHours(1)), new("6h", TimeSpan.FromHours(6)), new("24h", TimeSpan.FromHours(24)),
        new("7d", TimeSpan.FromDays(7)),
    ];

    /// <summary>Between two points, in milliseconds.</summary>
    public long Step => Math.Max(5_000, (long)Length.TotalMilliseconds / Points);

    /// <summary>For rates: wide enough to hold several samples, and no gap between two points.</summary>
    public string Window => $"{Math.Max(60, Step * 2 / 1000)}s";

    /// <summary>The one of that name, or the usual one.</summary>
    public static TimeRange Of(string? name) => All.FirstOrDefault(range => range.Name == name) ?? All[0];
}
