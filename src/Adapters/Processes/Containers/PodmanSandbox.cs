using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Fairway.Adapters.Processes.Sandboxes;
using Fairway.Kernel;
using Fairway.Pipelines;
using Fairway.Ports;

namespace Fairway.Adapters.Processes.Containers;

/// <summary>
/// Sandboxes of Podman's containers: the job's own, and one for each service, in one network. A job without an image runs as in a <see cref="ProcessSandbox"/>
/// that has this network. Containers carry a label that says whose they are, and are removed with everything of theirs when the sandbox is closed, when this
/// process is killed, and at the latest when the next one sweeps. Podman 4.3 or later, as root or any other user.
/// </summary>
public sealed class PodmanSandbox : ISandbox
{
    private static readonly TimeSpan LongestPull = TimeSpan.FromMinutes(30);
    private readonly string _folder;
    private readonly string _space;
    private readonly ProcessSandbox _processes;
    private readonly TimeProvider _time;
    private readonly Lock _lock = new();
    private Task<((PodmanMachine Machine, PodmanProgram Program)? Known, Fault? Fault)>? _asked;

    private PodmanSandbox(string folder, ProcessSandbox processes, TimeProvider time)
    {
        (_folder, _processes, _time) = (folder, processes, time);
        _space = "c" + Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(folder)))[..8];
    }

    /// <inheritdoc/>
    public SandboxKind Kind => SandboxKind.Podman;

    /// <summary>Opens the folder where sandboxes have their files. Whether Podman is there is asked when something needs it.</summary>
    /// <param name="state">A folder of this user; root's sandboxes are under <c>/var/tmp/fairway-sandboxes</c> instead.</param>
    /// <param name="processes">What jobs without an image run in.</param>
    /// <param name="time">The clock.</param>
    public static (PodmanSandbox? Sandbox, Fault? Fault) Open(string state, ProcessSandbox processes, TimeProvider time)
    {
        var (folder, fault) = SandboxFolders.Open(state);
        return folder is null ? (null, fault) : (new(folder, processes, time), null);
    }

    /// <inheritdoc/>
    public async Task<Fault?> CheckAsync(CancellationToken cancellation) => (await MachineAsync(cancellation)).Fault;

    /// <inheritdoc/>
    public async Task<(ImmutableArray<PinnedImage> Images, Fault? Fault)> PinAsync(ImmutableArray<WantedImage> images, CancellationToken cancellation)
    {
        if (images.IsEmpty) return ([], null);
        var (found, fault) = await MachineAsync(cancellation);
        if (found is not { } machine) return ([], fault! with { Message = $"image {images[0].Reference} is wanted, and {fault.Message}" });
        var pinned = ImmutableArray.CreateBuilder<PinnedImage>(images.Length);
        foreach (var wanted in images)
        {
            if (ImageReference.Problem(wanted.Reference) is { } problem) return ([], new(FaultKind.Invalid, Blame.Configuration, false, $"'{wanted.Reference}' {problem}"));
            var (image, missing) = await PinAsync(machine.Program, wanted, cancellation);
            if (image is null) return ([], missing);
            pinned.Add(new(wanted.Reference, image.Digest, image.Id));
        }
        return (pinned.ToImmutable(), null);
    }

    /// <inheritdoc/>
    public async Task<(ISandboxSession? Session, Fault? Fault)> OpenAsync(SandboxRequest request, CancellationToken cancellation)
    {
        if ((SandboxFolders.Problem(request.Id) ?? _processes.Watch.Refusal()) is { } problem) return (null, problem);
        var (found, absent) = await MachineAsync(cancellation);
        if (found is not { } machine) return (null, absent);
        var folder = Path.Combine(_folder, request.Id);
        var label = $"{_space}.{request.Id}";
        PodmanSession session;
        try
        {
            MakeFolders(folder, machine.Machine);
            var arguments = new PodmanArguments(machine.Machine, label, $"fairway-{label}", folder);
            session = PodmanSession.Begin(new(machine.Program, arguments, _processes, _time), request);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            SandboxFiles.Delete(folder);
            return (null, FileFault.Of(folder, failure));
        }
        try
        {
            if (await session.OpenAsync(cancellation) is not { } fault) return (session, null);
            await session.DisposeAsync();
            return (null, fault);
        }
        catch (Exception)
        {
            await session.DisposeAsync();
            throw;
        }
    }

    /// <inheritdoc/>
    public async Task SweepAsync(CancellationToken cancellation)
    {
        foreach (var folder in SandboxFolders.List(_folder))
        {
            if (SandboxFolders.IsTaken(folder, _time)) continue;
            // Without Podman there are no containers either.
            if ((await MachineAsync(cancellation)).Known is { } machine)
            {
                if (!await RemoveAllAsync(machine.Program, $"{PodmanArguments.LabelName}={_space}.{Path.GetFileName(folder)}", cancellation)) continue;
                await PodmanSession.DeleteAsync(machine.Program, machine.Machine, folder);
            }
            else SandboxFiles.Delete(folder);
        }
    }

    // What is removed with another, or by Podman itself meanwhile, makes removing fail: so it counts what is left.
    private static async Task<bool> RemoveAllAsync(PodmanProgram program, string label, CancellationToken cancellation)
    {
        for (var turn = 0; turn < 3; turn++)
        {
            if ((await program.RunAsync(["ps", "--all", "--quiet", "--no-trunc", "--filter", "label=" + label], null, null, cancellation)).Answer is not { Code: 0 } listed) return false;
            var left = listed.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
            if (left.Length == 0) return true;
            if ((await program.RunAsync(PodmanArguments.Remove(left), null, null, cancellation)).Answer is { Code: 0 }) return true;
        }
        return false;
    }

    // Asked once; again when it did not work, for somebody may have mended it.
    private Task<((PodmanMachine Machine, PodmanProgram Program)? Known, Fault? Fault)> MachineAsync(CancellationToken cancellation)
    {
        lock (_lock)
        {
            if (_asked is null or { IsFaulted: true } or { IsCompletedSuccessfully: true, Result.Known: null }) _asked = AskAsync();
            return _asked.WaitAsync(cancellation);
        }
    }

    private async Task<((PodmanMachine Machine, PodmanProgram Program)? Known, Fault? Fault)> AskAsync()
    {
        if (PodmanProgram.Find() is null)
        {
            return (null, new(FaultKind.NotFound, Blame.Platform, false,
                "Podman is not installed: install it (apt-get install podman, or dnf install podman), or let the job run without images"));
        }
        var (answer, fault) = await new PodmanProgram(_time).RunAsync(["info", "--format", "json"], null, null, CancellationToken.None);
        if (answer is null) return (null, fault);
        if (answer.Code != 0) return (null, new(FaultKind.Failed, Blame.Platform, false, $"Podman does not work here: {answer.Complaint}"));
        try
        {
            var (machine, leading) = PodmanMachine.Read(answer.Output, PodmanProgram.Has("runc"));
            return ((machine, new(_time) { Leading = leading }), null);
        }
        catch (JsonException other)
        {
            return (null, new(FaultKind.Failed, Blame.Platform, false, $"Podman cannot be understood here: {other.Message}"));
        }
    }

    // A short name is one of Docker Hub, or, when nothing of that name is here, one that was built here.
    private static async Task<(PodmanImage? Image, Fault? Fault)> PinAsync(PodmanProgram program, WantedImage wanted, CancellationToken cancellation)
    {
        var whole = ImageReference.Qualify(wanted.Reference);
        var isFixed = wanted.Reference.Contains('@', StringComparison.Ordinal);
        if (wanted.Pull != PullPolicy.Always || isFixed)
        {
            if (await InspectAsync(program, whole, cancellation) is { } there) return (there, null);
            if (whole != wanted.Reference && await InspectAsync(program, "localhost/" + wanted.Reference, cancellation) is { } built) return (built, null);
            if (wanted.Pull == PullPolicy.Never)
                return (null, new(FaultKind.NotFound, Blame.Platform, false, $"image {wanted.Reference} is not on this machine, and it says pull: never"));
        }
        var (answer, fault) = await program.RunAsync(["pull", "--quiet", whole], null, LongestPull, cancellation);
        if (answer is null) return (null, fault);
        if (answer.Code != 0) return (null, new(FaultKind.Unavailable, Blame.Platform, true, $"image {wanted.Reference} cannot be had: {answer.Complaint}"));
        return await InspectAsync(program, whole, cancellation) is { } pulled ? (pulled, null)
            : (null, new(FaultKind.Failed, Blame.Platform, true, $"image {wanted.Reference} was fetched and is not there"));
    }

    /// <summary>What Podman says of an image; null when it is not on this machine.</summary>
    internal static async Task<PodmanImage?> InspectAsync(PodmanProgram program, string name, CancellationToken cancellation)
        => (await program.RunAsync(["image", "inspect", name], null, null, cancellation)).Answer is { Code: 0 } answer ? PodmanImage.Read(answer.Output) : null;

    private static void MakeFolders(string folder, PodmanMachine machine)
    {
        const UnixFileMode Mine = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;
        const UnixFileMode Through = Mine | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute;
        SandboxFiles.Delete(folder);
        SandboxFolders.Make(folder);
        if (!machine.Rootless) File.SetUnixFileMode(folder, Through);
        SandboxFolders.Claim(folder);
        foreach (var name in (string[])["workspace", "home"]) Give(Directory.CreateDirectory(Path.Combine(folder, name), Mine).FullName, machine);
        foreach (var name in (string[])["control", "status", "output", "lease"])
        {
            var path = Path.Combine(folder, name);
            if (Posix.MakeFifo(path, 0b110_000_000) != 0) throw new IOException($"no pipe could be made in {folder}");
            if (name != "lease") Give(path, machine);
        }
    }

    /// <summary>Makes something a container's.</summary>
    /// <exception cref="IOException">It cannot be given away.</exception>
    internal static void Give(string path, PodmanMachine machine)
    {
        if (!machine.Rootless && Posix.ChangeOwner(path, PodmanMachine.FirstUser, PodmanMachine.FirstUser) != 0)
            throw new IOException($"{path} could not be given to user {PodmanMachine.FirstUser.ToString(CultureInfo.InvariantCulture)}");
    }
}
