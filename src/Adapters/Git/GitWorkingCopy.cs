using Fairway.Kernel;
using Fairway.Source;

namespace Fairway.Adapters.Git;

/// <summary>Reads the repository that a folder is part of: its commits and its tags. Nothing of its configuration runs.</summary>
/// <param name="folder">Any folder of it.</param>
/// <param name="time">The clock.</param>
public sealed class GitWorkingCopy(string folder, TimeProvider time)
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(2);
    private readonly GitProgram _git = new(time);

    /// <summary>Commits of a range, the newest first.</summary>
    /// <param name="range">A revision (its whole history) or <c>FROM..TO</c>.</param>
    /// <param name="path">Only those that touch this path, relative to the folder; null is all.</param>
    /// <param name="most">Most commits; null is all.</param>
    /// <param name="cancellation">Gives up.</param>
    public Task<(ImmutableArray<CommitText> Commits, Fault? Fault)> CommitsAsync(string range, string? path, int? most, CancellationToken cancellation)
    {
        string[] count = most is { } number ? ["--max-count=" + number.ToString(System.Globalization.CultureInfo.InvariantCulture)] : [];
        return GitLog.ReadAsync(_git, folder, [.. count, "--end-of-options", range, "--", .. path is null ? Array.Empty<string>() : [path]], ImmutableDictionary<string, string>.Empty, Limit, cancellation);
    }

    /// <summary>Tags that a revision has behind it.</summary>
    public async Task<(ImmutableArray<string> Tags, Fault? Fault)> TagsAsync(string revision, CancellationToken cancellation)
    {
        var (answer, fault) = await _git.RunAsync(folder, ["tag", "--list", "--merged=" + revision], Limit, cancellation);
        return answer is { Code: 0 } ? ([.. answer.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries)], null) : ([], fault ?? new(FaultKind.Invalid, Blame.Release, Retryable: false, answer!.Complaint));
    }

    /// <summary>Whether a revision is known here.</summary>
    public async Task<bool> KnowsAsync(string revision, CancellationToken cancellation)
        => (await _git.RunAsync(folder, ["rev-parse", "--verify", "--quiet", "--end-of-options", revision], Limit, cancellation)).Answer is { Code: 0 };
}
