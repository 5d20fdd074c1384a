namespace Fairway.Source;

/// <summary>How far a commit moves the version.</summary>
public enum VersionStep
{
    /// <summary>Not at all.</summary>
    None,

    /// <summary>The patch.</summary>
    Patch,

    /// <summary>The minor.</summary>
    Minor,

    /// <summary>The major; while that is 0, the minor.</summary>
    Major,
}

/// <summary>How versions are counted and what their tags are called.</summary>
public sealed record VersionRules
{
    /// <summary>A tag's name with <c>{version}</c> in it, and <c>{service}</c> where each service is counted by itself: <c>{service}-v{version}</c>.</summary>
    public string Tag { get; init; } = "v{version}";

    /// <summary>The version of a repository without one.</summary>
    public string First { get; init; } = "0.1.0";

    /// <summary>Types that move the minor.</summary>
    public ImmutableArray<string> MinorTypes { get; init; } = ["feat"];

    /// <summary>Types that move the patch.</summary>
    public ImmutableArray<string> PatchTypes { get; init; } = ["fix", "perf", "revert"];

    /// <summary>The tag of a version.</summary>
    /// <param name="version">The version.</param>
    /// <param name="service">The service; null where all are counted together.</param>
    public string TagOf(SemanticVersion version, string? service)
        => Tag.Replace("{service}", service ?? "", StringComparison.Ordinal).Replace("{version}", version.ToString(), StringComparison.Ordinal);

    /// <summary>The version that a tag names; null when it is none of ours, or another service's.</summary>
    public SemanticVersion? VersionOf(string tag, string? service)
    {
        var pattern = Tag.Replace("{service}", service ?? "", StringComparison.Ordinal);
        var at = pattern.IndexOf("{version}", StringComparison.Ordinal);
        if (at < 0) return null;
        var (before, after) = (pattern[..at], pattern[(at + "{version}".Length)..]);
        if (tag.Length < before.Length + after.Length || !tag.StartsWith(before, StringComparison.Ordinal) || !tag.EndsWith(after, StringComparison.Ordinal)) return null;
        return SemanticVersion.TryParse(tag[before.Length..(tag.Length - after.Length)], out var version) ? version : null;
    }

    /// <summary>How far a commit moves the version.</summary>
    public VersionStep StepOf(ConventionalCommit commit)
        => commit.IsBreaking ? VersionStep.Major : MinorTypes.Any(commit.IsOf) ? VersionStep.Minor : PatchTypes.Any(commit.IsOf) ? VersionStep.Patch : VersionStep.None;
}
