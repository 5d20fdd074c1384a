using System.Collections.Concurrent;
using System.Text;
using Fairway.Catalog;
using Fairway.Kernel;
using Fairway.Ports;
using Fairway.Rollouts;
using Fairway.Workloads;
using NodaTime;

namespace Fairway.Adapters.Processes;

/// <summary>
/// Runs hooks as processes of this machine. A hook that runs while this process is killed goes on, and is taken over when it is asked for
/// again.
/// </summary>
public sealed class ProcessHooks : IHooks, IAsyncDisposable
{
    private const int OutputCharacters = 4096;
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(20);
    private readonly ProcessRuntimeOptions _options;
    private readonly RuntimeFolder _folder;
    private readonly TimeProvider _time;
    private readonly ConcurrentDictionary<(ServiceKey Service, long Effect), Lazy<Task<EffectOutcome>>> _running = new();
    private readonly CancellationTokenSource _stop = new();

    private ProcessHooks(ProcessRuntimeOptions options, RuntimeFolder folder, TimeProvider time)
        => (_options, _folder, _time) = (options, folder, time);

    /// <summary>Opens a folder for hooks; refused when it cannot be written or another control plane has it open.</summary>
    /// <param name="options">Its folder must not be the one of the instances.</param>
    /// <param name="time">The clock.</param>
    public static (ProcessHooks? Hooks, Fault? Fault) Open(ProcessRuntimeOptions options, TimeProvider time)
    {
        var (folder, refused) = RuntimeFolder.Open(options.Folder);
        return folder is null ? (null, refused) : (new(options, folder, time), null);
    }

    /// <inheritdoc/>
    public async Task<EffectOutcome> RunAsync(ServiceKey service, RolloutEffect.RunHook effect, CancellationToken cancellation)
    {
        var key = (service, effect.Id);
        var run = _running.GetOrAdd(key, _ => new(() => Task.Run(() => RunOnceAsync(service, effect, _stop.Token))));
        try
        {
            // Whoever stops waiting does not stop the hook.
            return await run.Value.WaitAsync(cancellation);
        }
        finally
        {
            if (run.Value.IsCompleted) _running.TryRemove(key, out _);
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        foreach (var run in _running.Values) await ((Task)run.Value).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _folder.Dispose();
        _stop.Dispose();
    }

    private async Task<EffectOutcome> RunOnceAsync(ServiceKey service, RolloutEffect.RunHook effect, CancellationToken stopped)
    {
        var files = new HookFolder(_folder.Path, service, effect.Id);
        if (files.Outcome() is { } known) return known;
        var marker = $"{_folder.Space}.hook.{service}.{effect.Id}";
        var record = files.Record();
        var process = record is null ? null : record.Process ?? Leader(marker);
        var child = false;
        // In this order: one that ends between the two has told its end by then.
        var alive = process is not null && ProcessTable.IsAlive(process);
        var told = record is not null && files.Run.ReadExit() is not null;
        if (!told && !alive)
        {
            await EndMarkedAsync(marker, stopped);
            var (started, at, fault) = Start(service, effect, files, marker);
            if (started is null) return new(fault);
            (process, record, child) = (started, new(at, started), true);
        }

        var ended = told || await WaitAsync(process!, child, record!.StartedAt + effect.Spec.Timeout - Now(), stopped);
        await EndMarkedAsync(marker, stopped);
        if (child) ChildProcess.TryFetch(process!.Pid);
        var outcome = Outcome(effect, ended ? files.Run.ReadExit() ?? new(null, Posix.SigKill) : null, TailOf(files.Run.Output));
        return files.Save(outcome) is { } unsaved ? new(unsaved) : outcome;
    }

    private static EffectOutcome Outcome(RolloutEffect.RunHook effect, ExitStatus? status, string output)
    {
        var what = $"{effect.Hook.ToString().ToLowerInvariant()} hook '{effect.Spec.Command[0]}'";
        if (status is null)
        {
            var limit = effect.Spec.Timeout.TotalSeconds;
            var message = $"{what} took longer than {limit:0.###} s and was killed; give it more time or make it faster";
            return new(new(FaultKind.Timeout, Blame.Release, false, message), null, output);
        }

        var ended = status.SignalName is { } signal ? $"was killed by {signal}" : $"exited with code {status.Code}";
        return status.Code == 0
            ? new(null, 0, output)
            : new(new(FaultKind.Failed, Blame.Release, false, $"{what} {ended}"), status.Code, output);
    }

    private static ProcessIdentity? Leader(string marker)
        => Strays.Marked(marker)[marker].Where(entry => entry.Pid == entry.Session).MinBy(entry => entry.StartTicks) is { } found
            ? new(found.Pid, found.StartTicks, ProcessTable.BootId)
            : null;

    private Task EndMarkedAsync(string marker, CancellationToken stopped)
        => Strays.EndAsync(Strays.Marked(marker)[marker].Select(entry => entry.Pid), Duration.Zero, _time, stopped);

    // True when it ended by itself, false when its time was over first.
    private async Task<bool> WaitAsync(ProcessIdentity process, bool child, Duration left, CancellationToken stopped)
    {
        var began = _time.GetTimestamp();
        while (child ? ChildProcess.TryFetch(process.Pid) is null : ProcessTable.IsAlive(process))
        {
            if (_time.GetElapsedTime(began) >= left.ToTimeSpan())
            {
                Posix.Kill(-process.Pid, Posix.SigKill);
                return false;
            }

            await Task.Delay(Look, _time, stopped);
        }

        return true;
    }

    private (ProcessIdentity? Process, Instant At, Fault? Fault) Start(
        ServiceKey service, RolloutEffect.RunHook effect, HookFolder files, string marker)
    {
        var now = Now();
        var (spawn, fault) = Prepare(service, effect, files.Run, marker);
        if (spawn is null) return (null, now, fault);
        try
        {
            files.Run.Delete();
            files.Run.Create();
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            return (null, now, FileFault.Of(files.Run.Path, failure));
        }

        if (files.Save(new HookRecord(now, null)) is { } unsaved) return (null, now, unsaved);
        var (pid, error) = ProcessSpawner.Spawn(spawn);
        if (error != 0) return (null, now, ProcessSpawner.FaultOf(error, spawn));
        var process = ProcessTable.Identify(pid)!;
        // If this cannot be stored it is found by its mark, as after a crash.
        _ = files.Save(new HookRecord(now, process));
        return (process, now, null);
    }

    private (SpawnRequest? Spawn, Fault? Fault) Prepare(ServiceKey service, RolloutEffect.RunHook effect, RunFolder run, string marker)
    {
        var release = effect.Release;
        var folder = Path.GetFullPath(_options.ArtifactFolder(release.Artifact));
        if (!Directory.Exists(folder))
            return (null, new(
                FaultKind.NotFound, Blame.Platform, false,
                $"the files of release {release.Version} ({release.Artifact}) are not on this machine; deploy the release again"));
        if (effect.Spec.Command.IsDefaultOrEmpty)
            return (null, new(FaultKind.Invalid, Blame.Configuration, false, "the hook has no command; name the program to run"));
        var (secrets, missing) = SecretSource.Resolve(release.Workload.Secrets);
        if (secrets is null) return (null, missing);
        KeyValuePair<string, string>[] given =
        [
            new("FAIRWAY_SERVICE", service.Service),
            new("FAIRWAY_ENVIRONMENT", service.Environment),
            new("FAIRWAY_VERSION", release.Version),
            new("FAIRWAY_RELEASE", release.Digest),
            new("FAIRWAY_ROLLOUT", effect.RolloutId),
            new("FAIRWAY_HOOK", effect.Hook.ToString().ToLowerInvariant()),
            new(RunFolder.Marker, marker),
        ];
        var (variables, bad) = InstanceVariables.Build(
            release.Workload, secrets, InstanceLauncher.MachineBasics(), effect.Variables.Concat(given));
        if (variables is null) return (null, bad);
        var (arguments, _) = InstanceVariables.Expand(effect.Spec.Command, variables, release.Workload.Secrets.Keys);
        var (program, unusable) = CommandLookup.Find(arguments[0], folder, variables.GetValueOrDefault("PATH", ""));
        return program is null
            ? (null, unusable)
            : (run.Wrap([program, .. arguments.Skip(1)], variables, folder, [], bothToOutput: true), null);
    }

    private Instant Now() => Instant.FromDateTimeOffset(_time.GetUtcNow());

    private static string TailOf(string path)
    {
        if (!File.Exists(path)) return "";
        using var file = File.OpenHandle(path, share: FileShare.ReadWrite | FileShare.Delete);
        // A character is at most four bytes.
        var length = RandomAccess.GetLength(file);
        var bytes = new byte[Math.Min(length, OutputCharacters * 4)];
        var read = RandomAccess.Read(file, bytes, length - bytes.Length);
        var text = Encoding.UTF8.GetString(bytes, 0, read);
        return text.Length <= OutputCharacters ? text : text[^OutputCharacters..];
    }
}
