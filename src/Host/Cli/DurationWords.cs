using System.Globalization;
using System.Text.RegularExpressions;

namespace Fairway.Cli;

/// <summary>Durations on the command line, as <c>fairway.yaml</c> writes them: <c>500ms</c>, <c>30s</c>, <c>1m30s</c>, <c>2h</c>.</summary>
internal static partial class DurationWords
{
    public static bool TryParse(string text, out TimeSpan span)
    {
        span = default;
        var match = Whole().Match(text);
        if (!match.Success || text.Length == 0) return false;
        foreach (var (name, unit) in new[] { ("h", 3_600_000.0), ("m", 60_000.0), ("s", 1000.0), ("ms", 1.0) })
            if (match.Groups[name] is { Success: true, Value: var digits }) span += TimeSpan.FromMilliseconds(double.Parse(digits, CultureInfo.InvariantCulture) * unit);
        return true;
    }

    [GeneratedRegex(@"^((?<h>\d{1,4}(\.\d+)?)h)?((?<m>\d{1,6}(\.\d+)?)m(?!s))?((?<s>\d{1,8}(\.\d+)?)s)?((?<ms>\d{1,11})ms)?$", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Whole();
}
