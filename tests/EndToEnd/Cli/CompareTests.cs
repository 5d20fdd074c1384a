using System.Text.Json;
using Fairway.Cli;
using Fairway.Client;
using Fairway.Client.Wire;

namespace Fairway.EndToEnd.Cli;

/// <summary><c>fairway compare</c>, at 80 columns and without colour.</summary>
public sealed class CompareTests
{
    [Fact]
    public async Task A_rollout_is_a_table_of_before_after_and_usual_with_the_worst_in_words()
    {
        var run = new CliRun();
        run.Api.On("GET rollouts/production/shop/3/comparison", Compared, WireJson.Default.ComparisonInfo);
        Assert.Equal(0, await run.RunAsync("compare", "production/shop/3"));
        Assert.Equal("""
            production/shop/3  1.1 → 1.2  completed
              before: 9m 40s to 12:09:40 UTC, 58,114 requests
              1.2 with all traffic: 20.0 s to 12:10:20 UTC, 2,001 requests (20 s only: a
              newer rollout took the traffic)

            metric       before   after  change                 usual
            requests      100/s   101/s    +1 %  alike              –
            latency-p99  129 ms  182 ms   +41 %  worse         129 ms
            errors          0 %       –       –  too few data       –

            1.2 against 1.1 before it: worse: p99 129 ms → 182 ms
            p99 182 ms, 41 % above this service's usual 129 ms (10 releases)

            """, run.Out.ToString());
    }

    [Fact]
    public async Task A_rollout_that_was_never_measured_says_so_and_json_is_the_answer_as_it_came()
    {
        var run = new CliRun();
        var none = new ComparisonInfo("production/shop/1", ComparisonStates.None, Given.Digest, "1.0", null, "rolledBack", CliRun.Why("never-measured", "1.0 was not measured: it had no traffic"), null, null, []);
        run.Api.On("GET rollouts/production/shop/1/comparison", none, WireJson.Default.ComparisonInfo);
        Assert.Equal(0, await run.RunAsync("compare", "production/shop/1"));
        Assert.Equal("production/shop/1  1.0  rolled back\n\n1.0 was not measured: it had no traffic\n", run.Out.ToString());
        run = new CliRun();
        run.Api.On("GET rollouts/production/shop/1/comparison", none, WireJson.Default.ComparisonInfo);
        Assert.Equal(0, await run.RunAsync("compare", "production/shop/1", "--json"));
        Assert.Equal("none", JsonDocument.Parse(run.Out.ToString()).RootElement.GetProperty("state").GetString());
    }

    [Fact]
    public async Task What_is_usual_has_its_spread_and_the_releases_it_is_made_of()
    {
        var run = new CliRun();
        run.Api.On("GET services/production/shop/baseline", new("production", "shop",
            [new("latency-p99", "milliseconds", new(129, "129 ms"), 12.9, 3)], [new(1, "1.0"), new(2, "1.1"), new(4, "1.2")], 3), WireJson.Default.BaselineInfo);
        Assert.Equal(0, await run.RunAsync("compare", "production/shop/3", "--usual"));
        Assert.Equal("""
            production/shop  usual after a release
            metric        usual  ± of it  releases
            latency-p99  129 ms     10 %         3
            of 1.0, 1.1, 1.2

            """, run.Out.ToString());
    }

    [Fact]
    public async Task A_release_is_listed_wherever_it_was_shipped()
    {
        var run = new CliRun();
        run.Api.On($"GET releases/{Uri.EscapeDataString(Given.Digest)}/comparisons", [Compared], WireJson.Default.IReadOnlyListComparisonInfo);
        Assert.Equal(0, await run.RunAsync("compare", "--release", Given.Digest));
        Assert.Equal("production/shop/3  1.2  completed  2026-03-01 12:10 UTC\n  1.2 against 1.1 before it: worse: p99 129 ms → 182 ms\n", run.Out.ToString());
    }

    [Theory]
    [InlineData("1.2")]
    [InlineData("b5722757c417")]
    [InlineData("sha256:b5722757")]
    public async Task With_its_service_a_release_may_be_named_by_its_version_or_the_beginning_of_its_digest(string named)
    {
        var run = new CliRun();
        run.Api.On("GET releases", [new(Given.Digest, "shop", "1.2", "sha256:aa", CliRun.At(0)), new("sha256:cc112233", "shop", "1.1", "sha256:bb", CliRun.At(0))],
            WireJson.Default.IReadOnlyListReleaseInfo);
        run.Api.On($"GET releases/{Uri.EscapeDataString(Given.Digest)}/comparisons", [Compared], WireJson.Default.IReadOnlyListComparisonInfo);
        Assert.Equal(0, await run.RunAsync("compare", "production/shop", "--release", named));
        Assert.Contains("production/shop/3", run.Out.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_version_without_its_service_is_asked_about()
    {
        var run = new CliRun();
        Assert.Equal(ExitCodes.Usage, await run.RunAsync("compare", "--release", "1.2"));
        Assert.Contains("whose release is 1.2?", run.Error.ToString(), StringComparison.Ordinal);
        Assert.Empty(run.Api.Asked);
    }

    [Fact]
    public async Task A_release_that_there_is_not_is_said_so()
    {
        var run = new CliRun();
        run.Api.On("GET releases", [new(Given.Digest, "shop", "1.2", "sha256:aa", CliRun.At(0))], WireJson.Default.IReadOnlyListReleaseInfo);
        Assert.Equal(ExitCodes.Usage, await run.RunAsync("compare", "shop", "--release", "1.3"));
        Assert.Contains("shop has no release 1.3", run.Error.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_is_usual_is_not_of_a_release()
    {
        var run = new CliRun();
        Assert.Equal(ExitCodes.Usage, await run.RunAsync("compare", "--usual", "--release", Given.Digest));
        Assert.Empty(run.Api.Asked);
    }

    private static ComparisonInfo Compared => new(
        "production/shop/3", ComparisonStates.Compared, Given.Digest, "1.2", "1.1", "completed", CliRun.Why("worse-than-before", "1.2 against 1.1 before it: worse: p99 129 ms → 182 ms"),
        new(CliRun.At(0), CliRun.At(580), 58_114), new(CliRun.At(600), CliRun.At(620), 2_001, "20 s only: a newer rollout took the traffic"),
        [
            new("requests", "perSecond", new(100, "100/s"), new(101, "101/s"), MetricChanges.Alike, 0.01, 1.01, 0.95, 1.05, null),
            new("latency-p99", "milliseconds", new(129, "129 ms"), new(182, "182 ms"), MetricChanges.Worse, 0.41, 8, 4, 16,
                new("latency-p99", "milliseconds", new(129, "129 ms"), 6, 10, true, "p99 182 ms, 41 % above this service's usual 129 ms (10 releases)")),
            new("errors", "share", new(0, "0 %"), null, MetricChanges.Unknown, null, null, null, null, null),
        ], CliRun.At(621));
}
