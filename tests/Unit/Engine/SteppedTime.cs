namespace Fairway.Engine;

/// <summary>Time that passes only between turns: the next timer in order of its time, then of who asked first. The wall clock can be set apart from it.</summary>
internal sealed class SteppedTime : TimeProvider
{
    private static readonly DateTimeOffset Start = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);
    private readonly PriorityQueue<Action, (long Due, long Order)> _due = new();
    private long _order;

    /// <summary>Since the beginning; never goes back.</summary>
    public TimeSpan Elapsed { get; private set; }

    /// <summary>How far somebody has set the machine's clock.</summary>
    public TimeSpan ClockSetBy { get; set; }

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override long GetTimestamp() => Elapsed.Ticks;

    public override DateTimeOffset GetUtcNow() => Start + Elapsed + ClockSetBy;

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = new SteppedTimer(this, () => callback(state));
        timer.Change(dueTime, period);
        return timer;
    }

    /// <summary>Goes to the next timer and fires it; false when none is due before <paramref name="end"/>, where time then stands.</summary>
    public bool Step(TimeSpan end)
    {
        if (!_due.TryPeek(out var fire, out var at) || at.Due > end.Ticks)
        {
            if (Elapsed < end) Elapsed = end;
            return false;
        }
        _due.Dequeue();
        if (at.Due > Elapsed.Ticks) Elapsed = TimeSpan.FromTicks(at.Due);
        fire();
        return true;
    }

    private void At(TimeSpan due, Action fire) => _due.Enqueue(fire, (due.Ticks, ++_order));

    private sealed class SteppedTimer(SteppedTime time, Action fire) : ITimer
    {
        private int _setting;

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            var setting = ++_setting;
            if (dueTime >= TimeSpan.Zero) time.At(time.Elapsed + dueTime, () => Fire(setting, period));
            return true;
        }

        public void Dispose() => _setting++;

        public ValueTask DisposeAsync()
        {
            Dispose();
            return default;
        }

        private void Fire(int setting, TimeSpan period)
        {
            if (setting != _setting) return;
            if (period > TimeSpan.Zero) time.At(time.Elapsed + period, () => Fire(setting, period));
            fire();
        }
    }
}
