using System.Runtime.InteropServices;
using Fairway.Edge.Admission;
using Fairway.Edge.Counters;

namespace Fairway.Edge.Health;

/// <summary>
/// An instance at one address, across every table it is in: what it has in flight, whether it drains, whether it is passed over. Safe from any thread.
/// </summary>
public sealed class InstanceRuntime
{
    // An exchange that begins after this was added to the count finds the instance closed.
    private const long ClosedMark = long.MinValue / 2;

    private readonly Lock _lock = new();
    private readonly InstanceOwner _owner;
    private InFlight _inFlight;
    private DrainSignal _draining = DrainSignal.New();
    private object? _upstream;
    private volatile bool _isDraining;
    private volatile bool _retired;
    private TimeSpan _drainTimeout;

    /// <param name="instance">Instance id.</param>
    /// <param name="host">Address literal or host name.</param>
    /// <param name="port">TCP port.</param>
    /// <param name="service">Whose instance it is.</param>
    /// <param name="row">Where its exchanges are counted.</param>
    /// <param name="owner">Who ejects it and forgets it.</param>
    /// <param name="time">For ejections.</param>
    internal InstanceRuntime(string instance, string host, int port, ServiceRuntime service, CounterRow row, InstanceOwner owner, TimeProvider time)
    {
        _owner = owner;
        Instance = instance;
        Host = host;
        Port = port;
        Service = service;
        Row = row;
        Ejection = new Ejection(time);
    }

    /// <summary>Instance id.</summary>
    public string Instance { get; }

    /// <summary>Address literal or host name.</summary>
    public string Host { get; }

    /// <summary>TCP port.</summary>
    public int Port { get; }

    /// <summary>
    /// The data path's own: connections to this instance. Set between <see cref="Begin"/> and <see cref="End"/> only; disposed when the instance has left the
    /// table and nothing is in flight. See <see cref="Attach"/>.
    /// </summary>
    public object? Upstream
    {
        get => Volatile.Read(ref _upstream);
        set => Volatile.Write(ref _upstream, value);
    }

    /// <summary>Exchanges and upgraded connections now open.</summary>
    public long InFlightCount
    {
        get
        {
            var count = Interlocked.Read(ref _inFlight.Count);
            return count < 0 ? count - ClosedMark : count;
        }
    }

    /// <summary>Of these, upgraded connections.</summary>
    public long UpgradedCount => Interlocked.Read(ref _inFlight.Upgraded);

    /// <summary>
    /// Cancelled when the instance stops taking new requests: WebSockets close with 1012, spread over <see cref="DrainTimeout"/>. Read it when an exchange
    /// begins: a rollback makes a draining instance active again, with a new token.
    /// </summary>
    public CancellationToken Draining => Volatile.Read(ref _draining).Source.Token;

    /// <summary>Whether it only finishes what it has.</summary>
    public bool IsDraining => _isDraining;

    /// <summary>Time that it has for what is in flight once it drains.</summary>
    public TimeSpan DrainTimeout => _drainTimeout;

    /// <summary>Whether it is passed over because it failed again and again.</summary>
    public bool IsEjected => Ejection.IsEjected;

    internal ServiceRuntime Service { get; }

    internal CounterRow Row { get; }

    internal Ejection Ejection { get; }

    /// <summary>An exchange begins. When it answers false the instance is gone for good (left the table, drained, closed): pick again, owe no <see cref="End"/>.</summary>
    public bool Begin()
    {
        if (Interlocked.Increment(ref _inFlight.Count) > 0) return true;
        Interlocked.Decrement(ref _inFlight.Count);
        return false;
    }

    /// <summary>The exchange became an upgraded connection; its <see cref="End"/> says <see cref="ExchangeResult.Upgraded"/>.</summary>
    public void MarkUpgraded()
    {
        Interlocked.Increment(ref _inFlight.Upgraded);
        Ejection.Succeeded();
    }

    /// <summary>The exchange that <see cref="Begin"/> began has ended. Counted before it stops being in flight, so a drained instance's counts are whole.</summary>
    public void End(in ExchangeResult result)
    {
        Row.Count(result);
        Service.Record(result);
        if (result.Upgraded) Interlocked.Decrement(ref _inFlight.Upgraded);
        else if (result.Failure == FailureKind.None) Ejection.Succeeded();
        else if (result.Failure != FailureKind.ClientAbort && Ejection.Failed(Service.Policy)) _owner.TooManyFailures(this);
        if (Interlocked.Decrement(ref _inFlight.Count) == 0 && _retired) TryClose();
    }

    /// <summary>Keeps the first of several upstreams that were made at the same time, disposes the others, and returns the one that is kept.</summary>
    public T Attach<T>(T upstream)
        where T : class, IDisposable
    {
        if (Interlocked.CompareExchange(ref _upstream, upstream, null) is not T kept) return upstream;
        upstream.Dispose();
        return kept;
    }

    /// <summary>In the table, or again so. False when it is closed already: a new one must be made.</summary>
    internal bool Keep(TimeSpan drainTimeout)
    {
        lock (_lock)
        {
            if (IsClosed) return false;
            _retired = false;
            _drainTimeout = drainTimeout;
            return true;
        }
    }

    /// <summary>Takes new requests, again perhaps.</summary>
    internal void Activate()
    {
        lock (_lock)
        {
            if (!_isDraining) return;
            Volatile.Write(ref _draining, DrainSignal.New());
            _isDraining = false;
        }
    }

    /// <summary>Takes no new requests.</summary>
    internal void Drain()
    {
        _isDraining = true;
        SignalDrain();
    }

    /// <summary>Tells everybody who watches <see cref="Draining"/>, on other threads.</summary>
    internal void SignalDrain() => _ = Volatile.Read(ref _draining).Source.CancelAsync();

    /// <summary>Left the table: closes once nothing is in flight.</summary>
    internal void Retire()
    {
        lock (_lock) _retired = true;
        TryClose();
    }

    /// <summary>Whether it has left the table and holds nothing any more.</summary>
    internal bool IsClosed => Interlocked.Read(ref _inFlight.Count) < 0;

    private void TryClose()
    {
        lock (_lock)
        {
            if (!_retired || Interlocked.CompareExchange(ref _inFlight.Count, ClosedMark, 0) != 0) return;
        }
        (Interlocked.Exchange(ref _upstream, null) as IDisposable)?.Dispose();
        _owner.Closed(this);
    }

    // The source is never disposed: it has no timer, and an exchange may read its token after the instance is closed.
    private sealed record DrainSignal(CancellationTokenSource Source)
    {
        public static DrainSignal New() => new(new CancellationTokenSource());
    }

    // On a cache line of its own: every exchange writes it.
    [StructLayout(LayoutKind.Explicit, Size = 192)]
    private struct InFlight
    {
        [FieldOffset(64)]
        public long Count;

        [FieldOffset(72)]
        public long Upgraded;
    }
}

/// <summary>What an instance tells whoever keeps it.</summary>
/// <param name="TooManyFailures">Failures in a row reached the policy's limit: eject it if it can be spared.</param>
/// <param name="Closed">It left the table and nothing is in flight any more; called once.</param>
internal sealed record InstanceOwner(Action<InstanceRuntime> TooManyFailures, Action<InstanceRuntime> Closed);
