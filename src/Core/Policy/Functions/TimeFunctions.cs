using NodaTime;

namespace Fairway.Policy;

/// <summary>Parts of timestamps, in UTC or a time zone, and of durations.</summary>
internal static class TimeFunctions
{
    public static IEnumerable<CelFunction> All { get; } =
    [
        .. Part("getFullYear", at => at.Year),
        .. Part("getMonth", at => at.Month - 1),
        .. Part("getDayOfYear", at => at.DayOfYear - 1),
        .. Part("getDayOfMonth", at => at.Day - 1),
        .. Part("getDate", at => at.Day),
        .. Part("getDayOfWeek", at => (int)at.DayOfWeek % 7),
        .. Part("getHours", at => at.Hour),
        .. Part("getMinutes", at => at.Minute),
        .. Part("getSeconds", at => at.Second),
        .. Part("getMilliseconds", at => at.Millisecond),
        CelFunction.Of("duration.getHours() -> int", (_, a) => CelInt.Of(((CelDuration)a[0]).Nanoseconds / 3_600_000_000_000)),
        CelFunction.Of("duration.getMinutes() -> int", (_, a) => CelInt.Of(((CelDuration)a[0]).Nanoseconds / 60_000_000_000)),
        CelFunction.Of("duration.getSeconds() -> int", (_, a) => CelInt.Of(((CelDuration)a[0]).Nanoseconds / 1_000_000_000)),
        CelFunction.Of("duration.getMilliseconds() -> int", (_, a) => CelInt.Of(((CelDuration)a[0]).Nanoseconds / 1_000_000 % 1_000)),
    ];

    private static IEnumerable<CelFunction> Part(string name, Func<LocalDateTime, int> part)
    {
        yield return CelFunction.Of($"timestamp.{name}() -> int", (_, a) => CelInt.Of(part(((CelTimestamp)a[0]).Value.InUtc().LocalDateTime)));
        yield return CelFunction.Of($"timestamp.{name}(string) -> int", (_, a) => TimeText.Zone(((CelString)a[1]).Value) is not { } zone
            ? CelError.Of(CelErrorKind.InvalidArgument, $"there is no time zone {CelText.Brief(a[1])}")
            : Local(((CelTimestamp)a[0]).Value, zone) is { } local ? CelInt.Of(part(local)) : CelError.Of(CelErrorKind.Overflow, "the local time is outside the years it can have"));
    }

    // Year 9999 in a zone ahead of UTC has no calendar any more.
    private static LocalDateTime? Local(Instant instant, DateTimeZone zone)
    {
        var offset = zone.GetUtcOffset(instant);
        return offset.Seconds > (CelTimestamp.Latest - instant).TotalSeconds ? null : instant.WithOffset(offset).LocalDateTime;
    }
}
