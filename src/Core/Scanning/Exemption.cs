using NodaTime;

namespace Fairway.Scanning;

/// <summary>
/// Somebody answers for findings until a day: they are shown, and do not count. A finding is meant when everything that is given matches; at least the rule
/// is.
/// </summary>
/// <param name="Rule">A rule's id, another name of the finding (a CVE), or a pattern with <c>*</c>.</param>
/// <param name="Owner">Who answers for it.</param>
/// <param name="Reason">Why it is right for now.</param>
/// <param name="Expires">From then on it does not exempt.</param>
public sealed record Exemption(string Rule, string Owner, string Reason, Instant Expires)
{
    /// <summary>Where the work to be done is written down; null when nowhere.</summary>
    public string? Ticket { get; init; }

    /// <summary>Files: a pattern with <c>*</c>, <c>?</c> and <c>**</c>; null is all.</summary>
    public string? Path { get; init; }

    /// <summary>A package's purl or a pattern over it, such as <c>pkg:npm/lodash@*</c>; null is all.</summary>
    public string? Package { get; init; }

    /// <summary>The thing concerned, or a pattern over it, such as <c>Deployment/shop*</c>; null is all.</summary>
    public string? Subject { get; init; }

    /// <summary>One finding; null is all.</summary>
    public string? Fingerprint { get; init; }

    /// <summary>Whether it is about a finding, whatever the day.</summary>
    public bool Matches(Finding finding)
        => (PathPattern.MatchesText(Rule, finding.Rule) || finding.Aliases.Any(alias => PathPattern.MatchesText(Rule, alias)))
            && (Fingerprint is null || Fingerprint == finding.Fingerprint)
            && (Path is null || PathPattern.MatchesPath(Path, finding.Path))
            && (Package is null || (finding.Package is { } package && PathPattern.MatchesText(Package, package)))
            && (Subject is null || (finding.Subject is { } subject && PathPattern.MatchesText(Subject, subject)));

    /// <summary>Whether it exempts at a moment.</summary>
    public bool HoldsAt(Instant now) => now < Expires;
}

/// <summary>A finding with what was decided about it.</summary>
/// <param name="Finding">The finding.</param>
/// <param name="Exemption">What exempts it; null when nothing does.</param>
/// <param name="Expired">What exempted it once and does not any more; null when nothing did.</param>
public sealed record JudgedFinding(Finding Finding, Exemption? Exemption, Exemption? Expired)
{
    /// <summary>Whether it counts.</summary>
    public bool Counts => Exemption is null && Finding.Suppressed is null;
}

/// <summary>The one place that decides whether a finding is exempt: scans, gates and the command line ask here.</summary>
public static class ExemptionJudge
{
    /// <summary>Judges findings; their order stays. Of several exemptions that hold the one that lasts longest is named.</summary>
    public static ImmutableArray<JudgedFinding> Judge(IEnumerable<Finding> findings, ImmutableArray<Exemption> exemptions, Instant now)
        => [.. findings.Select(finding => Judge(finding, exemptions, now))];

    /// <summary>Exemptions that match nothing, or are over: to be taken away.</summary>
    public static IEnumerable<Exemption> Idle(IReadOnlyCollection<Finding> findings, ImmutableArray<Exemption> exemptions, Instant now)
        => exemptions.Where(exemption => !exemption.HoldsAt(now) || !findings.Any(exemption.Matches));

    private static JudgedFinding Judge(Finding finding, ImmutableArray<Exemption> exemptions, Instant now)
    {
        Exemption? longest = null;
        foreach (var exemption in exemptions)
            if (exemption.Matches(finding) && (longest is null || exemption.Expires > longest.Expires)) longest = exemption;
        return longest is null ? new(finding, null, null) : longest.HoldsAt(now) ? new(finding, longest, null) : new(finding, null, longest);
    }
}
