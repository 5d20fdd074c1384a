using Fairway.Groups;
using NodaTime;

namespace Fairway.Simulation;

/// <summary>A planted bug in what a group decides.</summary>
internal sealed record FleetMutant(string Name, Func<GroupRun?, GroupObservation, Instant, GroupDecision> Decide)
{
    public static FleetMutant None { get; } = new("none", GroupDecider.Decide);

    /// <summary>Each must be caught.</summary>
    public static ImmutableArray<FleetMutant> All { get; } =
    [
        new("parts go back in the order they came", (state, seen, now) => GroupDecider.Decide(state is { Phase: GroupPhase.TakingBack } ? Unordered(state) : state, seen, now)),
        new("a part that is fine need not wait for the others", (state, seen, now) =>
        {
            var decision = GroupDecider.Decide(state, seen, now);
            return state is { Phase: GroupPhase.Shipping } && seen is GroupObservation.Looked looked
                ? decision with { Asks = [.. decision.Asks, .. looked.Facts.Parts.Where(part => part.Value.Sight == PartSight.Fine).Select(part => new GroupAsk(part.Key, GroupAskKind.Finish))] } : decision;
        }),
    ];

    private static GroupRun Unordered(GroupRun run) => run with { Members = [.. run.Members.Select(member => member with { After = [] })] };
}
