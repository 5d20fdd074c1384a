using System.Globalization;
using System.Text;

namespace Fairway.Metrics.Configuration;

/// <summary>Durations as Prometheus' files have them: <c>1h30m</c>, units falling, each once.</summary>
public static class PrometheusDuration
{
    private static readonly (string Unit, long Milliseconds)[] Units =
        [("y", 365L * 86_400_000), ("w", 7L * 86_400_000), ("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1000), ("ms", 1)];

    /// <summary>Reads one; false when it is none.</summary>
    public static bool TryParse(string text, out TimeSpan duration)
    {
        duration = default;
        if (text == "0") return true;
        long total = 0;
        var (at, unit) = (0, 0);
        while (at < text.Length)
        {
            var start = at;
            while (at < text.Length && char.IsAsciiDigit(text[at])) at++;
            if (at == start || !long.TryParse(text.AsSpan(start, at - start), NumberStyles.None, CultureInfo.InvariantCulture, out var number)) return false;
            start = at;
            while (at < text.Length && char.IsAsciiLetter(text[at])) at++;
            var name = text[start..at];
            while (unit < Units.Length && Units[unit].Unit != name) unit++;
            if (unit == Units.Length || number > 10_000_000_000) return false;
            total += number * Units[unit++].Milliseconds;
            if (total > 300L * 365 * 86_400_000) return false;
        }

        duration = TimeSpan.FromMilliseconds(total);
        return text.Length > 0;
    }

    /// <summary>Writes one.</summary>
    public static string ToText(TimeSpan duration)
    {
        var rest = (long)duration.TotalMilliseconds;
        if (rest == 0) return "0s";
        var text = new StringBuilder();
        foreach (var (unit, milliseconds) in Units)
        {
            // Years and weeks only where nothing is left, so that 8d does not become 1w1d.
            if (rest < milliseconds || (unit is "y" or "w" && rest % milliseconds != 0)) continue;
            text.Append(CultureInfo.InvariantCulture, $"{rest / milliseconds}{unit}");
            rest %= milliseconds;
        }

        return text.ToString();
    }
}
