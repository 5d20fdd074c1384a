using Fairway.Kernel;
using Fairway.Notifications;

namespace Fairway.Ports;

/// <summary>Carries messages to people: by mail, by webhook.</summary>
public interface INotificationChannel
{
    /// <summary>
    /// Sends one delivery, within a time limit of its own, and returns once whoever carries it on has taken it. It may be sent again with the
    /// same id: the receiver can tell. A fault that is not retryable will not go away by waiting. No fault holds anything secret of the
    /// destination.
    /// </summary>
    /// <param name="delivery">What.</param>
    /// <param name="channel">How; the implementation carries messages of this kind.</param>
    /// <param name="to">Where, with what is secret of it.</param>
    /// <param name="cancellation">Stops waiting; it may have been sent all the same.</param>
    Task<Fault?> SendAsync(Delivery delivery, ChannelKind channel, Destination to, CancellationToken cancellation);
}
