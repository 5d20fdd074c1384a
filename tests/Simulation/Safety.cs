using Fairway.Adapters.InMemory;
using Fairway.Catalog;
using Fairway.Judgement;
using Fairway.Kernel;
using Fairway.Rollouts;
using Fairway.Traffic;
using Fairway.Workloads;
using NodaTime;
using static Fairway.Simulation.BrokenRuleException;

namespace Fairway.Simulation;

/// <summary>What must hold at every moment of every history. It knows the truth of the world, not only what the control plane saw of it.</summary>
internal sealed class Safety(Surroundings world)
{
    private readonly Dictionary<ServiceKey, Watched> _services = world.Scenario.Services.ToDictionary(service => service.Key, service => new Watched(service));

    /// <summary>Nothing fails in this world but bad releases: then no request of a stable release may be lost at all.</summary>
    private readonly bool _isGentle = world.Scenario.Faults == Faults.None with { LatestBy = world.Scenario.Faults.LatestBy }
        && world.Scenario.Inputs.All(input => input.What is Input.Deploy or Input.Command);

    private int _edgeRestarts;

    /// <summary>What must hold of databases.</summary>
    public Databases Databases { get; } = new(world);

    /// <summary>What must hold of checks.</summary>
    public Verifications Verifications { get; } = new(world);

    public void OnEdgeRestart(bool keepsTable)
    {
        _edgeRestarts++;
        foreach (var watched in _services.Values)
        {
            watched.DrainedAt.Clear();
            if (!keepsTable) watched.InForce = null;
        }
    }

    /// <summary>A table came in force.</summary>
    public void OnRoutes(ServiceKey key, ServiceRoutes routes)
    {
        var watched = _services[key];
        var sum = routes.Arms.Sum(arm => arm.Weight.BasisPoints);
        Check(routes.Arms.IsEmpty || sum == 10_000, "weights", $"sum to {sum} in {EventText.Of(routes)}");
        Check(watched.InForce is null || routes.Generation >= watched.InForce.Generation, "order", $"generation {routes.Generation} applied after {watched.InForce?.Generation}");
        foreach (var arm in routes.Arms)
            foreach (var target in arm.Targets)
            {
                if (target.State == TargetState.Draining) continue;
                Check(!watched.Stopped.Contains(target.Instance), "stopped-routed", $"{target.Instance} was stopped and is in {EventText.Of(routes)}");
                watched.DrainedAt.Remove(target.Instance);
            }
        if (watched.InForce is { } before)
            foreach (var arm in before.Arms)
                foreach (var target in arm.Targets)
                    if (target.State == TargetState.Active && !IsActive(routes, target.Instance)) watched.DrainedAt.TryAdd(target.Instance, world.Time.Elapsed);
        foreach (var arm in routes.Arms)
        {
            if (watched.Weights.TryGetValue(arm.Release, out var known) && known.Weight == arm.Weight) continue;
            watched.Weights[arm.Release] = (arm.Weight, world.Time.Elapsed, watched.Sent);
        }
        watched.InForce = routes;
    }

    /// <summary>The runtime is about to stop an instance because it was asked to.</summary>
    public void OnStopping(ServiceKey key, InstanceView instance, long effect)
    {
        var watched = _services[key];
        Check(effect >= watched.LastApplied[instance.Slot], "order", $"effect {effect} on slot {instance.Slot} applied after {watched.LastApplied[instance.Slot]}");
        watched.LastApplied[instance.Slot] = effect;
        watched.Stopped.Add(instance.Id);
        watched.HasShrunk |= watched.IsStable(instance.Release);
        if (instance.Pid is null) return;
        Check(watched.InForce is not { } routes || !IsActive(routes, instance.Id), "stopped-while-routed", $"{instance.Id} by effect {effect}, routes {(watched.InForce is { } now ? EventText.Of(now) : "")}");
        var held = world.Edge.HeldBy(key, instance.Id);
        if (held == 0) return;
        var limit = watched.Service.Spec.Traffic.DrainTimeout.ToTimeSpan();
        Check(watched.DrainedAt.TryGetValue(instance.Id, out var since) && world.Time.Elapsed - since >= limit, "stopped-while-held",
            $"{instance.Id} holds {held} requests, drained for {world.Time.Elapsed - since} of {limit}");
    }

    public void OnRequests(SimulatedService service, Arm arm, Target target, int requests)
    {
        var watched = _services[service.Key];
        Check(!watched.Stopped.Contains(target.Instance), "request-to-stopped", $"{requests} requests to {target.Instance}");
        if (_isGentle && IsSound(service, arm.Release) && watched.IsStable(arm.Release))
            Check(world.Workloads.Find(service.Key, target.Instance) is { Phase: InstancePhase.Ready }, "lost", $"{requests} requests to {target.Instance}, which is not ready");
    }

    public void OnNoTarget(SimulatedService service, Arm arm)
    {
        var watched = _services[service.Key];
        var mayBeAway = service.Spec.Rollout.MaxUnavailable >= service.Spec.Rollout.Instances;
        // A rolling update has the old instances gone before the last new one proves bad: until they are back there is nobody to answer.
        if (_isGentle && !mayBeAway && !watched.HasShrunk && arm.Weight > Weight.Zero && watched.IsStable(arm.Release) && IsSound(service, arm.Release))
            Check(false, "lost", $"the stable release {arm.Version} has no target in {EventText.Of(watched.InForce!)}");
    }

    public void OnCounted(SimulatedService service, Arm arm, int requests, int bad)
    {
        var watched = _services[service.Key];
        if (arm.Release != watched.Candidate) return;
        if (arm.Weight == Weight.Zero && !watched.IsCounting)
        {
            watched.Previewed.Add((world.Time.Elapsed, requests));
            return;
        }
        watched.Sent += requests;
        watched.Bad.Add((world.Time.Elapsed, bad));
    }

    /// <summary>A decision, whether it gets stored or not.</summary>
    public void OnDecision(SimulatedService service, ServiceState before, RolloutObservation observation, Decision decision)
    {
        var watched = _services[service.Key];
        var state = before;
        var seen = (observation as RolloutObservation.Looked)?.World;
        var (movesInstances, movesWeight) = (false, false);
        foreach (var happened in decision.Events)
        {
            Judge(state, happened, watched, seen);
            if (happened is RolloutEvent.EffectIssued { Effect: RolloutEffect.SetInstances }) movesInstances = true;
            if (happened is RolloutEvent.EffectIssued { Effect: RolloutEffect.SetRoutes routes })
                movesWeight |= routes.Routes.Arms.Any(arm => arm.Release.Length > 0 && arm.Weight != state.WeightOf(Enum.Parse<SlotName>(arm.Name)));
            state = RolloutEvolver.Apply(state, happened);
        }
        Check(state.Version == decision.Next.Version && state.LastEffect == decision.Next.LastEffect, "fold", $"Next is not the fold of the events");
        Check(!movesInstances || !movesWeight, "one-move", $"weight and instances in one decision");
        Check(decision.Events.IsEmpty || decision.Why.Sentence.Length > 0 && !decision.Why.Sentence.Contains('{'), "reason", $"no whole reason: {decision.Why.Sentence}");
        if (seen is not null && decision.Next.Active is { Phase: RolloutPhase.RollingBack } back) GoesBack(watched, decision.Next, back);
    }

    public void OnCommit(SimulatedService service, Decision decision)
    {
        var watched = _services[service.Key];
        foreach (var happened in decision.Events)
            switch (happened)
            {
                case RolloutEvent.RolloutStarted started:
                    watched.Begin(started, _edgeRestarts);
                    break;
                case RolloutEvent.RollbackStarted:
                    watched.BackSince = world.Time.Elapsed;
                    watched.BackLooks = 0;
                    break;
                case RolloutEvent.Judged { Tick: null }:
                    // Counting begins where the counters were read, which may be a while before this.
                    watched.IsCounting = true;
                    watched.Sent += watched.Previewed.Where(some => some.At >= watched.ReadAt).Sum(some => some.Count);
                    break;
                case RolloutEvent.Judged { Tick: { } tick }:
                    watched.Judged += tick.Candidate.Requests;
                    Check(watched.Judged <= watched.Sent, "counted-once", $"{watched.Judged} requests judged, {watched.Sent} were sent");
                    break;
                case RolloutEvent.RolloutEnded { Phase: RolloutPhase.Completed }:
                    watched.Stable = decision.Next.StableRelease?.Digest;
                    var left = decision.Next[decision.Next.Stable!.Value.Other()];
                    var keep = service.Spec.Rollout.KeepWarm.ToTimeSpan();
                    var isRejected = left.Release is { } release && decision.Next.Rejected.ContainsKey(release.Digest);
                    watched.WarmUntil = left.Instances > 0 && !isRejected ? world.Time.Elapsed + keep : null;
                    break;
            }
    }

    public void OnReload(ServiceState live, ServiceState replayed)
    {
        Check(live.Version == replayed.Version && live.LastEffect == replayed.LastEffect && live.Outbox.Count == replayed.Outbox.Count, "rebuild", $"the ledger gives another state");
        if (world.Scenario.Seed % 16 != 0) return;
        var (one, other) = (FairwayJson.Write(live), FairwayJson.Write(replayed));
        var at = one.AsSpan().CommonPrefixLength(other);
        Check(one == other, "rebuild", $"the ledger's JSON gives another state: {one[Math.Max(0, at - 80)..Math.Min(one.Length, at + 40)]} is read back as {other[Math.Max(0, at - 80)..Math.Min(other.Length, at + 40)]}");
    }

    /// <summary>An hour after the end.</summary>
    public void AtRest(SimulatedService service, ServiceState state)
    {
        var key = service.Key;
        var routes = world.Edge.RoutesOf(key);
        var instances = world.Workloads.Observe(key);
        if (state.Stable is not { } stable)
        {
            Check(instances.IsEmpty, "rest", $"{instances.Length} instances run and no release is stable");
            Check(routes is null || routes.Arms.IsEmpty, "rest", $"arms without a stable release");
            return;
        }
        var release = state.StableRelease!;
        Check(instances.All(one => one.Slot == stable && one.Release == release.Digest), "rest", $"other instances than the stable release's run");
        Check(instances.Length == service.Spec.Rollout.Instances, "rest", $"{instances.Length} instances run, {service.Spec.Rollout.Instances} are wanted");
        Check(routes is { Arms: [{ } only] } && only.Release == release.Digest && only.Weight == Weight.Full, "rest", $"routes {(routes is null ? "none" : EventText.Of(routes))}");
        if (!IsSound(service, release.Digest)) return;
        Check(instances.All(one => one.Phase == InstancePhase.Ready), "rest", $"a sound release is not ready");
        Check(instances.All(one => routes!.Arms[0].Targets.Contains(new(one.Id, one.Host, one.Port, TargetState.Active))), "rest", $"an instance has no traffic");
    }

    /// <summary>Whether a release's instances stay once they are ready.</summary>
    public static bool IsSound(SimulatedService service, string digest)
    {
        for (var i = 0; i < service.Releases.Length; i++)
            if (service.Releases[i].Digest == digest) return service.Programs[i] is { ExitsAfter: null, CannotStart: null, NeverReady: false };
        return false;
    }

    private void Judge(ServiceState state, RolloutEvent happened, Watched watched, WorldView? seen)
    {
        Databases.OnEvent(watched.Service, state, happened);
        Verifications.OnEvent(state, happened);
        switch (happened)
        {
            case RolloutEvent.RolloutStarted started:
                Check(state.Active is null, "one-rollout", $"{started.Id} began during {state.Active?.Id}");
                Check(!state.Rejected.ContainsKey(started.Release.Digest), "rejected", $"{started.Release.Version} is rejected and rolled out");
                break;
            case RolloutEvent.StepEntered { Step: > 0 } when state.Active is { Promoted: false, Step: >= 0 } active:
                InForce(watched, active, active.Steps[active.Step]);
                Proven(watched, active, active.Steps[active.Step]);
                break;
            case RolloutEvent.PhaseEntered { Phase: RolloutPhase.Guarding } when state.Active is { } active:
                InForce(watched, active, active.Promoted ? active.Steps[^1] with { Pause = null } : active.Steps[^1]);
                break;
            case RolloutEvent.RolloutEnded { Phase: RolloutPhase.Completed } when state.Active is { } active:
                InForce(watched, active, active.Steps[^1] with { Pause = null });
                Ceiling(watched, active);
                break;
            case RolloutEvent.EffectIssued { Effect: var effect }:
                Check(effect.Id > state.LastEffect, "ids", $"effect {effect.Id} after {state.LastEffect}");
                if (effect is RolloutEffect.SetRoutes routes) Routes(state, routes.Routes, seen);
                else if (effect is RolloutEffect.SetInstances set) Instances(state, set, watched, seen);
                break;
        }
    }

    private static void Routes(ServiceState state, ServiceRoutes routes, WorldView? seen)
    {
        Check(routes.Arms.IsEmpty || routes.Arms.Sum(arm => arm.Weight.BasisPoints) == 10_000, "weights", $"{EventText.Of(routes)}");
        Check(seen is not null, "routes-blind", $"routes were set without a look at the world");
        var stable = state.Stable?.ToString();
        foreach (var arm in routes.Arms)
        {
            var own = seen!.Instances.Where(one => one.Slot.ToString() == arm.Name && one.Release == arm.Release).ToList();
            var failsOpen = arm.Name == stable && !own.Exists(one => one.Phase == InstancePhase.Ready && state[one.Slot].Sure > one.Ordinal);
            foreach (var target in arm.Targets)
            {
                var instance = own.Find(one => one.Id == target.Instance);
                Check(instance?.Phase == InstancePhase.Ready || (failsOpen && instance?.Phase == InstancePhase.Unready), "unready-routed", $"{target.Instance} is {instance?.Phase.ToString() ?? "gone"}");
            }
            if (state.Rejected.ContainsKey(arm.Release) && arm.Name != stable && Enum.TryParse<SlotName>(arm.Name, out var slot))
                Check(arm.Weight <= state.WeightOf(slot), "rejected", $"{arm.Version} is rejected and gets {arm.Weight}");
        }
        if (state.Active is not { } active) return;
        var most = active.Step >= 0 ? active.Steps[active.Step].Weight : Weight.Zero;
        foreach (var arm in routes.Arms)
            if (arm.Name == active.Candidate.ToString() && arm.Release == active.Release.Digest)
                Check(arm.Weight <= most, "step-weight", $"{arm.Weight} at a step of {most}");
    }

    private void Instances(ServiceState state, RolloutEffect.SetInstances set, Watched watched, WorldView? seen)
    {
        var slot = state[set.Slot];
        if (set.Count >= slot.Instances) return;
        Check(state.Active is not null || set.Slot == state.Stable || watched.WarmUntil is not { } until || world.Time.Elapsed >= until, "keep-warm",
            $"slot {set.Slot} stopped {watched.WarmUntil - world.Time.Elapsed} too early");
        if (set.Slot != state.Stable || state.Active is not { Step: >= 0 } active || seen is null) return;
        var candidates = seen.Instances.Count(one => one.Slot == active.Candidate && one.Release == active.Release.Digest && one.Phase == InstancePhase.Ready);
        var missing = active.Strategy == Strategy.Rolling ? active.Service.Rollout.MaxUnavailable : 0;
        Check(set.Count + candidates >= Math.Max(1, active.Service.Rollout.Instances - missing), "capacity",
            $"{set.Count} stable and {candidates} candidates left of {active.Service.Rollout.Instances}, {missing} may be missing");
    }

    // An advance is right only if the edge really had the step's weight, for the step's pause.
    private void InForce(Watched watched, Rollout rollout, PlannedStep step)
    {
        if (_edgeRestarts != watched.EdgeRestarts) return;
        Check(watched.Weights.TryGetValue(rollout.Release.Digest, out var known) && known.Weight == step.Weight, "unconfirmed",
            $"step of {step.Weight} left while the edge has {known.Weight}");
        if (step.Pause is not { } pause || rollout.IsRollback) return;
        // Proof ends a step before its pause, but never before the least time.
        var least = IsCompared(rollout, step) ? Duration.Min(pause, rollout.Service.Rollout.Judge!.Steps.Least) : pause;
        Check(world.Time.Elapsed - known.Since >= least.ToTimeSpan(), "pause", $"step of {step.Weight} left after {world.Time.Elapsed - known.Since} of {least}");
    }

    // Silence is never a pass: without requests to the candidate at the step's weight, and a verdict on them, only a person or the policy's own limit goes on.
    private void Proven(Watched watched, Rollout rollout, PlannedStep step)
    {
        if (!IsCompared(rollout, step) || rollout.PromotedPast == rollout.Step || _edgeRestarts != watched.EdgeRestarts) return;
        var known = watched.Weights[rollout.Release.Digest];
        var limits = rollout.Service.Rollout.Judge!.Steps;
        if (limits.Doubt == OnDoubt.Advance && world.Time.Elapsed - known.Since >= limits.Most.ToTimeSpan()) return;
        Check(rollout.Verdict == Verdict.Safe && rollout.VerdictFrom >= rollout.ConfirmedAt, "unproven", $"step of {step.Weight} left at {rollout.Verdict}");
        Check(watched.Sent > known.Sent, "unproven", $"step of {step.Weight} left without a request to {rollout.Release.Version}");
    }

    // Whether the candidate is compared with a stable release beside it, and a step waits for that.
    private static bool IsCompared(Rollout rollout, PlannedStep step)
        => rollout is { Strategy: Strategy.Canary, IsRollback: false, Previous: not null, Service.Rollout.Judge.Metrics.IsEmpty: false } && step.Weight < Weight.Full && step.Pause is not null;

    // A release that nearly always fails must not come through, if its failures were there to be seen.
    private void Ceiling(Watched watched, Rollout rollout)
    {
        if (_edgeRestarts != watched.EdgeRestarts || rollout.IsRollback) return;
        var index = IndexOf(watched.Service, rollout.Release.Digest);
        if (watched.Service.Programs[index].ErrorRatio < 0.9) return;
        var seen = watched.Bad.Where(bad => bad.At < watched.LastLook - TimeSpan.FromSeconds(3)).Sum(bad => bad.Count);
        Check(seen < rollout.Service.Rollout.MinRequests * 5, "ceiling", $"{rollout.Release.Version} came through with {seen} failed requests");
    }

    private void GoesBack(Watched watched, ServiceState state, Rollout rollout)
    {
        watched.BackLooks++;
        if (state.WeightOf(rollout.Candidate) == Weight.Zero) return;
        var full = Math.Max(1, state.Service?.Rollout.Instances ?? 1);
        var shrank = rollout.Start.StableInstances < full || rollout.Steps.Take(rollout.Step + 1).Any(step => step.StableInstances < full);
        Check(shrank || watched.BackLooks <= 2, "rollback-traffic", $"{state.WeightOf(rollout.Candidate)} still on {rollout.Release.Version} after {watched.BackLooks} looks");
        var limit = rollout.Service.Rollout.ProgressDeadline.ToTimeSpan() + world.Scenario.LookEvery + world.Scenario.Faults.LatestBy + TimeSpan.FromHours(2.5);
        Check(world.Time.Elapsed - watched.BackSince <= limit, "rollback-traffic", $"{state.WeightOf(rollout.Candidate)} still on {rollout.Release.Version} after {world.Time.Elapsed - watched.BackSince}");
    }

    /// <summary>The edge's counters were read, and will be decided upon.</summary>
    public void OnRead(SimulatedService service, TimeSpan at) => _services[service.Key].ReadAt = at;

    /// <summary>The edge's counters were decided upon.</summary>
    public void OnLook(SimulatedService service, TimeSpan began) => _services[service.Key].LastLook = began;

    private static bool IsActive(ServiceRoutes routes, string instance)
    {
        foreach (var arm in routes.Arms)
            foreach (var target in arm.Targets)
                if (target.Instance == instance && target.State == TargetState.Active) return true;
        return false;
    }

    private static int IndexOf(SimulatedService service, string digest)
    {
        for (var i = 0; i < service.Releases.Length; i++)
            if (service.Releases[i].Digest == digest) return i;
        return -1;
    }

    private sealed class Watched(SimulatedService service)
    {
        public SimulatedService Service { get; } = service;

        public ServiceRoutes? InForce { get; set; }

        public Dictionary<string, TimeSpan> DrainedAt { get; } = [];

        public Dictionary<string, (Weight Weight, TimeSpan Since, long Sent)> Weights { get; } = [];

        public HashSet<string> Stopped { get; } = [];

        public Dictionary<SlotName, long> LastApplied { get; } = new() { [SlotName.A] = 0, [SlotName.B] = 0 };

        public string? Stable { get; set; }

        public string? Candidate { get; private set; }

        public TimeSpan? WarmUntil { get; set; }

        public TimeSpan BackSince { get; set; }

        public int BackLooks { get; set; }

        public long Sent { get; set; }

        public long Judged { get; set; }

        public bool IsCounting { get; set; }

        /// <summary>Whether instances of the stable release were stopped since the last rollout began.</summary>
        public bool HasShrunk { get; set; }

        public List<(TimeSpan At, int Count)> Bad { get; } = [];

        public List<(TimeSpan At, int Count)> Previewed { get; } = [];

        public TimeSpan ReadAt { get; set; }

        public TimeSpan LastLook { get; set; }

        public int EdgeRestarts { get; private set; }

        public bool IsStable(string release) => Stable == release;

        public void Begin(RolloutEvent.RolloutStarted started, int edgeRestarts)
        {
            (Candidate, Sent, Judged, EdgeRestarts, WarmUntil, IsCounting, HasShrunk) = (started.Release.Digest, 0, 0, edgeRestarts, null, false, false);
            Bad.Clear();
            Previewed.Clear();
        }
    }
}
