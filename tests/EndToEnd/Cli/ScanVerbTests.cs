using System.Diagnostics;
using System.Text.Json;
using Fairway.Client;
using Fairway.Delivery;

namespace Fairway.EndToEnd.Cli;

/// <summary><c>fairway scan</c>, each kind: what it says, its exit codes, and what it writes as SARIF.</summary>
public sealed class ScanVerbTests : IDisposable
{
    private static readonly string Token = "ghp_" + "aB3dE5fG7hJ9kL1mN2pQ4rS6tU8vW0xYzA1b";
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("fairway-scan-verb-");

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public async Task A_secret_in_a_file_fails_is_never_shown_and_stands_in_SARIF()
    {
        Write("settings.txt", $"one\nkey = {Token}\n");
        var (code, output, error) = await ScanAsync("secrets", ".", "--sarif", "out.sarif");
        Assert.Equal(ExitCodes.Failed, code);
        Assert.Contains("settings.txt:2  Token of GitHub", output, StringComparison.Ordinal);
        Assert.Contains("failed: a finding is high or worse", error, StringComparison.Ordinal);
        var result = Results("out.sarif").Single();
        Assert.Equal(("github-token", "settings.txt:github-token:2"), (result.GetProperty("ruleId").GetString(), result.GetProperty("partialFingerprints").EnumerateObject().First().Value.GetString()));
        Assert.DoesNotContain(Token, output + error + File.ReadAllText(Path.Combine(_folder.FullName, "out.sarif")), StringComparison.Ordinal);
        // Never, or known by its fingerprint, it does not fail.
        File.Delete(Path.Combine(_folder.FullName, "out.sarif"));
        Assert.Equal(0, (await ScanAsync("secrets", ".", "--fail-on", "never")).Code);
        Write(".gitleaksignore", "settings.txt:github-token:2\n");
        Assert.Equal(0, (await ScanAsync("secrets", ".")).Code);
    }

    [Fact]
    public async Task What_commits_added_is_looked_at_beside_the_files_and_told_once_with_its_commit()
    {
        Git("init", "-q", "-b", "main", ".");
        Commit("settings.txt", $"one\nkey = {Token}\n");
        var guilty = Git("rev-parse", "HEAD").Trim();
        Commit("settings.txt", "one\n");
        Commit("other.txt", $"key = {Token}\n");
        Write("log", Git("log", "--patch", "--unified=0", "--format=commit %H"));
        Assert.Equal(ExitCodes.Failed, (await ScanAsync("secrets", ".")).Code);
        var (code, output, _) = await ScanAsync("secrets", ".", "--commits", "log", "--json", "--sarif", "out.sarif");
        Assert.Equal(ExitCodes.Failed, code);
        using var report = JsonDocument.Parse(output);
        var found = report.RootElement.GetProperty("findings").EnumerateArray().ToDictionary(one => one.GetProperty("path").GetString()!);
        Assert.Equal(2, found.Count);
        // What is there still has the fingerprint of any scan of the files; what is gone has its commit in it.
        Assert.Equal("other.txt:github-token:1", found["other.txt"].GetProperty("fingerprint").GetString());
        Assert.Equal($"{guilty}:settings.txt:github-token:2", found["settings.txt"].GetProperty("fingerprint").GetString());
        Assert.EndsWith($", added by commit {guilty[..12]}", found["settings.txt"].GetProperty("message").GetString(), StringComparison.Ordinal);
        Assert.Contains(Results("out.sarif"), result => result.GetProperty("properties").TryGetProperty("commit", out var commit) && commit.GetString() == guilty);
        Assert.Equal(ExitCodes.Failed, (await ScanAsync("secrets", ".", "--history")).Code);
        Assert.Equal(0, (await ScanAsync("secrets", ".", "--range", $"{guilty}..HEAD~1")).Code);
        Assert.Equal(ExitCodes.Usage, (await ScanAsync("secrets", ".", "--commits", "nowhere")).Code);
    }

    [Fact]
    public async Task A_careless_Dockerfile_fails_and_an_exemption_answers_for_it_until_its_day()
    {
        Write("Dockerfile", "FROM debian:latest\nRUN apt-get update\n");
        var (code, output, _) = await ScanAsync("standards", ".", "--fail-on", "medium", "--sarif", "out.sarif");
        Assert.Equal(ExitCodes.Failed, code);
        Assert.Contains("Dockerfile:1", output, StringComparison.Ordinal);
        Assert.NotEmpty(Results("out.sarif"));
        Write(".fairway/exemptions.yaml", "exemptions: [{ rule: \"*\", path: Dockerfile, owner: anna, reason: a toy, expires: 2026-12-31 }]\n");
        Assert.Equal(0, (await ScanAsync("standards", ".", "--fail-on", "medium")).Code);
        Write(".fairway/exemptions.yaml", "exemptions: [{ rule: \"*\", path: Dockerfile, owner: anna, reason: a toy, expires: 2026-02-28 }]\n");
        var (over, said, _) = await ScanAsync("standards", ".", "--fail-on", "medium");
        Assert.True(over == ExitCodes.Failed && said.Contains("the exemption of anna ended", StringComparison.Ordinal), said);
        Write(".fairway/exemptions.yaml", "exemptions: [{ rule: x }]\n");
        Assert.Equal(ExitCodes.Usage, (await ScanAsync("standards", ".")).Code);
    }

    [Fact]
    public async Task A_dependency_with_a_known_weakness_fails()
    {
        var database = Path.Combine(Storefront.Root(), "examples", "storefront", "osv");
        Write("package-lock.json", """{"name":"x","lockfileVersion":3,"packages":{"":{"name":"x"},"node_modules/lodash":{"version":"4.17.20"}}}""");
        var (code, output, _) = await ScanAsync("dependencies", ".", "--database", database, "--sarif", "out.sarif");
        Assert.Equal(ExitCodes.Failed, code);
        Assert.Contains("GHSA-35jh-r3h4-6jhm", output, StringComparison.Ordinal);
        // What other scanners found is judged alike.
        Assert.Equal(ExitCodes.Failed, (await ScanAsync("sarif", "out.sarif")).Code);
        Write("package-lock.json", """{"name":"x","lockfileVersion":3,"packages":{"":{"name":"x"},"node_modules/lodash":{"version":"4.17.21"}}}""");
        Assert.Equal(0, (await ScanAsync("dependencies", ".", "--database", database)).Code);
        Assert.Equal(ExitCodes.Usage, (await ScanAsync("dependencies", ".", "--database", "nowhere")).Code);
        Write("bad.sarif", "{");
        Assert.Equal(ExitCodes.Usage, (await ScanAsync("sarif", "bad.sarif")).Code);
        Assert.Equal(ExitCodes.Usage, (await ScanAsync("secrets", "nowhere")).Code);
        Assert.Equal(ExitCodes.Usage, (await ScanAsync("secrets", ".", "--fail-on", "awful")).Code);
    }

    private async Task<(int Code, string Output, string Error)> ScanAsync(params string[] arguments)
    {
        var run = new CliRun { Folder = _folder.FullName };
        return (await run.RunAsync(["scan", .. arguments]), run.Out.ToString(), run.Error.ToString());
    }

    private List<JsonElement> Results(string file)
    {
        using var log = JsonDocument.Parse(File.ReadAllText(Path.Combine(_folder.FullName, file)));
        Assert.Equal("2.1.0", log.RootElement.GetProperty("version").GetString());
        return [.. log.RootElement.GetProperty("runs")[0].GetProperty("results").EnumerateArray().Select(result => result.Clone())];
    }

    private void Write(string file, string text)
    {
        var path = Path.Combine(_folder.FullName, file);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, text);
    }

    private void Commit(string file, string text)
    {
        Write(file, text);
        Git("add", "-A");
        Git("-c", "user.name=anna", "-c", "user.email=anna@example.com", "-c", "commit.gpgsign=false", "commit", "-q", "-m", "feat: x");
    }

    private string Git(params string[] arguments)
    {
        using var git = Process.Start(new ProcessStartInfo("git", arguments) { WorkingDirectory = _folder.FullName, RedirectStandardOutput = true, RedirectStandardError = true })!;
        var errors = git.StandardError.ReadToEndAsync();
        var output = git.StandardOutput.ReadToEnd();
        git.WaitForExit();
        Assert.True(git.ExitCode == 0, errors.Result);
        return output;
    }
}
