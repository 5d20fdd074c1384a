using NodaTime;

namespace Fairway.Runtime;

/// <summary>
/// The engine's wall clock: it never goes back and never jumps while something waits. Deadlines are differences of its instants, so a
/// machine whose clock is
/// set an hour back neither holds a rollout for an hour nor, set forward, takes one back for a deadline that never passed.
/// </summary>
/// <remarks>
/// An anchor on the wall clock plus monotonic time since then; <see cref="Follow"/> moves the anchor forward when nobody waits.
/// </remarks>
public sealed class EngineClock
{
    private static readonly Duration Tolerance = Duration.FromSeconds(1);
    private readonly TimeProvider _time;
    private readonly Lock _gate = new();
    private Instant _anchor;
    private long _anchoredAt;
    private Instant _last;

    /// <summary>Anchored on what the provider says now.</summary>
    public EngineClock(TimeProvider time)
    {
        _time = time;
        _anchor = Wall();
        _anchoredAt = time.GetTimestamp();
        _last = _anchor;
    }

    /// <summary>Where time comes from; timers are made with it.</summary>
    public TimeProvider Time => _time;

    /// <summary>Now; never earlier than any instant it gave before.</summary>
    public Instant Now
    {
        get
        {
            lock (_gate) return Read();
        }
    }

    /// <summary>How far the machine's clock is ahead of this one; negative after it was set back.</summary>
    public Duration Skew
    {
        get
        {
            lock (_gate) return Wall() - Read();
        }
    }

    /// <summary>
    /// Takes over the machine's clock when it has been set forward. To be called only while nothing waits for an instant.
    /// </summary>
    public void Follow()
    {
        lock (_gate)
        {
            var wall = Wall();
            if (wall - Read() > Tolerance) Anchor(wall);
        }
    }

    private Instant Read()
    {
        var now = _anchor + Duration.FromTimeSpan(_time.GetElapsedTime(_anchoredAt));
        if (now > _last) _last = now;
        return _last;
    }

    private void Anchor(Instant at)
    {
        _anchor = at;
        _anchoredAt = _time.GetTimestamp();
        if (at > _last) _last = at;
    }

    private Instant Wall() => Instant.FromDateTimeOffset(_time.GetUtcNow());
}
