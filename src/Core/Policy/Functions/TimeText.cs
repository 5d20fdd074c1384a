using System.Numerics;
using NodaTime;

namespace Fairway.Policy;

/// <summary>Timestamps by RFC 3339, durations such as <c>1h30m</c>, and time zones, as text.</summary>
internal static class TimeText
{
    private static readonly (string Name, long Nanoseconds)[] Units =
        [("ns", 1), ("us", 1_000), ("µs", 1_000), ("μs", 1_000), ("ms", 1_000_000), ("s", 1_000_000_000), ("m", 60_000_000_000), ("h", 3_600_000_000_000)];

    /// <summary>A timestamp: <c>2023-08-26T12:39:00.5-07:00</c>.</summary>
    public static CelValue ParseTimestamp(string text)
    {
        if (text.Length is < 20 or > 64 || text[4] != '-' || text[7] != '-' || text[10] != 'T' || text[13] != ':' || text[16] != ':') return Malformed(text, "timestamp such as 2026-01-31T23:59:59Z");
        if (Number(text, 0, 4) is not { } year || Number(text, 5, 2) is not { } month || Number(text, 8, 2) is not { } day || Number(text, 11, 2) is not { } hour
            || Number(text, 14, 2) is not { } minute || Number(text, 17, 2) is not { } second || month is < 1 or > 12 || hour > 23 || minute > 59 || second > 59
            || day < 1 || day > CalendarSystem.Iso.GetDaysInMonth(Math.Max(year, 1), month)) return Malformed(text, "timestamp such as 2026-01-31T23:59:59Z");
        var (at, nanoseconds) = (19, 0L);
        if (text[at] == '.')
        {
            var scale = 100_000_000L;
            for (at++; at < text.Length && char.IsAsciiDigit(text[at]); at++, scale /= 10) nanoseconds += (text[at] - '0') * scale;
            if (at == 20) return Malformed(text, "timestamp: digits are missing after the point");
        }
        int? offset = text[at..] switch
        {
            "Z" => 0,
            ['+' or '-', _, _, ':', _, _] zone when Number(zone, 1, 2) is { } hours and <= 23 && Number(zone, 4, 2) is { } minutes and <= 59
                => ((hours * 60) + minutes) * (zone[0] == '-' ? -60 : 60),
            _ => null,
        };
        if (offset is not { } seconds) return Malformed(text, "timestamp: Z or an offset such as +02:00 ends it");
        if (year == 0) return CelError.Of(CelErrorKind.Overflow, "the timestamp is outside the years 1 to 9999");
        var sinceEpoch = Instant.FromUtc(year, month, day, hour, minute, second).ToUnixTimeSeconds() - seconds;
        return sinceEpoch is < -62135596800 or > 253402300799 ? CelError.Of(CelErrorKind.Overflow, "the timestamp is outside the years 1 to 9999")
            : new CelTimestamp(Instant.FromUnixTimeSeconds(sinceEpoch).PlusNanoseconds(nanoseconds));
    }

    /// <summary>A duration: <c>1h30m</c>, <c>-1.5h</c>, <c>0</c>.</summary>
    public static CelValue ParseDuration(string text)
    {
        const string Expected = "duration such as 1h30m or 250ms";
        var at = text.Length > 0 && text[0] is '+' or '-' ? 1 : 0;
        if (text.Length is 0 or > 200 || at == text.Length) return Malformed(text, Expected);
        if (text.AsSpan(at) is "0") return new CelDuration(0);
        var total = BigInteger.Zero;
        while (at < text.Length)
        {
            var start = at;
            var (digits, scale) = (BigInteger.Zero, BigInteger.One);
            while (at < text.Length && char.IsAsciiDigit(text[at])) digits = (digits * 10) + text[at++] - '0';
            var counted = at - start;
            if (at < text.Length && text[at] == '.')
            {
                for (at++; at < text.Length && char.IsAsciiDigit(text[at]); at++, counted++) (digits, scale) = ((digits * 10) + text[at] - '0', scale * 10);
            }
            if (counted == 0) return Malformed(text, Expected);
            var unitAt = at;
            while (at < text.Length && text[at] != '.' && !char.IsAsciiDigit(text[at])) at++;
            var unit = Array.Find(Units, known => text.AsSpan(unitAt, at - unitAt).SequenceEqual(known.Name));
            if (unit.Name is null) return Malformed(text, Expected);
            total += digits * unit.Nanoseconds / scale;
        }
        if (text[0] == '-') total = -total;
        return total >= long.MinValue && total <= long.MaxValue ? new CelDuration((long)total) : CelError.Of(CelErrorKind.Overflow, "the duration is longer than about 292 years");
    }

    /// <summary>A time zone by name or as an offset; null when there is none of that name.</summary>
    public static DateTimeZone? Zone(string text)
    {
        if (text is "" or "UTC" or "Z") return DateTimeZone.Utc;
        var sign = text[0] is '+' or '-' ? 1 : 0;
        if (text.Length - sign == 5 && text[sign + 2] == ':' && Number(text, sign, 2) is { } hours && Number(text, sign + 3, 2) is { } minutes)
            return hours <= 18 && minutes <= 59 && (hours < 18 || minutes == 0)
                ? DateTimeZone.ForOffset(Offset.FromSeconds(((hours * 60) + minutes) * (text[0] == '-' ? -60 : 60))) : null;
        return DateTimeZoneProviders.Tzdb.GetZoneOrNull(text);
    }

    private static int? Number(string text, int at, int digits)
    {
        var number = 0;
        for (var i = at; i < at + digits; i++)
        {
            if (i >= text.Length || !char.IsAsciiDigit(text[i])) return null;
            number = (number * 10) + text[i] - '0';
        }
        return number;
    }

    private static CelError Malformed(string text, string expected) => CelError.Of(CelErrorKind.InvalidArgument, $"{CelText.Brief(new CelString(text))} is no {expected}");
}
