using System.Text.Json;
using Fairway.Client;
using Fairway.Client.Wire;
using Fairway.Contracts;

namespace Fairway.Serve;

/// <summary>Rollouts judged by counters of the user's own: real processes, real requests, a server that speaks Prometheus' API.</summary>
public sealed class QueriedRolloutTests
{
    private const string Rollout = "guard: 200ms, steps: [{ weight: 50%, pause: 10m }, 100%], judge: { minStep: 10m, metrics: { errors: { negligible: 5% }, "
        + "latencyP95: off, latencyP99: off, queries: { failed-checkouts: { "
        + "bad: 'sum(failed_total{version=\"$release\"}) or vector(0)', total: 'sum(checkouts_total{version=\"$release\"})' } } } }";

    [Fact]
    public async Task A_release_that_answers_well_but_fails_its_checkouts_is_taken_back_for_that_and_a_dead_server_was_only_a_notice()
    {
        using var server = new MetricsServer();
        using var shop = new ShopFolder(Rollout, $"metrics: {{ url: {server.Url}, timeout: 2s }}\n");
        using var plane = await shop.StartAsync();
        await shop.DeployAsync("1.0");
        await shop.UntilEndAsync(1, RolloutPhases.Completed);
        Assert.Empty(server.Asked);

        server.Stop();
        using var stop = new CancellationTokenSource();
        var load = shop.LoadAsync(stop.Token);
        await shop.DeployAsync("1.1");
        var told = await shop.UntilAsync(now => now.Notices.Count > 0, "a dead metrics server is told");
        Assert.Equal("metrics-unanswered", Assert.Single(told.Notices).Code);
        Assert.Equal("shifting", told.Rollout!.Summary.Phase);

        // As many checkouts on both; a fifth of the new release's fail.
        var asked = 0;
        server.Give("sum(checkouts_total{version=\"1.0\"})", () => [1_000 + 500 * Interlocked.Increment(ref asked)]);
        server.Give("sum(checkouts_total{version=\"1.1\"})", () => [500 * asked]);
        server.Give("sum(failed_total{version=\"1.0\"}) or vector(0)", () => [3]);
        server.Give("sum(failed_total{version=\"1.1\"}) or vector(0)", () => [100 * asked]);
        server.Start();
        var end = await shop.UntilEndAsync(2, RolloutPhases.RolledBack);
        await stop.CancelAsync();
        await load;
        Assert.Equal("regressed", end.Rollout!.Summary.Why.Code);
        Assert.Contains("failed-checkouts", end.Rollout.Summary.Why.Sentence, StringComparison.Ordinal);
        Assert.Equal("1.1", end.Rejected.Single().Version);

        var (_, explained) = await shop.RunAsync("explain", "shop/2");
        Assert.Matches("failed-checkouts +[0-9]+/[0-9]+ +0/[0-9]+", explained);
        var (code, replay) = await shop.RunAsync("judge", "replay", "shop/2", "--json");
        using var replayed = JsonDocument.Parse(replay);
        Assert.Equal(ExitCodes.Done, code);
        Assert.True(replayed.RootElement.GetProperty("same").GetBoolean(), replay);
        await shop.Client.DownAsync(default);
    }
}
