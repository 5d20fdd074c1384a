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
    private readonly long[] _refused = new long[Enum.GetValues<RefusalReason>().Length];
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
        if (!_breaker.Allows(policy))
        {
            CountRefused(RefusalReason.CircuitOpen);
            return new(AdmissionResult.CircuitOpen);
        }
        var entering = _gate.EnterAsync(policy, cancellation);
        return entering.IsCompletedSuccessfully ? new(Counted(entering.Result)) : CountLaterAsync(entering);
    }

    /// <summary>Gives the place back.</summary>
    public void Leave() => _gate.Leave(_policy);

    /// <summary>Requests that were answered by the edge because they could not be passed on.</summary>
    public long Refused(RefusalReason reason) => Interlocked.Read(ref _refused[(int)reason]);

    /// <summary>A request could not be passed on.</summary>
    internal void CountRefused(RefusalReason reason) => Interlocked.Increment(ref _refused[(int)reason]);

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

    private async ValueTask<AdmissionResult> CountLaterAsync(ValueTask<AdmissionResult> entering) => Counted(await entering);

    private AdmissionResult Counted(AdmissionResult result)
    {
        if (result == AdmissionResult.QueueFull) CountRefused(RefusalReason.QueueFull);
        else if (result == AdmissionResult.QueueTimeout) CountRefused(RefusalReason.QueueTimeout);
        return result;
    }
}

/// <summary>Why a request could not be passed on to an instance.</summary>
public enum RefusalReason
{
    /// <summary>Its service's queue was full.</summary>
    QueueFull,

    /// <summary>Its turn did not come in time.</summary>
    QueueTimeout,

    /// <summary>Its service's circuit was open.</summary>
    CircuitOpen,

    /// <summary>Its service had no instance to send it to.</summary>
    NoInstance,
}
