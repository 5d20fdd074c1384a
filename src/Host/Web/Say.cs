using System.Globalization;
using NodaTime;

namespace Fairway.Web;

/// <summary>Numbers, times and names as the console writes them.</summary>
internal static class Say
{
    private static readonly CultureInfo Plain = CultureInfo.InvariantCulture;

    /// <summary><c>850 ms</c>, <c>12 s</c>, <c>4m 5s</c>, <c>3h 20m</c>, <c>5d 2h</c>.</summary>
    public static string Span(TimeSpan span) => span switch
    {
        { TotalMilliseconds: < 1000 } => string.Create(Plain, $"{Math.Max(0, span.TotalMilliseconds):0} ms"),
        { TotalSeconds: < 60 } => string.Create(Plain, $"{(int)span.TotalSeconds} s"),
        { TotalMinutes: < 60 } => $"{span.Minutes}m {span.Seconds}s",
        { TotalHours: < 24 } => $"{span.Hours}h {span.Minutes}m",
        _ => $"{(int)span.TotalDays}d {span.Hours}h",
    };

    /// <summary>How long ago, in whole minutes at the finest, so that a page which is drawn again has not changed for nothing.</summary>
    public static string Ago(DateTimeOffset at, DateTimeOffset now) => (now - at) switch
    {
        { TotalMinutes: < 1 } => "just now",
        { TotalMinutes: < 60 } span => string.Create(Plain, $"{(int)span.TotalMinutes} min ago"),
        { TotalHours: < 24 } span => string.Create(Plain, $"{(int)span.TotalHours} h ago"),
        var span => string.Create(Plain, $"{(int)span.TotalDays} d ago"),
    };

    /// <summary>Time of day, UTC: <c>21:03:10</c>.</summary>
    public static string Clock(DateTimeOffset at) => at.UtcDateTime.ToString("HH:mm:ss", Plain);

    /// <summary>Day and time, UTC.</summary>
    public static string Moment(DateTimeOffset at) => at.UtcDateTime.ToString("yyyy-MM-dd HH:mm:ss", Plain);

    /// <summary>For <c>datetime</c> attributes (RFC 3339).</summary>
    public static string Machine(DateTimeOffset at) => at.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", Plain);

    /// <summary><c>12,345</c></summary>
    public static string Count(long number) => number.ToString("N0", Plain);

    /// <summary>A count in little room: <c>9,999</c>, <c>12.3k</c>, <c>4.5M</c>.</summary>
    public static string Short(double number) => Math.Abs(number) switch
    {
        < 10_000 => number.ToString(number == Math.Floor(number) ? "N0" : "0.#", Plain),
        < 1_000_000 => (number / 1_000).ToString("0.#", Plain) + "k",
        < 1_000_000_000 => (number / 1_000_000).ToString("0.#", Plain) + "M",
        _ => (number / 1_000_000_000).ToString("0.#", Plain) + "G",
    };

    /// <summary>Per second: <c>3.2</c>, <c>198</c>; a dash for unknown.</summary>
    public static string Rate(double? perSecond) => perSecond switch
    {
        null => "–",
        < 10 => perSecond.Value.ToString("0.0", Plain),
        _ => Short(Math.Round(perSecond.Value)),
    };

    /// <summary>A share of one, in percent: <c>0.25 %</c>.</summary>
    public static string Share(double? share) => share switch
    {
        null => "–",
        0 => "0 %",
        < 0.0001 => "< 0.01 %",
        < 0.1 => (share.Value * 100).ToString("0.##", Plain) + " %",
        _ => (share.Value * 100).ToString("0.#", Plain) + " %",
    };

    /// <summary>Percent as it is: <c>12.5 %</c>.</summary>
    public static string Percent(double percent) => percent.ToString("0.##", Plain) + " %";

    /// <summary>A latency in milliseconds.</summary>
    public static string Latency(double? milliseconds) => milliseconds switch
    {
        null => "–",
        < 10 => milliseconds.Value.ToString("0.0", Plain) + " ms",
        < 1000 => milliseconds.Value.ToString("0", Plain) + " ms",
        _ => (milliseconds.Value / 1000).ToString("0.0#", Plain) + " s",
    };

    /// <summary>Any number in at most about six characters.</summary>
    public static string Number(double number) => number switch
    {
        double.NaN => "NaN",
        double.PositiveInfinity => "+Inf",
        double.NegativeInfinity => "-Inf",
        0 => "0",
        _ when Math.Abs(number) is >= 10_000 => Short(number),
        _ when Math.Abs(number) is >= 100 => number.ToString("0.#", Plain),
        _ when Math.Abs(number) is >= 0.01 => number.ToString("0.###", Plain),
        _ => number.ToString("0.##e-0", Plain),
    };

    /// <summary><c>1 request</c>, <c>2 requests</c></summary>
    public static string Many(long count, string noun) => $"{Count(count)} {noun}{(count == 1 ? "" : "s")}";

    /// <summary><c>rollingBack</c> as <c>rolling back</c>.</summary>
    public static string Apart(string camelCase, char separator = ' ')
        => string.Concat(camelCase.Select((letter, i) => char.IsUpper(letter) ? (i == 0 ? "" : separator.ToString()) + char.ToLowerInvariant(letter) : letter.ToString()));

    /// <summary>The first 12 hex digits of a digest.</summary>
    public static string Digest(string digest) => digest.StartsWith("sha256:", StringComparison.Ordinal) ? digest.Substring(7, Math.Min(12, digest.Length - 7)) : digest;

    /// <summary>Cut to a length, with a sign that it was.</summary>
    public static string Fit(string text, int length) => text.Length <= length ? text : text[..(length - 1)] + "…";

    /// <summary>A moment of the engine's.</summary>
    public static DateTimeOffset At(Instant at) => at.ToDateTimeOffset();
}
