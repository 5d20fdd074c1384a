using System.Text.Json;
using Fairway.Client.Wire;

namespace Fairway.Source;

/// <summary>A secret that was pushed in one commit and taken out in the next is in the repository all the same.</summary>
public sealed class RemovedSecretTests
{
    private static readonly string Token = "ghp_" + "aB3dE5fG7hJ9kL1mN2pQ4rS6tU8vW0xYzA1b";

    [Fact]
    public async Task A_secret_of_a_commit_in_between_fails_the_scan_until_somebody_answers_for_it()
    {
        await using var house = await SourceHouse.OpenAsync("branches: [\"**\"]");
        house.Commit(".fairway/pipeline.yaml", "jobs: { secrets: { scan: secrets } }\n", "feat: a pipeline");
        Assert.Equal("succeeded", (await PushAsync(house)).State);

        house.Commit("settings.txt", $"one\nkey = {Token}\n", "feat: settings");
        var guilty = house.Must("rev-parse", "HEAD").Trim();
        house.Commit("settings.txt", "one\n", "fix: no key");
        var job = Assert.Single((await PushAsync(house)).Jobs);
        Assert.Equal("failed", job.State);
        Assert.Contains($"settings.txt:2", job.Why, StringComparison.Ordinal);
        Assert.Contains($"added by commit {guilty[..12]}", job.Why, StringComparison.Ordinal);
        Assert.DoesNotContain(Token, job.Why, StringComparison.Ordinal);

        // A commit on top heals nothing; one that did not see it and comes by another branch does not hide it either.
        house.Commit("b.txt", "b", "feat: more");
        Assert.Contains(guilty[..12], Assert.Single((await PushAsync(house)).Jobs).Why, StringComparison.Ordinal);
        // Named by its fingerprint it is known, and stays known.
        house.Commit(".gitleaksignore", $"{guilty}:settings.txt:github-token:2\n", "chore: the key was revoked");
        Assert.Equal("succeeded", (await PushAsync(house)).State);
        house.Commit("c.txt", "c", "feat: still more");
        house.Must("rm", "-q", ".gitleaksignore");
        house.Must("commit", "-q", "-m", "chore: nothing to ignore");
        Assert.Equal("succeeded", (await PushAsync(house)).State);
    }

    private static async Task<PipelineRunInfo> PushAsync(SourceHouse house)
    {
        house.Must("push", "fairway", "main");
        var commit = house.Must("rev-parse", "HEAD").Trim();
        PipelineRunInfo? run = null;
        await Hammer.Until.TrueAsync(
            async () => (run = (await RunsAsync(house)).FirstOrDefault(one => one.Commit == commit)) is { State: not "running" }, () => $"the run of {commit} ends: {run?.State}");
        return run!;
    }

    private static async Task<IReadOnlyList<PipelineRunInfo>> RunsAsync(SourceHouse house)
    {
        using var http = new HttpClient(new SocketsHttpHandler { UseProxy = false });
        using var request = new HttpRequestMessage(HttpMethod.Get, $"http://127.0.0.1:{house.Port}/api/pipelines/runs");
        request.Headers.Authorization = new("Bearer", (await house.Client.CreateTokenAsync(new($"viewer-{Guid.NewGuid():N}"[..20], ["viewer"], null), default)).Secret);
        using var answer = await http.SendAsync(request);
        return JsonSerializer.Deserialize(await answer.Content.ReadAsStringAsync(), WireJson.Default.IReadOnlyListPipelineRunInfo)!;
    }
}
