using NodaTime;

namespace Fairway.Access;

/// <summary>Failed sign-ins in the present window, by address and in all. Bounded: a flood of addresses only fills the total.</summary>
internal sealed class AttemptCounts(AccessLimits limits)
{
    private readonly Lock _gate = new();
    private readonly Dictionary<string, int> _byAddress = new(StringComparer.Ordinal);
    private Instant _since;
    private int _all;

    /// <summary>How long to wait before another try; null is not at all.</summary>
    public Duration? Wait(string address, Instant now)
    {
        lock (_gate)
        {
            Turn(now);
            var full = _all >= limits.AttemptsInAll || _byAddress.GetValueOrDefault(address) >= limits.Attempts;
            return full ? _since + limits.AttemptWindow - now : null;
        }
    }

    /// <summary>One more failed.</summary>
    public void Add(string address, Instant now)
    {
        lock (_gate)
        {
            Turn(now);
            _all++;
            _byAddress[address] = _byAddress.GetValueOrDefault(address) + 1;
        }
    }

    private void Turn(Instant now)
    {
        if (now - _since < limits.AttemptWindow) return;
        (_since, _all) = (now, 0);
        _byAddress.Clear();
    }
}
