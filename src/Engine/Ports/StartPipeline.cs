using Fairway.Pipelines;
using Fairway.Source;

namespace Fairway.Ports;

/// <summary>A new commit.</summary>
/// <param name="Repository">Its name.</param>
/// <param name="Push">Id of the push or fetch that brought it.</param>
/// <param name="Kind">Why.</param>
/// <param name="Way">How it came.</param>
/// <param name="Ref">Full name, such as <c>refs/heads/main</c>. Others chose it: it is data, never part of a script.</param>
/// <param name="Commit">Full hash.</param>
/// <param name="Before">The commit before; all zeros for a new ref.</param>
/// <param name="RepositoryFolder">The bare repository, for what needs the history.</param>
/// <param name="Folder">The commit's files in a folder of its own. It is the starter's, who removes it.</param>
/// <param name="Actor">Who.</param>
public sealed record SourceTrigger(
    string Repository, string Push, TriggerKind Kind, SourceWay Way, string Ref, string Commit, string Before, string RepositoryFolder, string Folder, string Actor)
{
    /// <summary>What the commit changed, and its message; null is not known.</summary>
    public CommitChange? Change { get; init; }

    /// <summary>The pull request it is of; null for none.</summary>
    public PullRequestOf? Request { get; init; }
}

/// <summary>A pull or merge request.</summary>
/// <param name="Number">Its number at its host.</param>
/// <param name="Head">The branch it comes from.</param>
/// <param name="Base">The branch it goes to.</param>
/// <param name="BaseCommit">That branch's commit as the host said; null when it did not.</param>
public sealed record PullRequestOf(long Number, string Head, string Base, string? BaseCommit);

/// <summary>What came of a trigger.</summary>
/// <param name="Started">Whether anything was started.</param>
/// <param name="Sentence">In words.</param>
/// <param name="State">What the host is told now; null tells nothing.</param>
public sealed record TriggerAnswer(bool Started, string Sentence, CommitState? State);

/// <summary>Starts what a new commit is for. It may answer once it runs, or when it ended; whoever pushed reads along while it does.</summary>
/// <param name="trigger">The commit.</param>
/// <param name="tell">Shows a line to whoever pushed; never waits for them, and never throws.</param>
/// <param name="cancellation">The control plane ends; not whoever pushed.</param>
public delegate Task<TriggerAnswer> StartPipeline(SourceTrigger trigger, Action<string> tell, CancellationToken cancellation);
