using System.Text.Json;
using Fairway.Client;
using Fairway.Client.Wire;
using Fairway.Serve;

namespace Fairway.Gates;

/// <summary>Release groups with the real program, its edge and two real services.</summary>
public sealed class GroupTests
{
    [Fact]
    public async Task Two_services_ship_as_one_and_when_one_is_bad_both_go_back()
    {
        using var shop = new ShopFolder();
        await File.WriteAllTextAsync(shop.File, Configuration(shop.Port, "", ""));
        using var plane = await shop.StartAsync();
        var (pay, web) = (await ReleaseAsync(shop, "pay", "1.0"), await ReleaseAsync(shop, "web", "1.0"));
        var (code, output) = await shop.RunAsync("group", "deploy", "checkout", "--to", "production", "--release", $"pay={pay}", "--release", $"web={web}", "--wait");
        Assert.True(code == 0, output);
        Assert.Equal(("1.0", "1.0"), (await ServesAsync(shop, "pay"), await ServesAsync(shop, "web")));

        // The first part is good and gets all its traffic; the second never comes up.
        (pay, web) = (await ReleaseAsync(shop, "pay", "1.1"), await ReleaseAsync(shop, "web", "1.1", "\"crashAfter\":\"00:00:00.01\""));
        (code, output) = await shop.RunAsync("group", "deploy", "checkout", "--to", "production", "--release", $"pay={pay}", "--release", $"web={web}", "--wait");
        Assert.True(code == ExitCodes.RolledBack, output);
        Assert.Equal(("1.0", "1.0"), (await ServesAsync(shop, "pay"), await ServesAsync(shop, "web")));
        var back = await shop.Client.GetServiceAsync("production", "pay", default);
        Assert.Equal(RolloutPhases.Aborted, back.Rollout!.Summary.Phase);
        Assert.Contains("taken back with production/checkout/2", back.Rollout.Summary.Why.Sentence, StringComparison.Ordinal);

        var (_, explained) = await shop.RunAsync("group", "explain", "checkout");
        Assert.Contains("web is not fine", explained, StringComparison.Ordinal);
        var (_, status) = await shop.RunAsync("group", "status", "checkout", "--json");
        using var run = JsonDocument.Parse(status);
        Assert.Equal("takenBack", run.RootElement.GetProperty("phase").GetString());

        // Only the bad one is held against itself: the good one ships alone.
        Assert.Equal(0, (await shop.RunAsync("deploy", "pay", "--release", pay, "--wait")).ExitCode);
        Assert.True((await shop.Client.VerifyLedgerAsync(default)).Problems.Count == 0);
    }

    [Fact]
    public async Task A_gate_that_denies_one_part_keeps_every_part_from_shipping()
    {
        using var shop = new ShopFolder();
        await File.WriteAllTextAsync(shop.File, Configuration(shop.Port, "  staging: { services: { pay: { routes: [{ host: a.localhost }] }, web: { routes: [{ host: b.localhost }] } } }",
            "after: staging, gates: { checklist: { tests: required } }"));
        using var plane = await shop.StartAsync();
        var (pay, web) = (await ReleaseAsync(shop, "pay", "1.0"), await ReleaseAsync(shop, "web", "1.0"));
        Assert.Equal(0, (await shop.RunAsync("group", "deploy", "checkout", "--to", "staging", "--release", $"pay={pay}", "--release", $"web={web}", "--wait")).ExitCode);

        var (code, output) = await shop.RunAsync("promote", "--group", "checkout", "--from", "staging", "--to", "production");
        Assert.True(code == ExitCodes.Refused, output);
        Assert.Contains("pay: ", output, StringComparison.Ordinal);
        Assert.Contains("web: ", output, StringComparison.Ordinal);
        Assert.Null((await shop.Client.GetServiceAsync("production", "pay", default)).Rollout);
        Assert.Null((await shop.Client.GetServiceAsync("production", "web", default)).Rollout);
    }

    private static string Configuration(int port, string staging, string production) => $$"""
        edge: { http: 127.0.0.1:{{port}} }
        environments:
        {{staging}}
          production: { {{production}} }
        groups:
          checkout: [pay, web]
        services:
          pay: &service
            run: ./shop
            ready: { http: /healthz, interval: 100ms, timeout: 10s, healthyAfter: 1, unhealthyAfter: 5 }
            stopGrace: 5s
            routes: [{ host: pay.localhost }]
            rollout: { strategy: blueGreen, guard: 1s, judge: off }
          web:
            <<: *service
            routes: [{ host: 127.0.0.1 }]
        """;

    private static async Task<string> ReleaseAsync(ShopFolder shop, string service, string version, string settings = "")
        => (await shop.Client.CreateReleaseAsync(service, version, "production", ShopArtifact.Tar(version, settings), default)).Digest;

    private static async Task<string?> ServesAsync(ShopFolder shop, string service)
        => (await shop.Client.GetEnvironmentsAsync(default)).Single(one => one.Name == "production").Services.Single(one => one.Service == service).Version;
}
