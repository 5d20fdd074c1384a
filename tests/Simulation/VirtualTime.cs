using NodaTime;

namespace Fairway.Simulation;

/// <summary>Time that passes only when told to: a queue of what happens next, ordered by time and, at one time, by who asked first.</summary>
internal sealed class VirtualTime : TimeProvider
{
    private static readonly DateTimeOffset Start = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);

    private readonly PriorityQueue<Entry, (long Due, long Sequence)> _queue = new();
    private long _sequence;

    /// <summary>Time since the world began; unlike the clock it never goes back.</summary>
    public TimeSpan Elapsed { get; private set; }

    /// <summary>How far the wall clock is off.</summary>
    public TimeSpan Offset { get; set; }

    public Instant Now => Instant.FromDateTimeOffset(GetUtcNow());

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override TimeZoneInfo LocalTimeZone => TimeZoneInfo.Utc;

    public override DateTimeOffset GetUtcNow() => Start + Elapsed + Offset;

    public override long GetTimestamp() => Elapsed.Ticks;

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = new VirtualTimer(this, callback, state);
        timer.Change(dueTime, period);
        return timer;
    }

    /// <summary>Has something happen later.</summary>
    public void After(TimeSpan delay, Action act)
    {
        var due = Elapsed.Ticks + Math.Max(0, delay.Ticks);
        _queue.Enqueue(new(act), (due, ++_sequence));
    }

    /// <summary>Lets the next thing happen; false when nothing is left, or not before <paramref name="until"/>.</summary>
    public bool Step(TimeSpan until)
    {
        if (!_queue.TryPeek(out var entry, out var at) || at.Due > until.Ticks)
        {
            if (Elapsed < until) Elapsed = until;
            return false;
        }
        _queue.Dequeue();
        Elapsed = TimeSpan.FromTicks(at.Due);
        entry.Act();
        return true;
    }

    private readonly record struct Entry(Action Act);

    private sealed class VirtualTimer(VirtualTime time, TimerCallback callback, object? state) : ITimer
    {
        private int _life;

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            var life = ++_life;
            if (dueTime >= TimeSpan.Zero) time.After(dueTime, () => Ring(life, period));
            return true;
        }

        public void Dispose() => _life++;

        public ValueTask DisposeAsync()
        {
            Dispose();
            return default;
        }

        private void Ring(int life, TimeSpan period)
        {
            if (life != _life) return;
            if (period > TimeSpan.Zero) time.After(period, () => Ring(life, period));
            callback(state);
        }
    }
}
