using Fairway.Catalog;
using Fairway.Rollouts;

namespace Fairway.Workloads;

/// <summary>What takes a slot from the instances it has to the ones it is meant to have.</summary>
/// <param name="Start">Ordinals to start, ascending.</param>
/// <param name="Remove">Ids of instances that are not wanted any more.</param>
public sealed record SlotPlan(ImmutableArray<int> Start, ImmutableArray<string> Remove)
{
    /// <summary>
    /// The plan for a newly accepted wish. Instances of the wanted release and ordinal stay as they are, except those that cannot be started at all: a new
    /// wish is a new try for them.
    /// </summary>
    /// <param name="release">Digest the slot shall run.</param>
    /// <param name="count">How many.</param>
    /// <param name="present">Instances the slot has.</param>
    public static SlotPlan For(string release, int count, IEnumerable<InstanceState> present)
    {
        var kept = new HashSet<int>();
        var remove = ImmutableArray.CreateBuilder<string>();
        foreach (var instance in present.OrderBy(i => i.Ordinal).ThenBy(i => i.Id, StringComparer.Ordinal))
        {
            var wanted = instance.Release == release && instance.Ordinal < count
                && instance.Ending != Ending.Removed && instance.Phase != InstancePhase.Failed && kept.Add(instance.Ordinal);
            if (!wanted) remove.Add(instance.Id);
        }

        return new([.. Enumerable.Range(0, Math.Max(0, count)).Where(ordinal => !kept.Contains(ordinal))], remove.ToImmutable());
    }

    /// <summary>
    /// An instance's id: <c>environment.service-slot-ordinal-effect</c>. An effect starts an ordinal of a slot once, and effect ids only grow per service, so
    /// no id comes twice.
    /// </summary>
    public static string InstanceId(ServiceKey service, SlotName slot, int ordinal, long effect)
        => $"{service.Environment}.{service.Service}-{(slot == SlotName.A ? 'a' : 'b')}-{ordinal}-{effect}";
}
