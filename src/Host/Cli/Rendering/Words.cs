using System.Globalization;

namespace Fairway.Cli.Rendering;

/// <summary>Numbers and names as people read them.</summary>
internal static class Words
{
    /// <summary><c>850 ms</c>, <c>12.3 s</c>, <c>4m 5s</c>, <c>3h 20m</c>, <c>5d 2h</c>.</summary>
    public static string Of(TimeSpan span) => span switch
    {
        { TotalMilliseconds: < 1000 } => string.Create(CultureInfo.InvariantCulture, $"{Math.Max(0, span.TotalMilliseconds):0} ms"),
        { TotalSeconds: < 60 } => string.Create(CultureInfo.InvariantCulture, $"{span.TotalSeconds:0.0} s"),
        { TotalMinutes: < 60 } => $"{span.Minutes}m {span.Seconds}s",
        { TotalHours: < 24 } => $"{span.Hours}h {span.Minutes}m",
        _ => $"{(int)span.TotalDays}d {span.Hours}h",
    };

    /// <summary>The same in whole seconds, so that a live view does not flicker with tenths.</summary>
    public static string Whole(TimeSpan span) => span.TotalSeconds < 60 ? $"{Math.Max(0, (int)span.TotalSeconds)} s" : Of(span);

    /// <summary>A latency in milliseconds: <c>0.8 ms</c>, <c>12 ms</c>, <c>1.4 s</c>.</summary>
    public static string Latency(double? milliseconds) => milliseconds switch
    {
        null => "–",
        < 10 => string.Create(CultureInfo.InvariantCulture, $"{milliseconds:0.0} ms"),
        < 1000 => string.Create(CultureInfo.InvariantCulture, $"{milliseconds:0} ms"),
        _ => string.Create(CultureInfo.InvariantCulture, $"{milliseconds / 1000:0.0} s"),
    };

    /// <summary><c>12,345</c></summary>
    public static string Count(long number) => number.ToString("N0", CultureInfo.InvariantCulture);

    /// <summary>A rate with one digit below ten: <c>3.2</c>, <c>198</c>.</summary>
    public static string Rate(double? perSecond) => perSecond switch
    {
        null => "–",
        < 10 => perSecond.Value.ToString("0.0", CultureInfo.InvariantCulture),
        _ => perSecond.Value.ToString("N0", CultureInfo.InvariantCulture),
    };

    /// <summary><c>1 %</c>, <c>12.5 %</c></summary>
    public static string Percent(double percent) => percent.ToString("0.##", CultureInfo.InvariantCulture) + " %";

    /// <summary><c>1 request</c>, <c>2 requests</c></summary>
    public static string Many(long count, string noun) => $"{Count(count)} {noun}{(count == 1 ? "" : "s")}";

    /// <summary><c>blueGreen</c> as <c>blue-green</c>, <c>rollingBack</c> as <c>rolling back</c>: with a separator at each hump.</summary>
    public static string Apart(string camelCase, char separator = ' ') =>
        string.Concat(camelCase.Select(c => char.IsUpper(c) ? $"{separator}{char.ToLowerInvariant(c)}" : c.ToString()));

    /// <summary>Time of day, here.</summary>
    public static string Clock(DateTimeOffset at, TimeZoneInfo zone) => TimeZoneInfo.ConvertTime(at, zone).ToString("HH:mm:ss", CultureInfo.InvariantCulture);

    /// <summary>Cut to a width, with a sign that it was.</summary>
    public static string Fit(string text, int width) => text.Length <= width ? text : width < 2 ? text[..Math.Max(0, width)] : text[..(width - 1)] + "…";

    /// <summary>The first 12 hex digits of a digest.</summary>
    public static string Short(string digest) => digest.StartsWith("sha256:", StringComparison.Ordinal) ? digest.Substring(7, Math.Min(12, digest.Length - 7)) : digest;

    /// <summary>Broken at blanks into lines of a width.</summary>
    public static IEnumerable<string> Wrap(string text, int width)
    {
        foreach (var paragraph in text.Split('\n'))
        {
            var rest = paragraph.TrimEnd();
            while (rest.Length > width)
            {
                var at = rest.LastIndexOf(' ', width);
                if (at <= 0) at = width;
                yield return rest[..at].TrimEnd();
                rest = rest[at..].TrimStart();
            }

            yield return rest;
        }
    }
}
