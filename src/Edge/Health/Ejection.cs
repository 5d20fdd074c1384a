using Fairway.Traffic;

namespace Fairway.Edge.Health;

/// <summary>
/// Passive ejection of one instance: so many failures in a row and it is passed over, longer each time (doubling to ten times). It comes back only after
/// connects succeed again (<see cref="EjectionProbe"/>).
/// </summary>
internal sealed class Ejection(TimeProvider time)
{
    private const int MaxFactor = 10;

    private int _failures;
    private int _streak;
    private long _total;
    private long _returnedAt;
    private volatile bool _ejected;

    /// <summary>Whether it is passed over now.</summary>
    public bool IsEjected => _ejected;

    /// <summary>Ejections since the edge started.</summary>
    public long Total => Interlocked.Read(ref _total);

    /// <summary>Failures since the last success.</summary>
    public int FailuresInARow => Volatile.Read(ref _failures);

    /// <summary>An exchange succeeded.</summary>
    public void Succeeded()
    {
        // Reads before writes: the common case must not take the cache line from the other cores.
        if (Volatile.Read(ref _failures) != 0) Volatile.Write(ref _failures, 0);
    }

    /// <summary>An exchange failed; whether that makes too many in a row.</summary>
    public bool Failed(TrafficPolicy policy) => Interlocked.Increment(ref _failures) >= policy.EjectAfter && !_ejected;

    /// <summary>Passes it over from now on and returns for how long at least. The caller serialises ejections of a service.</summary>
    public TimeSpan Eject(TrafficPolicy policy)
    {
        var unit = policy.EjectFor.ToTimeSpan();
        // "In a row" ends when it has served as long as it was last away.
        if (_streak > 0 && time.GetElapsedTime(Volatile.Read(ref _returnedAt)) >= unit * FactorOf(_streak)) _streak = 0;
        _streak++;
        Interlocked.Increment(ref _total);
        _ejected = true;
        return unit * FactorOf(_streak);
    }

    /// <summary>Takes it back.</summary>
    public void Return()
    {
        Volatile.Write(ref _returnedAt, time.GetTimestamp());
        Volatile.Write(ref _failures, 0);
        _ejected = false;
    }

    private static int FactorOf(int streak) => streak > 4 ? MaxFactor : Math.Min(1 << (streak - 1), MaxFactor);
}
