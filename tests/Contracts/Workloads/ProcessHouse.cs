using System.Diagnostics;
using Fairway.Adapters.Processes;
using Fairway.Catalog;
using Fairway.Kernel;
using Fairway.Rollouts;
using Fairway.Workloads;
using NodaTime;

namespace Fairway.Tests.Contracts.Workloads;

/// <summary>A data folder with an artifact, and control planes that come and go over it, in this process or in one that can be killed.</summary>
public sealed class ProcessHouse : IAsyncDisposable
{
    public static readonly ServiceKey Shop = new("production", "shop");
    private readonly List<Process> _planes = [];
    private ProcessWorkloads? _workloads;

    public ProcessHouse()
    {
        Root = Directory.CreateTempSubdirectory("fairway-runtime-").FullName;
        Directory.CreateDirectory(Artifact);
    }

    public string Root { get; }

    /// <summary>The runtime's folder.</summary>
    public string Folder => Path.Combine(Root, "workloads");

    /// <summary>The files every release has.</summary>
    public string Artifact => Path.Combine(Root, "artifact");

    /// <summary>For what programs leave behind.</summary>
    public string File(string name) => Path.Combine(Root, name);

    public ProcessWorkloads Workloads => _workloads ?? throw new InvalidOperationException("not open");

    public static ProcessRuntimeOptions Options(string folder) => new()
    {
        Folder = folder,
        ArtifactFolder = _ => Path.Combine(Path.GetDirectoryName(folder)!, "artifact"),
        StrayGrace = Duration.FromMilliseconds(500),
    };

    /// <summary>A release that runs a shell command.</summary>
    public static Release Shell(string version, string command) => Release(version, "/bin/sh", "-c", command);

    /// <summary>A release that is ready as soon as it runs.</summary>
    public static Release Release(string version, params string[] command) => new(
        "sha256:" + version.PadLeft(64, '0'), "shop", version, "sha256:" + new string('a', 64),
        new() { Command = [.. command], Ready = Quickly(["true"]), StopGrace = Duration.FromSeconds(10) }, Instant.FromUnixTimeSeconds(0));

    /// <summary>A release that runs the HTTP server of this executable.</summary>
    public static Release Server(string version, string flags) => Release(version, Environment.ProcessPath!) is var release
        ? release with
        {
            Workload = release.Workload with
            {
                Environment = ImmutableSortedDictionary<string, string>.Empty.Add(TestPrograms.Role, "server").Add("FLAGS", flags),
                Ready = new() { Interval = Duration.FromMilliseconds(50), HealthyAfter = 1 },
            },
        }
        : throw new UnreachableException();

    /// <summary>A check by command that asks often and believes the first answer.</summary>
    public static HealthCheck Quickly(ImmutableArray<string> command)
        => new() { Kind = HealthCheckKind.Command, Command = command, Interval = Duration.FromMilliseconds(50), HealthyAfter = 1 };

    public async Task<ProcessWorkloads> OpenAsync(Func<ProcessRuntimeOptions, ProcessRuntimeOptions>? change = null)
    {
        var options = Options(Folder);
        var (workloads, fault) = await ProcessWorkloads.OpenAsync(change is null ? options : change(options), TimeProvider.System, CancellationToken.None);
        Assert.Null(fault);
        return _workloads = workloads!;
    }

    public async Task CloseAsync()
    {
        if (_workloads is not null) await _workloads.DisposeAsync();
        _workloads = null;
    }

    public async Task ApplyAsync(long id, Release release, int count, SlotName slot = SlotName.A)
        => Assert.Null(await Workloads.ApplyAsync(Shop, new(id, slot, release, count), default));

    public Task<ImmutableArray<InstanceView>> UntilAsync(Func<ImmutableArray<InstanceView>, bool> holds, string what)
        => Eventually.Async(() => Workloads.ObserveAsync(Shop, default), holds, what);

    public async Task<InstanceView> UntilOneAsync(Func<InstanceView, bool> holds, string what)
        => (await UntilAsync(views => views.Length == 1 && holds(views[0]), what))[0];

    public Task<InstanceView> UntilReadyAsync() => UntilOneAsync(view => view.Phase == InstancePhase.Ready, "a ready instance");

    public async Task<List<string>> LogAsync(string? instance = null)
        => await Workloads.ReadLogsAsync(new(Shop, instance, int.MaxValue, Follow: false), default).Select(line => line.Text).ToListAsync();

    /// <summary>A control plane in a process of its own, when it has opened the folder and applied the wish.</summary>
    public async Task<Process> StartPlaneAsync(Release? release = null, int count = 1, long id = 1)
    {
        var start = new ProcessStartInfo(Environment.ProcessPath!) { RedirectStandardOutput = true, UseShellExecute = false };
        start.Environment[TestPrograms.Role] = "control-plane";
        start.Environment["FOLDER"] = Folder;
        start.Environment["WISH"] = release is null ? "" : $"{Shop.Environment}\n{Shop.Service}\n{FairwayJson.Write(new RolloutEffect.SetInstances(id, SlotName.A, release, count))}";
        var plane = Process.Start(start)!;
        _planes.Add(plane);
        Assert.Equal(release is null ? "open" : "applied", await plane.StandardOutput.ReadLineAsync());
        return plane;
    }

    public static async Task KillAsync(Process plane)
    {
        plane.Kill();
        await plane.WaitForExitAsync();
    }

    /// <summary>Pids of live processes whose command line or environment holds a text.</summary>
    public static List<int> ProcessesWith(string text, string file = "environ")
    {
        var found = new List<int>();
        foreach (var folder in Directory.EnumerateDirectories("/proc"))
        {
            if (!int.TryParse(Path.GetFileName(folder), out var pid) || pid == Environment.ProcessId) continue;
            try
            {
                if (System.IO.File.ReadAllText($"{folder}/{file}").Contains(text, StringComparison.Ordinal) && IsAlive(pid)) found.Add(pid);
            }
            catch (Exception gone) when (gone is IOException or UnauthorizedAccessException)
            {
                continue;
            }
        }

        return found;
    }

    public static bool IsAlive(int pid)
    {
        try
        {
            var stat = System.IO.File.ReadAllText($"/proc/{pid}/stat");
            return stat[stat.LastIndexOf(')') + 2] is not ('Z' or 'X');
        }
        catch (IOException)
        {
            return false;
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var plane in _planes)
        {
            if (!plane.HasExited) await KillAsync(plane);
            plane.Dispose();
        }

        await CloseAsync();
        // Without records every process of the folder is a stray, and a control plane ends strays.
        var services = Path.Combine(Folder, "services");
        // Whoever still runs may write while it is removed.
        await Eventually.Async(() => IsGone(services), "the records are removed");
        if (Directory.Exists(Folder)) await OpenAsync(options => options with { StrayGrace = Duration.Zero });
        await CloseAsync();
        Directory.Delete(Root, recursive: true);
    }

    private static bool IsGone(string folder)
    {
        try
        {
            if (Directory.Exists(folder)) Directory.Delete(folder, recursive: true);
            return true;
        }
        catch (IOException)
        {
            return false;
        }
    }
}
