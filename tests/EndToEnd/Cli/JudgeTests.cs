using System.Text.Json;
using Fairway.Client;
using Fairway.Client.Wire;

namespace Fairway.EndToEnd.Cli;

/// <summary>What people see of the judge, at 80 columns and without colour.</summary>
public sealed class JudgeTests
{
    private static readonly double Hundred = Math.Log(100);

    [Fact]
    public async Task Explain_ends_with_what_was_compared_how_sure_it_is_and_how_that_grew()
    {
        var run = new CliRun();
        run.Api.On("GET rollouts/production/shop/3/explain", Explained(), WireJson.Default.ExplainInfo);
        Assert.Equal(0, await run.RunAsync("explain", "production/shop/3"));
        Ends("""
            judge: worse  a release that is no worse is taken back with at most 1 %
              that it is worse: 148 of 100  ▁▂▄█
              metric              1.2      1.1  ratio       95 %     worse    safe  to go
              errors           31/412  18/3705    9.4   3.1–24  148/1000  0.3/20   1204
              latency-p95  12.4k/1.5M    0/312      –      0.0–∞     1/200       –      –
              worse, safe: e-value of its threshold; to go: requests to the new release
              until it is proven safe, if it is as good

            1.2 was taken back after 12.3 s
            """, run.Out.ToString());
    }

    [Fact]
    public async Task A_replay_says_that_all_came_out_the_same_and_ends_with_4_when_not()
    {
        var run = new CliRun();
        run.Api.On("GET rollouts/production/shop/3/replay", new("production/shop/3", 4, true, "regressed", CliRun.Why("regressed", "errors: 7.52 % against 0.49 %")), WireJson.Default.ReplayInfo);
        Assert.Equal(ExitCodes.Done, await run.RunAsync("judge", "replay", "production/shop/3"));
        Ends("""
            same  production/shop/3: 4 looks computed again, every verdict and state bit for bit as stored
              verdict: regressed; errors: 7.52 % against 0.49 %
            """, run.Out.ToString());
        var other = new CliRun();
        other.Api.On("GET rollouts/production/shop/3/replay", new("production/shop/3", 4, false, "safe", null, 17, "verdict Safe instead of Regressed"), WireJson.Default.ReplayInfo);
        Assert.Equal(ExitCodes.Failed, await other.RunAsync("judge", "replay", "production/shop/3"));
        Ends("""
            differs  production/shop/3: at record 17: verdict Safe instead of Regressed
              verdict: safe
            """, other.Out.ToString());
    }

    [Fact]
    public async Task A_backtest_is_one_line_a_rollout_and_what_it_comes_to()
    {
        using var folder = new Fairway.Configuration.TemporaryFolder();
        folder.Write("strict.yaml", "falseRollback: 5%\nmetrics: { errors: { tolerated: 1.5 } }\n");
        var run = new CliRun { Folder = folder.Path };
        run.Api.On("POST judge/backtest", new(
        [
            new(Given.Summary(RolloutPhases.RolledBack, 12.3, 3), 412, "regressed", 8_000, 290, 10, null, null, null),
            new(Given.Summary(RolloutPhases.Completed, 83, 2), 9_120, "safe", null, null, null, 31_000, 2_400, null),
        ]), WireJson.Default.BacktestInfo);
        Assert.Equal(0, await run.RunAsync("judge", "backtest", "--policy", "strict.yaml", "--last", "2"));
        Ends("""
            ROLLOUT            CHANGE   HAPPENED         THIS POLICY      REQUESTS
            production/shop/3  1.1→1.2  rolled back 12 s  back 8 s at 10 %       290
            production/shop/2  1.1→1.2  completed 1m 23s  safe 31 s            2,400

            of 2 rollouts, this policy takes back 1 (0 that went live), proves 1 safe, and
            lets 0 pass that were taken back
            """, run.Out.ToString());
    }

    [Fact]
    public async Task A_policy_file_with_mistakes_is_refused_with_each_of_them()
    {
        using var folder = new Fairway.Configuration.TemporaryFolder();
        folder.Write("wrong.yaml", "falseRolback: 1%\n");
        var run = new CliRun { Folder = folder.Path };
        Assert.Equal(ExitCodes.Usage, await run.RunAsync("judge", "backtest", "--policy", "wrong.yaml"));
        Assert.Contains("wrong.yaml:1:1", run.Error.ToString(), StringComparison.Ordinal);
        Assert.Contains("falseRollback", run.Error.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_plan_says_how_long_detection_and_proof_take_and_what_each_share_would_do()
    {
        var run = new CliRun();
        Assert.Equal(0, await run.RunAsync("judge", "plan", "--json", "--weight", "50%"));
        using var plan = JsonDocument.Parse(run.Out.ToString());
        Assert.Equal((0.005, 4, 50, 50), (Number("baseErrors"), Number("detect"), Number("rate"), Number("weight")));
        var rows = plan.RootElement.GetProperty("shares").EnumerateArray().ToArray();
        Assert.Equal([1, 5, 10, 25, 50], rows.Select(row => row.GetProperty("weight").GetDouble()));
        Assert.Equal(rows[4].GetRawText().Split('"').Length, plan.RootElement.GetProperty("asked").GetRawText().Split('"').Length);
        Assert.All(rows.Zip(rows.Skip(1)), pair => Assert.True(pair.First.GetProperty("detectSeconds").GetDouble() > pair.Second.GetProperty("detectSeconds").GetDouble()));
        Assert.All(rows, row => Assert.True(row.GetProperty("failedUntilDetected").GetDouble() >= row.GetProperty("failedByWald").GetDouble()));

        var told = new CliRun();
        Assert.Equal(0, await told.RunAsync("judge", "plan"));
        Assert.Contains("A release that fails 4 times as often is found after ", told.Out.ToString(), StringComparison.Ordinal);
        Assert.Contains("is proven safe after ", told.Out.ToString(), StringComparison.Ordinal);

        double Number(string name) => plan.RootElement.GetProperty(name).GetDouble();
    }

    [Theory]
    [InlineData("--weight is above 0% and below 100%", "--weight", "0%")]
    [InlineData("--weight is above 0% and below 100%, with at most 2 decimals", "--weight", "0.123%")]
    [InlineData("--base-errors is above 0% and below 100%", "--base-errors", "100%")]
    [InlineData("--detect is a number above 1 such as 4x, not 'often'", "--detect", "often")]
    [InlineData("--detect times --base-errors is all requests or more", "--base-errors", "30%")]
    public async Task A_plan_of_what_cannot_be_is_refused(string says, params string[] arguments)
    {
        var run = new CliRun();
        Assert.Equal(ExitCodes.Usage, await run.RunAsync(["judge", "plan", .. arguments]));
        Assert.Contains(says, run.Error.ToString(), StringComparison.Ordinal);
        Assert.Empty(run.Out.ToString());
    }

    private static ExplainInfo Explained()
    {
        var explained = Given.Explained();
        var looks = new[] { 0.0, 0.9, 2.2, Math.Log(148) }.Select((log, i) => Given.Decision(20 + i, "judged", "not-enough", "no proof yet", 5 + i) with { LogEvidence = log });
        var evidence = new EvidenceInfo("regressed", null, 0.01, Math.Log(148), Hundred,
        [
            new("errors", new(31, 412), new(18, 3_705), Math.Log(148), Math.Log(1_000), Math.Log(0.3), Math.Log(20), 9.4, 3.1, 24.2, 1_204, 0),
            new("latency-p95", new(12_400, 1_500_000), new(0, 312), 0, Math.Log(200), null, Math.Log(20), null, 0, null, null, null),
            new("restarts", new(0, 0), new(0, 0), 0, Math.Log(200), null, Math.Log(20), null, 0, null, null, null),
        ]);
        return explained with { Decisions = [.. explained.Decisions, .. looks], Evidence = evidence };
    }

    // However it is wrapped and aligned.
    private static void Ends(string expected, string actual) => Assert.EndsWith(Words(expected), Words(actual), StringComparison.Ordinal);

    private static string Words(string text) => string.Join(' ', text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));
}
