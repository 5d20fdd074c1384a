using Fairway.Client;
using Fairway.Client.Wire;
using Fairway.Hammer;
using Fairway.Serve;

namespace Fairway.Gates;

/// <summary><c>fairway promote --wait</c>: the exit code says what became of it.</summary>
public sealed class PromoteWaitTests
{
    private const string Quick = "strategy: blueGreen, guard: 100ms, judge: off";

    [Fact]
    public async Task It_ends_with_0_when_the_release_serves_and_with_4_when_it_was_taken_back()
    {
        using var shop = new ShopFolder(Quick, Environments("soak: 1s"));
        using var plane = await shop.StartAsync();
        await StagedAsync(shop, "1.0");
        await SoakedAsync(shop);
        var (code, output) = await shop.RunAsync("promote", "shop", "--from", "staging", "--to", "production", "--wait", "--timeout", "80s");
        Assert.True(code == 0 && output.Contains("1.0 is live", StringComparison.Ordinal), output);

        await StagedAsync(shop, "1.1", ("fails-in-production", ""));
        await SoakedAsync(shop);
        (code, output) = await shop.RunAsync("promote", "shop", "--to", "production", "--wait");
        Assert.True(code == ExitCodes.RolledBack && output.Contains("smoke", StringComparison.Ordinal), $"{code}: {output}");
        Assert.Equal("1.0", (await shop.Client.GetServiceAsync("production", "shop", default)).Arms.Single(arm => arm.Weight == 100).Version);

        // What was taken back is refused the next time, before anything begins.
        (code, output) = await shop.RunAsync("promote", "shop", "--to", "production", "--wait");
        Assert.True(code == ExitCodes.Refused && output.Contains("1.1 was taken back", StringComparison.Ordinal), $"{code}: {output}");
    }

    [Fact]
    public async Task It_ends_with_1_when_it_waits_too_long_and_with_3_when_the_gate_refuses_meanwhile()
    {
        using var shop = new ShopFolder(Quick, Environments("attestations: scan/licences"));
        using var plane = await shop.StartAsync();
        var release = await StagedAsync(shop, "1.0");
        var (code, output) = await shop.RunAsync("promote", "shop", "--to", "production", "--wait", "--timeout", "1s");
        Assert.True(code == ExitCodes.Failed && output.Contains("has not come to an end within 1.0 s", StringComparison.Ordinal), $"{code}: {output}");
        Assert.Equal(release.Digest, await QueuedAsync(shop));

        // A calendar opens by itself: it refuses who comes now, and who waits already goes on waiting.
        Assert.Equal(0, (await shop.RunAsync("freeze", "add", "-e", "production", "--for", "2h", "--reason", "database work")).ExitCode);
        (code, output) = await shop.RunAsync("promote", "shop", "--to", "production", "--wait");
        Assert.True(code == ExitCodes.Refused && output.Contains("database work", StringComparison.Ordinal) && output.Contains("to change it", StringComparison.Ordinal), $"{code}: {output}");
        Assert.Equal(release.Digest, await QueuedAsync(shop));
        await shop.Client.EndFreezeAsync(Assert.Single(await shop.Client.GetFreezesAsync(default)).Id, null, default);

        using var waiting = ControlPlaneProcess.Start("promote", "shop", "--to", "production", "--wait", "--data", shop.Data.Path);
        await Until.TrueAsync(() => Task.FromResult(waiting.Text().Contains("scan/licences", StringComparison.Ordinal)), () => $"it says what it waits for; it says {waiting.Text()}");
        Assert.Equal(0, (await shop.RunAsync("attest", "shop", "--release", "1.0", "--kind", "scan/licences", "--failed", "-m", "one of them is not ours")).ExitCode);
        code = await waiting.EndAsync();
        Assert.True(code == ExitCodes.Refused && waiting.Text().Contains("one of them is not ours", StringComparison.Ordinal), $"{code}: {waiting.Text()}");
        Assert.Null(await QueuedAsync(shop));
    }

    private static async Task<string?> QueuedAsync(ShopFolder shop) => (await shop.Client.GetServiceAsync("production", "shop", default)).Queued?.Release;

    private static string Environments(string gates) => $$"""
        environments:
          staging: { services: { shop: { routes: [{ host: staging.localhost }] } } }
          production:
            after: staging
            gates: { {{gates}} }
            services: { shop: { routes: [{ host: 127.0.0.1 }], rollout: { {{Quick}}, smoke: test ! -e fails-in-production } } }

        """;

    private static async Task<ReleaseInfo> StagedAsync(ShopFolder shop, string version, params IReadOnlyList<(string Path, string Text)> files)
    {
        var release = await shop.Client.CreateReleaseAsync("shop", version, null, ShopArtifact.Tar(version, "", files), default);
        Assert.Equal(0, (await shop.RunAsync("deploy", "shop", "-e", "staging", "--release", release.Digest, "--wait")).ExitCode);
        return release;
    }

    private static Task SoakedAsync(ShopFolder shop)
        => Until.TrueAsync(async () => (await shop.RunAsync("gate", "explain", "shop", "-e", "production")).ExitCode == 0, "it has soaked");
}
