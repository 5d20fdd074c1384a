using System.Collections.Concurrent;
using Fairway.Client;
using Fairway.Client.Wire;

namespace Fairway.Serve;

/// <summary>Checks of a release with real processes: before any traffic at its own instances, and with all of it through the edge.</summary>
public sealed class VerifiedRolloutTests
{
    private const string Rollout = "strategy: blueGreen, guard: 500ms, verify: [ "
        + "{ name: home, path: /, contains: 'Chandler', within: 20s, timeout: 20s, attempts: 2, pause: 100ms }, "
        + "{ name: told, run: [sh, -c, 'test -n \"$FAIRWAY_URL\" && test \"$FAIRWAY_CHECK\" = told && echo \"$FAIRWAY_MOMENT\"'], at: both }, "
        + "{ name: products, at: live, path: /api/products, matches: '\"name\"', timeout: 20s, attempts: 2, pause: 100ms } ]";

    [Fact]
    public async Task A_good_release_is_verified_one_that_fails_before_traffic_is_never_seen_and_one_that_fails_live_is_taken_back()
    {
        using var shop = new ShopFolder(Rollout);
        using var plane = await shop.StartAsync();
        await shop.DeployAsync("1.0");
        var passed = await shop.UntilEndAsync(1, RolloutPhases.Completed);
        Assert.Equal("home preview passed, told preview passed, home live passed, told live passed, products live passed",
            string.Join(", ", passed.Rollout!.Checks.Select(check => $"{check.Name} {check.Moment} {check.State}")));
        Assert.All(passed.Rollout.Checks.Where(check => check.Name != "told"), check => Assert.Equal("status 200", check.Got));

        using var stop = new CancellationTokenSource();
        var seen = new ConcurrentDictionary<string, int>();
        var watching = WatchAsync(shop, seen, stop.Token);
        await shop.DeployAsync("1.1", "\"errorRate\":1");
        var unseen = await shop.UntilEndAsync(2, RolloutPhases.RolledBack);
        Assert.Equal("verify-failed", unseen.Rollout!.Summary.Why.Code);
        Assert.Contains("check home failed before any traffic: expected status 2xx, got status 500", unseen.Rollout.Summary.Why.Sentence, StringComparison.Ordinal);
        await stop.CancelAsync();
        await watching;
        Assert.Equal(["1.0"], seen.Keys);

        await shop.DeployAsync("1.2", "\"emptyRate\":1");
        var back = await shop.UntilEndAsync(3, RolloutPhases.RolledBack);
        Assert.Contains("check products failed with all traffic: expected a body that matches", back.Rollout!.Summary.Why.Sentence, StringComparison.Ordinal);
        Assert.Equal(("passed", "failed"), (StateOf(back, "home", "live"), StateOf(back, "products", "live")));
        Assert.Equal("1.0", await shop.VersionAsync());
        Assert.Equal(2, back.Rejected.Count);

        var (_, told) = await shop.RunAsync("explain", "shop/3");
        Assert.Contains("products", told, StringComparison.Ordinal);
        var (_, attested) = await shop.RunAsync("artifact", "show", (await shop.ReleaseAsync("1.0")).Artifact, "--json");
        Assert.Contains("\"verify\"", attested, StringComparison.Ordinal);
        await shop.Client.DownAsync(default);
    }

    [Fact]
    public async Task A_control_plane_killed_during_a_check_gives_its_verdict_all_the_same()
    {
        using var shop = new ShopFolder("strategy: blueGreen, guard: 500ms, verify: [ { name: slow, run: [sh, -c, 'sleep 4; exit 3'], at: live, timeout: 60s } ]");
        using (var first = await shop.StartAsync())
        {
            await shop.DeployAsync("1.0");
            await shop.UntilAsync(now => now.Rollout is { } rollout && rollout.Checks.Any(check => check.State == CheckStates.Running), "the check runs");
            first.Signal(9);
            await first.EndAsync();
        }
        using var second = await shop.StartAsync();
        var end = await shop.UntilEndAsync(1, RolloutPhases.RolledBack);
        Assert.Contains("check slow failed with all traffic: expected exit code 0, got exit code 3", end.Rollout!.Summary.Why.Sentence, StringComparison.Ordinal);
        await shop.Client.DownAsync(default);
    }

    private static string StateOf(ServiceInfo service, string check, string moment) => service.Rollout!.Checks.Single(one => one.Name == check && one.Moment == moment).State;

    private static async Task WatchAsync(ShopFolder shop, ConcurrentDictionary<string, int> seen, CancellationToken stop)
    {
        while (!stop.IsCancellationRequested)
        {
            if (await shop.VersionAsync() is { } version) seen.AddOrUpdate(version, 1, (_, count) => count + 1);
            await Task.Delay(TimeSpan.FromMilliseconds(3), TimeProvider.System, CancellationToken.None);
        }
    }
}
