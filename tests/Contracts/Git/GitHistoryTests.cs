using System.Diagnostics;
using Fairway.Adapters.Git;

namespace Fairway.Contracts;

/// <summary>What is new, by a real repository.</summary>
public sealed class GitHistoryTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("fairway-git-").FullName;
    private readonly GitHistory _git = new(TimeProvider.System);

    public GitHistoryTests()
    {
        Git("init", "-q");
        Directory.CreateDirectory(Path.Combine(_folder, "shop"));
        Commit("shop/a", "feat: the till");
        Git("tag", "v1.0");
        Commit("shop/b", "fix: rounding of prices");
        Commit("elsewhere", "docs: nothing of the shop");
        Commit("shop/c", "feat: \u001b[31mcolours\u0007");
    }

    [Fact]
    public async Task Between_two_versions_are_the_commits_that_changed_the_folder_the_newest_first()
        => Assert.Equal(["feat:  [31mcolours ", "fix: rounding of prices"], await Between("v1.0", "HEAD"));

    [Fact]
    public async Task What_git_describe_says_is_a_version()
    {
        var described = Run("describe", "--tags", "--always", "--dirty").Trim();
        Assert.Equal(2, (await Between("v1.0", described)).Length);
        Assert.Equal(3, (await Between("v1.0", described + "-dirty")).Length);
    }

    [Fact]
    public async Task Many_commits_are_told_to_be_more()
    {
        for (var i = 0; i < GitHistory.MostLines; i++) Commit("shop/many", $"fix: number {i}");
        var lines = await Between("v1.0", "HEAD");
        Assert.Equal((GitHistory.MostLines + 1, "(and more)"), (lines.Length, lines[^1]));
    }

    [Theory]
    [InlineData("v1.0", "v9.9")]
    [InlineData("v1.0", "v1.0")]
    [InlineData("--output=/tmp/fairway-injected", "HEAD")]
    [InlineData("v1.0", "HEAD;touch x")]
    [InlineData("v1.0..HEAD", "HEAD")]
    [InlineData("", "HEAD")]
    public async Task What_is_no_version_of_it_gives_nothing(string from, string to)
    {
        Assert.Empty(await Between(from, to));
        Assert.False(File.Exists("/tmp/fairway-injected"));
    }

    [Fact]
    public async Task Without_a_repository_nothing_is_known()
    {
        var bare = Directory.CreateTempSubdirectory("fairway-none-").FullName;
        Assert.Empty(await _git.BetweenAsync(bare, "v1.0", "HEAD", default));
        Assert.Empty(await _git.BetweenAsync(Path.Combine(bare, "missing"), "v1.0", "HEAD", default));
        Directory.Delete(bare);
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private Task<ImmutableArray<string>> Between(string from, string to) => _git.BetweenAsync(Path.Combine(_folder, "shop"), from, to, default);

    private void Commit(string file, string message)
    {
        File.AppendAllText(Path.Combine(_folder, file), message);
        Git("add", "-A");
        Git("-c", "user.name=anna", "-c", "user.email=anna@example.com", "-c", "commit.gpgsign=false", "commit", "-q", "--cleanup=verbatim", "-m", message);
    }

    private void Git(params string[] arguments) => Run(arguments);

    private string Run(params string[] arguments)
    {
        using var git = Process.Start(new ProcessStartInfo("git", ["-C", _folder, .. arguments]) { RedirectStandardOutput = true })!;
        var text = git.StandardOutput.ReadToEnd();
        git.WaitForExit();
        Assert.Equal(0, git.ExitCode);
        return text;
    }
}
