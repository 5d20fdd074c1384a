using Fairway.Catalog;
using Fairway.Kernel;
using Fairway.Rollouts;
using Fairway.Workloads;
using NodaTime;

namespace Fairway.Adapters.Processes;

/// <summary>A slot while it is watched.</summary>
internal sealed class SupervisedSlot(SlotRecord record)
{
    /// <summary>What it shall run; its instances are those below.</summary>
    public SlotRecord Wish { get; set; } = record;

    public List<Instance> Instances { get; } = [.. record.Instances.Select(stored => new Instance(record.Service, stored.State, stored.Release, stored.Run))];

    /// <summary>Something changed that is not stored yet.</summary>
    public bool Dirty { get; set; }

    public SlotRecord Record() => Wish with { Instances = [.. Instances.Select(instance => instance.Record())] };
}

/// <summary>What an instance's checks and ends report back to the loop.</summary>
internal sealed record InstanceReport(Instance Instance, int Attempt, InstanceObservation Observation);

/// <summary>
/// Carries out what <see cref="InstanceDecider"/> decides, for all slots, a turn at a time. Not for concurrent use: one loop owns it.
/// </summary>
internal sealed class Supervisor(
    SlotStore store, InstanceLauncher launcher, RunWatch watch, LogCollector collector, HealthProbe probe, Action<InstanceReport> report,
    int keepLogsOf, CancellationToken stopped)
{
    private static readonly Duration StartingInterval = Duration.FromMilliseconds(200);
    private static readonly Duration PidKnownWithin = Duration.FromSeconds(1);
    private static readonly Duration SaveAgain = Duration.FromSeconds(1);
    private readonly Dictionary<(ServiceKey Service, SlotName Slot), SupervisedSlot> _slots = [];
    private readonly List<Cgroup> _emptied = [];
    private readonly List<RunFolder> _finished = [];
    private Instant _saveAgainAt = Instant.MinValue;
    private Fault? _notSaved;

    /// <summary>All slots.</summary>
    public IReadOnlyCollection<SupervisedSlot> Slots => _slots.Values;

    /// <summary>Why the state cannot be stored at present; nothing is started then.</summary>
    public Fault? NotSaved => _notSaved;

    /// <summary>Takes a stored slot over.</summary>
    public SupervisedSlot Add(SlotRecord record) => _slots[(record.Service, record.Slot)] = new(record);

    /// <summary>Accepts a wish once it is stored.</summary>
    public Fault? Accept(ServiceKey service, RolloutEffect.SetInstances effect, Instant now)
    {
        if (effect.Count < 0) return new(FaultKind.Invalid, Blame.Fairway, false, $"{service}: {effect.Count} instances were asked for; the least is 0");
        var slot = _slots.GetValueOrDefault((service, effect.Slot)) ?? new(new(service, effect.Slot, 0, effect.Release, 0, []));
        if (effect.Id == slot.Wish.Effect) return null;
        if (effect.Id < slot.Wish.Effect)
            return new(FaultKind.Fenced, Blame.Fairway, false, $"{service} slot {effect.Slot}: effect {effect.Id} came after {slot.Wish.Effect} was applied");
        var plan = SlotPlan.For(effect.Release.Digest, effect.Count, slot.Instances.Select(instance => instance.State));
        var removed = slot.Instances.Where(instance => plan.Remove.AsSpan().Contains(instance.State.Id))
            .ToDictionary(instance => instance, instance => InstanceDecider.Decide(instance.State, new InstanceObservation.Unwanted(), instance.Release.Workload, now));
        var started = plan.Start.Select(ordinal => new Instance(
            service, InstanceState.New(SlotPlan.InstanceId(service, effect.Slot, ordinal, effect.Id), effect.Slot, ordinal, effect.Release.Digest, now), effect.Release, null)).ToList();

        var wish = new SlotRecord(service, effect.Slot, effect.Id, effect.Release, effect.Count, []);
        var next = slot.Instances.Select(instance => removed.TryGetValue(instance, out var decision) ? instance.Record() with { State = decision.Next } : instance.Record());
        if (store.Save(wish with { Instances = [.. next, .. started.Select(instance => instance.Record())] }) is { } fault) return fault;
        _slots[(service, effect.Slot)] = slot;
        slot.Wish = wish;
        slot.Instances.AddRange(started);
        foreach (var (instance, decision) in removed) Apply(slot, instance, decision, []);
        return null;
    }

    /// <summary>Takes a report in.</summary>
    public void Take(InstanceReport told, Instant now)
    {
        var instance = told.Instance;
        var schedule = told.Observation is InstanceObservation.LiveChecked ? instance.Liveness : instance.Readiness;
        if (told.Attempt != instance.State.Attempt || !_slots.TryGetValue((instance.Service, instance.State.Slot), out var slot)) return;
        if (told.Observation is InstanceObservation.Ended) End(slot, instance);
        else schedule.Answered();
        Observe(slot, instance, told.Observation, now, []);
    }

    /// <summary>Looks at everything once.</summary>
    public void Turn(Instant now)
    {
        var launches = new List<(SupervisedSlot Slot, Instance Instance)>();
        foreach (var slot in _slots.Values)
        {
            foreach (var instance in slot.Instances.ToList())
            {
                Watch(instance, now);
                Observe(slot, instance, new InstanceObservation.Tick(), now, launches);
                Ask(instance, now);
            }
        }

        if (launches.Count > 0) Launch(launches, now);
        Save(now);
        _emptied.RemoveAll(group => group.Remove());
        if (_notSaved is not null) return;
        // Only now: as long as the end is not stored, the next control plane may have to read it from there.
        foreach (var folder in _finished) Discard(folder);
        _finished.Clear();
    }

    /// <summary>Decides and carries out.</summary>
    public void Observe(SupervisedSlot slot, Instance instance, InstanceObservation observation, Instant now, List<(SupervisedSlot, Instance)> launches)
        => Apply(slot, instance, InstanceDecider.Decide(instance.State, observation, instance.Release.Workload, now), launches);

    /// <summary>Stores what changed.</summary>
    public void Save(Instant now)
    {
        if (_notSaved is not null && now < _saveAgainAt) return;
        _notSaved = null;
        foreach (var slot in _slots.Values.Where(slot => slot.Dirty))
        {
            if (store.Save(slot.Record()) is { } fault) (_notSaved, _saveAgainAt) = (fault, now + SaveAgain);
            else slot.Dirty = false;
        }
    }

    private void Apply(SupervisedSlot slot, Instance instance, InstanceDecision decision, List<(SupervisedSlot, Instance)> launches)
    {
        // Tallies change with each answer and begin anew after a restart: not worth a write.
        slot.Dirty |= decision.Next with { Ready = default, Live = default } != instance.State with { Ready = default, Live = default };
        instance.State = decision.Next;
        switch (decision.Action)
        {
            case InstanceAction.None:
                break;
            case InstanceAction.Launch:
                launches.Add((slot, instance));
                break;
            case InstanceAction.Terminate:
                RunWatch.Terminate(instance);
                break;
            case InstanceAction.Kill:
                RunWatch.Kill(instance);
                break;
            case InstanceAction.Forget:
                slot.Instances.Remove(instance);
                slot.Dirty = true;
                collector.Close(instance.State.Id);
                LogRetention.Prune(store.InstancesFolder(instance.Service), ActiveOf(instance.Service), keepLogsOf);
                break;
        }
    }

    private void Watch(Instance instance, Instant now)
    {
        if (!instance.State.Running || instance.Finishing) return;
        if (instance.Program is null && instance.Run is { } run && store.RunFolder(instance.Service, instance.State.Id, run.Attempt) is var folder && folder.ReadPid() is { } pid)
        {
            instance.Program = pid;
            if (folder.IsUncontained) instance.Run = run with { Notice = run.Notice is null ? Cgroups.Uncontained : $"{run.Notice}; {Cgroups.Uncontained}" };
        }

        if (!RunWatch.IsOver(instance, now)) return;
        instance.Finishing = true;
        var attempt = instance.State.Attempt;
        _ = Task.Run(async () => report(new(instance, attempt, new InstanceObservation.Ended(await watch.FinishAsync(instance, now)))), stopped);
    }

    private void End(SupervisedSlot slot, Instance instance)
    {
        if (instance.Run is not { } run) return;
        instance.Run = run with { Process = null, Cgroup = null };
        instance.Reset();
        if (run.Cgroup is not null) _emptied.Add(run.Cgroup);
        slot.Dirty = true;
        _finished.Add(store.RunFolder(instance.Service, instance.State.Id, run.Attempt));
    }

    // What is left is swept at the next start.
    private static void Discard(RunFolder folder)
    {
        try
        {
            folder.Delete();
        }
        catch (Exception busy) when (busy is IOException or UnauthorizedAccessException)
        {
            return;
        }
    }

    private void Ask(Instance instance, Instant now)
    {
        if (!instance.State.Running || instance.Target is not { } target || instance.Wrapper is not null) return;
        if (instance.State.Phase is not (InstancePhase.Starting or InstancePhase.Ready or InstancePhase.Unready)) return;
        // Ready means running as itself: until its wrapper has told the program's pid it may not even be that.
        if (instance.Program is null && now < instance.State.Since + PidKnownWithin) return;
        var workload = instance.Release.Workload;
        // A cheap question may be asked more often while it starts, so that a fast start is seen as one.
        var ready = workload.Ready;
        var interval = instance.State.Phase == InstancePhase.Starting && ready.Kind != HealthCheckKind.Command ? Duration.Min(ready.Interval, StartingInterval) : ready.Interval;
        var attempt = instance.State.Attempt;
        if (instance.Readiness.Begin(now, interval))
            Ask(instance, attempt, ready, target, (good, _) => new InstanceObservation.ReadyChecked(good));
        if (workload.Live is { } live && instance.State.WasReady && instance.Liveness.Begin(now, live.Interval))
            Ask(instance, attempt, live, target, (good, answer) => new InstanceObservation.LiveChecked(good, answer));
    }

    private void Ask(Instance instance, int attempt, HealthCheck check, ProbeTarget target, Func<bool, string, InstanceObservation> observe)
        => _ = Task.Run(async () =>
        {
            var (good, answer) = await probe.AskAsync(check, target, stopped);
            report(new(instance, attempt, observe(good, answer)));
        }, stopped);

    // The intent is stored before a process exists, and the process when it does: whoever comes after a crash in between finds it by its mark.
    private void Launch(List<(SupervisedSlot Slot, Instance Instance)> launches, Instant now)
    {
        var prepared = new List<(SupervisedSlot Slot, Instance Instance, PreparedRun Run)>();
        foreach (var (slot, instance) in launches)
        {
            var (run, fault) = launcher.Prepare(instance, PortsExcept(instance));
            if (run is null)
            {
                Observe(slot, instance, new InstanceObservation.NotLaunched(fault!), now, []);
                continue;
            }

            instance.Run = run.Run;
            prepared.Add((slot, instance, run));
        }

        Save(now);
        var unsaved = _slots.Values.Where(slot => slot.Dirty).ToHashSet();
        foreach (var (slot, instance, run) in prepared)
        {
            if (unsaved.Contains(slot)) Abandon(slot, instance, run, _notSaved! with { Retryable = true }, now);
            else Spawn(slot, instance, run, now);
        }
    }

    private void Spawn(SupervisedSlot slot, Instance instance, PreparedRun run, Instant now)
    {
        var (pid, error) = ProcessSpawner.Spawn(run.Spawn);
        if (error != 0)
        {
            Abandon(slot, instance, run, ProcessSpawner.FaultOf(error, run.Spawn), now);
            return;
        }

        instance.Reset();
        instance.Run = run.Run with { Process = ProcessTable.Identify(pid) };
        (instance.IsChild, instance.Target) = (true, run.Target);
        Observe(slot, instance, new InstanceObservation.Launched(), now, []);
        Collect(instance);
    }

    /// <summary>Collects the output of an instance's present run.</summary>
    public void Collect(Instance instance)
    {
        var (service, id, attempt) = (instance.Service, instance.State.Id, instance.State.Attempt);
        try
        {
            collector.Begin(id, store.InstanceFolder(service, id), attempt, store.RunFolder(service, id, attempt));
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            instance.Run = instance.Run! with { Notice = $"output is not collected: {FileFault.Of(store.InstanceFolder(service, id), failure).Message}" };
        }
    }

    private void Abandon(SupervisedSlot slot, Instance instance, PreparedRun run, Fault fault, Instant now)
    {
        if (run.Run.Cgroup is { } group && !group.Remove()) _emptied.Add(group);
        Discard(store.RunFolder(instance.Service, instance.State.Id, run.Run.Attempt));
        Observe(slot, instance, new InstanceObservation.NotLaunched(fault), now, []);
    }

    private HashSet<string> ActiveOf(ServiceKey service)
        => [.. _slots.Values.Where(slot => slot.Wish.Service == service).SelectMany(slot => slot.Instances)
            .Select(instance => Path.GetFileName(store.InstanceFolder(service, instance.State.Id)))];

    private HashSet<int> PortsExcept(Instance instance)
        => [.. _slots.Values.SelectMany(slot => slot.Instances).Where(other => other != instance).Select(other => other.Run?.Port ?? 0).Where(port => port > 0)];
}
