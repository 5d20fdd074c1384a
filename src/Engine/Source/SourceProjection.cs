using Fairway.Kernel;
using Fairway.Ledger;
using Fairway.Ports;

namespace Fairway.Source;

/// <summary>
/// Refs as the ledger knows them under <c>ref/REPOSITORY/NAME</c>, the ids of the last deliveries under <c>deliveries/REPOSITORY</c>, statuses that wait under
/// <c>status/REPOSITORY/ID</c>, commits that nobody was told to start anything for yet under <c>pending/REPOSITORY/PUSH/REF</c>.
/// </summary>
public sealed class SourceProjection : IProjection
{
    /// <summary>The collection.</summary>
    public const string Name = "source";

    /// <summary>Where refs are.</summary>
    public const string Refs = "ref/";

    /// <summary>Where deliveries are.</summary>
    public const string Deliveries = "deliveries/";

    /// <summary>Where statuses wait.</summary>
    public const string Statuses = "status/";

    /// <summary>Where commits wait to be handed on.</summary>
    public const string Pending = "pending/";

    /// <summary>Deliveries that are remembered for each repository. An older one that is sent again finds nothing new to fetch.</summary>
    public const int RememberedDeliveries = 2_000;

    /// <inheritdoc/>
    public string Collection => Name;

    /// <inheritdoc/>
    public int Version => 2;

    /// <inheritdoc/>
    public IEnumerable<KeyValuePair<string, string?>> Apply(LedgerEvent record, Func<string, string?> load)
    {
        if (!record.Stream.StartsWith(SourceEvent.StreamPrefix, StringComparison.Ordinal)) yield break;
        switch (EventTypes<SourceEvent>.Read(record.Type, record.Data))
        {
            case SourceEvent.Pushed pushed:
                foreach (var update in pushed.Updates) yield return new($"{Refs}{pushed.Repository}/{update.Ref}", update.IsDeleted ? null : FairwayJson.Write(update.New));
                foreach (var update in SourceDesk.ToHandOn(pushed.Updates))
                    yield return new(PendingKey(pushed.Repository, pushed.Id, update.Ref), FairwayJson.Write(new PendingTrigger(pushed.Repository, pushed.Id, pushed.Way, update, pushed.By)));
                break;
            case SourceEvent.TriggerAnswered answered when load(PendingKey(answered.Repository, answered.Push, answered.Ref)) is not null:
                yield return new(PendingKey(answered.Repository, answered.Push, answered.Ref), null);
                break;
            case SourceEvent.HookReceived { Delivery.Length: > 0 } received:
                var key = Deliveries + received.Repository;
                var known = load(key) is { } document ? FairwayJson.Read<ImmutableArray<string>>(document) : [];
                yield return new(key, FairwayJson.Write<ImmutableArray<string>>([.. known.TakeLast(RememberedDeliveries - 1), IdOf(received.Host, received.Delivery)]));
                break;
            case SourceEvent.StatusPlanned planned:
                yield return new($"{Statuses}{planned.Repository}/{planned.Status.Id}", FairwayJson.Write(planned.Status));
                break;
            case SourceEvent.StatusSent sent:
                yield return new($"{Statuses}{sent.Repository}/{sent.Id}", null);
                break;
            case SourceEvent.StatusGivenUp given:
                yield return new($"{Statuses}{given.Repository}/{given.Id}", null);
                break;
            default:
                break;
        }
    }

    /// <summary>A delivery's id among those of both hosts.</summary>
    public static string IdOf(SourceHost host, string delivery) => $"{host}/{delivery}";

    private static string PendingKey(string repository, string push, string name) => $"{Pending}{repository}/{push}/{name}";
}

/// <summary>A commit that was taken in and not handed on yet.</summary>
/// <param name="Repository">Where.</param>
/// <param name="Push">Id of the push.</param>
/// <param name="Way">How it came.</param>
/// <param name="Update">What moved.</param>
/// <param name="By">Who.</param>
public sealed record PendingTrigger(string Repository, string Push, SourceWay Way, RefUpdate Update, string By);
