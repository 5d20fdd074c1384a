using System.Diagnostics;
using Fairway.Adapters.Git;
using Fairway.Kernel;
using Fairway.Source;

namespace Fairway.Contracts;

/// <summary>Repositories by a real git: fetched, moved, checked out.</summary>
public sealed class GitRepositoriesTests : IDisposable
{
    private readonly string _top = Directory.CreateTempSubdirectory("fairway-repositories-").FullName;
    private readonly GitRepositories _repositories;
    private readonly RepositorySettings _shop;

    public GitRepositoriesTests()
    {
        _repositories = new(Path.Combine(_top, "repositories"), TimeProvider.System);
        _shop = new() { Name = "shop", Fetch = Work };
        Directory.CreateDirectory(Work);
        Run(Work, "init", "-q", "-b", "main", ".");
        Commit("a", "feat: a");
    }

    private string Work => Path.Combine(_top, "work");

    [Fact]
    public async Task What_is_fetched_moves_only_when_told_and_all_or_nothing()
    {
        Assert.Null(await _repositories.EnsureAsync(_shop, default));
        var head = Run(Work, "rev-parse", "HEAD").Trim();
        var (updates, fault) = await _repositories.FetchAsync(_shop, null, [], default);
        Assert.Null(fault);
        Assert.Equal([new RefUpdate("refs/heads/main", new('0', 40), head)], updates);
        Assert.Empty((await _repositories.ListAsync("shop", default)).Refs);
        var (pushed, findings, _) = await _repositories.ExamineAsync(_shop, updates, null, default);
        Assert.Empty(findings);
        Assert.Equal("feat: a", Assert.Single(pushed).Commits.Single().Message);
        Assert.NotNull(await _repositories.MoveAsync("shop", [updates[0], new("refs/heads/other", head, head)], default));
        Assert.Empty((await _repositories.ListAsync("shop", default)).Refs);
        Assert.Null(await _repositories.MoveAsync("shop", updates, default));
        Assert.Equal(head, (await _repositories.ListAsync("shop", default)).Refs["refs/heads/main"]);
        Assert.Null(await _repositories.TidyAsync("shop", default));
    }

    [Fact]
    public async Task A_checkout_holds_the_files_and_nothing_of_git()
    {
        File.CreateSymbolicLink(Path.Combine(Work, "link"), "a");
        var head = await TakeAsync("feat: link");
        var folder = Path.Combine(_top, "out");
        Assert.Null(await _repositories.CheckoutAsync(_shop, head, folder, default));
        Assert.Equal(["a", "link"], Directory.EnumerateFileSystemEntries(folder).Select(Path.GetFileName).Order(StringComparer.Ordinal));
        Assert.Equal("a", new FileInfo(Path.Combine(folder, "link")).LinkTarget);
        Assert.Equal(FaultKind.Conflict, (await _repositories.CheckoutAsync(_shop, head, folder, default))!.Kind);
    }

    [Fact]
    public async Task A_link_that_leads_out_is_neither_checked_out_nor_left_halfway()
    {
        File.CreateSymbolicLink(Path.Combine(Work, "link"), "/etc");
        var head = await TakeAsync("feat: link");
        var folder = Path.Combine(_top, "out");
        Assert.Contains("outside of the tree", (await _repositories.CheckoutAsync(_shop, head, folder, default))!.Message);
        Assert.False(Directory.Exists(folder));
    }

    [Fact]
    public async Task A_large_file_that_is_fetched_is_found()
    {
        await File.WriteAllBytesAsync(Path.Combine(Work, "large"), new byte[5_000]);
        Commit("b", "feat: large");
        var small = _shop with { Limits = new() { LargestFile = 1_000 } };
        Assert.Null(await _repositories.EnsureAsync(small, default));
        var (updates, _) = await _repositories.FetchAsync(small, null, [], default);
        Assert.Contains("larger than 1000 bytes", (await _repositories.ExamineAsync(small, updates, null, default)).Findings.Single().What);
    }

    [Fact]
    public async Task Writers_take_turns_and_what_a_killed_one_locked_is_free_again()
    {
        Assert.Null(await _repositories.EnsureAsync(_shop, default));
        var first = await _repositories.WriteAsync("shop", default);
        var second = _repositories.WriteAsync("shop", default);
        Assert.False(second.IsCompleted);
        var locked = Path.Combine(_repositories.FolderOf("shop"), "packed-refs.lock");
        await File.WriteAllTextAsync(locked, "");
        first.Dispose();
        using var turn = await second;
        Assert.False(File.Exists(locked));
    }

    [Fact]
    public async Task What_was_pushed_here_alone_outlives_a_fetch_of_everything()
    {
        Run(Work, "branch", "gone");
        var first = await TakeAsync("feat: first");
        Run(Work, "branch", "-D", "gone");
        var bare = _repositories.FolderOf("shop");
        Run(bare, "branch", "mine", first);
        var ahead = Run(bare, "-c", "user.name=anna", "-c", "user.email=anna@example.com", "commit-tree", "-m", "fix: here", "-p", first, $"{first}^{{tree}}").Trim();
        Run(bare, "update-ref", "refs/heads/main", ahead);

        var (updates, fault) = await _repositories.FetchAsync(_shop, null, [], default);
        Assert.Null(fault);
        Assert.Equal(["refs/heads/gone"], updates.Select(update => update.Ref));
        Assert.True(updates[0].IsDeleted);
        (updates, _) = await _repositories.FetchAsync(_shop, null, ["refs/heads/main"], default);
        Assert.Equal([new RefUpdate("refs/heads/main", ahead, first)], updates);
    }

    public void Dispose() => Directory.Delete(_top, recursive: true);

    private async Task<string> TakeAsync(string message)
    {
        Commit("a", message);
        Assert.Null(await _repositories.EnsureAsync(_shop, default));
        var (updates, fault) = await _repositories.FetchAsync(_shop, null, [], default);
        Assert.Null(fault);
        Assert.Null(await _repositories.MoveAsync("shop", updates, default));
        return Run(Work, "rev-parse", "HEAD").Trim();
    }

    private void Commit(string file, string message)
    {
        File.AppendAllText(Path.Combine(Work, file), message);
        Run(Work, "add", "-A");
        Run(Work, "-c", "user.name=anna", "-c", "user.email=anna@example.com", "-c", "commit.gpgsign=false", "commit", "-q", "-m", message);
    }

    private static string Run(string folder, params string[] arguments)
    {
        using var git = Process.Start(new ProcessStartInfo("git", ["-C", folder, .. arguments]) { RedirectStandardOutput = true })!;
        var text = git.StandardOutput.ReadToEnd();
        git.WaitForExit();
        Assert.Equal(0, git.ExitCode);
        return text;
    }
}
