using NodaTime;

namespace Fairway.Runtime;

/// <summary>
/// One timer that can be set again and again: it rings once per setting, through a callback that must only post a message.
/// </summary>
public sealed class Alarm : IDisposable
{
    private static readonly TimeSpan Longest = TimeSpan.FromHours(1);
    private readonly ITimer _timer;

    /// <summary>Not set yet.</summary>
    public Alarm(TimeProvider time, Action ring)
        => _timer = time.CreateTimer(static state => ((Action)state!)(), ring, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);

    /// <summary>
    /// Rings after this long (at once when it is not positive; at the latest in an hour: whoever is rung looks at the clock and sets it
    /// again).
    /// </summary>
    public void RingAfter(Duration wait)
    {
        var due = wait <= Duration.Zero ? TimeSpan.Zero : wait > Duration.FromTimeSpan(Longest) ? Longest : wait.ToTimeSpan();
        // Timers count whole milliseconds: rounded down, it would ring just before the instant that is waited for.
        _timer.Change(TimeSpan.FromMilliseconds(Math.Ceiling(due.TotalMilliseconds)), Timeout.InfiniteTimeSpan);
    }

    /// <inheritdoc/>
    public void Dispose() => _timer.Dispose();
}
