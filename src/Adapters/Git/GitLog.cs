using Fairway.Kernel;
using Fairway.Source;

namespace Fairway.Adapters.Git;

/// <summary>Reads commits with their whole messages.</summary>
internal static class GitLog
{
    /// <summary>Commits of a range, the newest first.</summary>
    /// <param name="git">The program.</param>
    /// <param name="folder">A repository.</param>
    /// <param name="range">Options, revisions and paths of <c>git log</c>.</param>
    /// <param name="variables">For git.</param>
    /// <param name="limit">Longest time.</param>
    /// <param name="cancellation">Gives up.</param>
    public static async Task<(ImmutableArray<CommitText> Commits, Fault? Fault)> ReadAsync(
        GitProgram git, string folder, string[] range, IReadOnlyDictionary<string, string> variables, TimeSpan limit, CancellationToken cancellation)
    {
        var commits = ImmutableArray.CreateBuilder<CommitText>();
        var fault = await ReadAsync(git, folder, range, variables, limit, commit =>
        {
            commits.Add(commit);
            return true;
        }, cancellation);
        return fault is null ? (commits.ToImmutable(), null) : ([], fault);
    }

    /// <summary>Hands over the commits of a range one by one, the newest first.</summary>
    /// <param name="git">The program.</param>
    /// <param name="folder">A repository.</param>
    /// <param name="range">Options, revisions and paths of <c>git log</c>.</param>
    /// <param name="variables">For git.</param>
    /// <param name="limit">Longest time.</param>
    /// <param name="take">False ends it, which is a fault.</param>
    /// <param name="cancellation">Gives up.</param>
    public static async Task<Fault?> ReadAsync(
        GitProgram git, string folder, string[] range, IReadOnlyDictionary<string, string> variables, TimeSpan limit, Func<CommitText, bool> take, CancellationToken cancellation)
    {
        var fields = new List<string>(4);
        // A message cannot hold a NUL; with -z the records end with one too.
        var (answer, fault) = await git.ReadAsync(folder, ["log", "-z", "--no-color", "--encoding=UTF-8", "--format=%H%x00%P%x00%an%x00%B", .. range], limit, '\0', field =>
        {
            fields.Add(field);
            if (fields.Count < 4) return true;
            var more = take(Of(fields, fields[3].TrimEnd('\n')));
            fields.Clear();
            return more;
        }, cancellation, null, variables);
        if (answer is null) return fault;
        if (fields.Count == 3) take(Of(fields, ""));
        return answer.Code == 0 ? null : new(FaultKind.Invalid, Blame.Release, Retryable: false, answer.Complaint);
    }

    private static CommitText Of(List<string> fields, string message)
        => new(fields[0], message) { IsMerge = fields[1].Contains(' ', StringComparison.Ordinal), Author = fields[2] };
}
