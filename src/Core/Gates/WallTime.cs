using NodaTime;
using NodaTime.Text;

namespace Fairway.Gates;

/// <summary>
/// Wall times of IANA zones as instants. Where a wall time does not exist (spring), the first instant after the gap stands for it; where it exists twice
/// (autumn), the first of the two begins something and the last ends it, so that windows overlap and never leave a gap.
/// </summary>
public static class WallTime
{
    private static readonly LocalDateTimePattern Minutes = LocalDateTimePattern.CreateWithInvariantCulture("uuuu'-'MM'-'dd'T'HH':'mm");
    private static readonly LocalDatePattern Days = LocalDatePattern.Iso;

    /// <summary>A zone by its IANA name; null when there is none.</summary>
    public static DateTimeZone? Zone(string id) => DateTimeZoneProviders.Tzdb.GetZoneOrNull(id);

    /// <summary>Names of all zones.</summary>
    public static IEnumerable<string> Zones => DateTimeZoneProviders.Tzdb.Ids;

    /// <summary>When something that begins at a wall time begins.</summary>
    public static Instant Begin(DateTimeZone zone, LocalDateTime wall)
    {
        var map = zone.MapLocal(wall);
        return map.Count == 0 ? map.LateInterval.Start : map.First().ToInstant();
    }

    /// <summary>When something that ends at a wall time ends.</summary>
    public static Instant End(DateTimeZone zone, LocalDateTime wall)
    {
        var map = zone.MapLocal(wall);
        return map.Count == 0 ? map.LateInterval.Start : map.Last().ToInstant();
    }

    /// <summary>Reads <c>2026-12-20T18:00</c> or a day alone; null when it is neither.</summary>
    public static LocalDateTime? Parse(string text)
        => Minutes.Parse(text) is { Success: true } minute ? minute.Value : Days.Parse(text) is { Success: true } day ? day.Value.AtMidnight() : null;

    /// <summary>An instant as the people of a zone read it: <c>Sat 2026-11-28 00:00 Europe/Berlin</c>.</summary>
    public static string Text(Instant at, DateTimeZone zone)
        => $"{at.InZone(zone).ToString("ddd uuuu'-'MM'-'dd HH':'mm", System.Globalization.CultureInfo.InvariantCulture)} {zone.Id}";
}
