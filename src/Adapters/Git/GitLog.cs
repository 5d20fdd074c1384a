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
        var fields = new List<string>(4);
        // A message cannot hold a NUL; with -z the records end with one too.
        var (answer, fault) = await git.ReadAsync(folder, ["log", "-z", "--no-color", "--encoding=UTF-8", "--format=%H%x00%P%x00%an%x00%B", .. range], limit, '\0', field =>
        {
            fields.Add(field);
            if (fields.Count < 4) return true;
            commits.Add(new(fields[0], fields[3].TrimEnd('\n')) { IsMerge = fields[1].Contains(' ', StringComparison.Ordinal), Author = fields[2] });
            fields.Clear();
            return true;
        }, cancellation, null, variables);
        if (answer is null) return ([], fault);
        if (fields.Count == 3) commits.Add(new(fields[0], "") { IsMerge = fields[1].Contains(' ', StringComparison.Ordinal), Author = fields[2] });
        return answer.Code == 0 ? (commits.ToImmutable(), null) : ([], new(FaultKind.Invalid, Blame.Release, Retryable: false, answer.Complaint));
    }
}
