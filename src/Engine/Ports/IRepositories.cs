using Fairway.Kernel;
using Fairway.Source;

namespace Fairway.Ports;

/// <summary>The repositories of this control plane: bare, in its data folder. One writer at a time for each (<see cref="WriteAsync"/>).</summary>
public interface IRepositories
{
    /// <summary>Most names of changed files, and most commits, that are read; with more of them it is not known which changed.</summary>
    const int MostChanged = 10_000;

    /// <summary>Makes it when it is not there, and brings its settings up to date.</summary>
    Task<Fault?> EnsureAsync(RepositorySettings repository, CancellationToken cancellation);

    /// <summary>Its folder, whether it is there or not.</summary>
    string FolderOf(string repository);

    /// <summary>Waits until nobody else changes it; disposing lets the next one in. What a killed git left locked is freed.</summary>
    Task<IDisposable> WriteAsync(string repository, CancellationToken cancellation);

    /// <summary>Branches and tags with their commits, by full name; a tag's is what it leads to.</summary>
    Task<(ImmutableSortedDictionary<string, string> Refs, Fault? Fault)> ListAsync(string repository, CancellationToken cancellation);

    /// <summary>What updates bring: their new commits, and what no rule lets in.</summary>
    /// <param name="repository">Its rules.</param>
    /// <param name="updates">The refs need not be moved yet.</param>
    /// <param name="quarantine">Folder with objects that are not the repository's yet, as git gives it to hooks; null when they are.</param>
    /// <param name="cancellation">Gives up.</param>
    Task<(ImmutableArray<PushedRef> Pushed, ImmutableArray<PushFinding> Findings, Fault? Fault)> ExamineAsync(
        RepositorySettings repository, ImmutableArray<RefUpdate> updates, string? quarantine, CancellationToken cancellation);

    /// <summary>
    /// Fetches from where the repository is configured, beside its branches: nothing moves before <see cref="MoveAsync"/>. Answers what would.
    /// </summary>
    /// <param name="repository">From where, and its limits.</param>
    /// <param name="secret">The credential's password; null without one. It is in no command line.</param>
    /// <param name="refs">Full names; empty is every branch and tag.</param>
    /// <param name="cancellation">Gives up.</param>
    Task<(ImmutableArray<RefUpdate> Updates, Fault? Fault)> FetchAsync(RepositorySettings repository, string? secret, ImmutableArray<string> refs, CancellationToken cancellation);

    /// <summary>Moves refs, all or none.</summary>
    Task<Fault?> MoveAsync(string repository, ImmutableArray<RefUpdate> updates, CancellationToken cancellation);

    /// <summary>
    /// Writes a commit's files into a new folder: no <c>.git</c>, no hooks, no filters, no submodules, no links that lead out. A tree that has
    /// such things, or is over the limits, is a fault, and nothing is left.
    /// </summary>
    Task<Fault?> CheckoutAsync(RepositorySettings repository, string commit, string folder, CancellationToken cancellation);

    /// <summary>What a commit changed, and its message.</summary>
    /// <param name="repository">Where.</param>
    /// <param name="from">Compared with this commit or ref; null is with nothing: every file changed.</param>
    /// <param name="commit">Full hash.</param>
    /// <param name="sinceFork">Compared with where both parted, as for a pull request, in place of <paramref name="from"/> itself.</param>
    /// <param name="cancellation">Gives up.</param>
    Task<CommitChange> ChangeAsync(string repository, string? from, string commit, bool sinceFork, CancellationToken cancellation);

    /// <summary>What lies between two commits: those that lead to the one and not to the other. A commit that is gone, more than <see cref="MostChanged"/> of them and ten seconds are faults.</summary>
    /// <param name="repository">Where.</param>
    /// <param name="from">Full hash of the earlier one.</param>
    /// <param name="to">Full hash of the later one.</param>
    /// <param name="cancellation">Gives up.</param>
    Task<(CommitRange? Range, Fault? Fault)> BetweenAsync(string repository, string from, string to, CancellationToken cancellation);

    /// <summary>Packs what is loose and drops what nothing leads to, when there is enough of it.</summary>
    Task<Fault?> TidyAsync(string repository, CancellationToken cancellation);
}

/// <summary>What a commit changed.</summary>
/// <param name="Paths">Files, both names of a renamed one; null when it is not known: the earlier commit is gone, or there are too many.</param>
/// <param name="Message">Its message, at most 16 KiB; empty when it cannot be read.</param>
public sealed record CommitChange(ImmutableArray<string>? Paths, string Message);
