using System.Numerics;
using Fairway.Traffic;

namespace Fairway.Edge.Counters;

/// <summary>Whose counters a row holds.</summary>
/// <param name="Environment">Environment's name.</param>
/// <param name="Service">Service's name.</param>
/// <param name="Release">The release's digest.</param>
/// <param name="Instance">Instance id.</param>
public sealed record CounterKey(string Environment, string Service, string Release, string Instance);

/// <summary>One instance's exact counters: they only grow while the edge runs. Safe from any thread, without locks.</summary>
public sealed class CounterRow
{
    private static readonly int StripeCount = (int)BitOperations.RoundUpToPowerOf2((uint)Math.Min(Environment.ProcessorCount, 16));

    private readonly CounterStripe[] _stripes = new CounterStripe[StripeCount];

    public CounterRow(CounterKey key, string version)
    {
        Key = key;
        Version = version;
        for (var i = 0; i < _stripes.Length; i++) _stripes[i] = new CounterStripe();
    }

    /// <summary>Whose counters these are.</summary>
    public CounterKey Key { get; }

    /// <summary>The release's version, for people.</summary>
    public string Version { get; }

    /// <summary>Counts an attempt that has ended.</summary>
    public void Count(in ExchangeResult result)
    {
        var stripe = _stripes[Thread.GetCurrentProcessorId() & (_stripes.Length - 1)];
        switch (result.Failure)
        {
            case FailureKind.Connect: stripe.Add(Counter.ConnectFailures, 1); break;
            case FailureKind.Reset: stripe.Add(Counter.Resets, 1); break;
            case FailureKind.Timeout: stripe.Add(Counter.Timeouts, 1); break;
            case FailureKind.None or FailureKind.ClientAbort: break;
        }
        if (result.BytesIn > 0) stripe.Add(Counter.BytesIn, result.BytesIn);
        if (result.BytesOut > 0) stripe.Add(Counter.BytesOut, result.BytesOut);
        if (result.Retried)
        {
            stripe.Add(Counter.Retries, 1);
            return;
        }
        stripe.Add(ClassOf(result.Status), 1);
        if (result.Upgraded) return;
        var elapsed = Math.Max(0, result.ElapsedMicroseconds);
        stripe.AddLatency(elapsed);
        stripe.Add(Counter.LatencyMicroseconds, elapsed);
    }

    /// <summary>The counters now, with the gauges that the caller knows.</summary>
    public InstanceCounters Read(long inFlight, long upgraded) => new()
    {
        Environment = Key.Environment,
        Service = Key.Service,
        Release = Key.Release,
        Version = Version,
        Instance = Key.Instance,
        Requests = [Sum(Counter.ClientLeft), Sum(Counter.Informational), Sum(Counter.Success), Sum(Counter.Redirect), Sum(Counter.ClientError), Sum(Counter.ServerError)],
        ConnectFailures = Sum(Counter.ConnectFailures),
        Resets = Sum(Counter.Resets),
        Timeouts = Sum(Counter.Timeouts),
        Retries = Sum(Counter.Retries),
        BytesIn = Sum(Counter.BytesIn),
        BytesOut = Sum(Counter.BytesOut),
        InFlight = inFlight,
        Upgraded = upgraded,
        Latency = ReadLatency(),
    };

    /// <summary>Sum of all counted latencies in microseconds.</summary>
    public long LatencyMicroseconds => Sum(Counter.LatencyMicroseconds);

    private static Counter ClassOf(int status) => status is >= 100 and <= 599 ? (Counter)(status / 100) : Counter.ClientLeft;

    private long Sum(Counter counter)
    {
        long sum = 0;
        foreach (var stripe in _stripes) sum += stripe.Read(counter);
        return sum;
    }

    private ImmutableSortedDictionary<int, long> ReadLatency()
    {
        Span<long> sum = new long[LatencyBuckets.Count];
        foreach (var stripe in _stripes) stripe.AddLatenciesTo(sum);
        var sparse = ImmutableSortedDictionary.CreateBuilder<int, long>();
        for (var i = 0; i < sum.Length; i++)
            if (sum[i] != 0) sparse.Add(i, sum[i]);
        return sparse.ToImmutable();
    }
}
