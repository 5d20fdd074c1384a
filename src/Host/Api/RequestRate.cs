namespace Fairway.Api;

/// <summary>Counts by caller in windows of a minute. Bounded: a flood of callers is counted as one.</summary>
/// <param name="most">In a minute.</param>
/// <param name="time">The clock.</param>
internal sealed class RequestRate(int most, TimeProvider time)
{
    private const int MostCallers = 10_000;
    private static readonly TimeSpan Window = TimeSpan.FromMinutes(1);
    private readonly Lock _gate = new();
    private readonly Dictionary<string, int> _counts = new(StringComparer.Ordinal);
    private long _since = long.MinValue;

    /// <summary>Whether the caller had all of this minute's.</summary>
    public bool IsOver(string caller)
    {
        lock (_gate)
        {
            Turn();
            return _counts.GetValueOrDefault(Key(caller)) >= most;
        }
    }

    /// <summary>Counts one; false when it is one too many.</summary>
    public bool Add(string caller)
    {
        lock (_gate)
        {
            Turn();
            var key = Key(caller);
            return (_counts[key] = _counts.GetValueOrDefault(key) + 1) <= most;
        }
    }

    private string Key(string caller) => _counts.Count < MostCallers || _counts.ContainsKey(caller) ? caller : "";

    private void Turn()
    {
        if (_since != long.MinValue && time.GetElapsedTime(_since) < Window) return;
        _since = time.GetTimestamp();
        _counts.Clear();
    }
}
