using System.Globalization;
using Fairway.Metrics.PromQl.Syntax;

namespace Fairway.Metrics.Rules.Templates;

/// <summary>Numbers for people, as the functions <c>humanize…</c> of Prometheus' templates write them.</summary>
internal static class HumanNumber
{
    private static readonly string[] Large = ["k", "M", "G", "T", "P", "E", "Z", "Y"];
    private static readonly string[] Small = ["m", "u", "n", "p", "f", "a", "z", "y"];
    private static readonly string[] LargeBinary = ["ki", "Mi", "Gi", "Ti", "Pi", "Ei", "Zi", "Yi"];

    /// <summary>With prefixes of a thousand: <c>1.235k</c>.</summary>
    public static string Decimal(double value)
    {
        if (value == 0 || !double.IsFinite(value)) return GoFormat.Significant(value, 4);
        var prefix = "";
        if (Math.Abs(value) >= 1)
        {
            foreach (var next in Large)
            {
                if (Math.Abs(value) < 1000) break;
                (prefix, value) = (next, value / 1000);
            }
        }
        else
        {
            foreach (var next in Small)
            {
                if (Math.Abs(value) >= 1) break;
                (prefix, value) = (next, value * 1000);
            }
        }

        return GoFormat.Significant(value, 4) + prefix;
    }

    /// <summary>With prefixes of 1024: <c>1.5Mi</c>.</summary>
    public static string Binary(double value)
    {
        if (Math.Abs(value) <= 1 || !double.IsFinite(value)) return GoFormat.Significant(value, 4);
        var prefix = "";
        foreach (var next in LargeBinary)
        {
            if (Math.Abs(value) < 1024) break;
            (prefix, value) = (next, value / 1024);
        }

        return GoFormat.Significant(value, 4) + prefix;
    }

    /// <summary>Seconds as days, hours, minutes and seconds, or with a prefix below one.</summary>
    public static string Duration(double seconds)
    {
        if (!double.IsFinite(seconds)) return GoFormat.Significant(seconds, 4);
        if (seconds == 0) return "0s";
        if (Math.Abs(seconds) >= 1)
        {
            var sign = seconds < 0 ? "-" : "";
            var whole = (long)Math.Abs(seconds);
            var (s, m, h, d) = (whole % 60, whole / 60 % 60, whole / 3600 % 24, whole / 86_400);
            if (d != 0) return string.Create(CultureInfo.InvariantCulture, $"{sign}{d}d {h}h {m}m {s}s");
            if (h != 0) return string.Create(CultureInfo.InvariantCulture, $"{sign}{h}h {m}m {s}s");
            if (m != 0) return string.Create(CultureInfo.InvariantCulture, $"{sign}{m}m {s}s");
            return sign + GoFormat.Significant(Math.Abs(seconds), 4) + "s";
        }

        var prefix = "";
        foreach (var next in Small)
        {
            if (Math.Abs(seconds) >= 1) break;
            (prefix, seconds) = (next, seconds * 1000);
        }

        return GoFormat.Significant(seconds, 4) + prefix + "s";
    }

    /// <summary>Seconds since 1970 as a date.</summary>
    public static string Timestamp(double seconds) => double.IsFinite(seconds) ? GoFormat.Print(Time(seconds)) : GoNumber.Plain(seconds);

    /// <summary>Seconds since 1970 as a time.</summary>
    public static DateTimeOffset Time(double seconds) => Math.Abs(seconds) < 62_135_596_800
        ? DateTimeOffset.UnixEpoch.AddTicks((long)Math.Round(seconds * TimeSpan.TicksPerSecond))
        : throw new TemplateException($"{GoNumber.General(seconds)} cannot be represented as a time");
}
