using Fairway.Kernel;

namespace Fairway.Source;

/// <summary>A file that a push brings and that no rule lets in, or a size that is over a limit; found where the objects are.</summary>
/// <param name="What">What it is, a sentence without an end.</param>
/// <param name="Mend">What to do.</param>
public sealed record PushFinding(string What, string Mend);

/// <summary>What a push brings for one ref.</summary>
/// <param name="Update">What it does.</param>
/// <param name="Commits">Commits that the repository does not have yet, the newest first; at most some hundreds.</param>
public sealed record PushedRef(RefUpdate Update, ImmutableArray<CommitText> Commits);

/// <summary>Why a push is not taken.</summary>
/// <param name="Code">Stable and machine-readable, kebab-case.</param>
/// <param name="Ref">Of which ref; null for the push as a whole.</param>
/// <param name="What">What is wrong, a sentence without an end.</param>
/// <param name="Mend">What to do.</param>
public sealed record PushRefusal(string Code, string? Ref, string What, string Mend)
{
    /// <summary>As a person reads it.</summary>
    public string Sentence => $"{What}; {Mend}";
}

/// <summary>Judges pushes: all of one push is taken, or nothing of it.</summary>
public static class PushDecider
{
    /// <summary>Most refs of one push.</summary>
    public const int MostRefs = 100;

    /// <summary>Most commits whose messages are checked for one ref; more are refused where they are checked.</summary>
    public const int MostCommits = 1_000;

    private const int MostRefusals = 20;

    /// <summary>Why it is not taken; empty when it is.</summary>
    /// <param name="pushed">What it does.</param>
    /// <param name="findings">What was found in the objects.</param>
    /// <param name="repository">The repository's rules.</param>
    /// <param name="rules">What commit messages must look like.</param>
    public static ImmutableArray<PushRefusal> Judge(
        ImmutableArray<PushedRef> pushed, ImmutableArray<PushFinding> findings, RepositorySettings repository, CommitRules rules)
    {
        if (pushed.Length > MostRefs) return [new("too-many-refs", null, $"the push changes {pushed.Length} branches and tags at once", $"at most {MostRefs}; push them one after the other")];
        var refused = pushed.SelectMany(one => JudgeRef(one.Update, repository).Concat(JudgeCommits(one, repository, rules)))
            .Concat(findings.Select(finding => new PushRefusal("content", null, finding.What, finding.Mend)));
        return [.. refused.Take(MostRefusals)];
    }

    private static IEnumerable<PushRefusal> JudgeRef(RefUpdate update, RepositorySettings repository)
    {
        var shown = PlainText.Of(update.Ref, 120);
        PushRefusal No(string code, string what, string mend) => new(code, shown, what, mend);
        if (!RefUpdate.IsName(update.Ref)) yield return No("ref-name", $"{shown} cannot name a branch or tag", "use letters, digits, `-`, `_`, `.` and `/`");
        else if (update.Branch is { } branch) foreach (var refusal in JudgeBranch(update, branch, repository, No)) yield return refusal;
        else if (update.Tag is { } tag)
        {
            if (!update.IsNew) yield return No("tag-moved", update.IsDeleted ? $"the tag {tag} would be deleted" : $"the tag {tag} would be moved", "what was released under a tag stays under it; make another tag");
            else if (!GlobPattern.MatchesAny(repository.Tags, tag)) yield return No("tag-name", $"no rule lets the tag {tag} in", $"allowed: {string.Join(", ", repository.Tags)}");
        }
        else yield return No("ref-kind", $"{shown} is neither a branch nor a tag", "push to refs/heads/ or refs/tags/");
    }

    private static IEnumerable<PushRefusal> JudgeBranch(RefUpdate update, string branch, RepositorySettings repository, Func<string, string, string, PushRefusal> no)
    {
        var isTrunk = branch == repository.Trunk;
        // Git takes these for something else than branches.
        if (branch is "HEAD" || RefUpdate.IsHash(branch)) yield return no("ref-name", $"a branch must not be called {branch}", "choose another name");
        else if (!isTrunk && !GlobPattern.MatchesAny(repository.Branches, branch))
            yield return no("branch-name", $"no rule lets the branch {branch} in", $"allowed: {string.Join(", ", repository.Branches.Prepend(repository.Trunk).Distinct(StringComparer.Ordinal))}");
        else if (isTrunk && update.IsDeleted) yield return no("trunk-deleted", $"{branch} is the trunk and cannot be deleted", "set source.repositories.NAME.trunk to another branch first");
        else if (isTrunk && update.IsForced) yield return no("trunk-rewritten", $"the push would rewrite {branch}, the trunk", "fetch, rebase your commits onto it, and push without --force");
        else if (update.IsForced && !GlobPattern.MatchesAny(repository.Rewritable, branch))
            yield return no("branch-rewritten", $"the push would rewrite {branch}", "fetch, rebase your commits onto it, and push without --force");
    }

    private static IEnumerable<PushRefusal> JudgeCommits(PushedRef pushed, RepositorySettings repository, CommitRules rules)
    {
        var checks = repository.CheckCommits == CommitChecking.All || (repository.CheckCommits == CommitChecking.Trunk && pushed.Update.Branch == repository.Trunk);
        if (!checks || pushed.Update.Branch is null) yield break;
        if (pushed.Commits.Length > MostCommits)
        {
            yield return new("too-many-commits", pushed.Update.Ref, $"the push brings more than {MostCommits} commits to a branch whose messages are checked", "push them in several parts");
            yield break;
        }
        foreach (var commit in pushed.Commits)
            foreach (var problem in CommitCheck.Check(commit.Message, rules, commit.IsMerge))
                yield return new("commit-message", pushed.Update.Ref,
                    $"commit {commit.Hash[..Math.Min(10, commit.Hash.Length)]} \"{PlainText.Of(commit.Message.Split('\n')[0], 60)}\", line {problem.Line}: {problem.What}", problem.Mend);
    }
}
