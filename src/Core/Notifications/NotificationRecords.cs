using System.Security.Cryptography;
using System.Text;
using NodaTime;

namespace Fairway.Notifications;

/// <summary>A notice for one subscription, until it is told or given up.</summary>
/// <param name="Id">The same whenever the same record is told to the same subscription: who receives it twice can tell.</param>
/// <param name="Subscription">Whose.</param>
/// <param name="At">When it was put into the outbox.</param>
/// <param name="Notice">What is told.</param>
public sealed record PendingMessage(string Id, string Subscription, Instant At, Notice Notice)
{
    /// <summary>The message for a subscription.</summary>
    public static PendingMessage Of(Subscription subscription, Notice notice, Instant now)
        => new(IdOf($"{subscription.Id}/{notice.Seq}/{notice.Kind}"), subscription.Id, now, notice);

    /// <summary>32 hex digits of SHA-256.</summary>
    public static string IdOf(string what) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(what)).AsSpan(0, 16));
}

/// <summary>Record <c>notifications-planned.v1</c>: what is told, decided up to a position.</summary>
/// <param name="Through">Every record up to here was looked at.</param>
/// <param name="Messages">What came of it.</param>
public sealed record NotificationsPlanned(long Through, ImmutableArray<PendingMessage> Messages)
{
    /// <summary>Record type.</summary>
    public const string Type = "notifications-planned.v1";

    /// <summary>The stream of all plans.</summary>
    public const string Stream = "notifications";
}

/// <summary>Record <c>notification-sent.v1</c>: messages that were taken by whoever carries them on.</summary>
/// <param name="Delivery">Id of what was sent; that of the message when it was alone.</param>
/// <param name="Subscription">Whose.</param>
/// <param name="Messages">Ids.</param>
public sealed record NotificationSent(string Delivery, string Subscription, ImmutableArray<string> Messages)
{
    /// <summary>Record type.</summary>
    public const string Type = "notification-sent.v1";

    /// <summary>The stream of a subscription's deliveries.</summary>
    public static string StreamOf(string subscription) => $"notifications/{subscription}";
}

/// <summary>Record <c>notification-given-up.v1</c>: messages that could not be sent and are not tried again.</summary>
/// <param name="Delivery">Id of what could not be sent.</param>
/// <param name="Subscription">Whose.</param>
/// <param name="Messages">Ids.</param>
/// <param name="Reason">Why, without anything secret.</param>
public sealed record NotificationGivenUp(string Delivery, string Subscription, ImmutableArray<string> Messages, string Reason)
{
    /// <summary>Record type.</summary>
    public const string Type = "notification-given-up.v1";
}

/// <summary>Record <c>subscribed.v1</c> holds the <see cref="Subscription"/>; <c>unsubscribed.v1</c> its id.</summary>
/// <param name="Id">Which one.</param>
public sealed record Unsubscribed(string Id)
{
    /// <summary>Record type of a new subscription.</summary>
    public const string Begun = "subscribed.v1";

    /// <summary>Record type of its end.</summary>
    public const string Type = "unsubscribed.v1";

    /// <summary>The stream of all subscriptions.</summary>
    public const string Stream = "subscriptions";
}
