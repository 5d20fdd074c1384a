using Fairway.Catalog;
using Fairway.Edge.Counters;
using Fairway.Traffic;

namespace Fairway.Edge.Admission;

/// <summary>What a service has going on at the edge, across every table it is in: its concurrency, its queue, its circuit.</summary>
public sealed class ServiceRuntime
{
    private readonly ConcurrencyGate _gate;
    private readonly CircuitBreaker _breaker;
    private volatile TrafficPolicy _policy;
    private long _diverted;

    public ServiceRuntime(ServiceKey key, TrafficPolicy policy, TimeProvider time)
    {
        Key = key;
        _policy = policy;
        _gate = new ConcurrencyGate(time);
        _breaker = new CircuitBreaker(time);
    }

    /// <summary>The service in its environment.</summary>
    public ServiceKey Key { get; }

    /// <summary>The policy in force.</summary>
    public TrafficPolicy Policy => _policy;

    /// <summary>Requests that hold a place now.</summary>
    public int Active => _gate.Active;

    /// <summary>Requests that wait for a place now.</summary>
    public int Queued => _gate.Queued;

    /// <summary>The circuit's state now.</summary>
    public CircuitState Circuit => _breaker.State;

    /// <summary>Requests that left their arm of the split because it had no usable instance.</summary>
    public long Diverted => Interlocked.Read(ref _diverted);

    /// <summary>Waits for a place. Only <see cref="AdmissionResult.Admitted"/> owes a <see cref="Leave"/>.</summary>
    /// <remarks>An upgraded connection gives its place back when it is upgraded: WebSockets must not starve requests.</remarks>
    /// <exception cref="OperationCanceledException">The client left while it waited; no place is held.</exception>
    public ValueTask<AdmissionResult> EnterAsync(CancellationToken cancellation)
    {
        var policy = _policy;
        return _breaker.Allows(policy) ? _gate.EnterAsync(policy, cancellation) : new(AdmissionResult.CircuitOpen);
    }

    /// <summary>Gives the place back.</summary>
    public void Leave() => _gate.Leave(_policy);

    /// <summary>A request leaves its arm of the split because the arm has no usable instance.</summary>
    internal void CountDiverted() => Interlocked.Increment(ref _diverted);

    /// <summary>Tells the circuit how an exchange with the service ended.</summary>
    internal void Record(in ExchangeResult result) => _breaker.Record(_policy, result);

    /// <summary>A new table has a new policy; those who wait may now fit.</summary>
    internal void Use(TrafficPolicy policy)
    {
        _policy = policy;
        _gate.Admit(policy);
    }
}
