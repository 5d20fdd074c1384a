using System.Globalization;
using System.Text;
using NodaTime;

namespace Fairway.Configuration;

/// <summary>
/// Durations as people write them: <c>250ms</c>, <c>90s</c>, <c>1.5s</c>, <c>5m</c>, <c>1h30m</c>, <c>7d</c>; <c>0</c> needs no unit. Whole
/// milliseconds.
/// </summary>
public static class DurationText
{
    /// <summary>What is expected, for messages.</summary>
    public const string Expected = "a duration such as 250ms, 90s, 5m or 1h30m";

    private static readonly (string Unit, decimal Milliseconds)[] Units = [("d", 86_400_000m), ("h", 3_600_000m), ("m", 60_000m),
        ("s", 1_000m), ("ms", 1m)];

    private static readonly Dictionary<string, string> LongNames = new(StringComparer.OrdinalIgnoreCase)
    {
        ["d"] = "d", ["day"] = "d", ["days"] = "d", ["h"] = "h", ["hr"] = "h", ["hrs"] = "h", ["hour"] = "h", ["hours"] = "h", ["m"] = "m",
            ["min"] = "m", ["mins"] = "m",
        ["minute"] = "m", ["minutes"] = "m", ["s"] = "s", ["sec"] = "s", ["secs"] = "s", ["second"] = "s", ["seconds"] = "s",
            ["ms"] = "ms", ["msec"] = "ms", ["millis"] = "ms",
        ["millisecond"] = "ms", ["milliseconds"] = "ms", [""] = "s",
    };

    /// <summary>Reads a duration of at most ten years. Units must not repeat and go from great to small.</summary>
    public static Parsed<Duration> Parse(string text)
    {
        if (text == "0") return Parsed.Value(Duration.Zero);
        if (Parts(text) is not { } parts) return Parsed.Malformed<Duration>();
        if (Sum(parts) is { } total)
            return total > 3_660 * Units[0].Milliseconds ? Parsed.OutOfRange<Duration>("is more than ten years")
                : total != decimal.Truncate(total) ? Parsed.OutOfRange<Duration>("is finer than a millisecond")
                : Parsed.Value(Duration.FromMilliseconds((long)total));
        var meant = parts.Select(part => (part.Number, Unit: LongNames.GetValueOrDefault(part.Unit.Trim()) ?? "?")).ToList();
        return Parsed.Malformed<Duration>(Sum(meant) is null ? null
            : string.Concat(meant.Select(part => string.Create(CultureInfo.InvariantCulture, $"{part.Number}{part.Unit}"))));
    }

    /// <summary>The shortest exact form: <c>1h30m</c>, <c>1.5s</c>, <c>250ms</c>, <c>0s</c>.</summary>
    public static string Format(Duration duration)
    {
        var left = (long)duration.TotalMilliseconds;
        if (left == 0) return "0s";
        var text = new StringBuilder();
        foreach (var (unit, size) in Units.AsSpan(0, 3))
        {
            var count = left / (long)size;
            if (count > 0) text.Append(CultureInfo.InvariantCulture, $"{count}{unit}");
            left -= count * (long)size;
        }
        if (left > 0 && left < 1_000 && text.Length == 0) return $"{left}ms";
        if (left > 0) text.Append(CultureInfo.InvariantCulture, $"{left / 1_000m:0.###}s");
        return text.ToString();
    }

    private static List<(decimal Number, string Unit)>? Parts(string text)
    {
        var parts = new List<(decimal, string)>();
        for (var i = 0; i < text.Length;)
        {
            var start = i;
            while (i < text.Length && (char.IsAsciiDigit(text[i]) || text[i] == '.')) i++;
            if (!decimal.TryParse(text.AsSpan(start, i - start), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture,
                out var number) || number > 1_000_000_000_000m) return null;
            while (i < text.Length && text[i] == ' ') i++;
            start = i;
            while (i < text.Length && char.IsAsciiLetter(text[i])) i++;
            parts.Add((number, text[start..i]));
            var spaced = start > 0 && text[start - 1] == ' ';
            while (i < text.Length && text[i] == ' ') (i, spaced) = (i + 1, true);
            if (spaced) parts[^1] = (number, parts[^1].Item2 + " ");
        }
        return parts.Count == 0 ? null : parts;
    }

    /// <summary>Milliseconds of the parts; null when a unit is unknown, repeated or out of order.</summary>
    private static decimal? Sum(List<(decimal Number, string Unit)> parts)
    {
        var (total, lastUnit) = (0m, -1);
        foreach (var (number, unit) in parts)
        {
            var index = Array.FindIndex(Units, known => known.Unit == unit);
            if (index <= lastUnit) return null;
            lastUnit = index;
            total += number * Units[index].Milliseconds;
        }
        return total;
    }
}
