using Fairway.Catalog;
using Fairway.Kernel;
using Fairway.Traffic;
using Fairway.Workloads;

namespace Fairway.Rollouts;

/// <summary>The routes that state and world ask for.</summary>
internal static class RoutePlan
{
    /// <summary>The routes wanted now, with generation 0; null when the service was never routed and need not be.</summary>
    /// <param name="state">The service.</param>
    /// <param name="world">Its instances.</param>
    /// <param name="weight">The candidate's share.</param>
    public static ServiceRoutes? Wanted(ServiceState state, WorldView world, Weight weight)
    {
        if (state.Spec() is not { } spec) return null;
        var active = state.Active;
        var candidate = active?.Candidate ?? state.Stable?.Other() ?? SlotName.A;
        var arms = ImmutableArray.CreateBuilder<Arm>(2);
        if (state.Stable is { } stable) arms.Add(ArmOf(state, world, stable, weight.Remainder));
        foreach (var name in (ReadOnlySpan<SlotName>)[candidate, candidate.Other()])
        {
            if (name == state.Stable || !IsRouted(state, name)) continue;
            // The edge wants shares that sum to 100 %: nobody has what no release may have yet.
            if (arms.Count == 0 && weight < Weight.Full) arms.Add(new(name.Other().ToString(), "", "", weight.Remainder, []));
            if (arms.Count < 2) arms.Add(ArmOf(state, world, name, weight));
        }
        if (arms.Count == 0 && state.Routes is null) return null;
        var preview = active is { Phase: not RolloutPhase.RollingBack } && IsRouted(state, candidate) ? candidate.ToString() : null;

        // Users are divided anew when a candidate comes into the table, not before: until then the routes have no need to change.
        var isDividing = active is { Phase: RolloutPhase.Verifying or RolloutPhase.Shifting or RolloutPhase.Guarding };
        return new()
        {
            Environment = state.Key.Environment, Service = state.Key.Service, Generation = 0, Arms = arms.ToImmutable(),
            // A service without a release answers 503. One that the edge refused claims nothing any more: else it could not be taken away, for the same reason.
            Matches = arms.Count == 0 && (Effects.IsFinal(state.RoutesFailure) || state.Routes is { Matches.IsEmpty: true }) ? [] : spec.Routes,
            Salt = isDividing ? active!.Id : state.Routes?.Salt ?? "", PreviewArm = preview, Policy = spec.Traffic,
        };
    }

    /// <summary>Whether two routes say the same, whatever their generation.</summary>
    public static bool AreEqual(ServiceRoutes left, ServiceRoutes right)
        => left.Salt == right.Salt && left.PreviewArm == right.PreviewArm && left.Policy == right.Policy
            && left.Matches.AsSpan().SequenceEqual(right.Matches.AsSpan(), MatchComparer.Instance)
            && left.Arms.AsSpan().SequenceEqual(right.Arms.AsSpan(), ArmComparer.Instance);

    /// <summary>Whether the arms' shares are the same.</summary>
    public static bool HaveEqualWeights(ServiceState state, ServiceRoutes wanted)
    {
        foreach (var arm in wanted.Arms)
            if (arm.Release.Length > 0 && arm.Weight != state.WeightOf(arm.Name == nameof(SlotName.A) ? SlotName.A : SlotName.B)) return false;
        return true;
    }

    private static bool IsRouted(ServiceState state, SlotName name)
    {
        var slot = state[name];
        if (slot.Release is null || slot.Instances == 0) return false;
        return slot.Routed || (state.Active is { Phase: RolloutPhase.Verifying or RolloutPhase.Shifting or RolloutPhase.Guarding } active && active.Candidate == name);
    }

    private static Arm ArmOf(ServiceState state, WorldView world, SlotName name, Weight weight)
    {
        var slot = state[name];
        var targets = ImmutableArray.CreateBuilder<Target>();
        foreach (var instance in world.Instances)
            if (instance.Phase == InstancePhase.Ready && instance.Ordinal < slot.Sure && instance.Serves(name, slot)) targets.Add(TargetOf(instance, slot));
        // All of the stable arm unready: its last targets may still answer, no target certainly does not.
        if (targets.Count == 0 && name == state.Stable)
            foreach (var instance in world.Instances)
                if (instance.Phase == InstancePhase.Unready && instance.Ordinal < slot.Sure && instance.Serves(name, slot)) targets.Add(TargetOf(instance, slot));
        targets.Sort(static (one, other) => string.CompareOrdinal(one.Instance, other.Instance));
        return new(name.ToString(), slot.Release!.Digest, slot.Release.Version, weight, targets.ToImmutable());
    }

    private static Target TargetOf(InstanceView instance, Slot slot)
        => new(instance.Id, instance.Host, instance.Port, slot.DrainTo <= instance.Ordinal ? TargetState.Draining : TargetState.Active);

    private sealed class ArmComparer : IEqualityComparer<Arm>
    {
        public static ArmComparer Instance { get; } = new();

        public bool Equals(Arm? x, Arm? y) => x is not null && y is not null && x.Name == y.Name && x.Release == y.Release && x.Version == y.Version
            && x.Weight == y.Weight && x.Targets.AsSpan().SequenceEqual(y.Targets.AsSpan());

        public int GetHashCode(Arm obj) => obj.Weight.GetHashCode();
    }

    private sealed class MatchComparer : IEqualityComparer<RouteMatch>
    {
        public static MatchComparer Instance { get; } = new();

        public bool Equals(RouteMatch? x, RouteMatch? y) => ReferenceEquals(x, y) || (x is not null && y is not null
            && x.Host == y.Host && x.PathPrefix == y.PathPrefix && x.Headers.SequenceEqual(y.Headers));

        public int GetHashCode(RouteMatch obj) => obj.PathPrefix.GetHashCode(StringComparison.Ordinal);
    }
}
