using System.Diagnostics;
using System.Net;
using System.Text;
using Fairway.Cli.Load;
using Fairway.Client.Wire;

namespace Fairway.Hammer;

/// <summary>kill -9 of what carries the traffic: what may be repeated is, what is gone is not asked again.</summary>
public sealed class KilledPartsTests
{
    // Unjudged: what an instance has in flight fails with it, all at once, and on a slow machine that alone is proof of a worse release.
    private const string Shop = """
          shop:
            run: ./shop
            instances: 2
            ready: { http: /healthz, interval: 100ms, timeout: 10s, healthyAfter: 1, unhealthyAfter: 5 }
            rollout: { strategy: canary, steps: [{ weight: 80%, pause: approval }, 100%], guard: 0s, judge: off }

        """;

    [Fact]
    public async Task A_killed_edge_comes_back_by_itself_and_routes_to_living_instances_only()
    {
        await using var fairway = await Installation.StartAsync(Shop);
        await ShipAsync(fairway, "1.0");
        var before = await fairway.Client.GetStatusAsync(default);
        var victim = (await ServiceAsync(fairway)).Instances[0];

        Kill(victim.Pid!.Value);
        await fairway.KillEdgeAsync(before.Edge!.Pid!.Value, "shop.test");
        // Orders are not idempotent: the edge may not try another instance once one has taken them, so a stale target would show.
        using var http = new HttpClient(new SocketsHttpHandler { UseProxy = false });
        var statuses = new List<HttpStatusCode>();
        for (var order = 0; order < 100; order++)
        {
            using var body = new StringContent("""{"product":1,"quantity":1}""", Encoding.UTF8, "application/json");
            using var answer = await http.PostAsync(new Uri($"http://127.0.0.1:{fairway.Port}/api/orders"), body);
            statuses.Add(answer.StatusCode);
        }

        Assert.All(statuses, status => Assert.Equal(HttpStatusCode.Created, status));
        await Until.TrueAsync(
            async () => (await fairway.Client.GetStatusAsync(default)).Edge is { Alive: true } edge && edge.Pid != before.Edge.Pid, "another edge is known");
        await Until.TrueAsync(async () => (await ServiceAsync(fairway)).Instances.Count(one => one.Phase == "ready") == 2, "both instances are back");
    }

    [Fact]
    public async Task Killed_instances_of_a_candidate_and_of_the_stable_release_cost_no_request_and_are_replaced()
    {
        await using var fairway = await Installation.StartAsync(Shop);
        await ShipAsync(fairway, "1.0");
        var release = await fairway.ReleaseAsync("shop", "1.1");
        var rollout = (await fairway.Client.DeployAsync(new DeployRequest("shop", null, release.Digest), default)).Rollout!;
        await Until.TrueAsync(async () => (await ServiceAsync(fairway)).Rollout is { Weight: 80 }, "most of the traffic goes to 1.1");
        using var stop = new CancellationTokenSource();
        var load = new LoadGenerator(
            new()
            {
                Urls = [new($"http://127.0.0.1:{fairway.Port}/api/products")], Rate = 100, GroupByHeader = "Shop-Version", Timeout = TimeSpan.FromSeconds(30),
            },
            TimeProvider.System).RunAsync(stop.Token);

        foreach (var version in new[] { "1.0", "1.1", "1.0" })
        {
            var victim = (await ServiceAsync(fairway)).Instances.First(one => one.Version == version && one.Phase == "ready");
            Kill(victim.Pid!.Value);
            await Until.TrueAsync(
                async () => (await ServiceAsync(fairway)).Instances.Any(one => one.Id == victim.Id && one.Pid is { } pid && pid != victim.Pid && one.Phase == "ready"),
                $"{victim.Id} is replaced");
        }
        var waiting = (await fairway.Client.GetRolloutAsync(rollout, default)).Summary;
        Assert.False(waiting.HasEnded, $"{rollout} is {waiting.Phase} because {waiting.Why.Sentence}");
        await fairway.Client.CommandAsync("production", "shop", new("promote"), default);
        var end = await fairway.EndOfAsync(rollout);
        await stop.CancelAsync();
        var report = await load;

        Assert.Equal(RolloutPhases.Completed, end.Summary.Phase);
        Assert.True(report.Answered > 0);
        Assert.Empty(report.Failures);
        Assert.Equal(["1.0", "1.1"], report.Groups.Select(group => group.Name).Order(StringComparer.Ordinal));
    }

    private static async Task ShipAsync(Installation fairway, string version)
    {
        var release = await fairway.ReleaseAsync("shop", version);
        var end = await fairway.EndOfAsync((await fairway.Client.DeployAsync(new DeployRequest("shop", null, release.Digest), default)).Rollout!);
        Assert.Equal(RolloutPhases.Completed, end.Summary.Phase);
    }

    private static Task<ServiceInfo> ServiceAsync(Installation fairway) => fairway.Client.GetServiceAsync("production", "shop", default);

    private static void Kill(int pid)
    {
        using var process = Process.GetProcessById(pid);
        process.Kill();
    }
}
