using System.Globalization;
using System.Numerics;
using Fairway.Kernel;

namespace Fairway.Source;

/// <summary>A commit, as versions and notes need it.</summary>
/// <param name="Hash">Full hash, lower-case hex.</param>
/// <param name="Message">Whole message.</param>
public sealed record CommitText(string Hash, string Message)
{
    /// <summary>Whether it has more than one parent.</summary>
    public bool IsMerge { get; init; }

    /// <summary>Who wrote it.</summary>
    public string Author { get; init; } = "";
}

/// <summary>Which version comes next, and why.</summary>
/// <param name="Previous">The release before; null without one.</param>
/// <param name="Next">What comes next; null when nothing was changed that needs a version.</param>
/// <param name="Tag">Its tag; null without a next one.</param>
/// <param name="Step">How far it moves.</param>
/// <param name="Why">In words.</param>
public sealed record VersionProposal(SemanticVersion? Previous, SemanticVersion? Next, string? Tag, VersionStep Step, Why Why)
{
    /// <summary>
    /// Proposes one. A breaking change moves the major, an addition the minor, a fix the patch. While the major is 0 nothing is promised
    /// (semver.org, 4), so a breaking change moves the minor; 1.0.0 is a person's decision.
    /// </summary>
    /// <param name="tags">Every tag that the newest commit has behind it.</param>
    /// <param name="since">Commits after the newest release's tag (<see cref="Latest"/>); those that touch the service, where each is counted by itself.</param>
    /// <param name="rules">How is counted.</param>
    /// <param name="service">The service; null where all are counted together.</param>
    /// <param name="preRelease">The name of a pre-release, such as <c>rc</c>; null for a release.</param>
    public static VersionProposal Of(IReadOnlyCollection<string> tags, IReadOnlyCollection<CommitText> since, VersionRules rules, string? service = null, string? preRelease = null)
    {
        var previous = Latest(tags, rules, service)?.Version;
        var read = since.Select(commit => (commit.Hash, Commit: ConventionalCommitReader.Read(commit.Message).Commit)).Where(entry => entry.Commit is not null).ToList();
        // What was made and taken back since is nothing new.
        var reverted = read.SelectMany(entry => entry.Commit!.Reverts.Select(hash => (By: entry.Hash, hash))).ToList();
        var gone = read.Where(entry => reverted.Any(pair => entry.Hash.StartsWith(pair.hash, StringComparison.Ordinal))).Select(entry => entry.Hash)
            .Concat(reverted.Where(pair => read.Any(entry => entry.Hash.StartsWith(pair.hash, StringComparison.Ordinal))).Select(pair => pair.By)).ToHashSet(StringComparer.Ordinal);
        var counted = read.Where(entry => !gone.Contains(entry.Hash)).Select(entry => (entry.Hash, Step: rules.StepOf(entry.Commit!))).ToList();
        var step = counted.Select(entry => entry.Step).DefaultIfEmpty(VersionStep.None).Max();
        if (previous is null)
        {
            if (since.Count == 0) return new(null, null, null, VersionStep.None, Why.Because("no-commits", "there are no commits"));
            return Proposed(null, SemanticVersion.Parse(rules.First), VersionStep.Minor, Why.Because("first-version", "no tag names a version yet"), tags, rules, service, preRelease);
        }
        if (step == VersionStep.None)
            return new(previous, null, null, step, Why.Because("nothing-to-release", "{commits|commit} since {previous}, and none of them changes what a user sees", ("commits", since.Count), ("previous", previous)));
        var first = counted.First(entry => entry.Step == step).Hash;
        var why = Why.Because("next-version", "{what} in {commit} moves the {part}, {commits|commit} after {previous}",
            ("what", step switch { VersionStep.Major => "a breaking change", VersionStep.Minor => "an addition", _ => "a fix" }), ("commit", first[..Math.Min(first.Length, 12)]),
            ("part", step switch { VersionStep.Major when previous.Major > 0 => "major", VersionStep.Major or VersionStep.Minor => "minor", _ => "patch" }),
            ("commits", since.Count), ("previous", previous));
        return Proposed(previous, After(previous, step), step, why, tags, rules, service, preRelease);
    }

    /// <summary>The newest release among tags, with its tag; null without one. Pre-releases do not count.</summary>
    public static (string Tag, SemanticVersion Version)? Latest(IEnumerable<string> tags, VersionRules rules, string? service)
    {
        (string Tag, SemanticVersion Version)? newest = null;
        foreach (var tag in tags)
            if (rules.VersionOf(tag, service) is { IsPreRelease: false } version && (newest is null || version > newest.Value.Version)) newest = (tag, version);
        return newest;
    }

    private static SemanticVersion After(SemanticVersion previous, VersionStep step) => (step, previous.Major.IsZero) switch
    {
        (VersionStep.Major, false) => new(previous.Major + 1, 0, 0),
        (VersionStep.Major or VersionStep.Minor, _) => new(previous.Major, previous.Minor + 1, 0),
        _ => new(previous.Major, previous.Minor, previous.Patch + 1),
    };

    private static VersionProposal Proposed(
        SemanticVersion? previous, SemanticVersion next, VersionStep step, Why why, IReadOnlyCollection<string> tags, VersionRules rules, string? service, string? preRelease)
    {
        if (preRelease is not null)
        {
            var used = tags.Select(tag => rules.VersionOf(tag, service)).Where(version => version is { PreRelease: [var name, var number] } && version.Core == next && name == preRelease && number.All(char.IsAsciiDigit))
                .Select(version => BigInteger.Parse(version!.PreRelease[1], NumberStyles.None, CultureInfo.InvariantCulture)).DefaultIfEmpty(BigInteger.Zero).Max();
            next = next with { PreRelease = [preRelease, (used + 1).ToString(CultureInfo.InvariantCulture)] };
        }
        return new(previous, next, rules.TagOf(next, service), step, why);
    }
}
