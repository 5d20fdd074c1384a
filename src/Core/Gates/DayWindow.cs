using System.Globalization;
using System.Text.Json.Serialization;
using NodaTime;

namespace Fairway.Gates;

/// <summary>
/// A time of certain days of the week, in a zone's wall time. One that ends at or before its beginning ends on the next day and belongs to the day it begins;
/// one that ends when it begins takes the whole day.
/// </summary>
/// <param name="Days">Days it begins on.</param>
/// <param name="From">Minutes after midnight, 0 to 1,439.</param>
/// <param name="To">Minutes after midnight, 0 to 1,439; it is over then.</param>
/// <param name="Zone">IANA name.</param>
public sealed record DayWindow(ImmutableArray<IsoDayOfWeek> Days, int From, int To, string Zone)
{
    /// <summary>Why, for people; null when nobody said.</summary>
    public string? Reason { get; init; }

    /// <summary>All days.</summary>
    public static ImmutableArray<IsoDayOfWeek> EveryDay { get; } =
        [IsoDayOfWeek.Monday, IsoDayOfWeek.Tuesday, IsoDayOfWeek.Wednesday, IsoDayOfWeek.Thursday, IsoDayOfWeek.Friday, IsoDayOfWeek.Saturday, IsoDayOfWeek.Sunday];

    /// <summary>For people: <c>Fri 12:00–00:00 Europe/Berlin</c>.</summary>
    [JsonIgnore]
    public string Text => $"{(Days.Length == 7 ? "every day" : string.Join(", ", Days.Select(day => day.ToString()[..3])))} {Clock(From)}–{Clock(To)} {Zone}";

    /// <summary>The window that begins on a day; null when none does, or the clocks leave nothing of it.</summary>
    public Interval? On(LocalDate day)
    {
        if (!Days.Contains(day.DayOfWeek)) return null;
        var zone = DateTimeZoneProviders.Tzdb[Zone];
        var from = WallTime.Begin(zone, day.AtMidnight().PlusMinutes(From));
        var to = WallTime.End(zone, (To > From ? day : day.PlusDays(1)).AtMidnight().PlusMinutes(To));
        return from < to ? new Interval(from, to) : null;
    }

    /// <summary>The windows that may concern a moment: of the days before it, and of the nine days after it.</summary>
    public IEnumerable<Interval> Around(Instant at)
    {
        var day = at.InZone(DateTimeZoneProviders.Tzdb[Zone]).Date;
        for (var offset = -2; offset <= 9; offset++)
            if (On(day.PlusDays(offset)) is { } window) yield return window;
    }

    /// <summary>Whether a moment is in it.</summary>
    public bool Holds(Instant at) => Around(at).Any(window => window.Contains(at));

    private static string Clock(int minutes) => string.Create(CultureInfo.InvariantCulture, $"{minutes / 60:00}:{minutes % 60:00}");
}
