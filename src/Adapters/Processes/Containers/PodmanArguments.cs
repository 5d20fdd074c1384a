using System.Globalization;
using Fairway.Adapters.Processes.Sandboxes;
using Fairway.Pipelines;

namespace Fairway.Adapters.Processes.Containers;

/// <summary>Containers of one sandbox, as arguments of Podman. No value of a variable is ever among them.</summary>
/// <param name="Machine">What holds here.</param>
/// <param name="Label">Label of all of them: whoever finds them later knows whose they are.</param>
/// <param name="Prefix">Begin of their names.</param>
/// <param name="Folder">The sandbox's folder.</param>
internal sealed record PodmanArguments(PodmanMachine Machine, string Label, string Prefix, string Folder)
{
    /// <summary>The label's name.</summary>
    public const string LabelName = "dev.fairway.sandbox";

    /// <summary>Where a job's container has its pipes.</summary>
    private const string Pipes = "/run/fairway-pipes";

    /// <summary>Where GitHub's container steps have the workspace.</summary>
    private const string StepWorkspace = "/github/workspace";

    private static readonly string[] PipeNames = ["control", "status", "output"];

    /// <summary>Name of the container that the job runs in.</summary>
    public string Job => Prefix + "-job";

    /// <summary>Name of the container of a step.</summary>
    public string Step => Prefix + "-step";

    /// <summary>Name of a service's container.</summary>
    public string Service(string service) => $"{Prefix}-service-{service}";

    /// <summary>Where a service's last lines are.</summary>
    public string LogOf(string service) => Path.Combine(Folder, $"service-{service}.log");

    /// <summary>The container of a job: it takes commands through pipes, which nothing but it and this process ever opens.</summary>
    public IEnumerable<string> RunJob(string image, SandboxPolicy policy, IEnumerable<string> hosts, IEnumerable<KeyValuePair<string, string>> variables)
    {
        var exchange = $"{SandboxPaths.Exchange}:rw,nosuid,nodev,mode=755,size=64m";
        return
        [
            .. Run(Job, detached: true), .. Network(policy.Network, null, hosts), .. Limits(policy.MemoryBytes, policy.Cpus, policy.Processes), .. Settings(policy.Container),
            "--log-driver", "none", "--user", "0:0", "--workdir", SandboxPaths.Workspace, "--tmpfs", exchange, .. Shared(),
            .. PipeNames.SelectMany(pipe => (IEnumerable<string>)["--volume", $"{Path.Combine(Folder, pipe)}:{Pipes}/{pipe}:z"]),
            .. Variables(variables), "--entrypoint", "sh", image,
            "-c", $"exec sh <{Pipes}/control >{Pipes}/output 2>&1 3>{Pipes}/status",
        ];
    }

    /// <summary>The container of a service.</summary>
    /// <param name="service">The service.</param>
    /// <param name="image">Its image's id.</param>
    /// <param name="policy">Of the job.</param>
    /// <param name="holder">The container whose network it has; null gives it one, which others then have too.</param>
    /// <param name="hosts">Names of all services, for the one that has the network.</param>
    public IEnumerable<string> RunService(JobService service, string image, SandboxPolicy policy, string? holder, IEnumerable<string> hosts) =>
    [
        .. Run(Service(service.Name), detached: true), .. Network(policy.Network, holder, hosts), .. Limits(service.MemoryBytes, null, policy.Processes), .. Settings(service.Container),
        "--log-driver", "k8s-file", "--log-opt", "path=" + LogOf(service.Name), "--log-opt", "max-size=1mb",
        .. Variables(service.Env), image, .. service.Command,
    ];

    /// <summary>The container of a step.</summary>
    /// <param name="image">Its image's id.</param>
    /// <param name="entrypoint">What runs in it; null is the image's own.</param>
    /// <param name="arguments">Its arguments.</param>
    /// <param name="policy">Of the job.</param>
    /// <param name="holder">The container whose network it has; null gives it one.</param>
    /// <param name="workspace">The workspace on this machine.</param>
    /// <param name="home">The home folder on this machine.</param>
    /// <param name="exchange">Exchange files, by their names in the container.</param>
    /// <param name="variables">Its variables.</param>
    public IEnumerable<string> RunStep(
        string image, string? entrypoint, IEnumerable<string> arguments, SandboxPolicy policy, string? holder, string workspace, string home,
        IEnumerable<(string File, string Inside)> exchange, IEnumerable<KeyValuePair<string, string>> variables) =>
    [
        .. Run(Step, detached: false), .. Network(policy.Network, holder, []), .. Limits(policy.MemoryBytes, policy.Cpus, policy.Processes), "--log-driver", "none",
        "--user", "0:0", "--workdir", StepWorkspace, "--volume", $"{workspace}:{StepWorkspace}:z", "--volume", $"{workspace}:{SandboxPaths.Workspace}:z",
        "--volume", $"{home}:{SandboxPaths.Home}:z", .. exchange.SelectMany(file => (IEnumerable<string>)["--volume", $"{file.File}:{file.Inside}:z"]),
        .. Variables(variables), .. entrypoint is null ? Array.Empty<string>() : ["--entrypoint", entrypoint], image, .. arguments,
    ];

    /// <summary>Removes containers with their unnamed volumes, whatever they do and whoever needs them.</summary>
    public static IEnumerable<string> Remove(IEnumerable<string> names) => ["rm", "--force", "--ignore", "--depend", "--volumes", "--time", "0", .. names];

    // Podman takes a value from its own environment when only the name is given.
    private static IEnumerable<string> Variables(IEnumerable<KeyValuePair<string, string>> variables)
        => variables.SelectMany(pair => (IEnumerable<string>)["--env", PodmanProgram.IsOwn(pair.Key) ? $"{pair.Key}={pair.Value}" : pair.Key]);

    private IEnumerable<string> Run(string name, bool detached) =>
    [
        // Of our own environment nothing goes in, proxies with their passwords neither; images were looked for before.
        "run", .. detached ? ["--detach"] : Array.Empty<string>(), "--name", name, "--label", $"{LabelName}={Label}", "--pull", "never", "--no-healthcheck", "--http-proxy=false",
        "--systemd", "false", "--security-opt", "no-new-privileges",
    ];

    private IEnumerable<string> Network(NetworkPolicy policy, string? holder, IEnumerable<string> hosts)
    {
        var users = string.Create(CultureInfo.InvariantCulture, $"0:{PodmanMachine.FirstUser}:{PodmanMachine.Users}");
        IEnumerable<string> mapping = Machine.Rootless ? [] : ["--uidmap", users, "--gidmap", users];
        if (holder is not null) return ["--network", "container:" + holder, .. Machine.Rootless ? Array.Empty<string>() : ["--userns", "container:" + holder]];
        return [.. policy == NetworkPolicy.None ? ["--network", "none"] : Array.Empty<string>(), .. mapping, .. hosts.SelectMany(name => (IEnumerable<string>)["--add-host", name + ":127.0.0.1"])];
    }

    private IEnumerable<string> Limits(long? memory, double? cpus, int processes)
    {
        foreach (var word in PodmanMachine.Limits(processes)) yield return word;
        if (Machine.Has("pids")) yield return string.Create(CultureInfo.InvariantCulture, $"--pids-limit={processes}");
        if (memory is { } bytes && Machine.Has("memory")) yield return string.Create(CultureInfo.InvariantCulture, $"--memory={bytes}b");
        if (cpus is { } cores && Machine.Has("cpu")) yield return string.Create(CultureInfo.InvariantCulture, $"--cpus={cores:0.###}");
    }

    private static IEnumerable<string> Settings(ContainerSettings settings) =>
    [
        .. settings.ReadOnly ? ["--read-only"] : Array.Empty<string>(), .. settings.Tmpfs.SelectMany(folder => (IEnumerable<string>)["--tmpfs", folder]),
        .. settings.SharedMemoryBytes is { } bytes ? [string.Create(CultureInfo.InvariantCulture, $"--shm-size={bytes}b")] : Array.Empty<string>(),
    ];

    private IEnumerable<string> Shared() =>
    [
        "--volume", $"{Path.Combine(Folder, "workspace")}:{SandboxPaths.Workspace}:z", "--volume", $"{Path.Combine(Folder, "home")}:{SandboxPaths.Home}:z",
    ];
}
