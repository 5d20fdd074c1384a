using System.Net;
using System.Net.Sockets;
using Fairway.Catalog;
using Fairway.Kernel;
using Fairway.Workloads;
using NodaTime;

namespace Fairway.Tests.Contracts.Workloads;

/// <summary>How processes start, end, and are asked how they are.</summary>
public sealed class ProcessLifeTests : IAsyncLifetime
{
    private readonly ProcessHouse _house = new();

    private string Up => _house.File("up");

    public async ValueTask InitializeAsync() => await _house.OpenAsync();

    public ValueTask DisposeAsync() => _house.DisposeAsync();

    [Fact]
    public async Task Everything_an_instance_started_ends_with_it()
    {
        var pids = _house.File("pids");
        await _house.ApplyAsync(1, ProcessHouse.Shell("1", $"sleep 1000 & echo $! >> {pids}; setsid sleep 1001 & sleep 0.2; pgrep -f 'sleep 1001' >> {pids}; (sleep 1002 & echo $! >> {pids}); exec sleep 1003"), 1);
        await _house.UntilReadyAsync();
        await Eventually.Async(() => File.Exists(pids) && File.ReadAllLines(pids).Length >= 3, "three children");
        await _house.ApplyAsync(2, ProcessHouse.Shell("1", "x"), 0);
        await _house.UntilAsync(views => views.IsEmpty, "gone");
        await Eventually.Async(() => !File.ReadAllLines(pids).Any(pid => ProcessHouse.IsAlive(int.Parse(pid))), "children gone");
    }

    [Fact]
    public async Task An_instance_is_asked_to_stop_before_it_is_killed()
    {
        var bye = _house.File("bye");
        await _house.ApplyAsync(1, ProcessHouse.Shell("1", $"trap 'echo bye > {bye}; exit 0' TERM; : > {Up}; while :; do sleep 0.05; done"), 1);
        await _house.UntilReadyAsync();
        await Eventually.Async(() => File.Exists(Up), "it can be stopped");
        await _house.ApplyAsync(2, ProcessHouse.Shell("1", "x"), 0);
        await _house.UntilAsync(views => views.IsEmpty, "gone");
        Assert.Equal("bye\n", await File.ReadAllTextAsync(bye));
    }

    [Fact]
    public async Task Workers_may_finish_after_the_main_process_has_stopped()
    {
        var done = _house.File("done");
        await _house.ApplyAsync(1, ProcessHouse.Shell("1", $"(trap 'sleep 0.7; echo done > {done}; exit 0' TERM; : > {Up}; while :; do sleep 0.05; done) & exec sleep 1000"), 1);
        await _house.UntilReadyAsync();
        await Eventually.Async(() => File.Exists(Up), "it can be stopped");
        await _house.ApplyAsync(2, ProcessHouse.Shell("1", "x"), 0);
        await _house.UntilAsync(views => views.IsEmpty, "gone");
        Assert.True(File.Exists(done));
    }

    [Fact]
    public async Task An_instance_that_ignores_TERM_is_killed_after_its_grace()
    {
        var release = ProcessHouse.Shell("1", $"trap '' TERM; : > {Up}; while :; do sleep 0.05; done");
        await _house.ApplyAsync(1, release with { Workload = release.Workload with { StopGrace = Duration.FromMilliseconds(300) } }, 1);
        var ready = await _house.UntilReadyAsync();
        await Eventually.Async(() => File.Exists(Up), "it can be stopped");
        await _house.ApplyAsync(2, release, 0);
        var stopping = await _house.UntilAsync(views => views is [] or [{ Phase: InstancePhase.Stopping }], "stopping");
        Assert.Equal(ready.Pid, stopping.FirstOrDefault(ready).Pid);
        await _house.UntilAsync(views => views.IsEmpty, "gone");
        Assert.False(ProcessHouse.IsAlive(ready.Pid!.Value));
    }

    [Theory]
    [InlineData("echo first; echo last >&2; exit 7", 7, null)]
    [InlineData("kill -SEGV $$", null, "SIGSEGV")]
    [InlineData("kill -KILL $$", null, "SIGKILL")]
    [InlineData("exit 0", 0, null)]
    public async Task How_an_instance_ended_is_recorded(string command, int? code, string? signal)
    {
        await _house.ApplyAsync(1, ProcessHouse.Shell("1", command), 1);
        var exit = (await _house.UntilOneAsync(view => view.LastExit is not null, "an end")).LastExit!;
        Assert.Equal((code, signal, false, null), (exit.Code, exit.Signal, exit.OutOfMemory, exit.Cause));
        if (code == 7) Assert.True(exit.LastOutput is "first\nlast" or "last\nfirst", exit.LastOutput);
    }

    [Fact]
    public async Task Backoff_grows_with_each_end()
    {
        await _house.ApplyAsync(1, ProcessHouse.Shell("1", "exit 1"), 1);
        await _house.UntilOneAsync(view => view.Restarts == 1, "a restart");
        var waiting = await _house.UntilOneAsync(view => view is { Phase: InstancePhase.BackingOff, Restarts: 2 }, "a third end");
        Assert.Null(waiting.Pid);
        Assert.Equal(1, waiting.LastExit?.Code);
    }

    [Theory]
    [InlineData("./missing", "does not exist")]
    [InlineData("surely-no-such-program", "was not found on PATH")]
    [InlineData("./plain", "is not executable")]
    [InlineData("./garbage", "exec format error")]
    [InlineData("./lost", "asks for the interpreter '/no/such/interpreter'")]
    [InlineData("./windows", "Windows line ends")]
    [InlineData("./", "is a folder")]
    [InlineData("plain", "write './plain'")]
    public async Task A_command_that_cannot_run_says_why(string command, string reason)
    {
        Put("plain", "hello\n", executable: false);
        Put("garbage", "\0\u0001\0\u0002", executable: true);
        Put("lost", "#!/no/such/interpreter\n", executable: true);
        Put("windows", "#!/bin/sh\r\necho hi\r\n", executable: true);
        await _house.ApplyAsync(1, ProcessHouse.Release("1", command), 1);
        var failed = await _house.UntilOneAsync(view => view.Phase == InstancePhase.Failed, "a failure");
        Assert.Contains(reason, failed.Fault!.Message, StringComparison.Ordinal);
        Assert.Equal((Blame.Release, 0), (failed.Fault.Who, failed.Restarts));
    }

    [Fact]
    public async Task A_script_without_an_interpreter_line_is_run_by_the_shell()
    {
        Put("script", "echo it ran\nsleep 1000\n", executable: true);
        await _house.ApplyAsync(1, ProcessHouse.Release("1", "./script"), 1);
        await _house.UntilReadyAsync();
        await Eventually.Async(() => _house.LogAsync(), lines => lines.Contains("it ran"), "its output");
    }

    [Theory]
    [InlineData("../..", "is outside the artifact")]
    [InlineData("nowhere", "is not in the artifact")]
    public async Task A_working_directory_must_be_in_the_artifact(string folder, string reason)
    {
        var release = ProcessHouse.Shell("1", "sleep 1000");
        await _house.ApplyAsync(1, release with { Workload = release.Workload with { WorkingDirectory = folder } }, 1);
        var failed = await _house.UntilOneAsync(view => view.Phase == InstancePhase.Failed, "a failure");
        Assert.Contains(reason, failed.Fault!.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Readiness_by_HTTP_has_hysteresis()
    {
        var release = ProcessHouse.Server("1", _house.Root);
        var check = new HealthCheck { Kind = HealthCheckKind.Http, Path = "/healthz", Interval = Duration.FromMilliseconds(50), HealthyAfter = 2, UnhealthyAfter = 3 };
        await _house.ApplyAsync(1, release with { Workload = release.Workload with { Ready = check } }, 1);
        var ready = await _house.UntilReadyAsync();
        await File.WriteAllTextAsync(_house.File("healthz"), "");
        await _house.UntilOneAsync(view => view.Phase == InstancePhase.Unready, "unready");
        File.Delete(_house.File("healthz"));
        var again = await _house.UntilReadyAsync();
        Assert.Equal((ready.Pid, 0), (again.Pid, again.Restarts));
    }

    [Fact]
    public async Task A_failed_liveness_check_restarts_the_instance_and_says_so()
    {
        var release = ProcessHouse.Server("1", _house.Root);
        var live = new HealthCheck { Kind = HealthCheckKind.Http, Path = "/live", Interval = Duration.FromMilliseconds(50), UnhealthyAfter = 2 };
        await _house.ApplyAsync(1, release with { Workload = release.Workload with { Live = live } }, 1);
        var first = await _house.UntilReadyAsync();
        await File.WriteAllTextAsync(_house.File("live"), "");
        var ended = await _house.UntilOneAsync(view => view.LastExit is not null, "an end");
        File.Delete(_house.File("live"));
        Assert.Contains("GET /live answered 503", ended.LastExit!.Cause, StringComparison.Ordinal);
        var second = await _house.UntilOneAsync(view => view is { Phase: InstancePhase.Ready, Restarts: 1 }, "ready again");
        Assert.NotEqual(first.Pid, second.Pid);
        Assert.Equal(first.Id, second.Id);
    }

    [Fact]
    public async Task A_check_command_that_hangs_has_failed_and_leaves_nothing_behind()
    {
        var mark = $"{Environment.ProcessId}7";
        var release = ProcessHouse.Shell("1", "sleep 1000");
        await _house.ApplyAsync(1, release with { Workload = release.Workload with { Ready = ProcessHouse.Quickly(["sh", "-c", $"sleep {mark} & wait"]) with { Timeout = Duration.FromMilliseconds(200) } } }, 1);
        await Eventually.Async(() => ProcessHouse.ProcessesWith($"sleep\0{mark}", "cmdline").Count > 0, "the check runs");
        await _house.ApplyAsync(2, release, 0);
        await _house.UntilAsync(views => views.IsEmpty, "gone");
        await Eventually.Async(() => ProcessHouse.ProcessesWith($"sleep\0{mark}", "cmdline").Count == 0, "the check is gone");
    }

    [Fact]
    public async Task A_taken_port_is_not_given_and_one_that_did_not_work_is_changed()
    {
        using var held = new Socket(SocketType.Stream, ProtocolType.Tcp);
        held.Bind(new IPEndPoint(IPAddress.IPv6Any, 0));
        held.Listen();
        var taken = ((IPEndPoint)held.LocalEndPoint!).Port;
        await _house.CloseAsync();
        var first = 21000 + Environment.ProcessId % 1000 * 5;
        using var inRange = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        inRange.Bind(new IPEndPoint(IPAddress.Loopback, first + 1));
        inRange.Listen();
        await _house.OpenAsync(options => options with { Ports = new(first, first + 2) });
        // What a program does whose port is taken between being chosen and being used.
        var once = _house.File("once");
        await _house.ApplyAsync(1, ProcessHouse.Shell("1", $"echo $PORT >> {_house.File("ports")}; [ -e {once} ] || {{ : > {once}; echo 'address already in use' >&2; exit 1; }}; sleep 1000") is var release
            ? release with { Workload = release.Workload with { Ready = ProcessHouse.Quickly(["test", "-e", $"{_house.File("go")}"]) } } : release, 1);
        var running = await _house.UntilOneAsync(view => view is { Restarts: 1, Pid: not null }, "a second start");
        await Eventually.Async(() => File.Exists(_house.File("ports")) && File.ReadAllLines(_house.File("ports")).Length == 2, "both starts");
        var ports = await File.ReadAllLinesAsync(_house.File("ports"));
        Assert.Equal([first, first + 2], ports.Select(int.Parse).Order());
        Assert.Equal(running.Port, int.Parse(ports[1]));
        Assert.NotEqual(taken, running.Port);
    }

    [Fact]
    public async Task Without_a_free_port_an_instance_waits_for_one()
    {
        await _house.CloseAsync();
        var only = 26000 + Environment.ProcessId % 1000;
        using (var held = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp))
        {
            held.Bind(new IPEndPoint(IPAddress.Loopback, only));
            held.Listen();
            await _house.OpenAsync(options => options with { Ports = new(only, only) });
            await _house.ApplyAsync(1, ProcessHouse.Shell("1", "sleep 1000"), 1);
            var waiting = await _house.UntilOneAsync(view => view.Fault is not null, "a fault");
            Assert.Equal((InstancePhase.BackingOff, FaultKind.Exhausted), (waiting.Phase, waiting.Fault!.Kind));
        }

        var ready = await _house.UntilReadyAsync();
        Assert.Equal((only, null, 0), (ready.Port, ready.Fault, ready.Restarts));
    }

    [Fact]
    public async Task Fifty_instances_stop_together()
    {
        await _house.ApplyAsync(1, ProcessHouse.Shell("1", "sleep 1000"), 50);
        var running = await _house.UntilAsync(views => views.Length == 50 && views.All(view => view.Phase == InstancePhase.Ready), "fifty ready");
        Assert.Equal(50, running.Select(view => view.Port).Distinct().Count());
        await _house.ApplyAsync(2, ProcessHouse.Shell("1", "x"), 0);
        await _house.UntilAsync(views => views.IsEmpty, "gone");
        Assert.DoesNotContain(running, view => ProcessHouse.IsAlive(view.Pid!.Value));
    }

    private void Put(string name, string content, bool executable)
    {
        var path = Path.Combine(_house.Artifact, name);
        File.WriteAllText(path, content);
        File.SetUnixFileMode(path, executable ? (UnixFileMode)0b111_101_101 : (UnixFileMode)0b110_100_100);
    }
}
