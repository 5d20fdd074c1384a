using System.CommandLine;
using System.Globalization;
using System.Text.RegularExpressions;

namespace Fairway.Cli;

/// <summary>Options that take a length of time, up to weeks.</summary>
internal static partial class DurationOption
{
    /// <summary>Such as <c>--range 1h</c> or <c>--expires 30d</c>; above zero.</summary>
    public static Option<TimeSpan?> Create(string name, string description) => new(name)
    {
        Description = description,
        HelpName = "DURATION",
        CustomParser = result =>
        {
            if (TryParse(result.Tokens[0].Value) is { } span) return span;
            result.AddError($"{name} is a duration such as 90s, 15m, 1h or 7d, not '{result.Tokens[0].Value}'");
            return null;
        },
    };

    /// <summary>A length of time above zero; null when the text is none.</summary>
    public static TimeSpan? TryParse(string text)
    {
        var big = Long().Match(text);
        var rest = text[big.Length..];
        TimeSpan span = default;
        if (rest.Length > 0 && !DurationWords.TryParse(rest, out span)) return null;
        if (big.Groups["w"] is { Success: true, Value: var weeks }) span += TimeSpan.FromDays(7 * int.Parse(weeks, CultureInfo.InvariantCulture));
        if (big.Groups["d"] is { Success: true, Value: var days }) span += TimeSpan.FromDays(int.Parse(days, CultureInfo.InvariantCulture));
        return span > TimeSpan.Zero ? span : null;
    }

    [GeneratedRegex(@"^((?<w>\d{1,4})w)?((?<d>\d{1,5})d)?", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Long();
}
