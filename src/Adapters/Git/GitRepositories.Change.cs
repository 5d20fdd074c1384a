using Fairway.Kernel;
using Fairway.Ports;
using Fairway.Source;

namespace Fairway.Adapters.Git;

/// <summary>The part that says what a commit changed.</summary>
public sealed partial class GitRepositories
{
    private const int LongestMessage = 16 << 10;
    private static readonly TimeSpan Brief = TimeSpan.FromSeconds(10);

    /// <inheritdoc/>
    public async Task<CommitChange> ChangeAsync(string repository, string? from, string commit, bool sinceFork, CancellationToken cancellation)
    {
        if (!RefUpdate.IsHash(commit)) return new(null, "");
        var bare = FolderOf(repository);
        var (said, _) = await _git.RunAsync(bare, ["log", "-1", "--no-show-signature", "--format=%B", "--end-of-options", commit], Short, cancellation);
        var message = said is { Code: 0 } ? said.Output.TrimEnd() : "";
        if (message.Length > LongestMessage) message = message[..LongestMessage];
        return new(await PathsAsync(bare, from, commit, sinceFork, Long, cancellation), message);
    }

    /// <inheritdoc/>
    public async Task<(CommitRange? Range, Fault? Fault)> BetweenAsync(string repository, string from, string to, CancellationToken cancellation)
    {
        if (!RefUpdate.IsHash(from) || !RefUpdate.IsHash(to)) return (null, new(FaultKind.Invalid, Blame.Configuration, Retryable: false, "that is no commit's full hash"));
        var bare = FolderOf(repository);
        if (!Directory.Exists(bare)) return (null, new(FaultKind.NotFound, Blame.Configuration, Retryable: false, $"there is no repository {repository}"));
        var tally = new CommitTally();
        var fault = await GitLog.ReadAsync(_git, bare, ["--no-merges", "--end-of-options", $"{from}..{to}", "--"], ImmutableDictionary<string, string>.Empty, Brief, commit =>
        {
            tally.Add(commit);
            return tally.Commits <= IRepositories.MostChanged;
        }, cancellation);
        if (tally.Commits > IRepositories.MostChanged) return (null, new(FaultKind.Exhausted, Blame.Release, Retryable: false, $"there are more than {IRepositories.MostChanged} commits between both"));
        return fault is not null ? (null, fault) : (tally.With(await PathsAsync(bare, from, to, sinceFork: false, Brief, cancellation)), null);
    }

    private async Task<ImmutableArray<string>?> PathsAsync(string bare, string? from, string commit, bool sinceFork, TimeSpan limit, CancellationToken cancellation)
    {
        if (from is not null && sinceFork)
        {
            var (fork, _) = await _git.RunAsync(bare, ["merge-base", "--end-of-options", from, commit], Short, cancellation);
            from = fork is { Code: 0 } ? fork.Output.Trim() : "";
        }
        if (from is not null && !RefUpdate.IsHash(from)) return null;
        // A rename is one name that went and one that came: a filter may look at either.
        string[] arguments = from is null ? ["ls-tree", "-r", "--name-only", "-z", "--full-tree", commit]
            : ["diff-tree", "-r", "--name-only", "-z", "--no-renames", "--no-ext-diff", "--no-textconv", "--end-of-options", from, commit];
        var paths = ImmutableArray.CreateBuilder<string>();
        var (answer, _) = await _git.ReadAsync(bare, arguments, limit, '\0', path =>
        {
            paths.Add(path);
            return paths.Count <= IRepositories.MostChanged;
        }, cancellation);
        return answer is { Code: 0 } && paths.Count <= IRepositories.MostChanged ? paths.ToImmutable() : null;
    }
}
