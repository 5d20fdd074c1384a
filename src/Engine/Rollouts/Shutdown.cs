using Fairway.Catalog;
using Fairway.Kernel;
using NodaTime;

namespace Fairway.Rollouts;

/// <summary>
/// A person shuts everything down: each slot's instances are asked to stop, in the ledger like any other effect, so that the next start finds slots that are
/// short of instances and fills them at once. The rollout stays where it is.
/// </summary>
internal static class Shutdown
{
    /// <summary>What is recorded and sent.</summary>
    public static Decision Plan(ServiceState state, Actor by, Instant now)
    {
        var at = state.At is { } last && last > now ? last : now;
        var why = Why.Because("shut-down", "{by} shut everything down", ("by", by.Name));
        var events = ImmutableArray.CreateBuilder<RolloutEvent>();
        var effects = ImmutableArray.CreateBuilder<RolloutEffect>();
        var next = state;
        foreach (var name in (ReadOnlySpan<SlotName>)[SlotName.A, SlotName.B])
        {
            if (state[name] is not { Release: { } release, Instances: > 0 }) continue;
            var effect = new RolloutEffect.SetInstances(next.LastEffect + 1, name, release, 0);
            var issued = new RolloutEvent.EffectIssued(effect, why, at);
            events.Add(issued);
            effects.Add(effect);
            next = RolloutEvolver.Apply(next, issued);
        }
        return new(next, events.ToImmutable(), effects.ToImmutable(), why);
    }
}
