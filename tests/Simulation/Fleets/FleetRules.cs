using Fairway.Baselines;
using Fairway.Catalog;
using Fairway.Environments;
using Fairway.Groups;
using Fairway.Ledger;
using Fairway.Rollouts;
using NodaTime;
using static Fairway.Simulation.BrokenRuleException;

namespace Fairway.Simulation;

/// <summary>What must hold in every history of a fleet. It reads what was stored, and what serves.</summary>
internal sealed class FleetRules
{
    private readonly Dictionary<string, ServiceState> _services = new(StringComparer.Ordinal);
    private readonly Dictionary<string, Instant> _settled = new(StringComparer.Ordinal);
    private readonly HashSet<string> _automatic = new(StringComparer.Ordinal);
    private readonly Dictionary<string, BaselineEvent> _measured = new(StringComparer.Ordinal);
    private GroupRun? _run;

    public GroupRun? Run => _run;

    public ServiceState? Find(string environment, string service) => _services.GetValueOrDefault($"{environment}/{service}");

    /// <summary>Records are stored.</summary>
    public void Stored(string stream, ImmutableArray<LedgerEvent> records)
    {
        foreach (var record in records)
        {
            if (stream.StartsWith("quarantine/", StringComparison.Ordinal)) throw new BrokenRuleException("quarantine", record.Data);
            if (BaselineEvent.Read(record) is { } measured) Measured(measured);
            else if (GroupEvent.Read(record) is { } group)
            {
                var before = _run;
                _run = GroupEvent.Apply(_run, group, record.Version);
                Grouped(before, group);
            }
            else if (ServicesKey(stream) is { } key && RolloutEventCodec.Read(record) is { } happened)
            {
                var before = _services.GetValueOrDefault(key.ToString()) ?? new() { Key = key };
                Happened(key, before, happened);
                _services[key.ToString()] = RolloutEvolver.Apply(before, happened);
                if (happened is RolloutEvent.RolloutEnded { Phase: RolloutPhase.Completed }) _settled[$"{key} {_services[key.ToString()].StableRelease!.Digest}"] = happened.At;
            }
        }
    }

    /// <summary>All faults are over, and everything has come to its end.</summary>
    public void AtEnd(Func<ServiceKey, int> instances, ImmutableArray<EphemeralEnvironment> living)
    {
        foreach (var (name, state) in _services)
            if (state.Active is { } active) throw new BrokenRuleException("liveness", $"{name}: {active.Why}");
        foreach (var (rollout, measured) in _measured) Check(measured is BaselineEvent.ReleaseCompared, "compared", $"{rollout} was measured and never compared");
        foreach (var (name, state) in _services)
            Check(state.Rollout is not { Step: >= 0 } last || _measured.ContainsKey(last.Id), "compared", $"the last rollout of {name} was not measured");
        Check(living.IsEmpty, "ephemeral", $"{living.Length} environments live on");
        Check(instances(new("branch", FleetPlan.Solo)) == 0, "ephemeral", $"instances of an environment that is gone run on");
        if (_run is not { } run) return;
        Check(!run.IsActive, "liveness", $"{run.Id} has no end: {run.Phase}, {run.Why}");
        var changed = run.Members.Where(member => member.Phase != GroupMemberPhase.Unchanged).ToArray();
        var serving = changed.Count(member => Serves(run, member));
        // A later release of somebody else may have taken one's place.
        var excused = changed.Count(member => !Serves(run, member) && (Find("production", member.Service)?.StableRelease?.Version == "1.2" || IsTakenBackLater(run, member)));
        if (run.Phase == GroupPhase.Completed) Check(serving + excused == changed.Length, "all-or-none", $"{run.Id} completed, and {serving} of {changed.Length} serve it");
        else
        {
            // Nobody is kept from shipping one of them alone afterwards.
            var left = changed.Count(member => Serves(run, member) && Find(run.Environment, member.Service)!.Part is { Phase: GroupPartPhase.Completed });
            Check(left == 0 || run.Why.Code == "left-as-it-is", "all-or-none", $"{run.Id} is {run.Phase}, and {left} of {changed.Length} serve it");
        }
    }

    // The window before, then the comparison after the end, each once.
    private void Measured(BaselineEvent happened)
    {
        var before = _measured.GetValueOrDefault(happened.Rollout);
        Check(happened is BaselineEvent.BeforeMeasured ? before is null : before is BaselineEvent.BeforeMeasured, "compared-once", $"{happened.GetType().Name} of {happened.Rollout} after {before?.GetType().Name ?? "nothing"}");
        if (happened is BaselineEvent.ReleaseCompared compared && _services.Values.FirstOrDefault(state => state.Rollout?.Id == happened.Rollout) is { } state)
            Check(state.Rollout!.Phase == compared.Outcome, "compared", $"{happened.Rollout} is compared as {compared.Outcome}, and is {state.Rollout.Phase}");
        _measured[happened.Rollout] = happened;
    }

    private static ServiceKey? ServicesKey(string stream) => stream.Split('/') is ["service", var environment, var service] ? new(environment, service) : null;

    private bool IsTakenBackLater(GroupRun run, GroupMember member)
        => Find(run.Environment, member.Service) is { } state && state.Rejected.TryGetValue(member.Release.Digest, out var back) && back.At >= run.EndedAt;

    private bool Serves(GroupRun run, GroupMember member) => Find(run.Environment, member.Service)?.StableRelease?.Digest == member.Release.Digest;

    private void Happened(ServiceKey key, ServiceState state, RolloutEvent happened)
    {
        switch (happened)
        {
            case RolloutEvent.RolloutStarted { Group: { } id } when _run is { } run && run.Id == id:
                foreach (var before in run.Find(key.Service)!.After.Where(before => run.Find(before)!.Phase != GroupMemberPhase.Unchanged))
                    Check(Find(key.Environment, before) is { } there && (there.Part is { Phase: GroupPartPhase.Completed } || there.Rollout is { Phase: RolloutPhase.Guarding } or { EndsAs: not null }
                        || there.StableRelease?.Digest == run.Find(before)!.Release.Digest), "order", $"{key.Service} began, and {before} has not all its traffic");
                break;
            case RolloutEvent.RolloutEnded { Phase: RolloutPhase.Completed } when state.Active?.Group is { } id && _run is { } run && run.Id == id:
                Check(run.Members.All(member => member.Phase is GroupMemberPhase.Fine or GroupMemberPhase.Completed or GroupMemberPhase.Unchanged or GroupMemberPhase.Back), "all-fine",
                    $"{key.Service} completed, and {string.Join(", ", run.Members.Where(member => member.Phase is GroupMemberPhase.Waiting or GroupMemberPhase.Begun).Select(member => member.Service))} is not fine");
                break;
            case RolloutEvent.RollbackStarted { Why.Code: "taken-back-with-group" } when _run is { } run:
                Back(run, key.Service);
                break;
            case RolloutEvent.RolloutStarted { By.Name: "fairway", Group: null } e when key.Service == FleetPlan.Solo && key.Environment == "production":
                Check(_automatic.Add(e.Release.Digest), "promoted-once", $"{e.Release.Version} was promoted again by itself");
                Check(_settled.TryGetValue($"staging/{FleetPlan.Solo} {e.Release.Digest}", out var since) && e.At - since >= FleetPlan.Soak, "soak", $"{e.Release.Version} did not soak");
                break;
            default:
                break;
        }
    }

    // The last first: nothing that comes after it may still be there.
    private void Back(GroupRun run, string service)
    {
        foreach (var member in run.Members)
        {
            if (!member.After.Contains(service, StringComparer.Ordinal) || member.Phase == GroupMemberPhase.Unchanged) continue;
            var there = Find(run.Environment, member.Service);
            var isOut = there is { Part: { Phase: GroupPartPhase.Rolling or GroupPartPhase.Queued } part } && part.Run == run.Id;
            Check(!isOut, "reverse-order", $"{service} goes back before {member.Service}, which comes after it");
        }
    }

    private static void Grouped(GroupRun? before, GroupEvent happened)
    {
        if (happened is GroupEvent.Ended { Phase: GroupPhase.Completed })
            Check(before!.Phase == GroupPhase.Finishing, "phases", $"completed from {before.Phase}");
    }
}
