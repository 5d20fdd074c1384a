using Fairway.Catalog;
using Fairway.Kernel;
using Fairway.Ports;
using Fairway.Rollouts;
using NodaTime;

namespace Fairway.Tests.Contracts.Hooks;

/// <summary>What a command does, whatever it is written in.</summary>
/// <param name="Output">What it says.</param>
/// <param name="ExitCode">How it ends.</param>
/// <param name="Waits">It ends only once it is let go.</param>
public sealed record HookBehaviour(string Output, int ExitCode = 0, bool Waits = false);

/// <summary>What every <see cref="IHooks"/> does.</summary>
public abstract class HooksContract : IAsyncLifetime
{
    protected static readonly ServiceKey Shop = new("production", "shop");
    protected static readonly Duration Long = Duration.FromSeconds(60);

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

    /// <summary>A command that behaves so, and counts its starts.</summary>
    protected abstract RolloutEffect.RunHook Effect(long id, HookBehaviour behaviour, Duration timeout);

    /// <summary>How many commands were started so far.</summary>
    protected abstract int Starts();

    /// <summary>Lets waiting commands go.</summary>
    protected abstract void LetGo();

    [Fact]
    public async Task A_hook_that_exits_0_is_done()
    {
        var outcome = await RunAsync(1, new("well\n"));
        Assert.Equal((null, 0, "well\n"), (outcome.Fault, outcome.ExitCode, outcome.Output));
    }

    [Fact]
    public async Task A_hook_that_exits_otherwise_failed_and_its_output_says_why()
    {
        var outcome = await RunAsync(1, new("bad\n", ExitCode: 5));
        Assert.Equal((FaultKind.Failed, Blame.Release, 5, "bad\n"), (outcome.Fault!.Kind, outcome.Fault.Who, outcome.ExitCode, outcome.Output));
    }

    [Fact]
    public async Task A_hook_over_its_time_is_ended_and_said_so()
    {
        var outcome = await Hooks.RunAsync(Shop, Effect(1, new("waiting\n", Waits: true), Duration.FromMilliseconds(300)), default);
        Assert.Equal((FaultKind.Timeout, null), (outcome.Fault!.Kind, outcome.ExitCode));
    }

    [Fact]
    public async Task An_effect_runs_once_however_often_it_is_asked_for()
    {
        var first = await RunAsync(1, new("so\n", ExitCode: 2));
        Assert.Equal(first, await RunAsync(1, new("so\n", ExitCode: 2)));
        Assert.Equal(1, Starts());
        await RunAsync(2, new("so\n"));
        Assert.Equal(2, Starts());
    }

    [Fact]
    public async Task Calls_at_the_same_time_share_one_run()
    {
        var runs = Enumerable.Range(0, 5).Select(_ => RunAsync(1, new("", Waits: true))).ToList();
        await Workloads.Eventually.Async(() => Starts() > 0, "it runs");
        LetGo();
        Assert.All(await Task.WhenAll(runs), outcome => Assert.Equal(0, outcome.ExitCode));
        Assert.Equal(1, Starts());
    }

    [Fact]
    public async Task Whoever_stops_waiting_does_not_stop_the_hook()
    {
        using var impatient = new CancellationTokenSource();
        var effect = Effect(1, new("", Waits: true), Long);
        var first = Hooks.RunAsync(Shop, effect, impatient.Token);
        await Workloads.Eventually.Async(() => Starts() > 0, "it runs");
        await impatient.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => first);
        LetGo();
        Assert.Equal(0, (await Hooks.RunAsync(Shop, effect, default)).ExitCode);
        Assert.Equal(1, Starts());
    }

    private Task<EffectOutcome> RunAsync(long id, HookBehaviour behaviour) => Hooks.RunAsync(Shop, Effect(id, behaviour, Long), default);
}
