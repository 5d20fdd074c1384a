using Fairway.Kernel;
using Fairway.Ledger;
using Fairway.Ports;
using Fairway.Runtime;

namespace Fairway.Notifications;

/// <summary>Who is told of what, kept in the ledger; and what waits to be told.</summary>
public sealed class SubscriptionBook(ILedger ledger, EngineClock clock)
{
    /// <summary>Most subscriptions that one person may have.</summary>
    public const int MostOfOne = 100;

    /// <summary>Raised when the subscriptions changed.</summary>
    public Signal Changed { get; } = new();

    /// <summary>Every subscription, the oldest first.</summary>
    public async Task<ImmutableArray<Subscription>> ListAsync(CancellationToken cancellation)
        => [.. (await ledger.ListAsync(NotificationsProjection.Name, NotificationsProjection.Subscriptions, cancellation))
            .Select(row => FairwayJson.Read<Subscription>(row.Value)).OrderBy(one => one.At).ThenBy(one => one.Id, StringComparer.Ordinal)];

    /// <summary>One of them; null when there is none.</summary>
    public async Task<Subscription?> FindAsync(string id, CancellationToken cancellation)
        => await ledger.LoadAsync(NotificationsProjection.Name, NotificationsProjection.Subscriptions + id, cancellation) is { } found ? FairwayJson.Read<Subscription>(found) : null;

    /// <summary>Messages that wait to be sent, by subscription and then the oldest first.</summary>
    public async Task<ImmutableArray<PendingMessage>> PendingAsync(CancellationToken cancellation)
        => [.. (await ledger.ListAsync(NotificationsProjection.Name, NotificationsProjection.Outbox, cancellation)).Select(row => FairwayJson.Read<PendingMessage>(row.Value))];

    /// <summary>What could not be told, of subscriptions that nothing has reached since.</summary>
    public async Task<ImmutableArray<NotificationGivenUp>> TroublesAsync(CancellationToken cancellation)
        => [.. (await ledger.ListAsync(NotificationsProjection.Name, NotificationsProjection.Troubles, cancellation)).Select(row => FairwayJson.Read<NotificationGivenUp>(row.Value))];

    /// <summary>Keeps a person's subscription: it is told of what happens from now on.</summary>
    /// <exception cref="LedgerException">It could not be stored.</exception>
    public Task AddAsync(Subscription subscription, CancellationToken cancellation)
        => AppendAsync(new(clock.Now, Unsubscribed.Begun, subscription.By ?? "fairway", null, FairwayJson.Write(subscription)), cancellation);

    /// <summary>Ends a subscription; what still waits for it is not sent.</summary>
    /// <param name="id">Which one.</param>
    /// <param name="by">Who ends it.</param>
    /// <param name="cancellation">Stops waiting.</param>
    /// <exception cref="LedgerException">It could not be stored.</exception>
    public Task RemoveAsync(string id, string by, CancellationToken cancellation)
        => AppendAsync(new(clock.Now, Unsubscribed.Type, by, null, FairwayJson.Write(new Unsubscribed(id))), cancellation);

    /// <summary>Makes the ledger's subscriptions of the configuration those of the configuration.</summary>
    /// <param name="configured">As configured now.</param>
    /// <param name="since">New ones are told of what comes after this position.</param>
    /// <param name="cancellation">Stops waiting.</param>
    public async Task ConfigureAsync(ImmutableArray<ConfiguredSubscription> configured, long since, CancellationToken cancellation)
    {
        var wanted = configured.DistinctBy(one => one.Id, StringComparer.Ordinal).ToDictionary(one => one.Id, StringComparer.Ordinal);
        foreach (var known in await ListAsync(cancellation))
        {
            if (known.By is not null) continue;
            if (!wanted.Remove(known.Id)) await RemoveAsync(known.Id, "fairway", cancellation);
        }
        foreach (var missing in wanted.Values) await AddAsync(missing.AsSubscription(since, clock.Now), cancellation);
    }

    private async Task AppendAsync(NewEvent record, CancellationToken cancellation)
    {
        await ledger.AppendAlwaysAsync(Unsubscribed.Stream, record, cancellation);
        Changed.Raise();
    }
}
