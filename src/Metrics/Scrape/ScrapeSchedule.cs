namespace Fairway.Metrics.Scrape;

/// <summary>When a target is scraped, and which time its samples get. Pure.</summary>
public static class ScrapeSchedule
{
    private static readonly TimeSpan MostTolerance = TimeSpan.FromMilliseconds(2);

    /// <summary>The next time of a target after now: its interval's grid, moved by its hash, so that targets spread and each keeps its
    /// place over restarts.</summary>
    public static DateTimeOffset Next(DateTimeOffset now, TimeSpan interval, ulong hash)
    {
        var offset = (long)(hash % (ulong)interval.Ticks);
        var since = (now.UtcTicks - offset) % interval.Ticks;
        return now.AddTicks(interval.Ticks - since);
    }

    /// <summary>The time of samples, in milliseconds since 1970: the planned one when the scrape began no more than 1 % of the interval,
    /// at most 2 ms, beside it, because
    /// regular times take a bit each in a chunk and irregular ones two bytes; the real one otherwise.</summary>
    public static long Timestamp(DateTimeOffset planned, DateTimeOffset actual, TimeSpan interval)
    {
        var tolerance = interval / 100 < MostTolerance ? interval / 100 : MostTolerance;
        return ((actual - planned).Duration() <= tolerance ? planned : actual).ToUnixTimeMilliseconds();
    }
}
