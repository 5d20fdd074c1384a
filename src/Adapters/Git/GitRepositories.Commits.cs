using Fairway.Kernel;
using Fairway.Source;

namespace Fairway.Adapters.Git;

/// <summary>The part that writes what commits added.</summary>
public sealed partial class GitRepositories
{
    /// <summary>Most text that commits may add to be looked at at once, in bytes.</summary>
    private const long LargestLog = 1L << 30;

    /// <summary>
    /// Writes what a commit and those before it added, as <c>git log --patch</c> says it, into a file of a folder that is made anew. Nothing of the repository's
    /// settings runs. Past 1 GiB it is a fault: what is not looked at must not pass.
    /// </summary>
    /// <param name="repository">Name of the repository.</param>
    /// <param name="commit">Full hash.</param>
    /// <param name="known">Full hashes of commits that are left out with everything before them; those that are gone do not matter.</param>
    /// <param name="file">The file; what is in the place of its folder goes.</param>
    /// <param name="cancellation">Gives up.</param>
    /// <returns>Whether it was written; it is not when there is no such repository. Or why it cannot be.</returns>
    public async Task<(bool Written, Fault? Fault)> WriteCommitsAsync(string repository, string commit, ImmutableArray<string> known, string file, CancellationToken cancellation)
    {
        if (!RefUpdate.IsHash(commit) || !known.All(RefUpdate.IsHash)) return (false, new(FaultKind.Invalid, Blame.Fairway, Retryable: false, "a commit is named by its full hash"));
        if (repository.Contains('/', StringComparison.Ordinal) || !Directory.Exists(FolderOf(repository))) return (false, null);
        string[] arguments =
        [
            .. GitDiffs.Quiet, "log", "--patch", "--full-history", "--no-merges", "--ignore-missing", "--format=commit %H", .. GitDiffs.Plain, "--end-of-options", commit,
            .. known.Select(one => "^" + one), "--",
        ];
        using var limit = new CancellationTokenSource(Long, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellation);
        try
        {
            MakeAnew(Path.GetDirectoryName(file)!);
            var (git, missing) = GitProgram.Start(FolderOf(repository), arguments, ImmutableDictionary<string, string>.Empty);
            if (git is null) return (false, missing);
            using (git)
            {
                try
                {
                    git.StandardInput.Close();
                    var complaint = GitProgram.ReadErrorAsync(git, either.Token);
                    if (!await CopyAsync(git.StandardOutput.BaseStream, file, either.Token))
                        return (false, new(FaultKind.Exhausted, Blame.Release, Retryable: false, $"the commits up to {commit[..10]} add more than {LargestLog >> 30} GiB of text, which no scan looks at: bring the history in parts"));
                    var said = await complaint;
                    await git.WaitForExitAsync(either.Token);
                    return git.ExitCode == 0 ? (true, null)
                        : (false, new(FaultKind.Failed, Blame.Platform, Retryable: true, $"the commits up to {commit[..10]} cannot be read: {PlainText.Of(said, 300)}"));
                }
                finally
                {
                    GitProgram.Kill(git);
                }
            }
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            return (false, new(FaultKind.Timeout, Blame.Platform, Retryable: true, $"git took longer than {Long.TotalMinutes:0} minutes to say what the commits up to {commit[..10]} added"));
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return (false, new(FaultKind.Exhausted, Blame.Platform, Retryable: true, $"what commits added cannot be written: {error.Message}"));
        }
    }

    // A commit may have something of that name, such as a link; whoever works there may write into the new one.
    private static void MakeAnew(string folder)
    {
        var there = new DirectoryInfo(folder);
        if (there.LinkTarget is not null || File.Exists(folder)) File.Delete(folder);
        else if (there.Exists) there.Delete(recursive: true);
        Directory.CreateDirectory(folder);
        File.SetUnixFileMode(folder, (UnixFileMode)0b111_111_111);
    }

    private static async Task<bool> CopyAsync(Stream from, string file, CancellationToken cancellation)
    {
        await using var to = new FileStream(file, new FileStreamOptions
        {
            Mode = FileMode.CreateNew, Access = FileAccess.Write, BufferSize = 0, UnixCreateMode = OwnerOnly | UnixFileMode.GroupRead | UnixFileMode.OtherRead,
        });
        var piece = new byte[64 * 1024];
        long written = 0;
        while (await from.ReadAsync(piece, cancellation) is > 0 and var read)
        {
            written += read;
            if (written > LargestLog) return false;
            await to.WriteAsync(piece.AsMemory(0, read), cancellation);
        }
        return true;
    }
}
