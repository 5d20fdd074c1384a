using Fairway.Kernel;
using Fairway.Workloads;
using NodaTime;

namespace Fairway.Adapters.Processes;

/// <summary>
/// What a control plane does first: takes over the processes that its predecessor left, records the ends it missed, and ends processes that nobody owns.
/// </summary>
internal sealed class Adoption(
    ProcessRuntimeOptions options, SlotStore store, Cgroups cgroups, InstanceLauncher launcher, Supervisor supervisor, string space, TimeProvider time)
{
    /// <summary>Takes everything over, or says why the stored state cannot be read (and then touches nothing).</summary>
    public async Task<Fault?> RunAsync(Instant now, CancellationToken cancellation)
    {
        var (records, damaged) = store.Load();
        if (damaged is not null) return damaged;
        var marked = Strays.Marked($"{space}.run.");
        var owned = new HashSet<string>(StringComparer.Ordinal);
        foreach (var record in records)
        {
            var slot = supervisor.Add(record);
            foreach (var instance in slot.Instances.ToList())
                if (Adopt(slot, instance, marked, now)) owned.Add(instance.Marker(space));
        }

        var groups = supervisor.Slots.SelectMany(slot => slot.Instances).SelectMany(instance => instance.Run?.Cgroup?.Folders() ?? []).ToHashSet(StringComparer.Ordinal);
        var abandoned = cgroups.Abandoned($"{space}.", groups).ToList();
        var strays = marked.Where(mark => !owned.Contains(mark.Key)).SelectMany(mark => mark.Select(entry => entry.Pid)).Concat(abandoned.SelectMany(group => group.Processes()));
        await Strays.EndAsync(strays, options.StrayGrace, time, cancellation);
        foreach (var group in abandoned) group.Remove();
        SweepRuns();
        return null;
    }

    // True when a process of it lives.
    private bool Adopt(SupervisedSlot slot, Instance instance, ILookup<string, ProcessEntry> marked, Instant now)
    {
        Clamp(instance, now);
        if (instance.State.Running) return TakeOver(instance, instance.Run?.Process is { } process && ProcessTable.IsAlive(process));
        var intended = instance.State is { Phase: InstancePhase.Starting, LaunchAt: null } && instance.Run?.Attempt == instance.State.Attempt;
        if (!intended)
        {
            // Not even prepared, or not running and known to be so.
            if (instance.State is { Phase: InstancePhase.Starting, LaunchAt: null }) supervisor.Observe(slot, instance, new InstanceObservation.LaunchLost(), now, []);
            return false;
        }

        // The predecessor ended between deciding to start it and storing what was started.
        var leader = marked[instance.Marker(space)].Where(entry => entry.Pid == entry.Session).MinBy(entry => entry.StartTicks);
        var ended = store.RunFolder(instance.Service, instance.State.Id, instance.State.Attempt).ReadExit() is not null;
        if (leader is null && !ended)
        {
            supervisor.Observe(slot, instance, new InstanceObservation.LaunchLost(), now, []);
            return false;
        }

        if (leader is not null) instance.Run = instance.Run! with { Process = new(leader.Pid, leader.StartTicks, ProcessTable.BootId) };
        supervisor.Observe(slot, instance, new InstanceObservation.Launched(), now, []);
        return TakeOver(instance, leader is not null);
    }

    private bool TakeOver(Instance instance, bool lives)
    {
        supervisor.Collect(instance);
        if (lives)
        {
            instance.Target = launcher.TargetOf(instance);
            // The predecessor may have stored that it stops and not have said so.
            if (instance.State.Phase == InstancePhase.Stopping) RunWatch.Terminate(instance);
            return true;
        }

        // Its number may be another's by now, so what is left of it is found by its mark only.
        (instance.Wrapper, instance.GroupIsOurs) = (ExitStatus.Unknown, false);
        return false;
    }

    // The clock may have been set back meanwhile.
    private static void Clamp(Instance instance, Instant now) => instance.State = instance.State with
    {
        LaunchAt = instance.State.LaunchAt is { } launch ? Instant.Min(launch, now + RestartBackoff.Longest) : null,
        KillAt = instance.State.KillAt is { } kill ? Instant.Min(kill, now + instance.Release.Workload.StopGrace) : null,
    };

    private void SweepRuns()
    {
        foreach (var service in supervisor.Slots.Select(slot => slot.Wish.Service).Distinct())
        {
            var current = supervisor.Slots.Where(slot => slot.Wish.Service == service).SelectMany(slot => slot.Instances)
                .Select(instance => store.RunFolder(service, instance.State.Id, instance.State.Attempt).Path).ToHashSet(StringComparer.Ordinal);
            var folder = store.InstancesFolder(service);
            if (!Directory.Exists(folder)) continue;
            foreach (var run in Directory.EnumerateDirectories(folder).SelectMany(instance => Directory.EnumerateDirectories(instance, "run-*")).Where(run => !current.Contains(run)).ToList())
                new RunFolder(run).Delete();
        }
    }
}
