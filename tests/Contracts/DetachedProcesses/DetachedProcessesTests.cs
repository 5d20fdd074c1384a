using Fairway.Kernel;
using Fairway.Ports;

namespace Fairway.Tests.Contracts.DetachedProcesses;

/// <summary>Processes that outlive the one that starts them.</summary>
public sealed class DetachedProcessesTests : IDisposable
{
    private readonly string _root = Directory.CreateTempSubdirectory("fairway-detached-").FullName;
    private readonly Adapters.Processes.DetachedProcesses _processes = new();
    private readonly Dictionary<string, string> _environment = new(StringComparer.Ordinal) { ["PATH"] = "/usr/bin:/bin", ["GREETING"] = "hello" };
    private readonly List<ProcessIdentity> _started = [];

    private string Output => Path.Combine(_root, "output");

    public void Dispose()
    {
        foreach (var process in _started) _processes.Signal(process, 9);
        foreach (var process in _started) _processes.IsAlive(process);
        Directory.Delete(_root, recursive: true);
    }

    [Fact]
    public async Task A_process_runs_with_just_its_environment_in_its_folder_in_a_session_of_its_own_and_both_streams_go_to_the_file()
    {
        await File.WriteAllTextAsync(Output, "before\n");
        var process = Start("sh", "-c", "pwd; echo $GREETING $HOME; echo err >&2; exec sleep 1000");
        await Workloads.Eventually.Async(() => File.ReadAllText(Output).EndsWith("err\n", StringComparison.Ordinal), "its output");
        Assert.Equal($"before\n{_root}\nhello\nerr\n", await File.ReadAllTextAsync(Output));
        var fields = (await File.ReadAllTextAsync($"/proc/{process.Pid}/stat")).Split(") ")[1].Split(' ');
        Assert.Equal(($"{process.Pid}", $"{process.Pid}", $"{process.StartTicks}"), (fields[2], fields[3], fields[19]));
        Assert.True(_processes.IsAlive(process));
    }

    [Fact]
    public async Task A_signal_reaches_the_whole_group_and_an_end_is_seen()
    {
        var process = Start("sh", "-c", "sleep 1000 & echo $!; wait");
        await Workloads.Eventually.Async(() => File.ReadAllText(Output).EndsWith('\n'), "its child");
        var child = int.Parse(await File.ReadAllTextAsync(Output));
        _processes.Signal(process, 15);
        await Workloads.Eventually.Async(() => !_processes.IsAlive(process), "its end");
        await Workloads.Eventually.Async(() => !Workloads.ProcessHouse.IsAlive(child), "its child's end");
        Assert.False(Directory.Exists($"/proc/{process.Pid}")); // Not left as a zombie either.
    }

    [Fact]
    public async Task Another_process_of_the_same_number_is_neither_alive_nor_signalled()
    {
        var process = Start("sleep", "1000");
        var earlier = process with { StartTicks = process.StartTicks - 1 };
        var before = process with { BootId = Guid.Empty.ToString() };
        Assert.False(_processes.IsAlive(earlier));
        Assert.False(_processes.IsAlive(before));
        _processes.Signal(earlier, 9);
        _processes.Signal(before, 9);
        var last = Start("sh", "-c", "echo later");
        await Workloads.Eventually.Async(() => !_processes.IsAlive(last), "a later process's end");
        Assert.True(_processes.IsAlive(process));
    }

    [Fact]
    public void What_cannot_be_started_says_why()
    {
        Assert.Contains("no-such-program", Refusal(["no-such-program"]).Message, StringComparison.Ordinal);
        Assert.Contains("is empty", Refusal([]).Message, StringComparison.Ordinal);
        Assert.Contains("/no/such/folder", _processes.Start(["true"], _environment, "/no/such/folder", Output).Fault!.Message, StringComparison.Ordinal);
        var unwritable = _processes.Start(["true"], _environment, _root, "/proc/no/output").Fault!;
        Assert.Contains("/proc/no/output", unwritable.Message, StringComparison.Ordinal);
        Assert.Equal(Blame.Platform, unwritable.Who);
    }

    private Fault Refusal(ImmutableArray<string> command)
    {
        var (process, fault) = _processes.Start(command, _environment, _root, Output);
        Assert.Null(process);
        return fault!;
    }

    private ProcessIdentity Start(params string[] command)
    {
        var (process, fault) = _processes.Start([.. command], _environment, _root, Output);
        Assert.Null(fault);
        _started.Add(process!);
        return process!;
    }
}
