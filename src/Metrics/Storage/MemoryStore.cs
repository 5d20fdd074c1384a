using Fairway.Metrics.Model;

namespace Fairway.Metrics.Storage;

/// <summary>A store without a disk: for tests and for what lives no longer than the process. The same head and the same queries as the store on disk; it forgets nothing.</summary>
public sealed class MemoryStore : IMetricStore
{
    private readonly Head _head;
    private readonly StoreSearch _search;

    /// <param name="options">Of these the limits and the out-of-order window hold.</param>
    /// <param name="time">Says what lies in the future.</param>
    public MemoryStore(StoreOptions options, TimeProvider time)
    {
        _head = new(options, time);
        _search = new(_head, static () => []);
    }

    /// <summary>A store that takes samples of any time.</summary>
    public MemoryStore() : this(new StoreOptions { Ahead = null }, TimeProvider.System)
    {
    }

    public IReadOnlyDictionary<string, MetricMetadata> Metadata => _head.Metadata;

    public IAppendBatch Begin() => _head.Begin();

    public void Describe(string metric, MetricMetadata metadata) => _head.Describe(metric, metadata);

    public IReadOnlyList<ISeries> Select(long from, long to, IReadOnlyList<LabelMatcher> matchers, CancellationToken cancellation) =>
        _search.Select(from, to, matchers, cancellation);

    public IReadOnlyList<string> LabelNames(long from, long to, IReadOnlyList<LabelMatcher> matchers, CancellationToken cancellation) =>
        _search.LabelNames(from, to, matchers, cancellation);

    public IReadOnlyList<string> LabelValues(string name, long from, long to, IReadOnlyList<LabelMatcher> matchers, CancellationToken cancellation) =>
        _search.LabelValues(name, from, to, matchers, cancellation);

    public IReadOnlyList<Labels> Series(long from, long to, IReadOnlyList<LabelMatcher> matchers, CancellationToken cancellation) =>
        _search.Series(from, to, matchers, cancellation);

    public StoreStatistics Statistics(int top) => Cardinality.Measure(_head, top, 0, []);

    public void Dispose()
    {
    }
}
