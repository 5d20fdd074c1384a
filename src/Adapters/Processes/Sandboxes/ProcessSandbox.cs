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
/// with unprivileged user namespaces, and <c>unshare</c>, <c>mount</c> and <c>pivot_root</c> of util-linux 2.36 or later.
/// </summary>
public sealed class ProcessSandbox : ISandbox
{
    /// <summary>First of the users that sandboxes get when this process is root: those that systemd gives to services that need none of their own.</summary>
    private const uint FirstUser = 61184;

    private const uint Users = 4000;
    private readonly string _folder;
    private readonly string _space;
    private readonly RootFolders _roots;
    private readonly Cgroups _cgroups;
    private readonly TimeProvider _time;
    private readonly bool _isRoot = Posix.EffectiveUser() == 0;

    private ProcessSandbox(string folder, string cgroups, TimeProvider time)
    {
        (_folder, _time) = (folder, time);
        _space = "p" + Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(folder)))[..8];
        _roots = new(Path.Combine(Path.GetDirectoryName(folder)!, SandboxFolders.Roots));
        _cgroups = new(cgroups, File.ReadAllText("/proc/self/cgroup"));
        Watch = new(folder, time);
    }

    /// <summary>Sees to it that no job fills the machine.</summary>
    internal SandboxWatch Watch { get; }

    /// <inheritdoc/>
    public SandboxKind Kind => SandboxKind.Process;

    /// <summary>Opens the folder where sandboxes have their files.</summary>
    /// <param name="state">
    /// A folder of this user. Root's sandboxes are under <c>/var/tmp/fairway-sandboxes</c> instead, because their users may not enter root's folders.
    /// </param>
    /// <param name="time">The clock.</param>
    /// <param name="cgroups">Where control groups are mounted.</param>
    public static (ProcessSandbox? Sandbox, Fault? Fault) Open(string state, TimeProvider time, string cgroups = "/sys/fs/cgroup")
    {
        var (folder, fault) = SandboxFolders.Open(state);
        return folder is null ? (null, fault) : (new(folder, cgroups, time), null);
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
        if ((SandboxFolders.Problem(request.Id) ?? Watch.Refusal()) is { } problem) return (null, problem);
        if (CommandLoop.Problem("", request.Environment) is { } bad) return (null, new(FaultKind.Invalid, Blame.Configuration, false, bad));
        var folder = Path.Combine(_folder, request.Id);
        var searchPath = InstanceLauncher.MachineBasics().First(pair => pair.Key == "PATH").Value;
        var marker = $"{_space}.sandbox.{request.Id}";
        var (group, notice) = _cgroups.Create(marker, request.Policy.MemoryBytes, request.Policy.Cpus, request.Policy.Processes, isMeasured: request.Policy.MemoryBytes is not null);
        // One that is not enforced by its group is by the user's limit of processes; only a limit that somebody asked for is worth a word.
        if (request.Policy is { MemoryBytes: null, Cpus: null }) notice = null;
        else if (request.Policy.MemoryBytes is not null && group?.Usage() is not { Limit: not null }) notice += "; memory is looked at five times a second instead";
        try
        {
            var user = joined is { User: { } theirs } ? theirs : _isRoot ? FirstUser + BitConverter.ToUInt32(SHA256.HashData(Encoding.UTF8.GetBytes(request.Id))) % Users : (uint?)null;
            MakeFolders(folder, user);
            var script = SandboxRoot.Prepare(folder, _roots, request.Policy, searchPath, request.Shown, joined);
            if (await request.Fill(Path.Combine(folder, "workspace"), cancellation) is { } unfilled) return (null, await GiveUpAsync(unfilled));
            var spawn = Spawn(folder, script, user, group, marker, searchPath, request, joined);
            var channel = SandboxChannel.Open(folder);
            var (pid, error) = ProcessSpawner.Spawn(spawn);
            if (error != 0)
            {
                channel.Dispose();
                return (null, await GiveUpAsync(ProcessSpawner.FaultOf(error, spawn) with { Who = Blame.Platform }));
            }
            var session = new ProcessSession(folder, pid, channel, group, marker, searchPath, notice, _time) { Watched = Observe(folder, pid, request.Policy, group) };
            try
            {
                if (await session.BeginAsync(request.Policy.Processes, VariablesOf(request, searchPath), request.Services, cancellation) is not { } fault) return (session, null);
                await session.DisposeAsync();
                return (null, fault);
            }
            catch (Exception)
            {
                await session.DisposeAsync();
                throw;
            }
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            return (null, await GiveUpAsync(FileFault.Of(folder, failure)));
        }
        catch (OperationCanceledException)
        {
            await GiveUpAsync(null);
            throw;
        }

        Task<Fault?> GiveUpAsync(Fault? why)
        {
            group?.Remove();
            SandboxFiles.Delete(folder);
            return Task.FromResult(why);
        }
    }

    /// <inheritdoc/>
    public async Task SweepAsync(CancellationToken cancellation)
    {
        foreach (var folder in SandboxFolders.List(_folder))
        {
            if (SandboxFolders.IsTaken(folder, _time)) continue;
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
        var drop = user is { } id ? (IEnumerable<string>)["unshare", $"--setuid={Text(id)}", $"--setgid={Text(id)}"] : [];
        var net = joined is null or { OwnNetwork: true } && request.Policy.Network == NetworkPolicy.None ? (IEnumerable<string>)["--net"] : [];
        // The rest comes later: programs that make the sandbox would read whole folders for a language.
        var environment = new Dictionary<string, string>(StringComparer.Ordinal) { ["PATH"] = searchPath, [RunFolder.Marker] = marker };
        return new(
            "/bin/sh",
            [
                "sh", "-c", SandboxScripts.Keeper, "fairway", folder, joins.Length.ToString(CultureInfo.InvariantCulture), .. joins, .. joined?.Enter ?? [], .. drop,
                "unshare", "--user", "--map-root-user", "--mount", "--pid", "--fork", "--ipc", "--uts", .. net, "--kill-child=KILL", "sh", "-c", script,
            ],
            environment, folder, Path.Combine(folder, "output"), Path.Combine(folder, "output"));
    }

    private static Dictionary<string, string> VariablesOf(SandboxRequest request, string searchPath)
    {
        var environment = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["PATH"] = searchPath, ["HOME"] = SandboxPaths.Home, ["USER"] = "build", ["LOGNAME"] = "build", ["LANG"] = "C.UTF-8", ["TMPDIR"] = "/tmp", ["SHELL"] = "/bin/sh",
        };
        foreach (var (name, value) in request.Environment) environment[name] = value;
        foreach (var (name, file) in ExchangeNames) environment[name] = $"{SandboxPaths.Exchange}/{file}";
        return environment;
    }

    /// <summary>Variables that name the exchange files, and the files.</summary>
    internal static IEnumerable<(string Name, string File)> ExchangeNames =>
    [
        ("FAIRWAY_OUTPUT", "output"), ("FAIRWAY_ENV", "env"), ("FAIRWAY_PATH", "path"), ("FAIRWAY_STEP_SUMMARY", "summary"),
        ("GITHUB_OUTPUT", "output"), ("GITHUB_ENV", "env"), ("GITHUB_PATH", "path"), ("GITHUB_STEP_SUMMARY", "summary"),
    ];

    private WatchedSandbox Observe(string folder, int keeper, SandboxPolicy policy, Cgroup? group)
    {
        var measure = Task.FromResult(SandboxWatch.Measure(((string[])["workspace", "home", "tmp"]).Select(name => Path.Combine(folder, name))));
        var known = ProcessTable.Identify(keeper);
        var watched = Watch.Add(policy.DiskBytes, () => measure, () => EndBelowAsync(known));
        // Without a limit of the group nobody else sees to it.
        watched.CountMemory(known, group?.Usage() is { Limit: not null } ? null : policy.MemoryBytes);
        return watched;
    }

    // With its first process everything in a namespace ends; the keeper sees that and ends too.
    private static Task EndBelowAsync(ProcessIdentity? keeper)
    {
        foreach (var child in ProcessTable.All().Where(entry => keeper is not null && entry.Parent == keeper.Pid && ProcessTable.IsAlive(keeper))) Posix.Kill(child.Pid, Posix.SigKill);
        return Task.CompletedTask;
    }

    private static void MakeFolders(string folder, uint? user)
    {
        const UnixFileMode Mine = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;
        const UnixFileMode Through = Mine | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute;
        SandboxFiles.Delete(folder);
        SandboxFolders.Make(folder);
        if (user is not null) File.SetUnixFileMode(folder, Through);
        SandboxFolders.Claim(folder);
        foreach (var name in (string[])["workspace", "home", "tmp"])
        {
            var path = Directory.CreateDirectory(Path.Combine(folder, name), Mine).FullName;
            if (user is { } id && Posix.ChangeOwner(path, id, id) != 0) throw new IOException($"{path} could not be given to user {Text(id)}");
        }
        foreach (var name in (string[])["control", "status", "lease", "output"])
            if (Posix.MakeFifo(Path.Combine(folder, name), 0b110_000_000) != 0) throw new IOException($"no pipe could be made in {folder}");
    }

    private static string Text(uint number) => number.ToString(CultureInfo.InvariantCulture);
}
