using Fairway.Adapters.Processes;
using Fairway.Kernel;
using Fairway.Ports;
using Fairway.Rollouts;
using NodaTime;

namespace Fairway.Tests.Contracts.Hooks;

/// <summary>The contract, with real processes, and what a restart of the control plane means for them.</summary>
public sealed class ProcessHooksTests : HooksContract
{
    private readonly string _root = Directory.CreateTempSubdirectory("fairway-hooks-").FullName;
    private ProcessHooks? _hooks;

    protected override async Task<IHooks> OpenAsync()
    {
        if (_hooks is not null) await _hooks.DisposeAsync();
        Directory.CreateDirectory(Path.Combine(_root, "artifact"));
        var (hooks, fault) = ProcessHooks.Open(Workloads.ProcessHouse.Options(Path.Combine(_root, "hooks")), TimeProvider.System);
        Assert.Null(fault);
        return _hooks = hooks!;
    }

    protected override async Task CloseAsync()
    {
        await _hooks!.DisposeAsync();
        Directory.Delete(_root, recursive: true);
    }

    protected override RolloutEffect.RunHook Effect(long id, HookBehaviour behaviour, Duration timeout)
    {
        var waits = behaviour.Waits ? $"while ! [ -e {Scratch("go")} ]; do sleep 0.02; done; " : "";
        return Effect(id, $"echo started >> {Scratch("starts")}; printf %s '{behaviour.Output}'; {waits}exit {behaviour.ExitCode}", timeout);
    }

    protected override int Starts() => File.Exists(Scratch("starts")) ? File.ReadAllLines(Scratch("starts")).Length : 0;

    protected override void LetGo() => File.WriteAllText(Scratch("go"), "");

    [Fact]
    public async Task Both_streams_are_kept_in_their_order()
        => Assert.Equal("so\nbad\n", (await RunAsync(1, "echo so; echo bad >&2; exit 5")).Output);

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

    [Fact]
    public async Task An_outcome_is_remembered_over_a_restart()
    {
        var command = $"echo ran >> {Scratch("runs")}; exit 2";
        var first = await RunAsync(1, command);
        var again = await (await OpenAsync()).RunAsync(Shop, Effect(1, command, Duration.FromSeconds(60)), default);
        Assert.Equal(first, again);
        Assert.Equal("ran\n", await File.ReadAllTextAsync(Scratch("runs")));
    }

    [Fact]
    public async Task A_hook_that_goes_on_over_a_restart_is_taken_over()
    {
        var command = $"echo ran >> {Scratch("runs")}; while ! [ -e {Scratch("go")} ]; do sleep 0.02; done; exit 6";
        var cut = RunAsync(1, command);
        await Workloads.Eventually.Async(() => File.Exists(Scratch("runs")), "it runs");
        var next = await OpenAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => cut);
        var again = next.RunAsync(Shop, Effect(1, command, Duration.FromSeconds(60)), default);
        await File.WriteAllTextAsync(Scratch("go"), "");
        Assert.Equal(6, (await again).ExitCode);
        Assert.Equal("ran\n", await File.ReadAllTextAsync(Scratch("runs")));
    }

    [Fact]
    public async Task A_hook_that_was_cut_off_is_run_again()
    {
        var command = $"echo ran >> {Scratch("runs")}; if [ $(wc -l < {Scratch("runs")}) = 1 ]; then exec sleep 1000; fi";
        var cut = RunAsync(1, command);
        await Workloads.Eventually.Async(() => File.Exists(Scratch("runs")) && Workloads.ProcessHouse.ProcessesWith("sleep\u00001000", "cmdline").Exists(InHere), "it runs");
        var next = await OpenAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => cut);
        // As a restart of the machine does.
        foreach (var pid in Workloads.ProcessHouse.ProcessesWith($"FAIRWAY_RUN={Space}."))
        {
            using var kill = System.Diagnostics.Process.Start("kill", ["-9", $"{pid}"]);
            await kill.WaitForExitAsync();
        }

        Assert.Equal(0, (await next.RunAsync(Shop, Effect(1, command, Duration.FromSeconds(60)), default)).ExitCode);
        Assert.Equal("ran\nran\n", await File.ReadAllTextAsync(Scratch("runs")));
    }

    [Fact]
    public void A_second_control_plane_on_the_folder_is_refused()
    {
        var (second, fault) = ProcessHooks.Open(Workloads.ProcessHouse.Options(Path.Combine(_root, "hooks")), TimeProvider.System);
        Assert.Null(second);
        Assert.Equal(FaultKind.Conflict, fault?.Kind);
    }

    private string Scratch(string name) => Path.Combine(_root, name);

    private Task<EffectOutcome> RunAsync(long id, string command, Duration? timeout = null) => Hooks.RunAsync(Shop, Effect(id, command, timeout ?? Long), default);

    private static RolloutEffect.RunHook Effect(long id, string command, Duration timeout) => new(
        id, "production/shop/1", HookKind.Smoke, new(["/bin/sh", "-c", command], timeout), Workloads.ProcessHouse.Shell("1.0", "x"),
        ImmutableSortedDictionary<string, string>.Empty.Add("FAIRWAY_URL", "http://127.0.0.1:1"));

    private string Space => File.ReadAllText(Path.Combine(_root, "hooks", "namespace")).Trim();

    private bool InHere(int pid) => Workloads.ProcessHouse.ProcessesWith($"FAIRWAY_RUN={Space}.").Contains(pid);
}
