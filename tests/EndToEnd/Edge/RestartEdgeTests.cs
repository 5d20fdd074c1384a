using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Fairway.Adapters.Edge;
using Fairway.Kernel;
using Fairway.Ports;
using Fairway.Traffic;

namespace Fairway.Edge;

public sealed class RestartEdgeTests
{
    [Fact]
    public async Task A_killed_edge_comes_back_with_its_table_and_without_a_control_plane()
    {
        await using var rig = AdminRig.New();
        await using var origin = await Origin.StartAsync("a");
        var port = FreePort();
        using var processes = new TestProcesses();
        var identity = processes.StartEdge(rig.Folder, port);
        await Until.HoldsAsync(async () => (await rig.Admin.StatusAsync(CancellationToken.None)).Status is not null, "the edge answers");
        await rig.PutAsync(Routes.To(3, origin.Target));
        using var client = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{port}") };
        Assert.Equal("a", await client.GetStringAsync("/"));
        for (var round = 0; round < 3; round++)
        {
            processes.Signal(identity, 9);
            await Until.HoldsAsync(() => !processes.IsAlive(identity), "the edge is dead");
            identity = processes.StartEdge(rig.Folder, port);
            await Until.HoldsAsync(() => AcceptsAsync(port), "the edge listens");
            // The table is loaded before it listens: the very first answer is right.
            Assert.Equal("a", await client.GetStringAsync("/"));
        }
        var (status, _) = await rig.Admin.StatusAsync(CancellationToken.None);
        Assert.Equal((1, true), (status!.TableVersion, status.TableStored));
        Assert.Empty(status.Notices);
        Assert.Equal(FaultKind.Fenced, (await rig.Admin.PutAsync(Routes.To(2), CancellationToken.None)).Fault!.Kind);
    }

    [Fact]
    public async Task TERM_drains_and_ends_with_0()
    {
        await using var rig = AdminRig.New();
        await using var origin = await Origin.StartAsync("a");
        var port = FreePort();
        using var processes = new TestProcesses();
        var identity = processes.StartEdge(rig.Folder, port);
        await Until.HoldsAsync(async () => (await rig.Admin.StatusAsync(CancellationToken.None)).Status is not null, "the edge answers");
        await rig.PutAsync(Routes.To(3, origin.Target));
        using var client = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{port}") };
        var held = client.GetStringAsync("/hold");
        await Until.HoldsAsync(() => origin.Held == 1, "the request is held");
        processes.Signal(identity, 15);
        await Until.HoldsAsync(async () => !await AcceptsAsync(port), "nothing new is accepted");
        Assert.True(processes.IsAlive(identity));
        origin.Release();
        Assert.Equal("a", await held);
        await Until.HoldsAsync(() => !processes.IsAlive(identity), "the edge has ended");
        Assert.Equal(0, processes.ExitCode(identity));
        Assert.False(File.Exists(Path.Combine(rig.Folder, "admin.sock")));
        Assert.Contains("fairway edge ready: http://127.0.0.1:", await File.ReadAllTextAsync(Path.Combine(rig.Folder, "out.log")));
    }

    [Fact]
    public async Task An_edge_that_cannot_start_says_why_and_ends_with_1()
    {
        await using var rig = AdminRig.New();
        using var taken = new TcpListener(IPAddress.Loopback, 0);
        taken.Start();
        using var processes = new TestProcesses();
        var identity = processes.StartEdge(rig.Folder, ((IPEndPoint)taken.LocalEndpoint).Port);
        await Until.HoldsAsync(() => !processes.IsAlive(identity), "the edge has ended");
        Assert.Equal(1, processes.ExitCode(identity));
        var output = await File.ReadAllTextAsync(Path.Combine(rig.Folder, "out.log"));
        Assert.StartsWith("fairway edge: port", output);
        Assert.Single(output.Trim().Split('\n'));
    }

    [Theory]
    [InlineData("cut")]
    [InlineData("flipped")]
    [InlineData("empty")]
    [InlineData("foreign")]
    [InlineData("missing")]
    public async Task A_table_that_was_damaged_gives_way_to_the_one_before(string damage)
    {
        await using var rig = await AdminRig.StartAsync();
        await using Origin a = await Origin.StartAsync("a"), b = await Origin.StartAsync("b");
        await rig.PutAsync(Routes.To(1, a.Target));
        await rig.PutAsync(Routes.To(2, b.Target));
        await rig.Server.DisposeAsync();
        await DamageAsync(Path.Combine(rig.Folder, "table.json"), damage);
        await rig.StartAgainAsync();
        using var client = rig.Client();
        Assert.Equal("a", await client.GetStringAsync("/"));
        if (damage == "missing") return;
        Assert.Contains("table.json cannot be used", rig.Errors.ToString());
        Assert.Contains("version 1, is in force from", rig.Errors.ToString());
        Assert.NotEmpty((await rig.Admin.StatusAsync(CancellationToken.None)).Status!.Notices);
        Assert.True(File.Exists(Path.Combine(rig.Folder, "table.json.corrupt")));
        // The control plane sends the newest again, and all is well.
        await rig.PutAsync(Routes.To(2, b.Target));
        Assert.Equal("b", await client.GetStringAsync("/"));
    }

    [Fact]
    public async Task With_no_good_table_at_all_it_starts_empty_and_says_so_loudly()
    {
        await using var rig = await AdminRig.StartAsync();
        await using var a = await Origin.StartAsync("a");
        await rig.PutAsync(Routes.To(1, a.Target));
        await rig.PutAsync(Routes.To(2, a.Target));
        await rig.Server.DisposeAsync();
        foreach (var file in (string[])["table.json", "table.json.previous"]) await DamageAsync(Path.Combine(rig.Folder, file), "flipped");
        await rig.StartAgainAsync();
        Assert.Contains("NO ROUTES ARE IN FORCE", rig.Errors.ToString());
        using var client = rig.Client();
        Assert.Equal(HttpStatusCode.NotFound, (await client.GetAsync("/")).StatusCode);
        await rig.PutAsync(Routes.To(3, a.Target));
        Assert.Equal("a", await client.GetStringAsync("/"));
    }

    [Fact]
    public async Task A_half_written_new_table_is_not_looked_at()
    {
        await using var rig = await AdminRig.StartAsync();
        await using var a = await Origin.StartAsync("a");
        await rig.PutAsync(Routes.To(1, a.Target));
        await rig.Server.DisposeAsync();
        await File.WriteAllTextAsync(Path.Combine(rig.Folder, "table.json.new"), "{\"checksum\":\"sha2");
        await rig.StartAgainAsync();
        Assert.Empty(rig.Errors.ToString());
        using var client = rig.Client();
        Assert.Equal("a", await client.GetStringAsync("/"));
        await rig.PutAsync(Routes.To(2, a.Target));
    }

    [Fact]
    public async Task The_control_plane_starts_adopts_restarts_and_stops_the_edge()
    {
        await using var rig = AdminRig.New();
        var port = FreePort();
        using var processes = new TestProcesses();
        using (var first = Process(rig, processes, port))
        {
            Assert.Null(await first.EnsureAsync(CancellationToken.None));
            Assert.Null(await first.EnsureAsync(CancellationToken.None));
            Assert.Equal(1, first.Starts);
        }
        // Another control plane finds it, and starts none.
        using var second = Process(rig, processes, port);
        using var stop = new CancellationTokenSource();
        var faults = new List<Fault>();
        var keeping = second.KeepAsync(faults.Add, stop.Token);
        var before = (await rig.Admin.StatusAsync(CancellationToken.None)).Status!;
        processes.Signal(processes.Started[^1], 9);
        await Until.HoldsAsync(async () => (await rig.Admin.StatusAsync(CancellationToken.None)).Status is { } status && status.Epoch != before.Epoch, "another edge answers");
        Assert.Equal((1, 2), (second.Starts, processes.Started.Count));
        Assert.Empty(faults);
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => keeping);
        Assert.Null(await second.StopAsync(CancellationToken.None));
        Assert.All(processes.Started, identity => Assert.False(processes.IsAlive(identity)));
        Assert.Equal(0, processes.ExitCode(processes.Started[^1]));
    }

    [Fact]
    public async Task An_edge_that_ends_at_once_is_a_fault_with_its_own_words()
    {
        await using var rig = AdminRig.New();
        using var taken = new TcpListener(IPAddress.Loopback, 0);
        taken.Start();
        using var processes = new TestProcesses();
        using var process = Process(rig, processes, ((IPEndPoint)taken.LocalEndpoint).Port);
        var fault = await process.EnsureAsync(CancellationToken.None);
        Assert.Equal((FaultKind.Failed, true), (fault!.Kind, fault.Retryable));
        Assert.Contains("is in use by another program", fault.Message);
    }

    private static EdgeProcess Process(AdminRig rig, TestProcesses processes, int port)
        => new(processes, rig.Admin, TimeProvider.System, new EdgeProcessOptions([.. TestProcesses.Command(rig.Folder, port)], TestProcesses.Variables, rig.Folder));

    private static async Task DamageAsync(string file, string damage)
    {
        var bytes = await File.ReadAllBytesAsync(file);
        switch (damage)
        {
            case "cut":
                await File.WriteAllBytesAsync(file, bytes[..(bytes.Length / 2)]);
                break;
            case "flipped":
                // A digit of the port: still good JSON, and a wrong address.
                var at = bytes.AsSpan().IndexOf("\"port\":"u8) + 7;
                bytes[at] = (byte)(bytes[at] == '9' ? '8' : bytes[at] + 1);
                await File.WriteAllBytesAsync(file, bytes);
                break;
            case "empty":
                await File.WriteAllBytesAsync(file, []);
                break;
            case "foreign":
                await File.WriteAllTextAsync(file, "{\"checksum\":1,\"content\":{}}");
                break;
            case "missing":
                File.Delete(file);
                break;
        }
    }

    private static async Task<bool> AcceptsAsync(int port)
    {
        using var client = new TcpClient();
        try
        {
            await client.ConnectAsync(IPAddress.Loopback, port);
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}

/// <summary>Processes of this test program run as an edge (see <c>EdgeEntry</c>); ended with the test.</summary>
internal sealed class TestProcesses : IDetachedProcesses, IDisposable
{
    private readonly List<(ProcessIdentity Identity, Process Process)> _processes = [];

    public static IReadOnlyDictionary<string, string> Variables { get; } = new Dictionary<string, string>(StringComparer.Ordinal)
    {
        ["PATH"] = Environment.GetEnvironmentVariable("PATH") ?? "",
        ["HOME"] = Path.GetTempPath(),
        ["DOTNET_ROOT"] = Environment.GetEnvironmentVariable("DOTNET_ROOT") ?? "",
    };

    public IReadOnlyList<ProcessIdentity> Started => [.. _processes.Select(one => one.Identity)];

    public static string[] Command(string folder, int port) => ["dotnet", typeof(TestProcesses).Assembly.Location, EdgeEntry.Verb, folder, $"127.0.0.1:{port}"];

    public ProcessIdentity StartEdge(string folder, int port) => Start([.. Command(folder, port)], Variables, folder, Path.Combine(folder, "out.log")).Process!;

    public (ProcessIdentity? Process, Fault? Fault) Start(
        ImmutableArray<string> command, IReadOnlyDictionary<string, string> environment, string workingDirectory, string outputFile)
    {
        var start = new ProcessStartInfo("/bin/sh", ["-c", "exec \"$@\" >>\"$OUTPUT\" 2>&1", "sh", .. command]) { WorkingDirectory = workingDirectory };
        start.Environment.Clear();
        foreach (var (name, value) in environment.Where(pair => pair.Value.Length > 0)) start.Environment[name] = value;
        start.Environment["OUTPUT"] = outputFile;
        var process = System.Diagnostics.Process.Start(start)!;
        var identity = new ProcessIdentity(process.Id, 0, "");
        _processes.Add((identity, process));
        return (identity, null);
    }

    public bool IsAlive(ProcessIdentity process) => !Of(process).HasExited;

    public int ExitCode(ProcessIdentity process) => Of(process).ExitCode;

    public void Signal(ProcessIdentity process, int signal)
    {
        using var kill = System.Diagnostics.Process.Start("/bin/kill", [$"-{signal}", $"{process.Pid}"]);
        kill.WaitForExit();
    }

    public void Dispose()
    {
        foreach (var (_, process) in _processes)
        {
            if (!process.HasExited) process.Kill();
            process.WaitForExit();
            process.Dispose();
        }
    }

    private Process Of(ProcessIdentity identity) => _processes.Single(one => one.Identity == identity).Process;
}
