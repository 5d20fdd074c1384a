using Fairway.Catalog;
using Fairway.Kernel;
using Fairway.Workloads;
using NodaTime;

namespace Fairway.Rollouts;

/// <summary>One decision in the making: every event is folded at once, so each rule sees what the rules before it decided.</summary>
internal sealed class Turn(ServiceState state, Instant now)
{
    private readonly ImmutableArray<RolloutEvent>.Builder _events = ImmutableArray.CreateBuilder<RolloutEvent>();
    private readonly List<RolloutEffect> _effects = [];

    public ServiceState State { get; private set; } = state;

    public Instant Now { get; } = now;

    /// <summary>Whether instances were asked for in this turn: a weight must not move in the same one.</summary>
    public bool MovedInstances { get; private set; }

    public void Emit(RolloutEvent happened)
    {
        State = RolloutEvolver.Apply(State, happened);
        _events.Add(happened);
    }

    public void Issue(Func<long, RolloutEffect> make, Why why, long above = 0)
    {
        var effect = make(Math.Max(State.LastEffect, above) + 1);
        MovedInstances |= effect is RolloutEffect.SetInstances;
        _effects.Add(effect);
        Emit(new RolloutEvent.EffectIssued(effect, why, Now));
    }

    /// <summary>What was decided; an effect that a later one of the same turn made pointless is not dispatched.</summary>
    public Decision Decide(Why why)
    {
        _effects.RemoveAll(effect => !State.Outbox.ContainsKey(effect.Id));
        return new(State, _events.ToImmutable(), [.. _effects], why);
    }
}

/// <summary>Questions to the observed world.</summary>
internal static class Sight
{
    /// <summary>Instances of the slot's own release that are ready and will not be stopped.</summary>
    public static int Ready(this WorldView world, SlotName name, Slot slot)
    {
        var ready = 0;
        foreach (var instance in world.Instances)
            if (instance.Phase == InstancePhase.Ready && instance.Ordinal < slot.Sure && Serves(instance, name, slot)) ready++;
        return ready;
    }

    /// <summary>Whether an instance is one that the slot is meant to have.</summary>
    public static bool Serves(this InstanceView instance, SlotName name, Slot slot)
        => instance.Slot == name && instance.Ordinal < slot.Instances && instance.Release == slot.Release?.Digest;

    /// <summary>The first instance that serves the slot and is as asked.</summary>
    public static InstanceView? First(this WorldView world, SlotName name, Slot slot, Func<InstanceView, bool> such)
    {
        foreach (var instance in world.Instances)
            if (instance.Serves(name, slot) && such(instance)) return instance;
        return null;
    }

    /// <summary>Starts after the first, of all instances that serve the slot.</summary>
    public static int Restarts(this WorldView world, SlotName name, Slot slot)
    {
        var restarts = 0;
        foreach (var instance in world.Instances)
            if (instance.Serves(name, slot)) restarts += instance.Restarts;
        return restarts;
    }

    /// <summary>Whether the slot runs just what was asked: instances being stopped do not count.</summary>
    public static bool IsAsAsked(this WorldView world, SlotName name, Slot slot)
    {
        var seen = 0;
        foreach (var instance in world.Instances)
        {
            if (instance.Slot != name || instance.Phase == InstancePhase.Stopping) continue;
            if (!instance.Serves(name, slot)) return false;
            seen++;
        }
        return seen == slot.Instances;
    }

    /// <summary>Exchanges that the edge still holds on the slot's instances from an ordinal on.</summary>
    public static long InFlight(this WorldView world, EdgeView edge, SlotName name, int from)
    {
        long held = 0;
        foreach (var instance in world.Instances)
        {
            if (instance.Slot != name || instance.Ordinal < from) continue;
            foreach (var row in edge.Instances)
                if (row.Instance == instance.Id) held += row.InFlight;
        }
        return held;
    }

    /// <summary>The service as it is meant to be now: the rollout's while it goes forward with traffic, else the stable one's.</summary>
    public static ServiceSpec? Spec(this ServiceState state) => state.Rollout switch
    {
        { IsActive: true, Phase: RolloutPhase.Verifying or RolloutPhase.Shifting or RolloutPhase.Guarding } active => active.Service,
        { } last => state.Service ?? last.Service,
        null => state.Service,
    };

    /// <summary>Whether the edge has the routes last asked for in force.</summary>
    public static bool HasInForce(this ServiceState state, WorldView world) => state.Routes is { } routes && world.Edge?.Generation == routes.Generation;
}
