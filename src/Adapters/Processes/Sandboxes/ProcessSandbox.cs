using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Fairway.Kernel;
using Fairway.Pipelines;
using Fairway.Ports;
using NodaTime;

namespace Fairway.Adapters.Processes.Sandboxes;

/// <summary>
/// Sandboxes of processes with user, mount, process, IPC, host name and, by policy, network namespaces of their own, in a control group of their own. What
/// runs inside has an unprivileged user of its own, sees programs read-only and no file of anybody, and has none of this process's environment. Linux
/// with unprivileged user namespaces, and util-linux' <c>unshare</c>, <c>mount</c>, <c>pivot_root</c> and <c>setpriv</c>.
/// </summary>
public sealed class ProcessSandbox : ISandbox
{
    /// <summary>First of the users that sandboxes get when this process is root: those that systemd gives to services that need none of their own.</summary>
    private const uint FirstUser = 61184;

    private const uint Users = 4000;
    private static readonly TimeSpan Begun = TimeSpan.FromMinutes(1);
    private readonly string _folder;
    private readonly string _space;
    private readonly Cgroups _cgroups;
    private readonly TimeProvider _time;
    private readonly bool _isRoot = Posix.EffectiveUser() == 0;

    private ProcessSandbox(string folder, TimeProvider time)
    {
        (_folder, _time) = (folder, time);
        _space = "p" + Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(folder)))[..8];
        _cgroups = new("/sys/fs/cgroup", File.ReadAllText("/proc/self/cgroup"));
    }

    /// <inheritdoc/>
    public SandboxKind Kind => SandboxKind.Process;

    /// <summary>Opens the folder where sandboxes have their files.</summary>
    /// <param name="state">
    /// A folder of this user. Root's sandboxes are under <c>/var/tmp/fairway-sandboxes</c> instead, because their users may not enter root's folders.
    /// </param>
    /// <param name="time">The clock.</param>
    public static (ProcessSandbox? Sandbox, Fault? Fault) Open(string state, TimeProvider time)
    {
        var (folder, fault) = SandboxFolders.Open(state);
        return folder is null ? (null, fault) : (new(folder, time), null);
    }

    /// <inheritdoc/>
    public async Task<Fault?> CheckAsync(CancellationToken cancellation)
    {
        var (session, fault) = await OpenAsync(new($"check-{Environment.ProcessId}-{RandomNumberGenerator.GetHexString(8, lowercase: true)}", new(), [], ImmutableSortedDictionary<string, string>.Empty), cancellation);
        if (session is not null) await session.DisposeAsync();
        return fault;
    }

    /// <inheritdoc/>
    public Task<(ImmutableArray<PinnedImage> Images, Fault? Fault)> PinAsync(ImmutableArray<WantedImage> images, CancellationToken cancellation)
        => Task.FromResult<(ImmutableArray<PinnedImage>, Fault?)>(images.IsEmpty ? ([], null)
            : ([], new(FaultKind.Invalid, Blame.Configuration, false, $"image {images[0].Reference} cannot be run as a process")));

    /// <inheritdoc/>
    public Task<(ISandboxSession? Session, Fault? Fault)> OpenAsync(SandboxRequest request, CancellationToken cancellation) => OpenAsync(request, null, cancellation);

    /// <summary>Makes a sandbox, in the network of containers when there are any.</summary>
    internal async Task<(ISandboxSession? Session, Fault? Fault)> OpenAsync(SandboxRequest request, JoinedContainers? joined, CancellationToken cancellation)
    {
        if (SandboxFolders.Problem(request.Id) is { } problem) return (null, problem);
        var folder = Path.Combine(_folder, request.Id);
        var searchPath = InstanceLauncher.MachineBasics().First(pair => pair.Key == "PATH").Value;
        var marker = $"{_space}.sandbox.{request.Id}";
        var (group, notice) = _cgroups.Create(marker, request.Policy.MemoryBytes, request.Policy.Cpus, request.Policy.Processes);
        // One that is not enforced by its group is by the user's limit of processes; only a limit that somebody asked for is worth a word.
        if (request.Policy is { MemoryBytes: null, Cpus: null }) notice = null;
        try
        {
            var user = joined is { User: { } theirs } ? theirs : _isRoot ? FirstUser + BitConverter.ToUInt32(SHA256.HashData(Encoding.UTF8.GetBytes(request.Id))) % Users : (uint?)null;
            MakeFolders(folder, user);
            var script = SandboxRoot.Prepare(folder, request.Policy, searchPath, request.Shown, joined);
            if (await request.Fill(Path.Combine(folder, "workspace"), cancellation) is { } unfilled) return (null, await GiveUpAsync(unfilled));
            var spawn = Spawn(folder, script, user, group, marker, searchPath, request, joined);
            var channel = SandboxChannel.Open(folder);
            var (pid, error) = ProcessSpawner.Spawn(spawn);
            if (error != 0)
            {
                channel.Dispose();
                return (null, await GiveUpAsync(ProcessSpawner.FaultOf(error, spawn) with { Who = Blame.Platform }));
            }
            var session = new ProcessSession(folder, pid, channel, group, marker, searchPath, notice, _time);
            if (await session.BeginAsync(request.Services, cancellation) is { } fault)
            {
                await session.DisposeAsync();
                return (null, fault);
            }
            return (session, null);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            return (null, await GiveUpAsync(FileFault.Of(folder, failure)));
        }

        Task<Fault> GiveUpAsync(Fault why)
        {
            group?.Remove();
            SandboxFiles.Delete(folder);
            return Task.FromResult(why);
        }
    }

    /// <inheritdoc/>
    public async Task SweepAsync(CancellationToken cancellation)
    {
        foreach (var folder in Directory.EnumerateDirectories(_folder).ToList())
        {
            if (SandboxFolders.OwnerOf(folder) is { } owner ? ProcessTable.IsAlive(owner) : IsYoung(folder)) continue;
            var marker = $"{_space}.sandbox.{Path.GetFileName(folder)}";
            await Strays.EndAsync(Strays.Marked(marker).Where(group => group.Key == marker).SelectMany(group => group.Select(entry => entry.Pid)), Duration.Zero, _time, cancellation);
            foreach (var group in _cgroups.Abandoned(marker, new HashSet<string>(StringComparer.Ordinal)))
            {
                await Strays.EndAsync(group.Processes(), Duration.Zero, _time, cancellation);
                group.Remove();
            }
            SandboxFiles.Delete(folder);
        }
    }

    private static SpawnRequest Spawn(string folder, string script, uint? user, Cgroup? group, string marker, string searchPath, SandboxRequest request,
        JoinedContainers? joined)
    {
        var joins = group?.Joins() ?? [];
        var drop = user is { } id ? (IEnumerable<string>)["setpriv", $"--reuid={Text(id)}", $"--regid={Text(id)}", "--clear-groups", "--"] : [];
        var net = joined is null or { OwnNetwork: true } && request.Policy.Network == NetworkPolicy.None ? (IEnumerable<string>)["--net"] : [];
        var environment = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["PATH"] = searchPath, ["HOME"] = SandboxPaths.Home, ["USER"] = "build", ["LOGNAME"] = "build", ["LANG"] = "C.UTF-8", ["TMPDIR"] = "/tmp", ["SHELL"] = "/bin/sh",
        };
        foreach (var (name, value) in request.Environment) environment[name] = value;
        foreach (var (name, file) in ExchangeNames) environment[name] = $"{SandboxPaths.Exchange}/{file}";
        environment[RunFolder.Marker] = marker;
        return new(
            "/bin/sh",
            [
                "sh", "-c", SandboxScripts.Keeper, "fairway", folder, joins.Length.ToString(CultureInfo.InvariantCulture), .. joins, .. joined?.Enter ?? [], .. drop,
                "unshare", "--user", "--map-root-user", "--mount", "--pid", "--fork", "--ipc", "--uts", .. net, "--kill-child=KILL", "sh", "-c", script,
            ],
            environment, folder, Path.Combine(folder, "output"), Path.Combine(folder, "output"));
    }

    /// <summary>Variables that name the exchange files, and the files.</summary>
    internal static IEnumerable<(string Name, string File)> ExchangeNames =>
    [
        ("FAIRWAY_OUTPUT", "output"), ("FAIRWAY_ENV", "env"), ("FAIRWAY_PATH", "path"), ("FAIRWAY_STEP_SUMMARY", "summary"),
        ("GITHUB_OUTPUT", "output"), ("GITHUB_ENV", "env"), ("GITHUB_PATH", "path"), ("GITHUB_STEP_SUMMARY", "summary"),
    ];

    private static void MakeFolders(string folder, uint? user)
    {
        const UnixFileMode Mine = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;
        const UnixFileMode Through = Mine | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute;
        SandboxFiles.Delete(folder);
        Directory.CreateDirectory(folder, user is null ? Mine : Through);
        SandboxFolders.Claim(folder);
        foreach (var name in (string[])["root", "workspace", "home", "tmp"])
        {
            var path = Directory.CreateDirectory(Path.Combine(folder, name), Mine).FullName;
            if (user is { } id && Posix.ChangeOwner(path, id, id) != 0) throw new IOException($"{path} could not be given to user {Text(id)}");
        }
        foreach (var name in (string[])["control", "status", "lease", "output"])
            if (Posix.MakeFifo(Path.Combine(folder, name), 0b110_000_000) != 0) throw new IOException($"no pipe could be made in {folder}");
    }

    // Somebody may be about to write who they are.
    private bool IsYoung(string folder) => _time.GetUtcNow().UtcDateTime - Directory.GetLastWriteTimeUtc(folder) < Begun;

    private static string Text(uint number) => number.ToString(CultureInfo.InvariantCulture);
}
