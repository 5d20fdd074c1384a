using Fairway.Catalog;
using Fairway.Kernel;
using Fairway.Ports;
using Fairway.Rollouts;
using NodaTime;

namespace Fairway.Tests.Contracts.Hooks;

/// <summary>What every <see cref="IHooks"/> does. Commands are for a shell.</summary>
public abstract class HooksContract : IAsyncLifetime
{
    protected static readonly ServiceKey Shop = new("production", "shop");

    protected IHooks Hooks { get; private set; } = null!;

    public async ValueTask InitializeAsync() => Hooks = await OpenAsync();

    public async ValueTask DisposeAsync()
    {
        await CloseAsync();
        GC.SuppressFinalize(this);
    }

    /// <summary>Opens a runner without history.</summary>
    protected abstract Task<IHooks> OpenAsync();

    /// <summary>Closes it.</summary>
    protected abstract Task CloseAsync();

    /// <summary>A file that commands can write to.</summary>
    protected abstract string Scratch(string name);

    [Fact]
    public async Task A_hook_that_exits_0_is_done()
    {
        var outcome = await RunAsync(1, "echo well");
        Assert.Equal((null, 0, "well\n"), (outcome.Fault, outcome.ExitCode, outcome.Output));
    }

    [Fact]
    public async Task A_hook_that_exits_otherwise_failed_and_its_output_says_why()
    {
        var outcome = await RunAsync(1, "echo so; echo bad >&2; exit 5");
        Assert.Equal((FaultKind.Failed, Blame.Release, 5, "so\nbad\n"), (outcome.Fault!.Kind, outcome.Fault.Who, outcome.ExitCode, outcome.Output));
    }

    [Fact]
    public async Task Only_the_end_of_long_output_is_kept()
    {
        var outcome = await RunAsync(1, "i=0; while [ $i -lt 3000 ]; do echo line $i; i=$((i+1)); done");
        Assert.Equal(4096, outcome.Output!.Length);
        Assert.EndsWith("line 2999\n", outcome.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_hook_over_its_time_is_killed_with_everything_it_started()
    {
        var outcome = await RunAsync(1, $"sleep 1000 & echo $! > {Scratch("pid")}; echo waiting; wait", Duration.FromMilliseconds(500));
        Assert.Equal((FaultKind.Timeout, null, "waiting\n"), (outcome.Fault!.Kind, outcome.ExitCode, outcome.Output));
        Assert.False(Workloads.ProcessHouse.IsAlive(int.Parse(await File.ReadAllTextAsync(Scratch("pid")))));
    }

    [Fact]
    public async Task An_effect_runs_once_however_often_it_is_asked_for()
    {
        var first = await RunAsync(1, $"echo ran >> {Scratch("runs")}; cat {Scratch("runs")}; exit 2");
        Assert.Equal(first, await RunAsync(1, $"echo ran >> {Scratch("runs")}; cat {Scratch("runs")}; exit 2"));
        Assert.Equal("ran\n", await File.ReadAllTextAsync(Scratch("runs")));
        await RunAsync(2, $"echo ran >> {Scratch("runs")}");
        Assert.Equal("ran\nran\n", await File.ReadAllTextAsync(Scratch("runs")));
    }

    [Fact]
    public async Task Calls_at_the_same_time_share_one_run()
    {
        var runs = Enumerable.Range(0, 5).Select(_ => RunAsync(1, $"echo ran >> {Scratch("runs")}; sleep 0.3")).ToList();
        Assert.All(await Task.WhenAll(runs), outcome => Assert.Equal(0, outcome.ExitCode));
        Assert.Equal("ran\n", await File.ReadAllTextAsync(Scratch("runs")));
    }

    [Fact]
    public async Task Whoever_stops_waiting_does_not_stop_the_hook()
    {
        var command = $": > {Scratch("began")}; while ! [ -e {Scratch("go")} ]; do sleep 0.02; done; echo ran >> {Scratch("runs")}";
        using var impatient = new CancellationTokenSource();
        var first = Hooks.RunAsync(Shop, Effect(1, command, Duration.FromSeconds(60)), impatient.Token);
        await Workloads.Eventually.Async(() => File.Exists(Scratch("began")), "it runs");
        await impatient.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => first);
        await File.WriteAllTextAsync(Scratch("go"), "");
        Assert.Equal(0, (await RunAsync(1, command)).ExitCode);
        Assert.Equal("ran\n", await File.ReadAllTextAsync(Scratch("runs")));
    }

    [Fact]
    public async Task A_hook_is_told_what_it_is_run_for()
    {
        var outcome = await RunAsync(1, "echo $FAIRWAY_ENVIRONMENT $FAIRWAY_SERVICE $FAIRWAY_VERSION $FAIRWAY_HOOK $FAIRWAY_ROLLOUT $FAIRWAY_URL");
        Assert.Equal("production shop 1.0 smoke production/shop/1 http://127.0.0.1:1\n", outcome.Output);
    }

    [Fact]
    public async Task A_missing_program_is_a_fault_that_names_it()
    {
        var effect = Effect(1, "", Duration.FromSeconds(5));
        var outcome = await Hooks.RunAsync(Shop, effect with { Spec = effect.Spec with { Command = ["./no-such-check"] } }, default);
        Assert.Equal(Blame.Release, outcome.Fault!.Who);
        Assert.Contains("no-such-check", outcome.Fault.Message, StringComparison.Ordinal);
    }

    protected Task<EffectOutcome> RunAsync(long id, string command, Duration? timeout = null) => Hooks.RunAsync(Shop, Effect(id, command, timeout ?? Duration.FromSeconds(60)), default);

    protected static RolloutEffect.RunHook Effect(long id, string command, Duration timeout) => new(
        id, "production/shop/1", HookKind.Smoke, new(["/bin/sh", "-c", command], timeout), Workloads.ProcessHouse.Shell("1.0", "x"),
        ImmutableSortedDictionary<string, string>.Empty.Add("FAIRWAY_URL", "http://127.0.0.1:1"));
}
