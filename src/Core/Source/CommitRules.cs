using Fairway.Kernel;
namespace Fairway.Source;

/// <summary>What commit messages must look like beyond Conventional Commits itself.</summary>
public sealed record CommitRules
{
    /// <summary>The types that Conventional Commits and the Angular convention name.</summary>
    public static ImmutableArray<string> UsualTypes { get; } = ["build", "chore", "ci", "docs", "feat", "fix", "perf", "refactor", "revert", "style", "test"];

    /// <summary>Types that are allowed; empty is all.</summary>
    public ImmutableArray<string> Types { get; init; } = UsualTypes;

    /// <summary>Scopes that are allowed; empty is all.</summary>
    public ImmutableArray<string> Scopes { get; init; } = [];

    /// <summary>Whether a scope must be there.</summary>
    public bool ScopeNeeded { get; init; }

    /// <summary>Longest first line, in characters; 0 is any.</summary>
    public int LongestHeader { get; init; } = 100;

    /// <summary>Footers that must be there, such as <c>Refs</c> or <c>Signed-off-by</c>.</summary>
    public ImmutableArray<string> NeededFooters { get; init; } = [];

    /// <summary>Whether merge commits of git's own wording are let through.</summary>
    public bool MergesAllowed { get; init; } = true;
}

/// <summary>Judges commit messages by rules.</summary>
public static class CommitCheck
{
    /// <summary>Everything that is wrong with a message, in the order of its lines; empty when it is right.</summary>
    /// <param name="message">As the commit has it.</param>
    /// <param name="rules">What it must look like.</param>
    /// <param name="isMerge">Whether the commit has more than one parent.</param>
    public static ImmutableArray<CommitProblem> Check(string message, CommitRules rules, bool isMerge = false)
    {
        var first = message.AsSpan(0, Math.Max(0, message.IndexOfAny(['\n', '\r']) is var end && end < 0 ? message.Length : end));
        if (isMerge && rules.MergesAllowed && first.StartsWith("Merge ", StringComparison.Ordinal)) return [];
        if (first.StartsWith("fixup! ", StringComparison.Ordinal) || first.StartsWith("squash! ", StringComparison.Ordinal) || first.StartsWith("amend! ", StringComparison.Ordinal))
            return [new("unsquashed", 1, "the commit is meant to be joined with another one", "run `git rebase -i --autosquash` before you push")];
        if (first.StartsWith("Revert \"", StringComparison.Ordinal))
            return [new("no-type", 1, "git's own wording of a revert has no type", "write `revert: …` and name the commit in a footer `Refs: HASH`")];
        var (commit, problem) = ConventionalCommitReader.Read(message);
        return commit is null ? [problem!] : [.. Judge(commit, first.Length, message, rules)];
    }

    /// <summary>What a commit's editor left to be read: without comment lines and what follows the scissors line, as git's own clean-up does.</summary>
    /// <param name="text">The file that git hands to its <c>commit-msg</c> hook.</param>
    public static string CleanUp(string text)
    {
        var kept = new List<string>();
        foreach (var line in text.ReplaceLineEndings("\n").Split('\n'))
        {
            if (line.StartsWith("# ------------------------ >8 ------------------------", StringComparison.Ordinal)) break;
            if (!line.StartsWith('#')) kept.Add(line.TrimEnd());
        }
        return string.Join('\n', kept).Trim('\n');
    }

    private static IEnumerable<CommitProblem> Judge(ConventionalCommit commit, int header, string message, CommitRules rules)
    {
        if (!rules.Types.IsEmpty && !rules.Types.Any(commit.IsOf))
            yield return new("unknown-type", 1, $"there is no type {Shown(commit.Type)}",
                NearestName.Of(commit.Type.ToLowerInvariant(), rules.Types) is { } near ? $"did you mean {near}? known: {string.Join(", ", rules.Types)}" : $"one of {string.Join(", ", rules.Types)}");
        if (commit.Scope is null && rules.ScopeNeeded) yield return new("no-scope", 1, "the scope is missing", $"write `{Shown(commit.Type)}(scope): …`{Known(rules)}");
        // Several parts may be named at once: `fix(cart, till): …`.
        if (commit.Scope is { } scope && !rules.Scopes.IsEmpty)
            foreach (var part in scope.Split([',', '/'], StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
                if (!rules.Scopes.Contains(part, StringComparer.OrdinalIgnoreCase)) yield return new("unknown-scope", 1, $"there is no scope {Shown(part)}", $"one of {string.Join(", ", rules.Scopes)}");
        if (rules.LongestHeader > 0 && header > rules.LongestHeader)
            yield return new("header-too-long", 1, $"the first line has {header} characters", $"at most {rules.LongestHeader}; say the rest in the body");
        foreach (var footer in rules.NeededFooters)
            if (!commit.Footers.Any(known => known.Is(footer))) yield return new("no-footer", 1, $"the footer {footer} is missing", $"end the message with an empty line and `{footer}: …`");
        var lines = message.ReplaceLineEndings("\n").Split('\n');
        for (var i = 1; i < lines.Length; i++)
            if (IsLostBreaking(lines, i) && !commit.Footers.Any(footer => footer.IsBreaking))
                yield return new("breaking-not-a-footer", i + 1, "BREAKING CHANGE is written here, and yet is no footer", "put an empty line before it, capitals, a colon and one space: `BREAKING CHANGE: what breaks`");
    }

    private static bool IsLostBreaking(string[] lines, int at)
        => lines[at].StartsWith("BREAKING CHANGE", StringComparison.OrdinalIgnoreCase) || lines[at].StartsWith("BREAKING-CHANGE", StringComparison.OrdinalIgnoreCase);

    private static string Known(CommitRules rules) => rules.Scopes.IsEmpty ? "" : $"; known: {string.Join(", ", rules.Scopes)}";

    private static string Shown(string text) => PlainText.Of(text, 40);
}
