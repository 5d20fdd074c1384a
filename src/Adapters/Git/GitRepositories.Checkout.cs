using System.Globalization;
using Fairway.Kernel;
using Fairway.Source;

namespace Fairway.Adapters.Git;

/// <summary>The part that writes a commit's files.</summary>
public sealed partial class GitRepositories
{
    /// <summary>All files of a checkout together, in bytes: a small pack can name one large file a million times.</summary>
    private const long LargestCheckout = 8L << 30;

    /// <inheritdoc/>
    public async Task<Fault?> CheckoutAsync(RepositorySettings repository, string commit, string folder, CancellationToken cancellation)
    {
        if (!RefUpdate.IsHash(commit)) return new(FaultKind.Invalid, Blame.Fairway, Retryable: false, "a commit is named by its full hash");
        if (Directory.Exists(folder)) return new(FaultKind.Conflict, Blame.Fairway, Retryable: false, $"{folder} is there already");
        var findings = new List<PushFinding>();
        var none = new Dictionary<string, string>(StringComparer.Ordinal);
        if (await JudgeTreeAsync(repository, commit, none, findings, cancellation) is { } unread) return unread;
        if (findings.Count == 0 && await JudgeWholeAsync(repository, commit, findings, cancellation) is { } unsized) return unsized;
        if (findings is [var first, ..]) return new(FaultKind.Invalid, Blame.Release, Retryable: false, $"commit {commit[..10]} is not checked out: {first.What}; {first.Mend}");
        var index = folder + ".index";
        try
        {
            Directory.CreateDirectory(folder, OwnerOnly);
            var variables = new Dictionary<string, string>(StringComparer.Ordinal) { ["GIT_INDEX_FILE"] = index, ["GIT_WORK_TREE"] = folder, ["GIT_LITERAL_PATHSPECS"] = "1" };
            var fault = await StepAsync(repository.Name, ["-c", "core.bare=false", "read-tree", commit], variables, cancellation)
                ?? await StepAsync(repository.Name, ["-c", "core.bare=false", "-c", "core.symlinks=true", "-c", "core.protectHFS=true", "-c", "core.protectNTFS=true", "checkout-index", "--all", "--force",
                    "--prefix=" + folder + "/"], variables, cancellation);
            if (fault is not null) Directory.Delete(folder, recursive: true);
            return fault;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return new(FaultKind.Exhausted, Blame.Platform, Retryable: true, $"commit {commit[..10]} cannot be checked out: {error.Message}");
        }
        finally
        {
            File.Delete(index);
            File.Delete(index + ".lock");
        }
    }

    private async Task<Fault?> StepAsync(string repository, string[] arguments, Dictionary<string, string> variables, CancellationToken cancellation)
    {
        var (answer, fault) = await _git.RunAsync(FolderOf(repository), arguments, Long, cancellation, null, variables);
        return answer is { Code: 0 } ? null : fault ?? Failed("the files cannot be written", answer!);
    }

    private async Task<Fault?> JudgeWholeAsync(RepositorySettings repository, string commit, List<PushFinding> findings, CancellationToken cancellation)
    {
        long bytes = 0;
        var (answer, fault) = await _git.ReadAsync(FolderOf(repository.Name), ["ls-tree", "-r", "-l", "-z", "--full-tree", commit], Long, '\0', record =>
        {
            var head = record.Split('\t', 2)[0].Split(' ', StringSplitOptions.RemoveEmptyEntries);
            if (head.Length == 4 && long.TryParse(head[3], NumberStyles.None, CultureInfo.InvariantCulture, out var size))
            {
                bytes += size;
                if (size > repository.Limits.LargestFile) findings.Add(new($"a file of it has {size} bytes", "raise source.repositories.NAME.limits.file"));
            }
            if (bytes > LargestCheckout) findings.Add(new($"its files have more than {LargestCheckout >> 30} GiB together", "split the repository"));
            return findings.Count == 0;
        }, cancellation);
        return answer is null ? fault : answer.Code > 0 ? Failed($"the tree of {commit} cannot be read", answer) : null;
    }
}
