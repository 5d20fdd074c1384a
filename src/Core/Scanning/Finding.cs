namespace Fairway.Scanning;

/// <summary>How bad a finding is.</summary>
public enum Severity
{
    /// <summary>Worth knowing.</summary>
    Info,

    /// <summary>To be mended when there is time.</summary>
    Low,

    /// <summary>To be mended.</summary>
    Medium,

    /// <summary>To be mended before it ships.</summary>
    High,

    /// <summary>To be mended now.</summary>
    Critical,
}

/// <summary>A rule that a scan looks for.</summary>
/// <param name="Id">Stable, such as <c>aws-access-token</c>.</param>
/// <param name="Title">What it is about, in a few words.</param>
/// <param name="Severity">How bad a finding is unless the finding says otherwise.</param>
/// <param name="Mend">How to mend what it finds.</param>
public sealed record ScanRule(string Id, string Title, Severity Severity, string Mend);

/// <summary>Something that a scan found. Never holds a secret.</summary>
/// <param name="Rule">Id of the rule.</param>
/// <param name="Severity">How bad.</param>
/// <param name="Message">What is wrong, in a sentence.</param>
/// <param name="Path">File, relative to what was scanned, with <c>/</c>; empty when it concerns no file.</param>
/// <param name="Line">From 1; 0 when it concerns the whole file.</param>
public sealed record Finding(string Rule, Severity Severity, string Message, string Path, int Line)
{
    /// <summary>From 1, in UTF-16 units; 0 is unknown.</summary>
    public int Column { get; init; }

    /// <summary>Last line; 0 is unknown.</summary>
    public int EndLine { get; init; }

    /// <summary>Column after the last unit; 0 is unknown.</summary>
    public int EndColumn { get; init; }

    /// <summary>What stays the same from scan to scan: an ignore file or a baseline names it.</summary>
    public string Fingerprint { get; init; } = "";

    /// <summary>How to mend it; null is as the rule says.</summary>
    public string? Mend { get; init; }

    /// <summary>The commit that brought it in; null outside a history.</summary>
    public string? Commit { get; init; }

    /// <summary>The package that it is about, as a purl; null when it is about none.</summary>
    public string? Package { get; init; }

    /// <summary>The number behind the severity, such as a CVSS base score; null when there is none.</summary>
    public double? Score { get; init; }

    /// <summary>The thing concerned inside the file, such as <c>Deployment/shop container web</c>; null when it has no name.</summary>
    public string? Subject { get; init; }

    /// <summary>Other names of the same thing, such as CVE ids.</summary>
    public ImmutableArray<string> Aliases { get; init; } = [];

    /// <summary>Why the scanner itself left it out (a comment, an ignore file, a baseline); null when it counts.</summary>
    public string? Suppressed { get; init; }
}

/// <summary>Words for <see cref="Severity"/>.</summary>
public static class SeverityText
{
    /// <summary>Every word that <see cref="TryParse"/> knows, for messages.</summary>
    public const string Words = "info, low, medium, high, critical, or SARIF's note, warning, error";

    /// <summary>Lower-case name.</summary>
    public static string Of(Severity severity) => severity switch
    {
        Severity.Info => "info",
        Severity.Low => "low",
        Severity.Medium => "medium",
        Severity.High => "high",
        Severity.Critical => "critical",
        _ => throw new ArgumentOutOfRangeException(nameof(severity)),
    };

    /// <summary>Reads a name, ours or one of SARIF's levels.</summary>
    public static bool TryParse(string? text, out Severity severity)
    {
        (var known, severity) = text switch
        {
            "info" or "none" => (true, Severity.Info),
            "low" or "note" => (true, Severity.Low),
            "medium" or "moderate" or "warning" => (true, Severity.Medium),
            "high" or "error" => (true, Severity.High),
            "critical" => (true, Severity.Critical),
            _ => (false, Severity.Info),
        };
        return known;
    }

    /// <summary>
    /// By a score from 0 to 10: the qualitative scale of the CVSS v3.1 specification, section 5 (0.1 low, 4.0 medium, 7.0 high, 9.0 critical).
    /// </summary>
    public static Severity OfScore(double score) => score switch
    {
        >= 9.0 => Severity.Critical,
        >= 7.0 => Severity.High,
        >= 4.0 => Severity.Medium,
        > 0.0 => Severity.Low,
        _ => Severity.Info,
    };
}
