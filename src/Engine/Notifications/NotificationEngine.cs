using System.Collections.Concurrent;
using Fairway.Kernel;
using Fairway.Ledger;
using Fairway.Ports;
using Fairway.Rollouts;
using Fairway.Runtime;
using NodaTime;

namespace Fairway.Notifications;

/// <summary>What telling people needs of the world.</summary>
/// <param name="Ledger">What happened; also keeps what is to be told, until it is.</param>
/// <param name="Channels">By kind.</param>
/// <param name="Configured">The subscriptions of the configuration in force.</param>
/// <param name="Find">Where a subscription's messages go, with what is secret of it.</param>
/// <param name="Notes">What is new in a release, a line each.</param>
public sealed record NotificationPorts(
    ILedger Ledger, ImmutableDictionary<ChannelKind, INotificationChannel> Channels, Func<ImmutableArray<ConfiguredSubscription>> Configured,
    Func<Subscription, (Destination? To, Fault? Fault)> Find, Func<RolloutEvent.RolloutStarted, CancellationToken, Task<ImmutableArray<string>>> Notes);

/// <summary>
/// Tells people. It follows the ledger from its own position, puts what somebody asked for into an outbox in the ledger, and sends from
/// there: at least once, always with the same id. A receiver that is down holds up nobody else.
/// </summary>
public sealed class NotificationEngine : IAsyncDisposable
{
    private static readonly Duration SafetyLook = Duration.FromMinutes(1);
    private readonly NotificationPorts _ports;
    private readonly EngineClock _clock;
    private readonly SubscriptionBook _book;
    private NoticeReader _reader;
    private readonly Supervisor _supervisor = new();
    private readonly Signal _planned = new();
    private readonly Signal _configurationChanged = new();
    private readonly ConcurrentDictionary<string, Receiver> _receivers = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, string> _broken = new(StringComparer.Ordinal);
    private volatile IReadOnlyList<NotificationGivenUp> _troubles = [];
    private ImmutableArray<Subscription> _subscriptions = [];
    private ImmutableArray<ConfiguredSubscription>? _configured;
    private int _restarts;

    /// <summary>One that stands still until <see cref="Start"/>.</summary>
    public NotificationEngine(NotificationPorts ports, SubscriptionBook book, EngineClock clock)
    {
        _ports = ports;
        _clock = clock;
        _book = book;
        _reader = new(ports.Ledger, ports.Notes);
    }

    /// <summary>What keeps people from being told now; empty when all is well.</summary>
    public IEnumerable<string> Problems
    {
        get
        {
            foreach (var problem in _broken.Values) yield return problem;
            foreach (var receiver in _receivers.Values.Where(one => one.Fault is not null).OrderBy(one => one.Subscription.Id, StringComparer.Ordinal))
                yield return $"notifications to {receiver.Subscription.Shown} wait: {receiver.Fault!.Message}; tried again";
            foreach (var trouble in _troubles)
                yield return $"notifications were given up ({trouble.Messages.Length} for subscription {trouble.Subscription}): {trouble.Reason}; "
                    + "mend it, or end it with `fairway unsubscribe`";
        }
    }

    /// <summary>Begins.</summary>
    public void Start()
    {
        _supervisor.Start("notices", FollowAsync, (error, cancellation) => BrokenAsync("notices", error, cancellation));
        _supervisor.Start("deliveries", DeliverAsync, (error, cancellation) => BrokenAsync("deliveries", error, cancellation));
    }

    /// <summary>The configuration in force may have changed.</summary>
    public void Reconfigure()
    {
        _configurationChanged.Raise();
        _planned.Raise();
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _supervisor.DisposeAsync();

    private async Task FollowAsync(CancellationToken cancellation)
    {
        // What was told is read anew: a turn that failed in the middle must not count as told.
        _reader = new(_ports.Ledger, _ports.Notes);
        var at = await PositionAsync(cancellation);
        var head = await HeadAsync(cancellation);
        // Who was added to the configuration meanwhile is told of what comes, not of what was.
        await RefreshAsync(head, cancellation);
        // What was written while nobody looked: only the types that matter, so that an old ledger costs nothing.
        var query = new LedgerQuery { StreamPrefix = "service/", Types = RolloutTale.Types, Order = LedgerOrder.Oldest, Limit = LedgerQuery.MaxLimit };
        long? cursor = at;
        while (cursor is not null && !_subscriptions.IsEmpty)
        {
            var page = await _ports.Ledger.SearchAsync(query with { Cursor = cursor }, cancellation);
            await PlanAsync([.. page.Records.Where(record => record.Seq <= head)], head, cancellation);
            cursor = page.Next;
        }
        await using var records = _ports.Ledger.TailAsync(head, cancellation).GetAsyncEnumerator(cancellation);
        var next = records.MoveNextAsync().AsTask();
        try
        {
            for (at = head; ;)
            {
                var configured = _configurationChanged.Next;
                if (await Task.WhenAny(next, configured) == configured)
                {
                    await RefreshAsync(at, cancellation);
                    continue;
                }
                if (!await next) return;
                await TakeAsync(records.Current, cancellation);
                at = records.Current.Seq;
                next = records.MoveNextAsync().AsTask();
            }
        }
        finally
        {
            // An enumerator must not be disposed while it moves.
            await Task.WhenAny(next);
        }
    }

    private async Task TakeAsync(LedgerEvent record, CancellationToken cancellation)
    {
        if (IsOurs(record.Type)) return;
        // Subscriptions made meanwhile are known before anything that follows them is looked at.
        if (record.Type is Unsubscribed.Begun or Unsubscribed.Type) _subscriptions = await _book.ListAsync(cancellation);
        else
        {
            await RefreshAsync(record.Seq - 1, cancellation);
            await PlanAsync([record], record.Seq, cancellation);
        }
        _broken.TryRemove("notices", out _);
    }

    private static bool IsOurs(string type) => type is NotificationsPlanned.Type or NotificationSent.Type or NotificationGivenUp.Type;

    // The first time of all, what was is not told.
    private async Task<long> PositionAsync(CancellationToken cancellation)
        => await _ports.Ledger.LoadAsync(NotificationsProjection.Name, NotificationsProjection.Position, cancellation) is { } document
            ? FairwayJson.Read<long>(document)
            : (await _book.ListAsync(cancellation)) is { IsEmpty: false } known ? known.Min(one => one.Since) : await HeadAsync(cancellation);

    private async Task<long> HeadAsync(CancellationToken cancellation)
        => (await _ports.Ledger.SearchAsync(new() { Order = LedgerOrder.Newest, Limit = 1 }, cancellation)).Records is [var last] ? last.Seq : 0;

    private async Task RefreshAsync(long position, CancellationToken cancellation)
    {
        var configured = _ports.Configured();
        // The same array is the same configuration.
        if (_configured is { } known && known == configured) return;
        await _book.ConfigureAsync(configured, position, cancellation);
        _subscriptions = await _book.ListAsync(cancellation);
        _configured = configured;
    }

    private async Task PlanAsync(ImmutableArray<LedgerEvent> records, long through, CancellationToken cancellation)
    {
        var messages = ImmutableArray.CreateBuilder<PendingMessage>();
        foreach (var record in records)
        {
            if (_subscriptions.IsEmpty || await _reader.ReadAsync(record, cancellation) is not { } notice) continue;
            foreach (var subscription in _subscriptions)
                if (subscription.Wants(notice)) messages.Add(PendingMessage.Of(subscription, notice, _clock.Now));
        }
        if (messages.Count == 0) return;
        var planned = new NotificationsPlanned(records.Length > 1 ? records[^1].Seq : through, messages.ToImmutable());
        await _ports.Ledger.AppendAlwaysAsync(
            NotificationsPlanned.Stream, new(_clock.Now, NotificationsPlanned.Type, "fairway", records[^1].Seq, FairwayJson.Write(planned)), cancellation);
        _planned.Raise();
    }

    private async Task DeliverAsync(CancellationToken cancellation)
    {
        try
        {
            while (true)
            {
                var (planned, changed) = (_planned.Next, _book.Changed.Next);
                var subscriptions = (await _book.ListAsync(cancellation)).ToDictionary(one => one.Id, StringComparer.Ordinal);
                foreach (var gone in _receivers.Keys.Where(id => !subscriptions.ContainsKey(id))) _receivers.TryRemove(gone, out _);
                var later = _clock.Now + SafetyLook;
                foreach (var waiting in (await _book.PendingAsync(cancellation)).GroupBy(message => message.Subscription, StringComparer.Ordinal))
                    if (subscriptions.TryGetValue(waiting.Key, out var subscription)) later = Instant.Min(later, Offer(subscription, [.. waiting], cancellation));
                    else await SettleAsync(NotificationGivenUp.Type, waiting.Key, new NotificationGivenUp("", waiting.Key, [.. waiting.Select(one => one.Id)], "unsubscribed"), cancellation);
                _troubles = [.. (await _book.TroublesAsync(cancellation)).Where(trouble => subscriptions.ContainsKey(trouble.Subscription))];
                _broken.TryRemove("deliveries", out _);
                using var waited = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
                var pause = Duration.Max(later - _clock.Now, Duration.FromMilliseconds(50)).ToTimeSpan();
                await Task.WhenAny(planned, changed, Task.Delay(pause, _clock.Time, waited.Token));
                await waited.CancelAsync();
                cancellation.ThrowIfCancellationRequested();
            }
        }
        finally
        {
            await Task.WhenAll(_receivers.Values.Select(receiver => receiver.Sending));
        }
    }

    /// <summary>Begins to send what is due; says when to look again.</summary>
    private Instant Offer(Subscription subscription, ImmutableArray<PendingMessage> pending, CancellationToken cancellation)
    {
        var receiver = _receivers.GetOrAdd(subscription.Id, _ => new(subscription));
        var far = _clock.Now + SafetyLook;
        // It raises the signal when it is done.
        if (!receiver.Sending.IsCompleted) return far;
        if (receiver.NotBefore > _clock.Now) return receiver.NotBefore;
        var (delivery, later) = DeliveryPlan.Next(pending, receiver.Sent, _clock.Now);
        if (delivery is not null) receiver.Sending = SendAsync(receiver, delivery, cancellation);
        return later ?? far;
    }

    private async Task SendAsync(Receiver receiver, Delivery delivery, CancellationToken cancellation)
    {
        await Task.Yield();
        var subscription = receiver.Subscription;
        try
        {
            var (to, fault) = _ports.Find(subscription);
            if (to is not null)
                fault = _ports.Channels.TryGetValue(subscription.Channel, out var channel)
                    ? await channel.SendAsync(delivery, subscription.Channel, to, cancellation)
                    : new(FaultKind.Unavailable, Blame.Configuration, Retryable: true, $"nothing here sends by {subscription.Channel}");
            ImmutableArray<string> ids = [.. delivery.Messages.Select(message => message.Id)];
            if (fault is null)
            {
                await SettleAsync(NotificationSent.Type, subscription.Id, new NotificationSent(delivery.Id, subscription.Id, ids), cancellation);
                receiver.Succeeded(_clock.Now);
            }
            else if (DeliveryPlan.IsGivenUp(delivery, fault.Retryable, _clock.Now))
            {
                await SettleAsync(NotificationGivenUp.Type, subscription.Id, new NotificationGivenUp(delivery.Id, subscription.Id, ids, fault.Message), cancellation);
                receiver.GaveUp();
            }
            else receiver.Failed(fault, _clock.Now);
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
            // The next control plane sends it, with the same id.
        }
        catch (LedgerException error)
        {
            // It may have been sent: it will be again, with the same id.
            receiver.Failed(error.Fault, _clock.Now);
        }
        catch (Exception error)
        {
            receiver.Failed(new(FaultKind.Failed, Blame.Fairway, Retryable: true, $"{error.GetType().Name} in Fairway itself"), _clock.Now);
        }
        _planned.Raise();
    }

    private Task<long> SettleAsync<T>(string type, string subscription, T what, CancellationToken cancellation)
        => _ports.Ledger.AppendAlwaysAsync(NotificationSent.StreamOf(subscription), new(_clock.Now, type, "fairway", null, FairwayJson.Write(what)), cancellation);

    private async Task<bool> BrokenAsync(string part, Exception error, CancellationToken cancellation)
    {
        _broken[part] = $"people are not told of what happens ({(error is LedgerException ? error.Message : error.GetType().Name + ": " + error.Message)}); tried again";
        await Task.Delay(Backoff.Parts.After(Interlocked.Increment(ref _restarts), "notifications").ToTimeSpan(), _clock.Time, cancellation);
        return true;
    }

    /// <summary>How it goes with one subscription; only in memory: after a restart everything is tried at once.</summary>
    private sealed class Receiver(Subscription subscription)
    {
        private int _failures;

        public Subscription Subscription { get; } = subscription;

        public Task Sending { get; set; } = Task.CompletedTask;

        public Instant NotBefore { get; private set; } = Instant.MinValue;

        public Fault? Fault { get; private set; }

        public ImmutableArray<Instant> Sent { get; private set; } = [];

        public void Succeeded(Instant now)
        {
            (Fault, _failures, NotBefore) = (null, 0, Instant.MinValue);
            Sent = [.. Sent.TakeLast(DeliveryPlan.Burst - 1), now];
        }

        public void Failed(Fault fault, Instant now)
        {
            Fault = fault;
            NotBefore = DeliveryPlan.Again(++_failures, Subscription.Id, now);
        }

        public void GaveUp() => (Fault, NotBefore) = (null, Instant.MinValue);
    }
}
