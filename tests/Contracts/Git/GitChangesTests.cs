using System.Diagnostics;
using Fairway.Adapters.Git;
using Fairway.Kernel;
using Fairway.Ports;
using Fairway.Source;

namespace Fairway.Contracts;

/// <summary>What commits changed, by a real git.</summary>
public sealed class GitChangesTests : IDisposable
{
    private static readonly string Nowhere = new('e', 40);
    private readonly string _top = Directory.CreateTempSubdirectory("fairway-changes-").FullName;
    private readonly GitRepositories _repositories;
    private readonly string _root;

    public GitChangesTests()
    {
        _repositories = new(Path.Combine(_top, "repositories"), TimeProvider.System);
        Directory.CreateDirectory(Work);
        Git("init", "-q", "-b", "main", ".");
        File.WriteAllText(Path.Combine(Work, "b"), "b");
        _root = Commit("a", "feat: root");
    }

    private string Work => Path.Combine(_top, "work");

    [Fact]
    public async Task A_root_commit_changed_every_file()
    {
        await TakeAsync();
        var change = await _repositories.ChangeAsync("shop", null, _root, sinceFork: false, default);
        Assert.Equal(("a b", "feat: root"), (Names(change), change.Message));
    }

    [Fact]
    public async Task A_renamed_file_is_the_name_that_went_and_the_one_that_came()
    {
        Git("mv", "a", "a \"new\"\nnäme");
        var head = Commit("c", "chore: rename\n\nwith a body\n");
        await TakeAsync();
        var change = await _repositories.ChangeAsync("shop", _root, head, sinceFork: false, default);
        Assert.Equal("a a \"new\"\nnäme c", Names(change));
        Assert.Equal("chore: rename\n\nwith a body", change.Message);
    }

    [Fact]
    public async Task A_merge_changed_what_it_brought_and_a_request_what_its_branch_did_since_the_fork()
    {
        Git("checkout", "-q", "-b", "work");
        var branch = Commit("w", "feat: on the branch");
        Git("checkout", "-q", "main");
        var trunk = Commit("t", "fix: on the trunk");
        var merge = Merge("work");
        await TakeAsync();
        Assert.Equal("w", Names(await _repositories.ChangeAsync("shop", trunk, merge, sinceFork: false, default)));
        Assert.Equal("t", Names(await _repositories.ChangeAsync("shop", branch, merge, sinceFork: false, default)));
        Assert.Equal("w", Names(await _repositories.ChangeAsync("shop", trunk, branch, sinceFork: true, default)));
        Assert.Equal("t w", Names(await _repositories.ChangeAsync("shop", trunk, branch, sinceFork: false, default)));
        Assert.Equal("w", Names(await _repositories.ChangeAsync("shop", "refs/heads/main~1", branch, sinceFork: true, default)));
    }

    [Fact]
    public async Task After_a_forced_push_it_is_compared_with_what_was_there_until_that_is_gone()
    {
        var old = Commit("old", "feat: to be rewritten");
        await TakeAsync();
        Git("reset", "-q", "--hard", _root);
        var head = Commit("new", "feat: rewritten");
        await TakeAsync();
        Assert.Equal("new old", Names(await _repositories.ChangeAsync("shop", old, head, sinceFork: false, default)));
        Run(_repositories.FolderOf("shop"), "reflog", "expire", "--expire=now", "--all");
        foreach (var name in Run(_repositories.FolderOf("shop"), "for-each-ref", "--format=%(refname)", "refs/fairway").Split('\n', StringSplitOptions.RemoveEmptyEntries))
            Run(_repositories.FolderOf("shop"), "update-ref", "-d", name);
        Run(_repositories.FolderOf("shop"), "gc", "-q", "--prune=now");
        var unknown = await _repositories.ChangeAsync("shop", old, head, sinceFork: false, default);
        Assert.Null(unknown.Paths);
        Assert.Equal("feat: rewritten", unknown.Message);
        Assert.NotNull((await _repositories.BetweenAsync("shop", old, head, default)).Fault);
    }

    [Fact]
    public async Task What_is_no_commit_changed_nothing_that_is_known()
    {
        await TakeAsync();
        foreach (var commit in (string[])[Nowhere, "--output=/tmp/x", "main", ""])
        {
            var change = await _repositories.ChangeAsync("shop", _root, commit, sinceFork: false, default);
            Assert.Equal((true, ""), (change.Paths is null, change.Message));
            Assert.NotNull((await _repositories.BetweenAsync("shop", _root, commit, default)).Fault);
        }
        Assert.Null((await _repositories.ChangeAsync("shop", Nowhere, _root, sinceFork: true, default)).Paths);
        Assert.Equal(FaultKind.NotFound, (await _repositories.BetweenAsync("other", _root, _root, default)).Fault!.Kind);
    }

    [Fact]
    public async Task A_message_without_end_is_cut()
    {
        var head = Commit("c", "feat: long\n\n" + new string('x', 40_000));
        await TakeAsync();
        Assert.Equal(16 << 10, (await _repositories.ChangeAsync("shop", _root, head, sinceFork: false, default)).Message.Length);
    }

    [Fact]
    public async Task Between_two_commits_lie_those_that_lead_to_the_later_alone_without_merges()
    {
        Git("checkout", "-q", "-b", "work");
        Commit("db/2.sql", "feat(db)!: a table goes", "bert");
        Git("checkout", "-q", "main");
        var trunk = Commit("t", "fix: on the trunk");
        Commit("t", "no convention");
        var merge = Merge("work");
        await TakeAsync();
        var (range, fault) = await _repositories.BetweenAsync("shop", trunk, merge, default);
        Assert.Null(fault);
        Assert.Equal((2, true), (range!.Commits, range.IsBreaking));
        Assert.Equal(["feat"], range.Kinds);
        Assert.Equal(["anna", "bert"], range.Authors);
        Assert.Equal(["db/2.sql", "t"], range.Files!.Value);
        // Going back brings no commit, and other files all the same.
        var (back, _) = await _repositories.BetweenAsync("shop", merge, trunk, default);
        Assert.Equal((0, false, 2), (back!.Commits, back.IsBreaking, back.Files!.Value.Length));
        var (same, _) = await _repositories.BetweenAsync("shop", merge, merge, default);
        Assert.Equal((0, 0), (same!.Commits, same.Files!.Value.Length));
    }

    public void Dispose() => Directory.Delete(_top, recursive: true);

    private static string Names(CommitChange change) => string.Join(' ', change.Paths!.Value.Order(StringComparer.Ordinal));

    /// <summary>Everything of the working copy is in our repository, also what was rewritten.</summary>
    private async Task TakeAsync()
    {
        var shop = new RepositorySettings { Name = "shop", Fetch = Work };
        Assert.Null(await _repositories.EnsureAsync(shop, default));
        var (updates, fault) = await _repositories.FetchAsync(shop, null, [], default);
        Assert.Null(fault);
        Assert.Null(await _repositories.MoveAsync("shop", updates, default));
    }

    private string Commit(string file, string message, string author = "anna")
    {
        var path = Path.Combine(Work, file);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.AppendAllText(path, message);
        Git("add", "-A");
        Git("-c", "user.name=" + author, "-c", "user.email=a@example.com", "-c", "commit.gpgsign=false", "commit", "-q", "-m", message);
        return Git("rev-parse", "HEAD").Trim();
    }

    private string Merge(string branch)
    {
        Git("-c", "user.name=anna", "-c", "user.email=a@example.com", "-c", "commit.gpgsign=false", "merge", "-q", "--no-ff", "-m", "feat!: a merge", branch);
        return Git("rev-parse", "HEAD").Trim();
    }

    private string Git(params string[] arguments) => Run(Work, arguments);

    private static string Run(string folder, params string[] arguments)
    {
        using var git = Process.Start(new ProcessStartInfo("git", ["-C", folder, .. arguments]) { RedirectStandardOutput = true })!;
        var text = git.StandardOutput.ReadToEnd();
        git.WaitForExit();
        Assert.Equal(0, git.ExitCode);
        return text;
    }
}
