using Fairway.Adapters.Processes;
using Fairway.Kernel;
using Fairway.Ports;
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

    protected override string Scratch(string name) => Path.Combine(_root, name);

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

    private string Space => File.ReadAllText(Path.Combine(_root, "hooks", "namespace")).Trim();

    private bool InHere(int pid) => Workloads.ProcessHouse.ProcessesWith($"FAIRWAY_RUN={Space}.").Contains(pid);
}
