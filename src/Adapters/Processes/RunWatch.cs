using Fairway.Workloads;
using NodaTime;

namespace Fairway.Adapters.Processes;

/// <summary>Looks at the processes of a run: whether they live, how they ended; signals them.</summary>
internal sealed class RunWatch(SlotStore store, LogCollector collector, string space)
{
    private static readonly Duration VerifyEvery = Duration.FromSeconds(1);

    /// <summary>Whether the run is over: wrapper, group and control group are gone. Leftovers of one that was not asked to stop are killed.</summary>
    public static bool IsOver(Instance instance, Instant now)
    {
        if (instance.Run?.Process is not { } process) return true;
        instance.Wrapper ??= EndOf(instance, process.Pid, now);
        if (instance.Wrapper is null) return false;
        if (!HasLeftovers(instance, process.Pid)) return true;
        // While it stops in an orderly way, workers may finish what they have in hand until KILL is due.
        if (instance.State.Phase != InstancePhase.Stopping || instance.Killed) Kill(instance);
        return false;
    }

    /// <summary>TERM to the group.</summary>
    public static void Terminate(Instance instance)
    {
        if (!instance.Finishing && instance.Run?.Process is { } process && IsStill(instance)) Posix.Kill(-process.Pid, Posix.SigTerm);
    }

    /// <summary>KILL to the group and to whatever left it but is still in the control group.</summary>
    public static void Kill(Instance instance)
    {
        if (instance.Finishing) return;
        instance.Killed = true;
        if (instance.Run is not { Process: { } process } run) return;
        if (IsStill(instance)) Posix.Kill(-process.Pid, Posix.SigKill);
        foreach (var pid in run.Cgroup?.Processes() ?? []) Posix.Kill(pid, Posix.SigKill);
    }

    /// <summary>After a run is over: copies the rest of its output, ends what escaped it, and says how it ended.</summary>
    public async Task<ExitReason> FinishAsync(Instance instance, Instant now)
    {
        var output = await collector.FinishAsync(instance.State.Id);
        await Task.Run(() => KillMarked(instance.Marker(space)));
        var told = store.RunFolder(instance.Service, instance.State.Id, instance.State.Attempt).ReadExit();
        var seen = instance.Wrapper ?? ExitStatus.Unknown;
        // Killed with its group, the wrapper could tell nothing; its own end by the signal is the program's.
        var status = told ?? (seen.Signal is not null ? seen : instance.Killed ? new(null, Posix.SigKill) : ExitStatus.Unknown);
        var starved = status.IsKill && instance.Run?.Cgroup?.OutOfMemoryKills() > 0;
        return new(status.Code, status.SignalName, starved, now, output);
    }

    private static ExitStatus? EndOf(Instance instance, int pid, Instant now)
    {
        if (instance.IsChild) return ChildProcess.TryFetch(pid);
        var exists = Posix.Kill(pid, 0) == 0;
        if (exists && now < instance.VerifyAt) return null;
        instance.VerifyAt = now + VerifyEvery;
        if (exists && ProcessTable.IsAlive(instance.Run!.Process!)) return null;
        instance.GroupIsOurs = !exists;
        return ExitStatus.Unknown;
    }

    // A number names a group as long as it has members, so after the wrapper's end the group is still this one, if it is any.
    private static bool IsStill(Instance instance)
        => instance.GroupIsOurs && (instance.IsChild || instance.Wrapper is not null || ProcessTable.IsAlive(instance.Run!.Process!));

    private static bool HasLeftovers(Instance instance, int group)
        => (instance.GroupIsOurs && ProcessTable.GroupExists(group) && ProcessTable.All().Exists(entry => entry.Group == group))
            || (instance.Run?.Cgroup?.Processes().Any(pid => ProcessTable.Find(pid) is { IsZombie: false }) ?? false);

    private static void KillMarked(string marker)
    {
        foreach (var entry in ProcessTable.All())
            if (ProcessTable.Variable(entry.Pid, RunFolder.Marker) == marker) Posix.Kill(entry.Pid, Posix.SigKill);
    }
}
