using System.Globalization;
using System.Text;
using Fairway.Adapters.Processes.Sandboxes;
using Fairway.Kernel;
using Fairway.Pipelines;
using Fairway.Ports;
using NodaTime;

namespace Fairway.Adapters.Processes.Containers;

/// <summary>What sessions share.</summary>
internal sealed record PodmanParts(PodmanProgram Program, PodmanArguments Arguments, ProcessSandbox Processes, TimeProvider Time);

/// <summary>An open sandbox of containers.</summary>
internal sealed class PodmanSession : ISandboxSession
{
    /// <summary>Outside of it: waits until this process closes the lease, or is killed, and removes the containers then.</summary>
    private const string Keeper = """
        trap : HUP INT QUIT TERM
        exec 5<"$1"
        shift
        read -r _ <&5
        exec "$@"
        """;

    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan Removal = TimeSpan.FromMinutes(2);
    private readonly PodmanParts _parts;
    private readonly SandboxRequest _request;
    private readonly SandboxChannel _channel;
    private readonly CommandLoop _loop;
    private readonly int _keeper;
    private ISandboxSession? _processes;
    private ContainerProcess? _job;
    private string? _holder;
    private WatchedSandbox? _watched;
    private ImmutableArray<string> _measure = [];
    private bool _closed;
    private bool _removed;

    private PodmanSession(PodmanParts parts, SandboxRequest request, SandboxChannel channel, int keeper)
    {
        (_parts, _request, _channel, _keeper, _loop) = (parts, request, channel, keeper, new(channel, parts.Time));
        var limits = new[] { request.Policy.MemoryBytes is null ? null : "memory", request.Policy.Cpus is null ? null : "cpu" }
            .OfType<string>().Where(limit => !parts.Arguments.Machine.Has(limit)).ToArray();
        Notice = limits.Length == 0 ? null : $"the job's limits are not enforced ({string.Join(", ", limits)}): Podman can set none for this user on this machine";
    }

    /// <inheritdoc/>
    public string Workspace => _processes?.Workspace ?? Path.Combine(_parts.Arguments.Folder, "workspace");

    /// <inheritdoc/>
    public string Home => _processes?.Home ?? Path.Combine(_parts.Arguments.Folder, "home");

    /// <inheritdoc/>
    public string SearchPath { get; private set; } = "";

    /// <inheritdoc/>
    public string? Notice { get; private set; }

    private PodmanProgram Podman => _parts.Program;

    private PodmanArguments Arguments => _parts.Arguments;

    // Those that others need come last.
    private static IEnumerable<string> NamesOf(PodmanArguments arguments, SandboxRequest request)
        => [arguments.Step, .. request.Services.Where(service => service.Image is not null).Select(service => arguments.Service(service.Name)).Reverse(), arguments.Job];

    /// <summary>Opens the pipes, and sees to it that nothing of it outlives this process.</summary>
    /// <exception cref="IOException">There are no pipes, or no process can be started.</exception>
    public static PodmanSession Begin(PodmanParts parts, SandboxRequest request)
    {
        var folder = parts.Arguments.Folder;
        var channel = SandboxChannel.Open(folder);
        var spawn = new SpawnRequest(
            "/bin/sh",
            ["sh", "-c", Keeper, "fairway", Path.Combine(folder, "lease"), PodmanProgram.Find() ?? "podman", .. parts.Program.Leading, .. PodmanArguments.Remove(NamesOf(parts.Arguments, request))],
            PodmanProgram.Variables([]), "/", "/dev/null", "/dev/null");
        var (keeper, error) = ProcessSpawner.Spawn(spawn);
        if (error == 0) return new(parts, request, channel, keeper);
        channel.Dispose();
        throw new IOException(ProcessSpawner.FaultOf(error, spawn).Message);
    }

    /// <summary>Makes the containers and waits until all of them are ready; says why they are not.</summary>
    public async Task<Fault?> OpenAsync(CancellationToken cancellation)
    {
        if (_request.Policy.Image is not null && await OpenJobAsync(cancellation) is { } jobless) return jobless;
        var watch = new ServiceWatch(Podman, Arguments, _parts.Time);
        var started = new List<(JobService Service, ContainerProcess Process, PodmanImage Image)>();
        foreach (var service in _request.Services.Where(service => service.Image is not null))
        {
            var (process, image, unstarted) = await StartServiceAsync(service, cancellation);
            if (process is null) return unstarted;
            if (!process.IsRunning) return watch.Ended(service, process);
            started.Add((service, process, image!));
        }
        if (_request.Policy.Image is null && await OpenProcessesAsync(started.Count > 0 ? started[0].Process : null, cancellation) is { } closed) return closed;
        foreach (var (service, process, image) in started)
            if (await watch.UntilReadyAsync(service, process, image, cancellation) is { } unready) return unready;
        foreach (var service in _request.Services.Where(service => service.Image is null && _processes is null))
            if (await CommandLoop.StartAsync(service, RunAsync, cancellation) is { } unready) return unready;
        return null;
    }

    /// <inheritdoc/>
    public async Task<SandboxExit> RunAsync(SandboxCommand command, Action<ReadOnlySpan<byte>> output, CancellationToken cancellation)
    {
        if (_processes is not null) return await _processes.RunAsync(command, output, cancellation);
        if (_closed) return Gone(false);
        return await _loop.RunAsync(IsOver, command, output, cancellation) ?? Gone(_watched?.Why is null && await WasOutOfMemoryAsync());
    }

    /// <inheritdoc/>
    public async Task<SandboxExit> RunContainerAsync(SandboxContainer container, Action<ReadOnlySpan<byte>> output, CancellationToken cancellation)
    {
        if (_closed) return Gone(false);
        if (CommandLoop.Problem("", container.Environment) is { } problem) return CommandLoop.Refused(problem);
        var step = new ContainerStep(Podman, Arguments, _channel, _parts.Time);
        return await step.RunAsync(container, _request.Policy, _holder, Workspace, Home, output, cancellation);
    }

    /// <inheritdoc/>
    public async Task StopAsync(Duration grace)
    {
        if (_processes is not null) await _processes.StopAsync(grace);
        else if (grace > Duration.Zero && _job is { IsRunning: true } job)
        {
            await Podman.RunAsync(["exec", Arguments.Job, "sh", "-c", "kill -TERM -1"], null, null, CancellationToken.None);
            var began = _parts.Time.GetTimestamp();
            while (_parts.Time.GetElapsedTime(began) < grace.ToTimeSpan() && job.IsAtWork()) await Task.Delay(Look, _parts.Time);
        }
        _closed = true;
        await RemoveAsync();
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        _closed = true;
        _watched?.Dispose();
        if (_processes is not null) await _processes.DisposeAsync();
        var removed = await RemoveAsync();
        // When that failed, the keeper tries once more as soon as the lease is closed, and the next sweep after it.
        if (removed) Posix.Kill(-_keeper, Posix.SigKill);
        _channel.Dispose();
        var began = _parts.Time.GetTimestamp();
        while (ChildProcess.TryFetch(_keeper) is null && _parts.Time.GetElapsedTime(began) < Removal) await Task.Delay(TimeSpan.FromMilliseconds(2), _parts.Time);
        if (removed) await DeleteAsync(Podman, Arguments.Machine, Arguments.Folder);
    }

    /// <summary>Removes a sandbox's folder; files of a container's other users go by Podman's hand.</summary>
    public static async Task DeleteAsync(PodmanProgram podman, PodmanMachine machine, string folder)
    {
        SandboxFiles.Delete(folder);
        if (machine.Rootless && Directory.Exists(folder)) await podman.RunAsync(["unshare", "rm", "-rf", "--", folder], null, null, CancellationToken.None);
    }

    private async Task<Fault?> OpenJobAsync(CancellationToken cancellation)
    {
        if (await _request.Fill(Workspace, cancellation) is { } unfilled) return unfilled;
        var (image, absent) = await ImageAsync(_request.Policy.Image!, cancellation);
        if (image is null) return absent;
        SearchPath = image.SearchPath;
        var variables = new SortedDictionary<string, string>(StringComparer.Ordinal) { ["HOME"] = SandboxPaths.Home };
        foreach (var (name, file) in ProcessSandbox.ExchangeNames) variables[name] = $"{SandboxPaths.Exchange}/{file}";
        foreach (var (name, value) in _request.Environment) variables[name] = value;
        var (job, fault) = await StartAsync(Arguments.Job, Arguments.RunJob(image.Id, _request.Policy, Hosts, variables), variables, cancellation);
        if (job is null)
            return fault! with { Message = $"the job's container ({_request.Policy.Image}) was not started: {fault.Message}; an image that jobs run in needs sh, and the usual small programs" };
        (_job, _holder) = (job, Arguments.Job);
        _watched = _parts.Processes.Watch.Add(_request.Policy.DiskBytes, MeasureAsync, () => Podman.RunAsync(["kill", "--signal", "KILL", Arguments.Job], null, null, CancellationToken.None));
        var said = new StringBuilder();
        return await _loop.BeginAsync(null, [], IsOver, said, cancellation) ? null : new(FaultKind.Failed, Blame.Release, false,
            $"the job's container ({_request.Policy.Image}) takes no commands: {(said.Length == 0 ? "it ended" : said.ToString().Trim().ReplaceLineEndings("; "))}");
    }

    // Names of services mean this machine's own address: they are in one network with the job.
    private IEnumerable<string> Hosts => _request.Services.Select(service => service.Name);

    private async Task<(ContainerProcess? Process, PodmanImage? Image, Fault? Fault)> StartServiceAsync(JobService service, CancellationToken cancellation)
    {
        if (CommandLoop.Problem("", service.Env) is { } problem) return (null, null, new(FaultKind.Invalid, Blame.Configuration, false, $"service {service.Name}: {problem}"));
        var (image, absent) = await ImageAsync(service.Image!, cancellation);
        if (image is null) return (null, null, absent);
        var (process, fault) = await StartAsync(Arguments.Service(service.Name), Arguments.RunService(service, image.Id, _request.Policy, _holder, Hosts), service.Env, cancellation);
        if (process is null) return (null, null, fault! with { Message = $"service {service.Name} ({service.Image}) was not started: {fault.Message}" });
        _holder ??= Arguments.Service(service.Name);
        return (process, image, null);
    }

    private async Task<Fault?> OpenProcessesAsync(ContainerProcess? holder, CancellationToken cancellation)
    {
        var machine = Arguments.Machine;
        var user = machine.Rootless ? (uint?)null : PodmanMachine.FirstUser;
        JoinedContainers? joined = null;
        if (holder is not null)
        {
            IEnumerable<string> prefix = machine.Rootless ? [PodmanProgram.Find() ?? "podman", .. Podman.Leading, "unshare"] : [];
            ImmutableArray<string> enter = [.. prefix, "nsenter", string.Create(CultureInfo.InvariantCulture, $"--net=/proc/{holder.Pid}/ns/net"), "--"];
            joined = new(enter, user, [(holder.HostsFile, "/etc/hosts"), (holder.NamesFile, "/etc/resolv.conf")]);
        }
        else if (user is not null) joined = new([], user, []) { OwnNetwork = true };
        var (session, fault) = await _parts.Processes.OpenAsync(_request with { Services = [.. _request.Services.Where(service => service.Image is null)] }, joined, cancellation);
        _processes = session;
        SearchPath = session?.SearchPath ?? "";
        Notice = session?.Notice ?? Notice;
        return fault;
    }

    private async Task<(PodmanImage? Image, Fault? Fault)> ImageAsync(string reference, CancellationToken cancellation)
    {
        if (_request.Images.FirstOrDefault(image => image.Reference == reference) is not { } pinned)
            return (null, new(FaultKind.Invalid, Blame.Fairway, false, $"nobody looked for image {reference}"));
        return await PodmanSandbox.InspectAsync(Podman, pinned.Id, cancellation) is { } image ? (image, null)
            : (null, new(FaultKind.NotFound, Blame.Platform, true, $"image {reference} ({pinned.Digest}) is not on this machine any more"));
    }

    private async Task<(ContainerProcess? Process, Fault? Fault)> StartAsync(
        string name, IEnumerable<string> arguments, IEnumerable<KeyValuePair<string, string>> variables, CancellationToken cancellation)
    {
        var (answer, fault) = await Podman.RunAsync(arguments, variables, null, cancellation);
        if (answer is null) return (null, fault);
        if (answer.Code != 0) return (null, new(FaultKind.Failed, answer.Code is 126 or 127 ? Blame.Release : Blame.Platform, false, answer.Complaint));
        return await ContainerProcess.FindAsync(Podman, name, cancellation);
    }

    private bool IsOver() => _closed || _job is not { IsRunning: true };

    // Besides the folders that are given to it, what a container wrote over its image's files.
    private async Task<ImmutableArray<string>> MeasureAsync()
    {
        if (!_measure.IsEmpty) return _measure;
        var layer = await Podman.RunAsync(["inspect", "--type", "container", "--format", "{{.GraphDriver.Data.UpperDir}}", Arguments.Job], null, null, CancellationToken.None);
        var own = layer.Answer is { Code: 0 } answer && answer.Output.Trim() is ['/', ..] path ? [path] : Array.Empty<string>();
        IEnumerable<string> enter = Arguments.Machine.Rootless ? [PodmanProgram.Find() ?? "podman", .. Podman.Leading, "unshare"] : [];
        return _measure = [.. enter, .. SandboxWatch.Measure([Workspace, Home, .. own])];
    }

    private async Task<bool> WasOutOfMemoryAsync()
        => (await Podman.RunAsync(["inspect", "--type", "container", "--format", "{{.State.OOMKilled}}", Arguments.Job], null, null, CancellationToken.None)).Answer is { Code: 0 } answer
            && answer.Output.Trim() == "true";

    private SandboxExit Gone(bool memory) => new(null, false, _watched?.Why is { } why ? why : memory
        ? new(FaultKind.Exhausted, Blame.Release, false, "the job used more memory than its container may, and was ended; raise the job's memory")
        : new(FaultKind.Failed, Blame.Platform, true, "the job's container ended by itself"));

    private async Task<bool> RemoveAsync()
    {
        if (_removed) return true;
        var (answer, _) = await Podman.RunAsync(PodmanArguments.Remove(NamesOf(Arguments, _request)), null, Removal, CancellationToken.None);
        return _removed = answer is { Code: 0 };
    }
}
