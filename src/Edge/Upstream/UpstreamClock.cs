using System.Collections.Concurrent;

namespace Fairway.Edge.Upstream;

/// <summary>
/// Enforces the deadlines of all connections with one timer: a timer for each request would cost more than the request. Deadlines are kept to within
/// <see cref="Resolution"/>, never early.
/// </summary>
internal sealed class UpstreamClock : IDisposable
{
    /// <summary>Time between two sweeps.</summary>
    public static readonly TimeSpan Resolution = TimeSpan.FromMilliseconds(100);

    private readonly TimeProvider _time;
    private readonly ConcurrentDictionary<UpstreamPool, bool> _pools = new();
    private readonly ITimer _timer;
    private long _now;

    public UpstreamClock(TimeProvider time)
    {
        _time = time;
        _now = time.GetTimestamp();
        _timer = time.CreateTimer(static self => ((UpstreamClock)self!).Sweep(), this, Resolution, Resolution);
    }

    /// <summary>The time of the last sweep, in ticks of the time provider.</summary>
    public long Now => Volatile.Read(ref _now);

    /// <summary>A moment at least this far away.</summary>
    public long After(TimeSpan timeout) => Now + Ticks(timeout + Resolution);

    /// <summary>Ticks of the time provider.</summary>
    public long Ticks(TimeSpan span) => (long)(span.TotalSeconds * _time.TimestampFrequency);

    /// <summary>Sweeps this pool from now on.</summary>
    public void Add(UpstreamPool pool) => _pools.TryAdd(pool, true);

    /// <summary>Sweeps it no more.</summary>
    public void Remove(UpstreamPool pool) => _pools.TryRemove(pool, out _);

    /// <inheritdoc/>
    public void Dispose() => _timer.Dispose();

    private void Sweep()
    {
        var now = _time.GetTimestamp();
        Volatile.Write(ref _now, now);
        foreach (var (pool, _) in _pools) pool.Sweep(now);
    }
}
