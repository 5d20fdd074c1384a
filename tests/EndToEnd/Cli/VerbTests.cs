using System.Formats.Tar;
using System.Text.Json;
using System.Threading.Channels;
using Fairway.Cli;
using Fairway.Client;
using Fairway.Client.Wire;

namespace Fairway.EndToEnd.Cli;

public sealed class VerbTests
{
    private static readonly DecisionAnswer Begun = new("production/shop/3", false, CliRun.Why("deploy-asked", "anna deploys 1.2"), 40);

    [Theory]
    [InlineData("deploi")]
    [InlineData("deploy")]
    [InlineData("history --limit x")]
    [InlineData("history --limit 0")]
    [InlineData("logs --tail 10001")]
    [InlineData("load")]
    [InlineData("load http://x --for soon")]
    [InlineData("load ftp://x")]
    [InlineData("load http://x --rate -1")]
    [InlineData("load http://x http://y")]
    [InlineData("load http://x --header nonsense")]
    [InlineData("load http://x --body @/does/not/exist")]
    [InlineData("deploy shop --strategy yolo")]
    [InlineData("deploy shop --release abc --path x")]
    [InlineData("demo --rate 1")]
    [InlineData("demo --rate fast")]
    [InlineData("load http://x --connections 0")]
    public async Task A_mistake_on_the_command_line_is_said_with_a_way_out_and_ends_with_2(string line)
    {
        var run = new CliRun();
        Assert.Equal(ExitCodes.Usage, await run.RunAsync(line.Split(' ')));
        Assert.StartsWith("error: ", run.Error.ToString(), StringComparison.Ordinal);
        Assert.Contains("\nmend:  ", run.Error.ToString(), StringComparison.Ordinal);
        Assert.Equal("", run.Out.ToString());
        Assert.Empty(run.Api.Asked);
    }

    [Theory]
    [InlineData("status")]
    [InlineData("deploy shop")]
    [InlineData("watch")]
    [InlineData("history")]
    [InlineData("explain")]
    [InlineData("compare")]
    [InlineData("promote shop --json")]
    [InlineData("logs shop")]
    public async Task Without_a_control_plane_every_verb_says_how_to_start_one(string line)
    {
        var run = new CliRun { Api = { Running = false } };
        Assert.Equal(ExitCodes.Failed, await run.RunAsync(line.Split(' ')));
        Assert.Equal("error: no control plane is running for /data\nmend:  start one with `fairway up`\n", run.Error.ToString());
        if (line.EndsWith("--json", StringComparison.Ordinal))
            Assert.Equal("not-running", JsonDocument.Parse(run.Out.ToString()).RootElement.GetProperty("error").GetProperty("code").GetString());
        else
            Assert.Equal("", run.Out.ToString());
    }

    [Fact]
    public async Task A_refusal_ends_with_3_and_its_reason()
    {
        var run = Shop();
        run.Api.Refuse("POST rollouts", 409, "release-rejected", "1.2 was taken back in production/shop/2", "deploy another, or unreject it");
        Assert.Equal(ExitCodes.Refused, await run.RunAsync("deploy", "shop", "--release", Given.Digest));
        Assert.Equal("error: 1.2 was taken back in production/shop/2\nmend:  deploy another, or unreject it\n", run.Error.ToString());
    }

    [Fact]
    public async Task Deploy_packs_the_folder_and_asks_for_it_with_everything_that_was_said()
    {
        var folder = Directory.CreateTempSubdirectory("fairway-cli-");
        await File.WriteAllTextAsync(Path.Combine(folder.FullName, "shop.json"), "{}");
        var run = Shop(folder.FullName);
        run.Api.On("POST releases", new(Given.Digest, "shop", "1.2", "sha256:11", CliRun.At(0), Created: true), WireJson.Default.ReleaseInfo).On("POST rollouts", Begun, WireJson.Default.DecisionAnswer);
        Assert.Equal(0, await run.RunAsync("deploy", "production/shop", "--path", ".", "--version", "1.2", "--strategy", "blue-green", "--reason", "the till", "--force"));
        Assert.Equal("GET services", run.Api.Asked[0]);
        Assert.Equal("POST releases?service=shop&version=1.2&environment=production", run.Api.Asked[1]);
        Assert.Equal($$"""POST rollouts {"service":"shop","environment":"production","release":"{{Given.Digest}}","strategy":"blueGreen","reason":"the till","force":true}""", run.Api.Asked[2]);
        run.Api.Uploaded.Position = 0;
        Assert.Equal("shop.json", new TarReader(run.Api.Uploaded).GetNextEntry()?.Name);
        Assert.Equal("release b5722757c417, version 1.2\nproduction/shop/3: anna deploys 1.2\nfollow it with `fairway watch`\n", run.Out.ToString());
        folder.Delete(recursive: true);
    }

    [Fact]
    public async Task Deploy_names_the_version_after_the_time_when_git_says_nothing()
    {
        var folder = Directory.CreateTempSubdirectory("fairway-cli-");
        await File.WriteAllTextAsync(Path.Combine(folder.FullName, "a"), "a");
        var run = Shop(folder.FullName);
        run.Api.Refuse("POST releases", 422, "no", "no");
        Assert.Equal(ExitCodes.Usage, await run.RunAsync("deploy", "shop", "--path", folder.FullName));
        Assert.Contains("version=20260301-121000&", run.Api.Asked[^1], StringComparison.Ordinal);
        folder.Delete(recursive: true);
    }

    [Fact]
    public async Task An_empty_or_missing_folder_is_refused_before_anything_is_sent()
    {
        var folder = Directory.CreateTempSubdirectory("fairway-cli-");
        var run = Shop(folder.FullName);
        Assert.Equal(ExitCodes.Usage, await run.RunAsync("deploy", "shop", "--path", "."));
        Assert.Contains("holds no", run.Error.ToString(), StringComparison.Ordinal);
        Assert.Equal(ExitCodes.Usage, await run.RunAsync("deploy", "shop", "--path", "none"));
        Assert.Contains("does not exist", run.Error.ToString(), StringComparison.Ordinal);
        Assert.DoesNotContain(run.Api.Asked, a => a.StartsWith("POST", StringComparison.Ordinal));
        folder.Delete();
    }

    [Fact]
    public async Task Deploy_runs_the_build_and_packs_the_path_that_are_configured()
    {
        var folder = Directory.CreateTempSubdirectory("fairway-cli-");
        var file = Path.Combine(folder.FullName, "fairway.yaml");
        await File.WriteAllTextAsync(file, "services:\n  shop:\n    path: out\n    build: sh -c 'mkdir -p out && echo hello > out/made'\n    run: ./shop $PORT\n");
        var run = Configured(file);
        run.Api.On("POST releases", new(Given.Digest, "shop", "1.2", "sha256:11", CliRun.At(0)), WireJson.Default.ReleaseInfo).On("POST rollouts", Begun, WireJson.Default.DecisionAnswer);
        Assert.Equal(0, await run.RunAsync("deploy", "shop"));
        run.Api.Uploaded.Position = 0;
        Assert.Equal("made", new TarReader(run.Api.Uploaded).GetNextEntry()?.Name);
        folder.Delete(recursive: true);
    }

    [Fact]
    public async Task A_build_that_fails_shows_its_output_and_ships_nothing()
    {
        var folder = Directory.CreateTempSubdirectory("fairway-cli-");
        var file = Path.Combine(folder.FullName, "fairway.yaml");
        await File.WriteAllTextAsync(file, "services:\n  shop:\n    build: sh -c 'echo no such thing >&2; exit 7'\n    run: ./shop $PORT\n");
        var run = Configured(file);
        Assert.Equal(ExitCodes.Failed, await run.RunAsync("deploy", "shop"));
        Assert.Contains("exit code 7", run.Error.ToString(), StringComparison.Ordinal);
        Assert.Contains("\n       no such thing\n", run.Error.ToString(), StringComparison.Ordinal);
        Assert.DoesNotContain(run.Api.Asked, a => a.StartsWith("POST", StringComparison.Ordinal));
        folder.Delete(recursive: true);
    }

    [Theory]
    [InlineData(RolloutPhases.Completed, ExitCodes.Done)]
    [InlineData(RolloutPhases.RolledBack, ExitCodes.RolledBack)]
    [InlineData(RolloutPhases.Aborted, ExitCodes.Failed)]
    public async Task Waiting_ends_with_the_rollout_and_says_how(string phase, int code)
    {
        var run = Shop();
        run.Api.On("POST rollouts", Begun, WireJson.Default.DecisionAnswer).On("GET rollouts/production/shop/3/explain", Given.Explained(phase), WireJson.Default.ExplainInfo);
        run.Api.Stream("GET watch/production/shop", () => Views(Given.Service(Given.Rollout()), Given.Service(Given.Rollout(phase, 12.3), 21)));
        Assert.Equal(code, await run.RunAsync("deploy", "shop", "--release", Given.Digest, "--wait"));
        Assert.Contains("    0.0 s  anna deploys 1.2 by canary\n", run.Out.ToString(), StringComparison.Ordinal);
        Assert.Contains("    1.1 s  step 1 of 4: 1%\n", run.Out.ToString(), StringComparison.Ordinal);
        Assert.DoesNotContain("effect 1 is done", run.Out.ToString(), StringComparison.Ordinal);
        Assert.Equal(code == 0, run.Error.ToString().Length == 0);
        if (code != 0) Assert.EndsWith("mend:  see `fairway explain shop/3`\n", run.Error.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Waiting_outlives_a_restart_of_the_control_plane()
    {
        var run = Shop();
        var times = 0;
        run.Api.On("POST rollouts", Begun, WireJson.Default.DecisionAnswer).On("GET rollouts/production/shop/3/explain", Given.Explained(RolloutPhases.Completed), WireJson.Default.ExplainInfo);
        run.Api.Stream("GET watch/production/shop", () => ++times switch
        {
            1 => Views(Given.Service(Given.Rollout())),
            2 => Views(),
            _ => Views(Given.Service(Given.Rollout(RolloutPhases.Completed, 12.3), 22)),
        });
        Assert.Equal(0, await run.RunAsync("deploy", "shop", "--release", Given.Digest, "--wait"));
        Assert.Equal(3, times);
    }

    [Fact]
    public async Task A_queued_deployment_is_followed_when_its_turn_comes_and_not_before()
    {
        var run = Shop();
        run.Api.On("POST rollouts", Begun with { Queued = true, Rollout = "production/shop/2" }, WireJson.Default.DecisionAnswer)
            .On("GET services/production/shop", Given.Service(), WireJson.Default.ServiceInfo)
            .On("GET rollouts/production/shop/2/explain", Given.Explained(), WireJson.Default.ExplainInfo).On("GET rollouts/production/shop/3/explain", Given.Explained(), WireJson.Default.ExplainInfo);
        var other = Given.Rollout(RolloutPhases.Aborted, 5, number: 2);
        other = other with { Summary = other.Summary with { Release = "sha256:other" } };
        var queued = new QueuedInfo(Given.Digest, "1.2", "anna", null);
        run.Api.Stream("GET watch/production/shop", () => Views(Given.Service(other) with { Queued = queued }, Given.Service(Given.Rollout(), 21), Given.Service(Given.Rollout(RolloutPhases.Completed, 9), 22)));
        Assert.Equal(0, await run.RunAsync("deploy", "shop", "--release", Given.Digest, "--wait"));
        Assert.Contains("1.2 is live after 9.0 s", run.Out.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("pause")]
    [InlineData("resume")]
    [InlineData("promote")]
    [InlineData("abort")]
    [InlineData("rollback")]
    public async Task A_persons_word_is_passed_on_with_its_reason(string verb)
    {
        var run = Shop();
        run.Api.On("POST services/production/shop/commands", Begun, WireJson.Default.DecisionAnswer);
        Assert.Equal(0, await run.RunAsync(verb, "--reason", "lunch"));
        Assert.Equal($$"""POST services/production/shop/commands {"command":"{{verb}}","reason":"lunch"}""", run.Api.Asked[^1]);
        Assert.Equal("production/shop/3: anna deploys 1.2\n", run.Out.ToString());
    }

    [Theory]
    [InlineData("0.9")]
    [InlineData("cc1122")]
    public async Task A_rejected_release_is_let_in_again_by_version_or_digest(string named)
    {
        var run = Shop();
        run.Api.On("GET services/production/shop", Given.Service(), WireJson.Default.ServiceInfo).On("POST services/production/shop/commands", Begun, WireJson.Default.DecisionAnswer)
            .On("GET releases", [new("sha256:cc11223344556677", "shop", "0.9", "sha256:11", CliRun.At(0))], WireJson.Default.IReadOnlyListReleaseInfo);
        Assert.Equal(0, await run.RunAsync("unreject", "shop", named));
        Assert.Equal("""POST services/production/shop/commands {"command":"unreject","target":"sha256:cc11223344556677"}""", run.Api.Asked[^1]);
        Assert.Equal(ExitCodes.Usage, await run.RunAsync("unreject", "shop", "2.0"));
        Assert.Contains("rejected are 0.9 (cc1122334455", run.Error.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_name_that_means_two_services_is_asked_back()
    {
        var run = new CliRun();
        run.Api.On("GET services", [Given.Line(), Given.Line("staging")], WireJson.Default.IReadOnlyListServiceSummary);
        Assert.Equal(ExitCodes.Usage, await run.RunAsync("pause", "shop"));
        Assert.StartsWith("error: which service: production/shop or staging/shop?\n", run.Error.ToString(), StringComparison.Ordinal);
        Assert.Equal(ExitCodes.Usage, await run.RunAsync("pause", "shap"));
        Assert.Contains("there are production/shop, staging/shop", run.Error.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("latest")]
    [InlineData("shop")]
    [InlineData("shop/3")]
    [InlineData("production/shop/3")]
    [InlineData("production/shop")]
    public async Task A_rollout_is_found_by_any_of_its_names(string named)
    {
        var run = Shop();
        run.Api.On("GET rollouts", new([Given.Summary()], null), WireJson.Default.RolloutPage).On("GET rollouts/production/shop/3/explain", Given.Explained(), WireJson.Default.ExplainInfo);
        Assert.Equal(0, await run.RunAsync("explain", named));
        Assert.Equal("GET rollouts/production/shop/3/explain", run.Api.Asked[^1]);
    }

    [Fact]
    public async Task Json_is_the_apis_own_record()
    {
        var run = Shop();
        run.Api.On("GET rollouts", new([Given.Summary()], "more"), WireJson.Default.RolloutPage);
        Assert.Equal(0, await run.RunAsync("history", "--json", "--limit", "1"));
        var page = JsonSerializer.Deserialize(run.Out.ToString(), WireJson.Default.RolloutPage)!;
        Assert.Equal("more", page.Cursor);
        Assert.Equal("production/shop/3", Assert.Single(page.Rollouts).Id);
    }

    [Fact]
    public async Task History_goes_from_page_to_page_until_it_has_enough()
    {
        var run = Shop();
        run.Api.On("GET rollouts", (request, _) => new(System.Net.HttpStatusCode.OK)
        {
            Content = new StringContent(JsonSerializer.Serialize(
                new RolloutPage([Given.Summary(), Given.Summary(number: 2)], request.RequestUri!.Query.Contains("cursor=b", StringComparison.Ordinal) ? null : request.RequestUri.Query.Contains("cursor=a", StringComparison.Ordinal) ? "b" : "a"),
                WireJson.Default.RolloutPage)),
        });
        Assert.Equal(0, await run.RunAsync("history", "shop", "--all"));
        Assert.Equal(3, run.Api.Asked.Count);
        Assert.Equal(7, run.Out.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries).Length);
    }

    [Fact]
    public async Task The_ledger_is_verified_by_the_control_plane_when_one_runs()
    {
        var run = new CliRun();
        run.Api.On("GET healthz", (_, _) => new(System.Net.HttpStatusCode.OK))
            .On("POST ledger/verify", new(1234, "ab12", []), WireJson.Default.LedgerVerification);
        Assert.Equal(0, await run.RunAsync("audit", "verify"));
        Assert.Equal("1,234 records, each as it was written. Head ab12\n", run.Out.ToString());
        run.Api.On("POST ledger/verify", new(1234, "ab12", ["record 7 was changed: its data does not fit its hash"]), WireJson.Default.LedgerVerification);
        Assert.Equal(ExitCodes.Failed, await run.RunAsync("audit", "verify"));
        Assert.StartsWith("error: record 7 was changed", run.Error.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Without_a_control_plane_the_ledgers_file_is_looked_at_itself()
    {
        var folder = Directory.CreateTempSubdirectory("fairway-cli-");
        var run = new CliRun { Api = { Running = false } };
        Assert.Equal(ExitCodes.Usage, await run.RunAsync("audit", "verify", "--data", folder.FullName));
        Assert.StartsWith($"error: there is no ledger at {folder.FullName}/ledger.db", run.Error.ToString(), StringComparison.Ordinal);
        Assert.Equal(ExitCodes.Usage, await run.RunAsync("ledger", "rebuild", "--data", folder.FullName));
        folder.Delete(recursive: true);
    }

    [Fact]
    public async Task Log_lines_cannot_steer_the_terminal_of_who_reads_them()
    {
        var line = new LogLineInfo(CliRun.At(1.5), "production.shop-a-0-1", "stderr", "\e[2Jgone\tx");
        foreach (var terminal in new[] { true, false })
        {
            var run = Shop(terminal: terminal);
            run.Api.On("GET services/production/shop/logs", (_, _) => new(System.Net.HttpStatusCode.OK) { Content = new StringContent(JsonSerializer.Serialize(line, WireJson.Default.LogLineInfo) + "\n") });
            Assert.Equal(0, await run.RunAsync("logs", "shop"));
            Assert.Equal($"12:00:01 production.shop-a-0-1 {(terminal ? "·[2Jgone\tx" : "\e[2Jgone\tx")}\n", run.Out.ToString());
        }
    }

    [Theory]
    [InlineData("500ms", 500)]
    [InlineData("30s", 30_000)]
    [InlineData("1m30s", 90_000)]
    [InlineData("1.5m", 90_000)]
    [InlineData("2h", 7_200_000)]
    [InlineData("", null)]
    [InlineData("30", null)]
    [InlineData("s", null)]
    [InlineData("1s1m", null)]
    public void Durations_are_read_as_the_configuration_writes_them(string text, int? milliseconds) =>
        Assert.Equal(milliseconds, DurationWords.TryParse(text, out var span) ? (int)span.TotalMilliseconds : null);

    private static CliRun Shop(string? folder = null, bool terminal = false)
    {
        var run = new CliRun { Folder = folder ?? Path.GetTempPath(), Terminal = terminal };
        run.Api.On("GET services", [Given.Line()], WireJson.Default.IReadOnlyListServiceSummary);
        return run;
    }

    private static CliRun Configured(string file)
    {
        var run = Shop(Path.GetDirectoryName(file));
        run.Api.On("GET status", new(new("0.1.0", 1, CliRun.At(0), 1, "/data", 1, file, [], []), null, []), WireJson.Default.StatusInfo);
        return run;
    }

    private static ChannelReader<ServiceInfo> Views(params ReadOnlySpan<ServiceInfo> views)
    {
        var channel = Channel.CreateUnbounded<ServiceInfo>();
        foreach (var view in views) channel.Writer.TryWrite(view);
        channel.Writer.Complete();
        return channel.Reader;
    }
}
