using System.Text.Json;
using Fairway.Client;
using Fairway.Client.Wire;

namespace Fairway.Serve;

/// <summary>Rollouts judged by comparison: real processes, real requests or none at all.</summary>
public sealed class JudgedRolloutTests
{
    private const int Kill = 9;
    private const string Quick = "guard: 200ms, steps: [{ weight: 50%, pause: 1s }, 100%], judge: { minStep: 1s, maxStep: 12s, undecided: hold }";
    private const string Compared = "guard: 200ms, steps: [{ weight: 50%, pause: 80s }, 100%], "
        + "judge: { minStep: 6s, metrics: { errors: { negligible: 5% }, latencyP95: off, latencyP99: off } }";

    [Fact]
    public async Task A_rollout_without_traffic_holds_and_says_so_until_a_person_is_asked_and_promotes_it()
    {
        using var shop = new ShopFolder(Quick);
        using var plane = await shop.StartAsync();
        await shop.DeployAsync("1.0");
        await shop.UntilEndAsync(1, RolloutPhases.Completed);
        await shop.DeployAsync("1.1");
        var held = await shop.UntilAsync(now => now.Rollout?.Summary.Why.Code == "no-traffic", "it holds for want of traffic");
        Assert.Equal((50d, 0L), (held.Rollout!.Weight, held.Rollout.CandidateRequests));
        Assert.Contains("no traffic: no request has reached 1.1 for 1", held.Rollout.Summary.Why.Sentence, StringComparison.Ordinal);
        Assert.EndsWith("a person is asked after 12 s", held.Rollout.Summary.Why.Sentence, StringComparison.Ordinal);

        var asked = await shop.UntilAsync(now => now.Rollout?.Summary.Why.Code == "waits-for-person", "a person is asked");
        Assert.Equal(50d, asked.Rollout!.Weight);
        var (_, told) = await shop.RunAsync("explain", "shop/2");
        Assert.Contains("so nothing can be judged", Words(told), StringComparison.Ordinal);
        Assert.Contains("waits for a person's promote or rollback: no proof within 12 s", Words(told), StringComparison.Ordinal);
        await shop.Client.CommandAsync("production", "shop", new("promote"), default);
        await shop.UntilEndAsync(2, RolloutPhases.Completed);
        await shop.Client.DownAsync(default);
    }

    [Fact]
    public async Task A_good_release_goes_on_early_by_proof_over_a_kill_and_its_judgement_is_replayed_bit_for_bit()
    {
        using var shop = new ShopFolder(Compared);
        using var stop = new CancellationTokenSource();
        Task load;
        using (var first = await shop.StartAsync())
        {
            await shop.DeployAsync("1.0");
            await shop.UntilEndAsync(1, RolloutPhases.Completed);
            load = shop.LoadAsync(stop.Token);
            await shop.DeployAsync("1.1");
            await shop.UntilAsync(now => now.Rollout is { Weight: 50, CandidateRequests: > 0 }, "requests are compared");
            first.Signal(Kill);
            await first.EndAsync();
        }

        using var second = await shop.StartAsync();
        await shop.UntilEndAsync(2, RolloutPhases.Completed);
        await stop.CancelAsync();
        await load;
        var (code, told) = await shop.RunAsync("judge", "replay", "shop/2", "--json");
        using var replayed = JsonDocument.Parse(told);
        Assert.Equal(ExitCodes.Done, code);
        Assert.True(replayed.RootElement.GetProperty("same").GetBoolean(), told);
        Assert.True(replayed.RootElement.GetProperty("ticks").GetInt32() > 3, told);
        var explained = await shop.Client.ExplainAsync("production/shop/2", null, default);
        Assert.Single(explained.Decisions, decision => decision.Why?.Code == "step-entered-early");
        Assert.Equal("safe", explained.Evidence!.Verdict);
        await shop.Client.DownAsync(default);
    }

    [Fact]
    public async Task A_release_far_under_the_ceiling_is_taken_back_with_its_evidence_and_another_policy_can_be_tried_on_it()
    {
        using var shop = new ShopFolder(Compared);
        using var plane = await shop.StartAsync();
        await shop.DeployAsync("1.0");
        await shop.UntilEndAsync(1, RolloutPhases.Completed);
        using var stop = new CancellationTokenSource();
        var load = shop.LoadAsync(stop.Token);
        await shop.DeployAsync("1.1", "\"errorRate\":0.1");
        var end = await shop.UntilEndAsync(2, RolloutPhases.RolledBack);
        await stop.CancelAsync();
        await load;
        Assert.Equal("regressed", end.Rollout!.Summary.Why.Code);
        Assert.Equal("1.1", end.Rejected.Single().Version);

        var (_, told) = await shop.RunAsync("explain", "shop/2");
        Assert.Contains("judge: worse", told, StringComparison.Ordinal);
        Assert.Matches("errors +[0-9]+/[0-9]+ +0/[0-9]+", told);
        var policy = Path.Combine(shop.Folder, "ceiling.yaml");
        await File.WriteAllTextAsync(policy, "metrics: { errors: off }");
        var (_, lenient) = await shop.RunAsync("judge", "backtest", "--policy", policy, "--json");
        using var tested = JsonDocument.Parse(lenient);
        var row = tested.RootElement.GetProperty("rollouts").EnumerateArray().Single();
        Assert.Equal("production/shop/2", row.GetProperty("rollout").GetProperty("id").GetString());
        Assert.NotEqual("regressed", row.GetProperty("verdict").GetString());
        var (_, same) = await shop.RunAsync("judge", "replay", "shop/2");
        Assert.StartsWith("same  production/shop/2: ", same, StringComparison.Ordinal);
        await shop.Client.DownAsync(default);
    }

    // As if it had not been wrapped.
    private static string Words(string output) => string.Join(' ', output.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));
}
