using System.Collections.Concurrent;
using Fairway.Kernel;
using Fairway.Ports;
using Fairway.Rollouts;
using NodaTime;

namespace Fairway.Adapters.InMemory;

/// <summary>A metrics source without a server: numbers by expression, and the faults that real ones have.</summary>
public sealed class InMemoryMetrics : IMetricsSource
{
    private readonly ConcurrentDictionary<string, ImmutableArray<double>> _numbers = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, ImmutableSortedDictionary<Instant, double>> _past = new(StringComparer.Ordinal);

    /// <summary>Whether it answers.</summary>
    public bool IsReachable { get; set; } = true;

    /// <summary>Questions asked so far.</summary>
    public int Asked => _asked;

    private static Fault Away { get; } = new(FaultKind.Unavailable, Blame.Platform, Retryable: true, "the metrics source does not answer");

    private int _asked;

    /// <summary>Its alerting rules.</summary>
    public ImmutableArray<AlertingRule> Alerts { get; set; } = [];

    /// <summary>What an expression gives from now on; nothing is no value.</summary>
    public void Set(string expression, params ImmutableArray<double> numbers) => _numbers[expression] = numbers;

    /// <summary>What an expression gave at a moment, and until the next one that is set; a moment before the first has no value.</summary>
    public void Set(string expression, Instant at, double number)
        => _past.AddOrUpdate(expression, _ => ImmutableSortedDictionary<Instant, double>.Empty.Add(at, number), (_, known) => known.SetItem(at, number));

    /// <inheritdoc/>
    public Task<ImmutableArray<QueryAnswer>> AskAsync(ImmutableArray<string> expressions, CancellationToken cancellation)
        => AskAsync(expressions, expression => _numbers.GetValueOrDefault(expression, []), cancellation);

    /// <inheritdoc/>
    public Task<ImmutableArray<QueryAnswer>> AskAsync(ImmutableArray<string> expressions, Instant at, CancellationToken cancellation)
        => AskAsync(expressions, expression => [.. _past.GetValueOrDefault(expression, ImmutableSortedDictionary<Instant, double>.Empty).Where(pair => pair.Key <= at).TakeLast(1).Select(pair => pair.Value)],
            cancellation);

    private Task<ImmutableArray<QueryAnswer>> AskAsync(ImmutableArray<string> expressions, Func<string, ImmutableArray<double>> numbers, CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        Interlocked.Add(ref _asked, expressions.Length);
        return Task.FromResult<ImmutableArray<QueryAnswer>>([.. expressions.Select(expression => Answer(expression, numbers(expression)))]);
    }

    /// <inheritdoc/>
    public Task<(ImmutableArray<AlertingRule> Rules, Fault? Fault)> AlertsAsync(CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        return Task.FromResult<(ImmutableArray<AlertingRule>, Fault?)>(IsReachable ? (Alerts, null) : ([], Away));
    }

    private QueryAnswer Answer(string expression, ImmutableArray<double> numbers)
    {
        if (!IsReachable) return new(null, Away);
        return numbers switch
        {
            [] => new(null, null),
            [var one] => new(double.IsFinite(one) ? one : null, null),
            var many => new(null, new(FaultKind.Invalid, Blame.Configuration, Retryable: false, $"the query {expression} gives {many.Length} numbers; aggregate them")),
        };
    }
}
