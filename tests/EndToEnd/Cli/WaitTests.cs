using System.Text.Json;
using System.Threading.Channels;
using Fairway.Client;
using Fairway.Client.Wire;

namespace Fairway.EndToEnd.Cli;

/// <summary>Verbs that wait: for a control plane that is away, for what was dropped, and no longer than they were told.</summary>
public sealed class WaitTests
{
    private static readonly DecisionAnswer Queued = new("production/shop/2", true, CliRun.Why("deploy-queued", "1.2 waits"), 40);

    [Theory]
    [InlineData("gate-denies", ExitCodes.Refused, "the gate of production refuses 1.2")]
    [InlineData("release-rejected", ExitCodes.Refused, "the gate of production refuses 1.2")]
    [InlineData("replaced", ExitCodes.Failed, "took this one's place")]
    public async Task What_was_dropped_from_the_queue_ends_with_why(string code, int exit, string said)
    {
        var run = Waiting(Dropped(41, Given.Digest, code));
        Assert.Equal(exit, await RunAsync(run, "deploy", "shop", "--release", Given.Digest, "--wait"));
        Assert.Contains(said, run.Error.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_was_dropped_because_it_serves_already_is_done()
    {
        var run = Waiting(Dropped(41, Given.Digest, "already-serving"));
        Assert.Equal(0, await RunAsync(run, "deploy", "shop", "--release", Given.Digest, "--wait"));
    }

    [Fact]
    public async Task What_waits_behind_others_is_waited_for_and_no_longer_than_told()
    {
        // Dropped long ago, or another's: neither is about this one.
        var run = Waiting(Dropped(39, Given.Digest, "gate-denies"), Dropped(41, "sha256:another", "gate-denies"));
        Assert.Equal(ExitCodes.Failed, await RunAsync(run, "deploy", "shop", "--release", Given.Digest, "--wait", "--timeout", "1s"));
        Assert.Contains("has not come to an end within 1.0 s", run.Error.ToString(), StringComparison.Ordinal);
        Assert.Contains("it goes on without you", run.Error.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("deploy shop --timeout 5s")]
    [InlineData("promote shop --timeout 5s")]
    [InlineData("promote --group g --to production --wait --timeout 5s")]
    [InlineData("attest shop --kind backup")]
    [InlineData("attest shop --kind backup --passed --failed")]
    [InlineData("attest shop --passed")]
    [InlineData("attest shop --kind backup --passed --env production --release 1.0")]
    public async Task What_makes_no_sense_together_is_said_before_anything_is_asked(string line)
    {
        var run = new CliRun();
        Assert.Equal(ExitCodes.Usage, await run.RunAsync(line.Split(' ')));
        Assert.Empty(run.Api.Asked);
    }

    [Theory]
    [InlineData("findings")]
    [InlineData("findings=many")]
    [InlineData("findings=NaN")]
    [InlineData("=3")]
    public async Task A_number_that_is_none_is_said(string pair)
    {
        var run = new CliRun();
        Assert.Equal(ExitCodes.Usage, await run.RunAsync("attest", "shop", "--kind", "backup", "--passed", "--number", pair));
        Assert.Contains("is not NAME=VALUE with a number", run.Error.ToString(), StringComparison.Ordinal);
        Assert.Empty(run.Api.Asked);
    }

    [Fact]
    public async Task A_group_that_is_waited_for_goes_on_over_a_control_plane_that_is_away()
    {
        var run = new CliRun();
        var group = new GroupRunInfo("production/g/1", "g", "production", 1, null, "shipping", false, [], "anna", null, CliRun.At(0), null, CliRun.Why("begun", "it begins"));
        var looks = 0;
        run.Api.On("POST groups/g/runs", new(group, group.Why, []), WireJson.Default.GroupAnswer).On("GET groups/g/runs/production", (_, _) => ++looks switch
        {
            1 or 2 => throw new HttpRequestException(HttpRequestError.ConnectionError, "nobody there"),
            3 => Json(new(group, []), WireJson.Default.GroupExplainInfo),
            _ => Json(new(group with { Phase = "completed", HasEnded = true }, []), WireJson.Default.GroupExplainInfo),
        });
        Assert.Equal(0, await run.RunAsync("promote", "--group", "g", "--from", "staging", "--to", "production", "--wait"));
        Assert.Equal(4, looks);
        Assert.Equal("the control plane is away; the group goes on when it is back\n", run.Error.ToString());
    }

    private static async Task<int> RunAsync(CliRun run, params string[] arguments)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        return await run.RunAsync(arguments, limit.Token);
    }

    private static CliRun Waiting(params EventInfo[] records)
    {
        var run = new CliRun();
        var other = Given.Rollout(RolloutPhases.Completed, 5, number: 2);
        other = other with { Summary = other.Summary with { Release = "sha256:other" } };
        run.Api.On("GET services", [Given.Line()], WireJson.Default.IReadOnlyListServiceSummary)
            .On("POST rollouts", Queued, WireJson.Default.DecisionAnswer)
            .On("GET services/production/shop", Given.Service() with { Queued = new("sha256:newer", "1.3", "bert", null) }, WireJson.Default.ServiceInfo)
            .On("GET rollouts/production/shop/2/explain", Given.Explained(), WireJson.Default.ExplainInfo)
            .On("GET ledger/records", new(records, null), WireJson.Default.EventPage)
            .Stream("GET watch/production/shop", () => One(Given.Service(other) with { Queued = new("sha256:newer", "1.3", "bert", null) }));
        return run;
    }

    // The stream stays open, as a control plane's does.
    private static ChannelReader<ServiceInfo> One(ServiceInfo view)
    {
        var channel = Channel.CreateUnbounded<ServiceInfo>();
        channel.Writer.TryWrite(view);
        return channel.Reader;
    }

    private static EventInfo Dropped(long seq, string digest, string code)
    {
        var data = JsonDocument.Parse($$$"""{"digest":"{{{digest}}}","why":{"code":"{{{code}}}","sentence":"the gate of production refuses 1.2"}}""").RootElement;
        return new(seq, "service/production/shop", seq, CliRun.At(1), "deploy-dropped.v1", "fairway", null, data, "");
    }

    private static HttpResponseMessage Json<T>(T answer, System.Text.Json.Serialization.Metadata.JsonTypeInfo<T> type)
        => new(System.Net.HttpStatusCode.OK) { Content = new StringContent(JsonSerializer.Serialize(answer, type), System.Text.Encoding.UTF8, "application/json") };
}
