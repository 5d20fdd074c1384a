using NodaTime;

namespace Fairway.Notifications;

/// <summary>What is sent at once: one message, or many as a digest.</summary>
/// <param name="Id">Of the message when it is alone; else made of all their ids.</param>
/// <param name="Messages">Oldest first; never empty.</param>
public sealed record Delivery(string Id, ImmutableArray<PendingMessage> Messages)
{
    /// <summary>A delivery of these messages.</summary>
    public static Delivery Of(ImmutableArray<PendingMessage> messages)
        => new(messages is [var alone] ? alone.Id : PendingMessage.IdOf(string.Join('/', messages.Select(message => message.Id))), messages);
}

/// <summary>When and how a subscription's messages go out. Pure.</summary>
public static class DeliveryPlan
{
    /// <summary>So many deliveries within <see cref="Window"/> go out one by one; more wait and become a digest.</summary>
    public const int Burst = 5;

    /// <summary>Most notices in one digest.</summary>
    public const int Most = 50;

    /// <summary>See <see cref="Burst"/>.</summary>
    public static readonly Duration Window = Duration.FromMinutes(1);

    /// <summary>A message that could not be sent for so long is given up.</summary>
    public static readonly Duration GiveUpAfter = Duration.FromHours(24);

    private static readonly Duration FirstRetry = Duration.FromSeconds(2);
    private static readonly Duration LongestRetry = Duration.FromMinutes(15);

    /// <summary>The next delivery, or when there may be one.</summary>
    /// <param name="pending">The subscription's messages, oldest first.</param>
    /// <param name="sent">When its last deliveries went out, oldest first.</param>
    /// <param name="now">Now.</param>
    /// <returns>The delivery, else when to look again; nothing at all without messages.</returns>
    public static (Delivery? Now, Instant? Later) Next(ImmutableArray<PendingMessage> pending, ImmutableArray<Instant> sent, Instant now)
    {
        if (pending.IsEmpty) return (null, null);
        var recent = sent.Where(at => now - at < Window).ToArray();
        if (recent.Length >= Burst) return (null, recent[0] + Window);
        // What piled up, while it waited or while nobody answered, is one letter and not many.
        return (Delivery.Of(pending.Length > Burst || (pending.Length > 1 && sent.Length >= Burst && now - sent[^Burst] < 2 * Window)
            ? [.. pending.Take(Most)] : [pending[0]]), null);
    }

    /// <summary>When a delivery that failed is tried again: later and later, and not all subscriptions at the same moment.</summary>
    /// <param name="attempts">Failures in a row, from 1.</param>
    /// <param name="who">The subscription: spreads the moments.</param>
    /// <param name="now">Now.</param>
    public static Instant Again(int attempts, string who, Instant now)
    {
        var full = Math.Min(FirstRetry.TotalMilliseconds * (1L << Math.Clamp(attempts - 1, 0, 20)), LongestRetry.TotalMilliseconds);
        var share = Convert.ToInt32(PendingMessage.IdOf($"{who}/{attempts}")[..4], 16) / 65536.0;
        return now + Duration.FromMilliseconds(full * (1 - (0.25 * share)));
    }

    /// <summary>Whether a delivery that failed is given up.</summary>
    public static bool IsGivenUp(Delivery delivery, bool retryable, Instant now) => !retryable || now - delivery.Messages[0].At >= GiveUpAfter;
}
