namespace Fairway.Workloads;

/// <summary>How grave a log line says it is.</summary>
public enum LogLevel
{
    /// <summary>Everything.</summary>
    Trace,

    /// <summary>For developers.</summary>
    Debug,

    /// <summary>What happened.</summary>
    Info,

    /// <summary>What should be looked at.</summary>
    Warning,

    /// <summary>What failed.</summary>
    Error,

    /// <summary>What ends the program.</summary>
    Critical,
}

/// <summary>Reads a line's level where common loggers write it. Pure.</summary>
public static class LogLevels
{
    private const int Head = 160;

    private static readonly ImmutableDictionary<string, LogLevel> Words = new Dictionary<string, LogLevel>(StringComparer.OrdinalIgnoreCase)
    {
        ["trace"] = LogLevel.Trace, ["trce"] = LogLevel.Trace, ["verbose"] = LogLevel.Trace, ["debug"] = LogLevel.Debug, ["dbug"] = LogLevel.Debug, ["dbg"] = LogLevel.Debug,
        ["info"] = LogLevel.Info, ["information"] = LogLevel.Info, ["inf"] = LogLevel.Info, ["notice"] = LogLevel.Info, ["warn"] = LogLevel.Warning,
        ["warning"] = LogLevel.Warning, ["wrn"] = LogLevel.Warning, ["error"] = LogLevel.Error, ["err"] = LogLevel.Error, ["fail"] = LogLevel.Error, ["severe"] = LogLevel.Error,
        ["critical"] = LogLevel.Critical, ["crit"] = LogLevel.Critical, ["fatal"] = LogLevel.Critical, ["ftl"] = LogLevel.Critical, ["panic"] = LogLevel.Critical,
    }.ToImmutableDictionary(StringComparer.OrdinalIgnoreCase);

    /// <summary>The level that a line says; null when it says none. It is the first such word that stands by itself near the line's beginning, which is where
    /// JSON, logfmt, .NET, Java, Python, Go and Rust loggers write it.</summary>
    public static LogLevel? Of(string line)
    {
        var length = Math.Min(line.Length, Head);
        // In JSON and logfmt the field's name says which word it is, wherever it stands.
        var field = line.IndexOf("level", StringComparison.OrdinalIgnoreCase);
        if (field >= 0 && Word(line, field + "level".Length, line.Length) is { } named && Words.TryGetValue(named, out var said)) return said;
        for (var at = 0; at < length;)
        {
            if (!char.IsAsciiLetter(line[at]))
            {
                at++;
                continue;
            }
            var end = at;
            while (end < line.Length && char.IsAsciiLetterOrDigit(line[end])) end++;
            // A part of a path is no word of its own.
            if ((at == 0 || line[at - 1] != '/') && Words.TryGetValue(line[at..end], out var level)) return level;
            at = end;
        }
        return null;
    }

    /// <summary>The level of that name, as people write it; null when there is none.</summary>
    public static LogLevel? Parse(string name) => Words.TryGetValue(name, out var level) ? level : null;

    private static string? Word(string line, int from, int to)
    {
        while (from < to && (line[from] is '"' or '\'' or ':' or '=' or ' ')) from++;
        var end = from;
        while (end < to && char.IsAsciiLetter(line[end])) end++;
        return end > from ? line[from..end] : null;
    }
}
