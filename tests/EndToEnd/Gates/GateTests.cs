using System.Diagnostics;
using System.Net;
using System.Text.Json;
using Fairway.Client;
using Fairway.Client.Wire;
using Fairway.Hammer;
using Fairway.Serve;

namespace Fairway.Gates;

/// <summary>Gates, promotions and environments with the real program, its edge and a real service.</summary>
public sealed class GateTests
{
    private const string Rollout = "strategy: blueGreen, guard: 100ms, judge: off";

    [Fact]
    public async Task A_gate_holds_until_another_person_approves_this_very_release()
    {
        using var shop = new ShopFolder(Rollout, Environments("approvals: 1"));
        using var plane = await shop.StartAsync();
        var release = await StagedAsync(shop, "1.0");
        var (code, output) = await shop.RunAsync("deploy", "shop", "-e", "production", "--release", release.Digest);
        Assert.Equal(0, code);
        Assert.Contains("held: 1.0 waits for 1 approval by an approver, 0 of 1 given", output, StringComparison.Ordinal);
        Assert.Equal(ExitCodes.Refused, (await shop.RunAsync("gate", "explain", "shop", "-e", "production")).ExitCode);
        var (own, said) = await shop.RunAsync("approve", "shop", "-e", "production");
        Assert.Equal(ExitCodes.Refused, own);
        Assert.Contains("another person approves it", said, StringComparison.Ordinal);

        var ben = await PersonAsync(shop, "ben");
        Assert.Null((await shop.Client.GetServiceAsync("production", "shop", default)).Rollout);
        Assert.Equal(0, await RunAsAsync(ben, "approve", "shop", "--environment", "production", "--reason", "looks good"));
        var live = await shop.UntilEndAsync(1, RolloutPhases.Completed);
        Assert.Equal((release.Digest, 0), (live.Rollout!.Summary.Release, (await shop.RunAsync("gate", "explain", "shop", "-e", "production", "--release", release.Digest)).ExitCode));

        // The yes was to that release and to no other.
        var next = await StagedAsync(shop, "1.1");
        Assert.Equal("hold", (await shop.Client.ExplainGateAsync("production", "shop", next.Digest, default)).Answer);
        Assert.True((await shop.Client.VerifyLedgerAsync(default)).Problems.Count == 0);
    }

    [Fact]
    public async Task A_freeze_refuses_with_exit_code_3_and_two_people_set_it_aside()
    {
        using var shop = new ShopFolder(Rollout, Environments("closed: refuse"));
        using var plane = await shop.StartAsync();
        var release = await StagedAsync(shop, "1.0");
        Assert.Equal(0, (await shop.RunAsync("freeze", "add", "-e", "production", "--for", "2h", "--reason", "database work")).ExitCode);
        var (code, output) = await shop.RunAsync("deploy", "shop", "-e", "production", "--release", release.Digest, "--json");
        Assert.Equal(ExitCodes.Refused, code);
        using var refused = JsonDocument.Parse(output[output.IndexOf('{', StringComparison.Ordinal)..(output.LastIndexOf('}') + 1)]);
        var gate = refused.RootElement.GetProperty("error").GetProperty("gate");
        Assert.Equal("deny", gate.GetProperty("answer").GetString());
        Assert.Contains(gate.GetProperty("rules").EnumerateArray(), rule => rule.GetProperty("rule").GetString() == "freeze");

        Assert.Equal(0, (await shop.RunAsync("gate", "override", "shop", "-e", "production", "--release", release.Digest, "--reason", "shop is down")).ExitCode);
        Assert.Equal(ExitCodes.Refused, (await shop.RunAsync("gate", "override", "shop", "-e", "production", "--release", release.Digest, "--confirm", "--reason", "me too")).ExitCode);
        Assert.Equal(ExitCodes.Refused, (await shop.RunAsync("deploy", "shop", "-e", "production", "--release", release.Digest)).ExitCode);
        var ben = await PersonAsync(shop, "ben");
        Assert.Equal(0, await RunAsAsync(ben, "gate", "override", "shop", "-e", "production", "--release", release.Digest, "--confirm", "--reason", "agreed"));
        Assert.Equal(0, (await shop.RunAsync("deploy", "shop", "-e", "production", "--release", release.Digest, "--wait")).ExitCode);
        var loud = await shop.Client.SearchAuditAsync(new(null, "gate-overridden,gate-refused", null, null, null, null), null, 10, default);
        Assert.Equal(["gate-overridden.v1", "gate-refused.v1", "gate-refused.v1"], loud.Records.Select(record => record.Type).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task A_promotion_takes_the_same_digest_further_and_skips_nothing()
    {
        using var shop = new ShopFolder(Rollout, Environments("checklist: { rollbackTarget: required, healthy: required }"));
        using var plane = await shop.StartAsync();
        var early = await shop.ReleaseAsync("1.0");
        Assert.Equal(ExitCodes.Refused, (await shop.RunAsync("promote", "shop", "--to", "production", "--release", early.Digest)).ExitCode);
        var (skipped, said) = await shop.RunAsync("deploy", "shop", "-e", "production", "--release", early.Digest);
        Assert.Equal(ExitCodes.Refused, skipped);
        Assert.Contains("1.0 has not served in staging", said, StringComparison.Ordinal);

        var release = await StagedAsync(shop, "1.0");
        Assert.Equal(0, (await shop.RunAsync("promote", "shop", "--from", "staging", "--to", "production", "--wait")).ExitCode);
        var live = await shop.UntilEndAsync(1, RolloutPhases.Completed);
        Assert.Equal(release.Digest, live.Rollout!.Summary.Release);
        Assert.Equal("production", (await shop.Client.GetEnvironmentsAsync(default))[1].Name);
        var parity = await shop.Client.CompareEnvironmentsAsync("staging", "production", default);
        Assert.Contains(parity.Differences, one => one is { Part: "routes", RightAt: not null });
        Assert.DoesNotContain(parity.Differences, one => one.Part == "version");
    }

    [Fact]
    public async Task A_release_soaks_and_then_goes_on_by_itself_also_over_a_kill()
    {
        using var shop = new ShopFolder(Rollout, Environments("soak: 4s", "promotion: auto"));
        var plane = await shop.StartAsync();
        var release = await StagedAsync(shop, "1.0");
        plane.Signal(9);
        await plane.EndAsync();
        plane.Dispose();
        using var second = await shop.StartAsync();
        var live = await shop.UntilEndAsync(1, RolloutPhases.Completed);
        Assert.Equal((release.Digest, "fairway"), (live.Rollout!.Summary.Release, live.Rollout.Summary.By));
        var staged = (await shop.Client.GetServiceAsync("staging", "shop", default)).Rollout!.Summary;
        Assert.True(live.Rollout.Summary.StartedAt - staged.EndedAt >= TimeSpan.FromSeconds(4), $"{live.Rollout.Summary.StartedAt - staged.EndedAt}");
    }

    [Fact]
    public async Task An_environment_for_a_time_serves_and_leaves_nothing_behind()
    {
        using var shop = new ShopFolder(Rollout, Environments("closed: refuse"));
        using var plane = await shop.StartAsync();
        var release = await StagedAsync(shop, "1.0");
        Assert.Equal(0, (await shop.RunAsync("environment", "create", "pr-7", "--from", "staging", "--ttl", "1h")).ExitCode);
        Assert.Equal(0, (await shop.RunAsync("deploy", "shop", "-e", "pr-7", "--release", release.Digest, "--wait")).ExitCode);
        var pids = (await shop.Client.GetServiceAsync("pr-7", "shop", default)).Instances.Select(instance => instance.Pid!.Value).ToList();
        Assert.Equal(HttpStatusCode.OK, await AskAsync(shop, "pr-7.staging.localhost"));

        Assert.Equal(0, (await shop.RunAsync("environment", "delete", "pr-7")).ExitCode);
        await Until.TrueAsync(async () => (await shop.Client.GetEnvironmentsAsync(default)).Count == 2, () => "pr-7 is gone");
        Assert.DoesNotContain(pids, pid => File.Exists($"/proc/{pid}/cmdline"));
        Assert.NotEqual(HttpStatusCode.OK, await AskAsync(shop, "pr-7.staging.localhost"));
        Assert.Equal(HttpStatusCode.OK, await AskAsync(shop, "staging.localhost"));
        Assert.NotEqual(0, (await shop.RunAsync("environment", "delete", "production")).ExitCode);
    }

    private static string Environments(string gates, string more = "queue: newest") => $$"""
        environments:
          staging: { services: { shop: { routes: [{ host: staging.localhost }] } } }
          production:
            after: staging
            {{more}}
            gates: { {{gates}} }
            services: { shop: { routes: [{ host: 127.0.0.1 }] } }

        """;

    /// <summary>A release that serves in staging.</summary>
    private static async Task<ReleaseInfo> StagedAsync(ShopFolder shop, string version)
    {
        var release = await shop.ReleaseAsync(version);
        await shop.Client.DeployAsync(new("shop", "staging", release.Digest), default);
        await Until.TrueAsync(
            async () => (await shop.Client.GetServiceAsync("staging", "shop", default)).Rollout?.Summary is { Phase: RolloutPhases.Completed } rollout && rollout.Release == release.Digest,
            () => $"{version} serves in staging");
        return release;
    }

    /// <summary>Another person with a token of their own: made in a session of theirs, as people do.</summary>
    private static async Task<(string Server, string Token)> PersonAsync(ShopFolder shop, string name)
    {
        var console = (await shop.Client.GetStatusAsync(default)).ControlPlane.Console!;
        var link = await shop.Client.CreateLinkAsync(new(name, ["admin"]), default);
        using var http = new HttpClient(new SocketsHttpHandler { UseProxy = false, AllowAutoRedirect = false, UseCookies = true });
        using (await http.PostAsync(console + "/sign-in", new FormUrlEncodedContent([new("code", link.Code), new("return", "/")])))
        {
            // The cookie is what was wanted.
        }
        var me = JsonSerializer.Deserialize(await http.GetStringAsync(console + "/api/access/me"), WireJson.Default.MeInfo)!;
        using var request = new HttpRequestMessage(HttpMethod.Post, console + "/api/access/tokens")
        {
            Content = new StringContent($$"""{"name":"{{name}}","roles":["approver"]}""", System.Text.Encoding.UTF8, "application/json"),
        };
        request.Headers.Add("X-Csrf-Token", me.CsrfToken);
        using var answer = await http.SendAsync(request);
        return (console, JsonSerializer.Deserialize(await answer.Content.ReadAsStringAsync(), WireJson.Default.CreatedToken)!.Secret);
    }

    private static async Task<int> RunAsAsync((string Server, string Token) who, params string[] arguments)
    {
        var start = new ProcessStartInfo(Path.Combine(AppContext.BaseDirectory, "fairway"), arguments) { WorkingDirectory = Path.GetTempPath() };
        (start.Environment["FAIRWAY_SERVER"], start.Environment["FAIRWAY_TOKEN"]) = who;
        using var process = Process.Start(start)!;
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        await process.WaitForExitAsync(limit.Token);
        return process.ExitCode;
    }

    private static async Task<HttpStatusCode> AskAsync(ShopFolder shop, string host)
    {
        using var http = new HttpClient(new SocketsHttpHandler { UseProxy = false });
        using var request = new HttpRequestMessage(HttpMethod.Get, $"http://127.0.0.1:{shop.Port}/api/products");
        request.Headers.Host = host;
        using var answer = await http.SendAsync(request);
        return answer.StatusCode;
    }
}
