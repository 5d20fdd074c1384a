using System.Globalization;
using Fairway.Kernel;
using Fairway.Ledger;
using Fairway.Ports;

namespace Fairway.Notifications;

/// <summary>
/// Subscriptions under <c>subscription/ID</c>, messages that wait under <c>outbox/SUBSCRIPTION/SEQ/ID</c>, what was given up last under <c>trouble/SUBSCRIPTION</c>
/// until something gets through again, and under <c>position</c> how far the ledger was looked at.
/// </summary>
public sealed class NotificationsProjection : IProjection
{
    /// <summary>The collection.</summary>
    public const string Name = "notifications";

    /// <summary>Key of the position.</summary>
    public const string Position = "position";

    /// <summary>Where subscriptions are.</summary>
    public const string Subscriptions = "subscription/";

    /// <summary>Where waiting messages are.</summary>
    public const string Outbox = "outbox/";

    /// <summary>Where troubles are.</summary>
    public const string Troubles = "trouble/";

    private const string Places = "place/";

    /// <inheritdoc/>
    public string Collection => Name;

    /// <inheritdoc/>
    public IEnumerable<KeyValuePair<string, string?>> Apply(LedgerEvent record, Func<string, string?> load) => record.Type switch
    {
        Unsubscribed.Begun => Begun(record),
        Unsubscribed.Type => [new(Subscriptions + FairwayJson.Read<Unsubscribed>(record.Data).Id, null), new(Troubles + FairwayJson.Read<Unsubscribed>(record.Data).Id, null)],
        NotificationsPlanned.Type => Planned(FairwayJson.Read<NotificationsPlanned>(record.Data)),
        NotificationSent.Type => Sent(FairwayJson.Read<NotificationSent>(record.Data), load),
        NotificationGivenUp.Type => GivenUp(FairwayJson.Read<NotificationGivenUp>(record.Data), record.Data, load),
        _ => [],
    };

    private static IEnumerable<KeyValuePair<string, string?>> Begun(LedgerEvent record)
    {
        var subscription = FairwayJson.Read<Subscription>(record.Data);
        // One of a person begins where it was made; one of the configuration says itself where.
        if (subscription.By is not null) subscription = subscription with { Since = record.Seq };
        yield return new(Subscriptions + subscription.Id, FairwayJson.Write(subscription));
    }

    private static IEnumerable<KeyValuePair<string, string?>> Planned(NotificationsPlanned planned)
    {
        yield return new(Position, FairwayJson.Write(planned.Through));
        foreach (var message in planned.Messages)
        {
            // By subscription and then in the order in which it happened.
            var key = string.Create(CultureInfo.InvariantCulture, $"{Outbox}{message.Subscription}/{message.Notice.Seq:D19}/{message.Id}");
            yield return new(key, FairwayJson.Write(message));
            yield return new(Places + message.Id, FairwayJson.Write(key));
        }
    }

    private static IEnumerable<KeyValuePair<string, string?>> Sent(NotificationSent sent, Func<string, string?> load)
    {
        foreach (var settled in sent.Messages.SelectMany(id => Settle(id, load))) yield return settled;
        yield return new(Troubles + sent.Subscription, null);
    }

    private static IEnumerable<KeyValuePair<string, string?>> GivenUp(NotificationGivenUp given, string data, Func<string, string?> load)
    {
        foreach (var settled in given.Messages.SelectMany(id => Settle(id, load))) yield return settled;
        yield return new(Troubles + given.Subscription, data);
    }

    private static IEnumerable<KeyValuePair<string, string?>> Settle(string id, Func<string, string?> load)
    {
        if (load(Places + id) is not { } place) yield break;
        yield return new(FairwayJson.Read<string>(place), null);
        yield return new(Places + id, null);
    }
}
