using System.Globalization;
using Fairway.Catalog;
using Fairway.Kernel;
using Fairway.Workloads;

namespace Fairway.Adapters.Processes;

/// <summary>Everything that is decided and made before a process is started.</summary>
/// <param name="Run">What is stored before the start.</param>
/// <param name="Spawn">What is started.</param>
/// <param name="Target">What checks need.</param>
internal sealed record PreparedRun(RunRecord Run, SpawnRequest Spawn, ProbeTarget Target);

/// <summary>Makes an instance ready to be started: folder, variables, secrets, port, control group, program.</summary>
internal sealed class InstanceLauncher(ProcessRuntimeOptions options, SlotStore store, Cgroups cgroups, string space)
{
    /// <summary>Prepares a run, or says why there can be none.</summary>
    /// <param name="instance">Whose; its attempt's number is that of the run.</param>
    /// <param name="taken">Ports of other instances.</param>
    public (PreparedRun? Prepared, Fault? Fault) Prepare(Instance instance, IReadOnlySet<int> taken)
    {
        var (state, workload) = (instance.State, instance.Release.Workload);
        var (folder, noFolder) = WorkingDirectory(instance.Release);
        if (folder is null) return (null, noFolder);
        var (secrets, missing) = SecretSource.Resolve(workload.Secrets);
        if (secrets is null) return (null, missing);
        var (port, noPort) = PortAllocator.Choose(
            options.Ports, taken, instance.Run?.Port, avoid: state.Launches > 0 && !state.WasReady, space, state.Id, state.Attempt);
        if (noPort is not null) return (null, noPort);
        var (variables, bad) = InstanceVariables.Build(workload, secrets, Basics(), Given(instance, port));
        if (variables is null) return (null, bad);
        if (workload.Command.IsDefaultOrEmpty)
            return (null, new(FaultKind.Invalid, Blame.Configuration, false, "the service has no command; name the program to run"));
        var (arguments, withheld) = InstanceVariables.Expand(workload.Command, variables, workload.Secrets.Keys);
        var (program, unusable) = CommandLookup.Find(arguments[0], folder, variables.GetValueOrDefault("PATH", ""));
        if (program is null) return (null, unusable);

        var run = store.RunFolder(instance.Service, state.Id, state.Attempt);
        try
        {
            run.Delete();
            run.Create();
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            return (null, FileFault.Of(run.Path, failure) with { Retryable = true });
        }

        var (group, notice) = cgroups.Create(
            $"{space}.{Path.GetFileName(store.InstanceFolder(instance.Service, state.Id))}.{state.Attempt}", workload.MemoryBytes,
            workload.Cpus);
        if (!withheld.IsEmpty)
            notice = $"{(notice is null ? "" : notice + "; ")}the command names the secret {string.Join(", ", withheld)}, "
                + "which is not put into it: everybody could read it in the process list. Read it from the environment";
        var spawn = run.Wrap([program, .. arguments.Skip(1)], variables, folder, group?.Joins() ?? []);
        return (new(new(state.Attempt, port, null, group, notice), spawn, Target(variables, port, folder, workload)), null);
    }

    /// <summary>What checks need of a process that was started by an earlier control plane, from the environment it has.</summary>
    public ProbeTarget? TargetOf(Instance instance)
    {
        if (instance.Run is not { Process: { } process } run) return null;
        var (folder, _) = WorkingDirectory(instance.Release);
        var variables = ProcessTable.Environment(process.Pid) ?? new Dictionary<string, string>(StringComparer.Ordinal);
        return Target(variables, run.Port, folder ?? "/", instance.Release.Workload);
    }

    /// <summary>PATH, HOME, LANG and TZ as they are here; the rest of this process's environment is not for others.</summary>
    public static IEnumerable<KeyValuePair<string, string>> MachineBasics()
    {
        yield return new(
            "PATH", Environment.GetEnvironmentVariable("PATH") is { Length: > 0 } path ? path : "/usr/local/bin:/usr/bin:/bin");
        yield return new("HOME", Environment.GetEnvironmentVariable("HOME") is { Length: > 0 } home ? home : "/");
        yield return new("LANG", Environment.GetEnvironmentVariable("LANG") is { Length: > 0 } language ? language : "C.UTF-8");
        if (Environment.GetEnvironmentVariable("TZ") is { Length: > 0 } zone) yield return new("TZ", zone);
    }

    private IEnumerable<KeyValuePair<string, string>> Basics() => MachineBasics().Append(new("HOST", options.Host));

    private IEnumerable<KeyValuePair<string, string>> Given(Instance instance, int port) =>
    [
        new("PORT", port.ToString(CultureInfo.InvariantCulture)),
        new("FAIRWAY_SERVICE", instance.Service.Service),
        new("FAIRWAY_ENVIRONMENT", instance.Service.Environment),
        new("FAIRWAY_VERSION", instance.Release.Version),
        new("FAIRWAY_RELEASE", instance.Release.Digest),
        new("FAIRWAY_INSTANCE", instance.State.Id),
        new(RunFolder.Marker, instance.Marker(space)),
    ];

    private ProbeTarget Target(IReadOnlyDictionary<string, string> variables, int port, string folder, WorkloadSpec workload)
        => new(options.Host, port, variables, folder, workload.Secrets.Keys);

    private (string? Folder, Fault? Fault) WorkingDirectory(Release release)
    {
        var root = Path.GetFullPath(options.ArtifactFolder(release.Artifact));
        if (!Directory.Exists(root))
            return (null, new(
                FaultKind.NotFound, Blame.Platform, false,
                $"the files of release {release.Version} ({release.Artifact}) are not on this machine; deploy the release again"));
        var folder = Path.GetFullPath(Path.Combine(root, release.Workload.WorkingDirectory));
        if (folder != root && !folder.StartsWith(root + '/', StringComparison.Ordinal))
            return (null, new(
                FaultKind.Invalid, Blame.Configuration, false,
                $"working directory '{release.Workload.WorkingDirectory}' is outside the artifact; give a folder inside it"));
        return Directory.Exists(folder)
            ? (folder, null)
            : (null, new(
                FaultKind.NotFound, Blame.Release, false,
                $"working directory '{release.Workload.WorkingDirectory}' is not in the artifact; check the name and what is packed"));
    }
}
