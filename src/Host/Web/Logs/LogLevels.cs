using System.Text.RegularExpressions;

namespace Fairway.Web;

/// <summary>How grave a line is, by what programs commonly write; a guess, since lines have no form of their own.</summary>
public enum LogLevel
{
    /// <summary>It does not say.</summary>
    Unknown,

    /// <summary>For developers.</summary>
    Debug,

    /// <summary>As usual.</summary>
    Info,

    /// <summary>Worth a look.</summary>
    Warning,

    /// <summary>Something failed.</summary>
    Error,
}

/// <summary>Reads levels from lines: a JSON field, <c>level=warn</c>, <c>[ERROR]</c>, <c>fail:</c>, in the first characters of a line.</summary>
internal static partial class LogLevels
{
    private const int Looked = 200;

    /// <summary>The level that a line names first.</summary>
    public static LogLevel Of(string line)
    {
        var match = Named().Match(line, 0, Math.Min(line.Length, Looked));
        if (!match.Success) return LogLevel.Unknown;
        return char.ToUpperInvariant(match.Groups["word"].ValueSpan[0]) switch
        {
            'F' or 'E' or 'C' or 'P' => LogLevel.Error,
            'W' => LogLevel.Warning,
            'I' or 'N' => LogLevel.Info,
            _ => LogLevel.Debug,
        };
    }

    [GeneratedRegex(
        """(?<![A-Za-z0-9_/.-])(?<word>fatal|fail(?=:)|err(or)?|crit(ical)?|panic|warn(ing)?|info(rmation)?|notice|debug|dbug|dbg|trace|trce|verbose)(?![A-Za-z0-9_/.-])""",
        RegexOptions.IgnoreCase | RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 200)]
    private static partial Regex Named();
}
