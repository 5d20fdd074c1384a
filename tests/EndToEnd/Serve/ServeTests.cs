using System.Diagnostics;
using Fairway.Client;
using Fairway.Client.Wire;
using Fairway.Hammer;

namespace Fairway.Serve;

/// <summary>The whole spine with real processes: the program, its edge, a real service.</summary>
public sealed class ServeTests
{
    private const int Term = 15;
    private const int Interrupt = 2;
    private const int Kill = 9;
    private const string Canary = "steps: [{ weight: 10%, pause: 200ms }, { weight: 100%, pause: 0s }], guard: 200ms, maxErrors: { ratio: 50%, of: 5 }, judge: off";
    private const string Waiting = "steps: [{ weight: 10%, pause: approval }, { weight: 100%, pause: 0s }], guard: 200ms, judge: off";

    [Fact]
    public async Task A_first_release_a_good_one_and_a_bad_one_that_is_taken_back()
    {
        using var shop = new ShopFolder(Canary);
        using var plane = await shop.StartAsync();
        await shop.DeployAsync("1.0");
        await shop.UntilEndAsync(1, RolloutPhases.Completed);
        Assert.Equal("1.0", await shop.VersionAsync());
        await shop.DeployAsync("1.1");
        await shop.UntilEndAsync(2, RolloutPhases.Completed);
        Assert.Equal("1.1", await shop.VersionAsync());

        shop.Write(Canary.Replace("200ms }, { weight: 100%", "60s }, { weight: 100%", StringComparison.Ordinal));
        await shop.DeployAsync("1.2", "\"errorRate\":1");
        await shop.UntilAsync(now => now.Rollout is { Weight: 10 }, "10 % are confirmed");
        using var stop = new CancellationTokenSource();
        var load = shop.LoadAsync(stop.Token);
        var end = await shop.UntilEndAsync(3, RolloutPhases.RolledBack);
        await stop.CancelAsync();
        await load;

        Assert.Equal("1.1", await shop.VersionAsync());
        Assert.Equal("1.2", end.Rejected.Single().Version);
        var refused = await Assert.ThrowsAsync<FairwayException>(() => shop.DeployAsync("1.2", "\"errorRate\":1"));
        Assert.Equal(ExitCodes.Refused, refused.ExitCode);
        await shop.Client.DownAsync(default);
        Assert.Equal(0, await plane.EndAsync());
    }

    [Fact]
    public async Task A_second_control_plane_on_the_same_folder_is_refused_and_named_the_first()
    {
        using var shop = new ShopFolder();
        using var first = await shop.StartAsync("serve", "--no-edge");
        var (code, output) = await ControlPlaneProcess.RunAsync("serve", "--data", shop.Data.Path, "--config", shop.File, "--no-edge");

        Assert.Equal(ExitCodes.Refused, code);
        Assert.Contains($"in use by the control plane with pid {first.Pid}", output, StringComparison.Ordinal);
        Assert.True(await shop.Client.IsRunningAsync(default));
    }

    [Fact]
    public async Task A_control_plane_killed_in_the_middle_of_a_step_goes_on_where_the_ledger_says()
    {
        using var shop = new ShopFolder(Waiting);
        int serving;
        using (var first = await shop.StartAsync())
        {
            await shop.DeployAsync("1.0");
            await shop.UntilEndAsync(1, RolloutPhases.Completed);
            await shop.DeployAsync("1.1");
            var now = await shop.UntilAsync(view => view.Rollout is { Weight: 10 }, "10 % are confirmed");
            serving = now.Instances.First(instance => instance.Version == "1.0").Pid!.Value;
            first.Signal(Kill);
            await first.EndAsync();
        }
        Assert.NotNull(await shop.VersionAsync());
        using var second = await shop.StartAsync();
        await shop.UntilAsync(view => view.Instances.Count(instance => instance.Phase == "ready") == 2, "both instances are adopted");
        await shop.Client.CommandAsync("production", "shop", new("promote"), default);
        var end = await shop.UntilEndAsync(2, RolloutPhases.Completed);

        Assert.Contains(end.Instances, instance => instance.Pid == serving);
        Assert.Equal("1.1", await shop.VersionAsync());
        await shop.Client.DownAsync(default);
    }

    [Fact]
    public async Task A_changed_configuration_leaves_the_running_rollout_its_plan_and_gives_the_next_one_the_new()
    {
        using var shop = new ShopFolder(Waiting);
        using var plane = await shop.StartAsync();
        await shop.DeployAsync("1.0");
        await shop.UntilEndAsync(1, RolloutPhases.Completed);
        await shop.DeployAsync("1.1");
        await shop.UntilAsync(view => view.Rollout is { Weight: 10 }, "10 % are confirmed");
        shop.Write("steps: [{ weight: 25%, pause: approval }, { weight: 100%, pause: 0s }], guard: 100ms");
        await shop.Client.ReloadConfigurationAsync(default);
        var kept = await shop.Client.GetRolloutAsync("production/shop/2", default);
        await shop.Client.CommandAsync("production", "shop", new("promote"), default);
        await shop.UntilEndAsync(2, RolloutPhases.Completed);
        await shop.DeployAsync("1.2");
        var next = await shop.UntilAsync(view => view.Rollout is { Summary.Number: 3, Weight: 25 }, "25 % are confirmed");

        Assert.Equal([10d, 100d], kept.Steps.Select(step => step.Weight));
        Assert.Equal([25d, 100d], next.Rollout!.Steps.Select(step => step.Weight));
        await shop.Client.DownAsync(default);
    }

    [Fact]
    public async Task A_configuration_broken_under_way_keeps_the_last_good_one_and_refuses_the_next_deploy()
    {
        using var shop = new ShopFolder(Canary);
        using var plane = await shop.StartAsync();
        await shop.DeployAsync("1.0");
        await shop.UntilEndAsync(1, RolloutPhases.Completed);
        shop.Write("stps: 3");
        var refused = await Assert.ThrowsAsync<FairwayException>(() => shop.DeployAsync("1.1"));
        var status = await shop.Client.GetStatusAsync(default);

        Assert.Equal("configuration-broken", refused.Code);
        Assert.Contains("fairway.yaml:", refused.Diagnostics[0], StringComparison.Ordinal);
        Assert.NotEmpty(status.ControlPlane.ConfigurationProblems);
        Assert.Equal("1.0", await shop.VersionAsync());
        await shop.Client.DownAsync(default);
    }

    [Fact]
    public async Task TERM_leaves_edge_and_instances_to_the_next_control_plane()
    {
        using var shop = new ShopFolder();
        using (var first = await shop.StartAsync("up"))
        {
            await shop.DeployAsync("1.0");
            await shop.UntilEndAsync(1, RolloutPhases.Completed);
            first.Signal(Term);
            Assert.Equal(0, await first.EndAsync());
        }
        Assert.Equal("1.0", await shop.VersionAsync());
        using var second = await shop.StartAsync("up");
        await shop.UntilAsync(view => view.Instances is [{ Phase: "ready", Restarts: 0 }], "the instance is adopted");
        await shop.Client.DownAsync(default);
        Assert.Equal(0, await second.EndAsync());
        Assert.Null(await shop.VersionAsync());
    }

    [Fact]
    public async Task An_interrupt_of_up_stops_everything_and_the_next_up_brings_it_back()
    {
        using var shop = new ShopFolder();
        int instance;
        using (var first = await shop.StartAsync("up"))
        {
            await shop.DeployAsync("1.0");
            instance = (await shop.UntilEndAsync(1, RolloutPhases.Completed)).Instances.Single().Pid!.Value;
            first.Signal(Interrupt);
            Assert.Equal(0, await first.EndAsync());
        }
        Assert.Null(await shop.VersionAsync());
        Assert.False(Directory.Exists($"/proc/{instance}"));
        using var second = await shop.StartAsync("up");
        await Until.TrueAsync(async () => await shop.VersionAsync() == "1.0", "the release serves again");
        await shop.Client.DownAsync(default);
    }

    [Fact]
    public async Task A_dead_edge_is_started_again_with_its_last_table()
    {
        using var shop = new ShopFolder();
        using var plane = await shop.StartAsync();
        await shop.DeployAsync("1.0");
        await shop.UntilEndAsync(1, RolloutPhases.Completed);
        var edge = (await shop.Client.GetStatusAsync(default)).Edge!.Pid!.Value;
        using (var process = Process.GetProcessById(edge)) process.Kill();
        await Until.TrueAsync(async () => await shop.VersionAsync() == "1.0", "the edge serves again");

        Assert.NotEqual(edge, (await shop.Client.GetStatusAsync(default)).Edge!.Pid);
        await shop.Client.DownAsync(default);
    }
}
