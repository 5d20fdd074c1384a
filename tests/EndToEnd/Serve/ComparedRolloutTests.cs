using System.Text.Json;
using Fairway.Client;
using Fairway.Client.Wire;

namespace Fairway.Serve;

/// <summary>How a service was before a rollout and after it: real processes, real requests through the edge.</summary>
public sealed class ComparedRolloutTests
{
    private const int Kill = 9;

    [Fact]
    public async Task A_slower_release_is_worse_than_what_served_before_over_a_kill_in_between_and_says_so_for_ever()
    {
        using var shop = new ShopFolder("judge: off, guard: 0s, steps: [{ weight: 50%, pause: 8s }, 100%]");
        using var stop = new CancellationTokenSource();
        Task load;
        using (var first = await shop.StartAsync())
        {
            await shop.DeployAsync("1.0");
            await shop.UntilEndAsync(1, RolloutPhases.Completed);
            load = Task.WhenAll(Enumerable.Range(0, 12).Select(_ => shop.LoadAsync(stop.Token, looks: 25)));
            await UntilAsync(shop, 1, found => found.After is { Requests: > 500 }, "the first release is measured");
            await shop.DeployAsync("1.1", "\"latency\":600");
            await UntilAsync(shop, 2, found => found is { State: ComparisonStates.Measuring, Before: not null }, "what was before is measured");
            await shop.UntilAsync(now => now.Rollout is { Weight: 50 }, "traffic shifts");
            first.Signal(Kill);
            await first.EndAsync();
        }

        using var second = await shop.StartAsync();
        await shop.UntilEndAsync(2, RolloutPhases.Completed);
        var compared = await UntilAsync(shop, 2, found => found.State == ComparisonStates.Compared, "it is compared");
        await stop.CancelAsync();
        await load;

        Assert.Equal(("1.0", "1.1", "worse-than-before"), (compared.PreviousVersion, compared.Version, compared.Why.Code));
        foreach (var name in (string[])["latency-p50", "latency-p90", "latency-p99"])
        {
            var metric = compared.Metrics.Single(metric => metric.Metric == name);
            Assert.True(metric is { Says: MetricChanges.Worse, After.Value: > 600 } && metric.Before!.Value < metric.After.Value, $"{name}: {metric}");
        }
        Assert.Equal(MetricChanges.Alike, compared.Metrics.Single(metric => metric.Metric == "errors").Says);
        Assert.True(compared.Metrics.Single(metric => metric.Metric == "memory").After is { Value: > 1_000_000 }, "memory is known of a process");

        var (code, told) = await shop.RunAsync("compare", "shop/2");
        Assert.Equal(ExitCodes.Done, code);
        Assert.Matches(@"latency-p99 +[0-9.]+ ms +[0-9.]+ ms +\S+.* worse", told);
        var (_, json) = await shop.RunAsync("compare", "--release", compared.Release, "--json");
        using var listed = JsonDocument.Parse(json);
        Assert.Equal("production/shop/2", Assert.Single(listed.RootElement.EnumerateArray()).GetProperty("rollout").GetString());
        var (_, usual) = await shop.RunAsync("compare", "shop", "--usual");
        Assert.Contains("2 releases measured so far; what is usual takes 3", usual, StringComparison.Ordinal);
        await shop.Client.DownAsync(default);
        var (verified, problems) = await shop.RunAsync("audit", "verify");
        Assert.True(verified == ExitCodes.Done, problems);
    }

    private static async Task<ComparisonInfo> UntilAsync(ShopFolder shop, int number, Func<ComparisonInfo, bool> holds, string what)
    {
        ComparisonInfo? last = null;
        await Hammer.Until.TrueAsync(
            async () =>
            {
                last = await shop.Client.GetComparisonAsync($"production/shop/{number}", default);
                return holds(last);
            },
            () => $"{what}; it is {last?.State}: {last?.Why.Sentence}");
        return last!;
    }
}
