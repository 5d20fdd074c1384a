using System.Globalization;
using Fairway.Catalog;
using Fairway.Kernel;
using Fairway.Ledger;
using Fairway.Ports;
using NodaTime;

namespace Fairway.Rollouts;

/// <summary>A rollout as the history lists it.</summary>
/// <param name="Id"><c>environment/service/number</c>.</param>
/// <param name="Number">Of the service, from 1.</param>
/// <param name="Key">The service in its environment.</param>
/// <param name="Release">What was shipped.</param>
/// <param name="Previous">The stable release before it.</param>
/// <param name="IsRollback">It takes the service back to a former release.</param>
/// <param name="Strategy">The strategy in force.</param>
/// <param name="Phase">Where it is; an end is its outcome.</param>
/// <param name="StartedAt">When it began.</param>
/// <param name="EndedAt">When it reached an end.</param>
/// <param name="By">Who asked for it.</param>
/// <param name="Why">What it waits for, or why it ended.</param>
/// <param name="FirstVersion">Of its first record in the service's stream.</param>
/// <param name="PlannedSteps">Steps of its plan.</param>
public sealed record RolloutRow(
    string Id, int Number, ServiceKey Key, ReleaseName Release, ReleaseName? Previous, bool IsRollback, Strategy Strategy, RolloutPhase Phase,
    Instant StartedAt, Instant? EndedAt, Actor By, Why Why, long FirstVersion, int PlannedSteps);

/// <summary>A release's identity and the name people use for it.</summary>
/// <param name="Digest">Its identity.</param>
/// <param name="Version">Its name.</param>
public sealed record ReleaseName(string Digest, string Version)
{
    /// <summary>Of a release.</summary>
    public static ReleaseName Of(Release release) => new(release.Digest, release.Version);
}

/// <summary>
/// The history: one document per rollout under <c>environment/service/00000001</c> (so that key order is their order), and under
/// <c>environment/service</c> the
/// number of the last.
/// </summary>
public sealed class RolloutsProjection : IProjection
{
    /// <summary>The collection.</summary>
    public const string Name = "rollouts";

    /// <inheritdoc/>
    public string Collection => Name;

    /// <summary>A rollout's document key.</summary>
    public static string KeyOf(ServiceKey key, int number) => string.Create(CultureInfo.InvariantCulture, $"{key}/{number:D8}");

    /// <inheritdoc/>
    public IEnumerable<KeyValuePair<string, string?>> Apply(LedgerEvent record, Func<string, string?> load)
    {
        if (ServicesProjection.KeyOf(record.Stream) is not { } key || RolloutEventCodec.Read(record) is not { } happened) yield break;
        if (happened is RolloutEvent.RolloutStarted started)
        {
            yield return new(key.ToString(), FairwayJson.Write(started.Number));
            yield return new(KeyOf(key, started.Number), FairwayJson.Write(Row(key, started, record.Version)));
            yield break;
        }
        if (load(key.ToString()) is not { } last) yield break;
        var at = KeyOf(key, FairwayJson.Read<int>(last));
        if (load(at) is { } document && Advance(FairwayJson.Read<RolloutRow>(document), happened) is { } next) yield return new(at, FairwayJson.Write(next));
    }

    private static RolloutRow Row(ServiceKey key, RolloutEvent.RolloutStarted e, long version) => new(
        e.Id, e.Number, key, ReleaseName.Of(e.Release), e.Previous is { } previous ? ReleaseName.Of(previous) : null, e.IsRollback, e.Strategy,
        RolloutPhase.Preparing, e.At, null, e.By, e.Why, version, e.Steps.Length);

    private static RolloutRow? Advance(RolloutRow row, RolloutEvent happened) => happened switch
    {
        RolloutEvent.PhaseEntered e => row with { Phase = e.Phase, Why = e.Why },
        RolloutEvent.StepEntered e => row with { Why = e.Why },
        RolloutEvent.Waiting e when row.EndedAt is null => row with { Why = e.Why },
        RolloutEvent.RollbackStarted e => row with { Phase = RolloutPhase.RollingBack, Why = e.Why },
        RolloutEvent.RolloutEnded e => row with { Phase = e.Phase, Why = e.Why, EndedAt = e.At },
        _ => null,
    };
}
