using System.Globalization;
using Fairway.Catalog;
using Fairway.Client.Wire;
using Fairway.Kernel;
using Fairway.Rollouts;
using Fairway.Traffic;
using Fairway.Workloads;
using NodaTime;

namespace Fairway.Api;

/// <summary>A service's live view, made of one snapshot of its loop.</summary>
internal sealed class ServiceWire(ControlPlaneServices services)
{
    /// <summary>In a line.</summary>
    public ServiceSummary Summarize(ServiceKey key)
    {
        var spec = Spec(key);
        if (services.Engine.Find(key)?.Current is not { } now || now.State.Version == 0)
            return new(key.Environment, key.Service, ServiceStates.NotDeployed, null, null, 0, 0, null, null, Urls(spec));
        var stable = now.State.StableRelease;
        var ready = Ready(now, now.State.Stable);
        return new(
            key.Environment, key.Service, StateOf(now), stable?.Version, stable?.Digest, ready, Wanted(now), Active(now), RolloutWire.Of(WhyOf(now)),
            Urls(now.State.Service ?? spec)) { Held = now.State.IsHeld ? now.State.Gate!.Why.Sentence : null };
    }

    /// <summary>In full.</summary>
    public ServiceInfo Describe(ServiceKey key)
    {
        var now = services.Engine.Find(key)?.Current ?? new ServiceSnapshot(new() { Key = key }, null, null, [], null, null);
        var state = now.State;
        var spec = state.Active?.Service ?? state.Service ?? Spec(key);
        return new()
        {
            Environment = key.Environment,
            Service = key.Service,
            At = RolloutWire.At(services.Clock.Now),
            State = state.Version == 0 ? ServiceStates.NotDeployed : StateOf(now),
            StreamVersion = state.Version,
            Urls = Urls(spec),
            Routes = spec is null ? [] : [.. spec.Routes.Select(Describe)],
            EdgeAlive = now.World?.Edge is not null,
            Slots = [Slot(now, SlotName.A), Slot(now, SlotName.B)],
            Arms = Arms(now),
            Instances = [.. (now.World?.Instances ?? []).OrderBy(i => i.Slot).ThenBy(i => i.Ordinal).ThenBy(i => i.Id, StringComparer.Ordinal).Select(i => Instance(now, i))],
            Rollout = state.Rollout is { } rollout ? RolloutWire.Of(rollout, rollout.IsActive ? WhyOf(now) : rollout.Why) : null,
            Queued = state.Queued is { } queued ? new(queued.Release.Digest, queued.Release.Version, queued.By.Name, queued.By.Reason)
            {
                Gate = state.IsHeld ? GateWire.Of(state.Gate!) : null, Behind = state.Behind.Length,
            } : null,
            Rejected = [.. state.Rejected.Select(row => new RejectedInfo(
                row.Key, VersionOf(state, row.Key), row.Value.Rollout, RolloutWire.At(row.Value.At), RolloutWire.Of(row.Value.Why)))],
            Notices = [.. state.Notices.Select(RolloutWire.Of), .. services.Measuring.NoticeOf(key) is { } usual ? new[] { RolloutWire.Of(usual) } : []],
            Quarantine = now.Quarantine?.Reason,
            Problem = now.Problem?.Message,
            Pending = [.. state.Outbox.Values.Select(RolloutWire.Of)],
        };
    }

    private Why WhyOf(ServiceSnapshot now) => now.Quarantine is { } quarantine
        ? QuarantineLog.Refusal(quarantine)
        : RolloutDecider.Explain(now.State, now.World, services.Clock.Now);

    private ServiceSpec? Spec(ServiceKey key) => services.Configuration.Services.FirstOrDefault(spec => spec.Key == key);

    private static RolloutSummary? Active(ServiceSnapshot now)
        => now.State.Active is { } rollout ? RolloutWire.Of(rollout, rollout.Why).Summary : null;

    /// <summary>One of <see cref="ServiceStates"/>.</summary>
    public static string StateOf(ServiceSnapshot now) => now.State switch
    {
        _ when now.Quarantine is not null => ServiceStates.Quarantined,
        { Active.Phase: RolloutPhase.RollingBack } => ServiceStates.RollingBack,
        { Active.Paused: true } => ServiceStates.Paused,
        { Active: not null } => ServiceStates.RollingOut,
        { Stable: { } stable } => now.World is not null && Ready(now, stable) == 0 ? ServiceStates.Down : ServiceStates.Stable,
        _ => ServiceStates.NotDeployed,
    };

    private static int Ready(ServiceSnapshot now, SlotName? slot)
        => (now.World?.Instances ?? []).Count(instance => instance.Slot == slot && instance.Phase == InstancePhase.Ready);

    private static int Wanted(ServiceSnapshot now) => now.State.Stable is { } stable ? now.State[stable].Instances : 0;

    private static SlotInfo Slot(ServiceSnapshot now, SlotName name)
    {
        var slot = now.State[name];
        var isEmpty = slot.Instances == 0;
        return new(
            name.ToString(), RoleOf(now.State, name), isEmpty ? null : slot.Release?.Digest, isEmpty ? null : slot.Release?.Version, slot.Instances, Ready(now, name),
            RolloutWire.At(slot.WarmUntil));
    }

    private static string RoleOf(ServiceState state, SlotName name) => state[name] switch
    {
        _ when state.Active?.Candidate == name => "candidate",
        _ when state.Stable == name => "stable",
        { Instances: 0 } => "empty",
        { DrainTo: not null } => "draining",
        _ => "warm",
    };

    private static ArmInfo[] Arms(ServiceSnapshot now)
    {
        var state = now.State;
        return [.. new[] { SlotName.A, SlotName.B }
            .Where(name => state[name].Release is not null && (state[name].Instances > 0 || state.Active?.Candidate == name))
            .OrderByDescending(name => state.Stable == name)
            .Select(name => Arm(now, name))];
    }

    private static ArmInfo Arm(ServiceSnapshot now, SlotName name)
    {
        var state = now.State;
        var release = state.Active is { } active && active.Candidate == name ? active.Release : state[name].Release!;
        var traffic = ArmTraffic.Of(now.World?.Edge, release.Digest);
        var rate = now.Rates.FirstOrDefault(rate => rate.Release == release.Digest);
        return new(
            name.ToString(), RoleOf(state, name), release.Digest, release.Version, (double)WeightOf(state, name).Percent, traffic.Requests, traffic.Errors,
            rate?.Requests, rate?.Errors, traffic.P50Ms, traffic.P99Ms, traffic.InFlight, traffic.Retries);
    }

    private static Weight WeightOf(ServiceState state, SlotName name) => state.Active switch
    {
        { } rollout when rollout.Candidate == name => rollout.Weight,
        { } rollout => state.Stable == name ? rollout.Weight.Remainder : Weight.Zero,
        null => state.Stable == name ? Weight.Full : Weight.Zero,
    };

    private static InstanceInfo Instance(ServiceSnapshot now, InstanceView view)
    {
        var row = now.World?.Edge?.Instances.FirstOrDefault(row => row.Instance == view.Id);
        return new(
            view.Id, view.Slot.ToString(), view.Ordinal, view.Release, VersionOf(now.State, view.Release), RolloutWire.Name(view.Phase),
            string.Create(CultureInfo.InvariantCulture, $"{view.Host}:{view.Port}"), view.Pid, view.Restarts, RolloutWire.At(view.Since),
            row is null ? 0 : ArmTraffic.Finished(row), row is null ? 0 : ArmTraffic.Failed(row), row?.InFlight ?? 0, view.LastExit?.ToString(),
            view.LastExit?.LastOutput, view.Fault?.Message, view.Notice);
    }

    private static string? VersionOf(ServiceState state, string digest)
    {
        foreach (var release in (ReadOnlySpan<Release?>)[state.A.Release, state.B.Release, state.Rollout?.Release, state.Rollout?.Previous, state.Queued?.Release])
            if (release?.Digest == digest) return release.Version;
        return state.Past.LastOrDefault(release => release.Digest == digest)?.Version;
    }

    private string[] Urls(ServiceSpec? spec) => spec is null ? [] :
    [
        .. from address in services.EdgeAddresses()
           from match in spec.Routes
           let uri = new Uri(address)
           let host = match.Host is null ? uri.Host : match.Host
           select $"{uri.Scheme}://{host}{(uri.IsDefaultPort ? "" : string.Create(CultureInfo.InvariantCulture, $":{uri.Port}"))}{match.PathPrefix}",
    ];

    private static string Describe(RouteMatch match)
    {
        var headers = string.Concat(match.Headers.Select(header => $" {header.Key}: {header.Value}"));
        return $"{match.Host ?? "*"}{match.PathPrefix}{headers}";
    }
}
