using System.Collections.Concurrent;
using Fairway.Kernel;
using Fairway.Ports;
using Fairway.Rollouts;

namespace Fairway.Adapters.InMemory;

/// <summary>A metrics source without a server: numbers by expression, and the faults that real ones have.</summary>
public sealed class InMemoryMetrics : IMetricsSource
{
    private readonly ConcurrentDictionary<string, ImmutableArray<double>> _numbers = new(StringComparer.Ordinal);

    /// <summary>Whether it answers.</summary>
    public bool IsReachable { get; set; } = true;

    /// <summary>Questions asked so far.</summary>
    public int Asked => _asked;

    private int _asked;

    /// <summary>What an expression gives from now on; nothing is no value.</summary>
    public void Set(string expression, params ImmutableArray<double> numbers) => _numbers[expression] = numbers;

    /// <inheritdoc/>
    public Task<ImmutableArray<QueryAnswer>> AskAsync(ImmutableArray<string> expressions, CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        Interlocked.Add(ref _asked, expressions.Length);
        return Task.FromResult<ImmutableArray<QueryAnswer>>([.. expressions.Select(Answer)]);
    }

    private QueryAnswer Answer(string expression)
    {
        if (!IsReachable) return new(null, new(FaultKind.Unavailable, Blame.Platform, Retryable: true, "the metrics source does not answer"));
        return _numbers.GetValueOrDefault(expression, []) switch
        {
            [] => new(null, null),
            [var one] => new(double.IsFinite(one) ? one : null, null),
            var many => new(null, new(FaultKind.Invalid, Blame.Configuration, Retryable: false, $"the query {expression} gives {many.Length} numbers; aggregate them")),
        };
    }
}
