using System.Globalization;
using Fairway.Kernel;
using Fairway.Source;

namespace Fairway.Adapters.Git;

/// <summary>The part that looks into what comes.</summary>
public sealed partial class GitRepositories
{
    private const int MostFindings = 10;
    private const int MostLinks = 10_000;

    /// <inheritdoc/>
    public async Task<(ImmutableArray<PushedRef> Pushed, ImmutableArray<PushFinding> Findings, Fault? Fault)> ExamineAsync(
        RepositorySettings repository, ImmutableArray<RefUpdate> updates, string? quarantine, CancellationToken cancellation)
    {
        var variables = new Dictionary<string, string>(StringComparer.Ordinal);
        var objects = Path.Combine(FolderOf(repository.Name), "objects");
        if (quarantine is not null)
        {
            if (Path.GetDirectoryName(Path.GetFullPath(quarantine)) != objects || !Path.GetFileName(quarantine).StartsWith("tmp_objdir-", StringComparison.Ordinal))
                return ([], [], new(FaultKind.Invalid, Blame.Fairway, Retryable: false, "the quarantine is not one of this repository"));
            variables["GIT_OBJECT_DIRECTORY"] = quarantine;
            variables["GIT_ALTERNATE_OBJECT_DIRECTORIES"] = objects;
        }
        var pushed = ImmutableArray.CreateBuilder<PushedRef>();
        var findings = new List<PushFinding>();
        foreach (var update in updates.Take(PushDecider.MostRefs + 1))
        {
            if (update.IsDeleted || !RefUpdate.IsHash(update.New))
            {
                pushed.Add(new(update, []));
                continue;
            }
            var (commit, fault) = await CommitOfAsync(repository.Name, update.New, variables, cancellation);
            if (fault is not null) return ([], [], fault);
            if (commit is null)
            {
                findings.Add(new($"{PlainText.Of(update.Ref, 120)} leads to no commit", "push a commit, or a tag of one"));
                pushed.Add(new(update, []));
                continue;
            }
            var (commits, unread) = await CommitsAsync(repository.Name, commit, variables, cancellation);
            if (unread is not null) return ([], [], unread);
            var (forced, unknown) = update.IsNew ? (false, null) : await IsForcedAsync(repository.Name, update, variables, cancellation);
            if (unknown is not null) return ([], [], unknown);
            pushed.Add(new(update with { IsForced = forced, Commits = commits.Length }, commits));
            if (await JudgeTreeAsync(repository, commit, variables, findings, cancellation) is { } broken) return ([], [], broken);
            if (findings.Count == 0 && await JudgeSizesAsync(repository, commit, variables, findings, cancellation) is { } unsized) return ([], [], unsized);
        }
        return (pushed.ToImmutable(), [.. findings.Take(MostFindings)], null);
    }

    private async Task<(string? Commit, Fault? Fault)> CommitOfAsync(string repository, string hash, Dictionary<string, string> variables, CancellationToken cancellation)
    {
        var (answer, fault) = await _git.RunAsync(FolderOf(repository), ["rev-parse", "--verify", "--quiet", "--end-of-options", hash + "^{commit}"], Short, cancellation, null, variables);
        return fault is not null ? (null, fault) : (answer!.Code == 0 && RefUpdate.IsHash(answer.Output.Trim()) ? answer.Output.Trim() : null, null);
    }

    private async Task<(ImmutableArray<CommitText> Commits, Fault? Fault)> CommitsAsync(string repository, string commit, Dictionary<string, string> variables, CancellationToken cancellation)
    {
        var most = "--max-count=" + (PushDecider.MostCommits + 1).ToString(CultureInfo.InvariantCulture);
        var (commits, fault) = await GitLog.ReadAsync(_git, FolderOf(repository), [most, "--not", "--exclude=refs/fairway/*", "--all", "--not", "--end-of-options", commit, "--"], variables, Long, cancellation);
        return (commits, fault);
    }

    private async Task<(bool Forced, Fault? Fault)> IsForcedAsync(string repository, RefUpdate update, Dictionary<string, string> variables, CancellationToken cancellation)
    {
        if (update.Branch is null) return (false, null);
        var (answer, fault) = await _git.RunAsync(FolderOf(repository), ["merge-base", "--is-ancestor", update.Old, update.New], Long, cancellation, null, variables);
        return answer is null ? (false, fault) : (answer.Code != 0, null);
    }

    // Every path of the newest commit: what earlier ones had is judged again when somebody asks for them.
    private async Task<Fault?> JudgeTreeAsync(RepositorySettings repository, string commit, Dictionary<string, string> variables, List<PushFinding> findings, CancellationToken cancellation)
    {
        var links = new List<(string Hash, string Path)>();
        var entries = 0;
        var (answer, fault) = await _git.ReadAsync(FolderOf(repository.Name), ["ls-tree", "-r", "-z", "--full-tree", commit], Long, '\0', record =>
        {
            if (Read(record) is not var (entry, hash)) return true;
            if (TreeCheck.Judge(entry, repository) is { } finding) findings.Add(finding);
            if (entry.IsLink) links.Add((hash, entry.Path));
            if (++entries > repository.Limits.MostObjects) findings.Add(new($"the tree has more than {repository.Limits.MostObjects} files", "split the repository, or raise source.repositories.NAME.limits.objects"));
            if (links.Count > MostLinks) findings.Add(new($"the tree has more than {MostLinks} symbolic links", "make them files"));
            return findings.Count < MostFindings && entries <= repository.Limits.MostObjects && links.Count <= MostLinks;
        }, cancellation, null, variables);
        if (answer is null) return fault;
        if (answer.Code > 0) return Failed($"the tree of {commit} cannot be read", answer);
        foreach (var (hash, path) in links)
        {
            if (findings.Count >= MostFindings) break;
            var (target, unread) = await _git.RunAsync(FolderOf(repository.Name), ["cat-file", "blob", hash], Short, cancellation, null, variables, most: 8192);
            if (target is null) return unread;
            if (TreeCheck.JudgeLink(path, target.Code == 0 ? target.Output : "") is { } finding) findings.Add(finding);
        }
        return null;
    }

    private async Task<Fault?> JudgeSizesAsync(RepositorySettings repository, string commit, Dictionary<string, string> variables, List<PushFinding> findings, CancellationToken cancellation)
    {
        var limits = repository.Limits;
        var objects = 0;
        string[] arguments =
        [
            "rev-list", "--objects", "--no-object-names", "--filter=blob:limit=" + (limits.LargestFile + 1).ToString(CultureInfo.InvariantCulture), "--filter-print-omitted",
            "--not", "--exclude=refs/fairway/*", "--all", "--not", "--end-of-options", commit, "--",
        ];
        var (answer, fault) = await _git.ReadAsync(FolderOf(repository.Name), arguments, Long, '\n', line =>
        {
            if (line.StartsWith('~')) findings.Add(new($"the file {line[1..]} is larger than {limits.LargestFile} bytes", "take it out of every commit, or raise source.repositories.NAME.limits.file"));
            if (++objects > limits.MostObjects) findings.Add(new($"more than {limits.MostObjects} objects are new", "bring the history in parts, oldest commits first"));
            return findings.Count == 0;
        }, cancellation, null, variables);
        return answer is null ? fault : answer.Code > 0 ? Failed($"the objects of {commit} cannot be read", answer) : null;
    }

    /// <summary>Reads a record of <c>ls-tree</c>: mode, kind and hash, a tab, and the path.</summary>
    private static (TreeEntry Entry, string Hash)? Read(string record)
    {
        var tab = record.IndexOf('\t', StringComparison.Ordinal);
        return tab > 0 && record[..tab].Split(' ', StringSplitOptions.RemoveEmptyEntries) is [var mode, _, var hash, ..] ? (new(mode, record[(tab + 1)..]), hash) : null;
    }
}
