using System.Text.RegularExpressions;

namespace Fairway.Scanning;

/// <summary>What an allowlist's patterns look at.</summary>
public enum AllowTarget
{
    /// <summary>The secret.</summary>
    Secret,

    /// <summary>All that the rule's pattern matched.</summary>
    Match,

    /// <summary>The lines it stands on.</summary>
    Line,
}

/// <summary>What is no secret although a rule's pattern matches.</summary>
public sealed record SecretAllowlist
{
    /// <summary>What it is about; empty when nothing is said.</summary>
    public string Description { get; init; } = "";

    /// <summary>Every kind of check that it has must agree; otherwise one is enough.</summary>
    public bool NeedsAll { get; init; }

    /// <summary>What <see cref="Patterns"/> look at.</summary>
    public AllowTarget Target { get; init; }

    /// <summary>Commits, in full, lower-case.</summary>
    public ImmutableArray<string> Commits { get; init; } = [];

    /// <summary>Files.</summary>
    public ImmutableArray<Regex> Paths { get; init; } = [];

    /// <summary>Contents.</summary>
    public ImmutableArray<Regex> Patterns { get; init; } = [];

    /// <summary>Words that no secret contains, lower-case.</summary>
    public ImmutableArray<string> StopWords { get; init; } = [];

    /// <summary>For a list of the whole set: the rules it is for; empty is all.</summary>
    public ImmutableArray<string> TargetRules { get; init; } = [];

    /// <summary>Whether it checks anything.</summary>
    public bool IsEmpty => Commits.IsEmpty && Paths.IsEmpty && Patterns.IsEmpty && StopWords.IsEmpty;

    /// <summary>Whether a match is allowed.</summary>
    internal bool Allows(string path, string? commit, string secret, string match, string line)
    {
        var looked = Target switch { AllowTarget.Match => match, AllowTarget.Line => line, AllowTarget.Secret or _ => secret };
        var (asked, agreed) = (0, 0);
        Count(Commits.IsEmpty, () => commit is not null && Commits.Contains(commit, StringComparer.OrdinalIgnoreCase));
        Count(Paths.IsEmpty, () => Paths.Any(pattern => pattern.IsMatch(path)));
        Count(Patterns.IsEmpty, () => Patterns.Any(pattern => pattern.IsMatch(looked)));
        Count(StopWords.IsEmpty, () => StopWords.Any(word => secret.Contains(word, StringComparison.OrdinalIgnoreCase)));
        return agreed > 0 && (!NeedsAll || agreed == asked);

        void Count(bool absent, Func<bool> agrees)
        {
            if (absent) return;
            asked++;
            if (agrees()) agreed++;
        }
    }

    /// <summary>Whether everything in a file, or in a commit, is allowed, whatever stands there.</summary>
    internal bool AllowsAll(string path, string? commit)
    {
        if (!TargetRules.IsEmpty) return false;
        var onlyPlaces = Patterns.IsEmpty && StopWords.IsEmpty;
        var ofCommit = commit is not null && Commits.Contains(commit, StringComparer.OrdinalIgnoreCase);
        var ofPath = Paths.Any(pattern => pattern.IsMatch(path));
        return NeedsAll ? onlyPlaces && (Commits.IsEmpty || ofCommit) && (Paths.IsEmpty || ofPath) && !IsEmpty : ofCommit || ofPath;
    }
}

/// <summary>How one kind of secret looks.</summary>
/// <param name="Id">Stable, such as <c>aws-access-token</c>.</param>
/// <param name="Description">What it is, in a sentence.</param>
public sealed record SecretRule(string Id, string Description)
{
    /// <summary>Its contents; null when the file's name alone tells.</summary>
    public Regex? Pattern { get; init; }

    /// <summary>Files that it is looked for in; null is all.</summary>
    public Regex? Path { get; init; }

    /// <summary>The group of the pattern that is the secret; 0 is the first one that matched something, or else all.</summary>
    public int SecretGroup { get; init; }

    /// <summary>The secret's Shannon entropy must be above this, in bits per character; 0 asks nothing.</summary>
    public double Entropy { get; init; }

    /// <summary>Lower-case words of which one must be in the text; empty asks nothing.</summary>
    public ImmutableArray<string> Keywords { get; init; } = [];

    /// <summary>What is none.</summary>
    public ImmutableArray<SecretAllowlist> Allowlists { get; init; } = [];

    /// <summary>How bad.</summary>
    public Severity Severity { get; init; } = Severity.High;

    /// <summary>The rule for reports.</summary>
    public ScanRule ToScanRule() => new(Id, Description, Severity,
        "Revoke it where it was issued, issue a new one, and read it from a secret; taking it out of the file does not take it out of the history.");
}

/// <summary>Rules, and what is none for all of them.</summary>
/// <param name="Rules">Rules; ids are unique.</param>
/// <param name="Allowlists">For all of them.</param>
public sealed record SecretRuleSet(ImmutableArray<SecretRule> Rules, ImmutableArray<SecretAllowlist> Allowlists);
