using Fairway.Edge.Counters;
using Fairway.Traffic;

namespace Fairway.Edge.Admission;

/// <summary>Whether a service's requests go through.</summary>
public enum CircuitState
{
    /// <summary>They do.</summary>
    Closed,

    /// <summary>They are answered at once: nearly all before them failed.</summary>
    Open,

    /// <summary>One is let through to try.</summary>
    HalfOpen,
}

/// <summary>
/// Opens when nearly every exchange of the last ten seconds failed (no connection, reset, no answer), so that a dead service costs its callers nothing but
/// a quick 503. After <see cref="TrafficPolicy.BreakFor"/> one request tries; its outcome closes or opens it again. A trial that ends without an outcome
/// (client left, nothing to send it to) is followed by another after the same time.
/// </summary>
internal sealed class CircuitBreaker(TimeProvider time)
{
    private const int MinExchanges = 20;

    private readonly Lock _lock = new();
    private readonly FailureWindow _window = new();
    private volatile CircuitState _state;
    private long _since;

    /// <summary>The state now; an open circuit whose time is over is open until somebody tries.</summary>
    public CircuitState State => _state;

    /// <summary>Whether a request may pass now; in a half-open circuit that makes it the trial.</summary>
    public bool Allows(TrafficPolicy policy)
    {
        if (_state == CircuitState.Closed) return true;
        lock (_lock)
        {
            if (_state == CircuitState.Closed) return true;
            if (time.GetElapsedTime(_since) < policy.BreakFor.ToTimeSpan()) return false;
            _state = CircuitState.HalfOpen;
            _since = time.GetTimestamp();
            return true;
        }
    }

    /// <summary>An exchange ended.</summary>
    public void Record(TrafficPolicy policy, in ExchangeResult result)
    {
        if (policy.BreakAt >= 1 || result.Retried || result.Failure == FailureKind.ClientAbort) return;
        var failed = result.Failure != FailureKind.None;
        var now = time.GetTimestamp();
        var (total, failures) = _window.Add(now / time.TimestampFrequency, failed);
        if (_state == CircuitState.Closed && failed && total >= MinExchanges && failures >= policy.BreakAt * total)
        {
            lock (_lock)
            {
                if (_state == CircuitState.Closed) Open(now);
            }
        }
        else if (_state == CircuitState.HalfOpen) Conclude(failed, result.ElapsedMicroseconds, now);
    }

    private void Conclude(bool failed, long elapsedMicroseconds, long now)
    {
        lock (_lock)
        {
            // Only what began after the trial was let through tells about now; what hung since before the circuit opened does not.
            var began = now - (long)(elapsedMicroseconds * (time.TimestampFrequency / 1e6));
            var slack = time.TimestampFrequency / 1000;
            if (_state != CircuitState.HalfOpen || began + slack < _since) return;
            if (failed) Open(now);
            else
            {
                _state = CircuitState.Closed;
                _window.Clear();
            }
        }
    }

    private void Open(long now)
    {
        _state = CircuitState.Open;
        _since = now;
        _window.Clear();
    }
}
