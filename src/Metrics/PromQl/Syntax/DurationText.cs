using System.Globalization;
using System.Text;

namespace Fairway.Metrics.PromQl.Syntax;

/// <summary>Durations such as <c>1h30m</c>: units y, w, d, h, m, s, ms in that order, each at most once.</summary>
public static class DurationText
{
    private static readonly (string Unit, long Milliseconds)[] Units =
    [
        ("y", 31_536_000_000), ("w", 604_800_000), ("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1000), ("ms", 1),
    ];

    /// <summary>Reads one; false when it is none or too long to be counted in milliseconds.</summary>
    public static bool TryParse(ReadOnlySpan<char> text, out long milliseconds)
    {
        milliseconds = 0;
        if (text.SequenceEqual("0")) return true;
        var next = 0;
        var at = 0;
        if (text.IsEmpty) return false;
        while (at < text.Length)
        {
            var start = at;
            while (at < text.Length && char.IsAsciiDigit(text[at])) at++;
            var digits = text[start..at];
            var unitStart = at;
            while (at < text.Length && char.IsAsciiLetterLower(text[at])) at++;
            var unit = text[unitStart..at];
            var index = -1;
            for (var i = next; i < Units.Length; i++)
            {
                if (unit.SequenceEqual(Units[i].Unit)) index = i;
            }

            if (index < 0 || digits.Length is 0 or > 18) return false;
            next = index + 1;
            var part = (decimal)long.Parse(digits, CultureInfo.InvariantCulture) * Units[index].Milliseconds;
            // Prometheus counts in nanoseconds, in 64 bits.
            if (part + milliseconds > 9_223_372_036_854m) return false;
            milliseconds += (long)part;
        }

        return true;
    }

    /// <summary>Writes one as Prometheus does: weeks, days and years only where nothing is left over.</summary>
    public static string Format(long milliseconds)
    {
        if (milliseconds == 0) return "0s";
        var text = new StringBuilder();
        if (milliseconds < 0)
        {
            text.Append('-');
            milliseconds = -milliseconds;
        }

        for (var i = 0; i < Units.Length; i++)
        {
            var (unit, size) = Units[i];
            var isExact = i < 3;
            if (isExact ? milliseconds % size != 0 : milliseconds < size) continue;
            if (milliseconds / size == 0) continue;
            text.Append(milliseconds / size).Append(unit);
            milliseconds %= size;
        }

        return text.ToString();
    }
}
