using Fairway.Catalog;
using Fairway.Gates;
using Fairway.Kernel;
using Fairway.Ledger;
using Fairway.Ports;
using Fairway.Rollouts;
using NodaTime;

namespace Fairway.Environments;

/// <summary>
/// Which artifacts completed a rollout where, and since when: <c>stay/environment/service/artifact</c>; which releases were ever begun:
/// <c>begun/environment/service/digest</c>; and what serves, <c>serves/environment/service</c>.
/// </summary>
public sealed class ShippedProjection : IProjection
{
    /// <summary>The collection.</summary>
    public const string Name = "shipped";

    /// <inheritdoc/>
    public string Collection => Name;

    /// <summary>Key of an artifact's stay.</summary>
    public static string StayOf(ServiceKey key, string artifact) => $"stay/{key}/{artifact}";

    /// <summary>Key of a release that was begun.</summary>
    public static string BegunOf(ServiceKey key, string digest) => $"begun/{key}/{digest}";

    /// <inheritdoc/>
    public IEnumerable<KeyValuePair<string, string?>> Apply(LedgerEvent record, Func<string, string?> load)
    {
        if (ServicesProjection.KeyOf(record.Stream) is not { } key) return [];
        return RolloutEventCodec.Read(record) switch
        {
            RolloutEvent.RolloutStarted e => [new(BegunOf(key, e.Release.Digest), FairwayJson.Write(new Begun(e.Release.Artifact, e.Service.Rollout is not { Smoke: null, Verify: null } && !e.IsRollback, e.At))),
                new(ActiveOf(key), FairwayJson.Write(e.Release.Digest))],
            RolloutEvent.RolloutEnded { Phase: RolloutPhase.Completed } e => Completed(key, e.At, load),
            RolloutEvent.ReleaseRejected e when load(BegunOf(key, e.Digest)) is { } begun => [new(StayOf(key, FairwayJson.Read<Begun>(begun).Artifact), null)],
            RolloutEvent.Retired e => Left(key, "", e.At, load).Append(new(ServesOf(key), null)),
            _ => [],
        };
    }

    private static IEnumerable<KeyValuePair<string, string?>> Completed(ServiceKey key, Instant at, Func<string, string?> load)
    {
        if (load(ActiveOf(key)) is not { } active || load(BegunOf(key, FairwayJson.Read<string>(active))) is not { } document) yield break;
        var begun = FairwayJson.Read<Begun>(document);
        foreach (var left in Left(key, begun.Artifact, at, load)) yield return left;
        var before = load(StayOf(key, begun.Artifact)) is { } known ? FairwayJson.Read<EarlierStay>(known) : new(key.Environment, null, Smoke: false);
        // The same artifact again, while it serves, goes on soaking.
        var stay = before is { Since: not null, Left: null } ? before : before with { Since = at, Left = null, Longest = before.Left is { } end ? before.Served(end) : before.Longest };
        yield return new(StayOf(key, begun.Artifact), FairwayJson.Write(stay with { Smoke = stay.Smoke || begun.Smoke }));
        yield return new(ServesOf(key), FairwayJson.Write(begun.Artifact));
    }

    private static IEnumerable<KeyValuePair<string, string?>> Left(ServiceKey key, string by, Instant at, Func<string, string?> load)
    {
        if (load(ServesOf(key)) is not { } serving || FairwayJson.Read<string>(serving) is not { } artifact || artifact == by) yield break;
        if (load(StayOf(key, artifact)) is { } stay && FairwayJson.Read<EarlierStay>(stay) is { Left: null } open) yield return new(StayOf(key, artifact), FairwayJson.Write(open with { Left = at }));
    }

    private static string ActiveOf(ServiceKey key) => $"active/{key}";

    private static string ServesOf(ServiceKey key) => $"serves/{key}";

    private sealed record Begun(string Artifact, bool Smoke, Instant At);
}
