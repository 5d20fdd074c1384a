namespace Fairway.Scanning;

/// <summary>What a scan found, judged.</summary>
/// <param name="Tool">Who scanned, such as <c>fairway scan secrets</c>.</param>
/// <param name="Rules">Rules that were looked for.</param>
/// <param name="Findings">What was found, worst first, then by place.</param>
public sealed record ScanReport(string Tool, ImmutableArray<ScanRule> Rules, ImmutableArray<JudgedFinding> Findings)
{
    /// <summary>What could not be looked at, and why; a sentence each.</summary>
    public ImmutableArray<string> Unread { get; init; } = [];

    /// <summary>What was looked at, by name in the plural: <c>files</c>, <c>commits</c>, <c>packages</c>.</summary>
    public ImmutableSortedDictionary<string, long> Looked { get; init; } = ImmutableSortedDictionary<string, long>.Empty;

    /// <summary>Judges findings and puts them in order.</summary>
    public static ScanReport Of(
        string tool, ImmutableArray<ScanRule> rules, IEnumerable<Finding> findings, ImmutableArray<Exemption> exemptions, NodaTime.Instant now)
        => new(tool, rules,
        [
            .. ExemptionJudge.Judge(findings, exemptions, now).OrderByDescending(judged => judged.Finding.Severity)
                .ThenBy(judged => judged.Finding.Path, StringComparer.Ordinal).ThenBy(judged => judged.Finding.Line)
                .ThenBy(judged => judged.Finding.Column).ThenBy(judged => judged.Finding.Rule, StringComparer.Ordinal)
                .ThenBy(judged => judged.Finding.Fingerprint, StringComparer.Ordinal),
        ]);

    /// <summary>Findings that count: neither exempt nor left out by the scanner.</summary>
    public IEnumerable<Finding> Counting => Findings.Where(judged => judged.Counts).Select(judged => judged.Finding);

    /// <summary>Whether something that counts is at least so bad.</summary>
    /// <param name="failOn">From which severity; null is never.</param>
    public bool Fails(Severity? failOn) => failOn is { } least && Counting.Any(finding => finding.Severity >= least);

    /// <summary>How many count, by severity's lower-case name; the numbers of an attestation.</summary>
    public ImmutableSortedDictionary<string, double> Numbers => Enum.GetValues<Severity>()
        .ToImmutableSortedDictionary(SeverityText.Of, severity => (double)Counting.Count(finding => finding.Severity == severity), StringComparer.Ordinal)
        .Add("exempt", Findings.Count(judged => judged.Exemption is not null))
        .Add("suppressed", Findings.Count(judged => judged.Finding.Suppressed is not null));

    /// <summary>The result in a sentence.</summary>
    public string Summary
    {
        get
        {
            var counting = Counting.ToArray();
            var left = Findings.Length - counting.Length;
            var exempt = left == 0 ? "" : $" ({left} exempt or suppressed)";
            if (counting.Length == 0) return $"no findings{exempt}";
            var parts = counting.GroupBy(finding => finding.Severity).OrderByDescending(group => group.Key)
                .Select(group => $"{group.Count()} {SeverityText.Of(group.Key)}");
            return $"{counting.Length} finding{(counting.Length == 1 ? "" : "s")}: {string.Join(", ", parts)}{exempt}";
        }
    }
}
