using Fairway.Metrics.Model;

namespace Fairway.Metrics.Storage;

/// <summary>A store to write to, to query, and to ask what is in it.</summary>
public interface IMetricStore : ISampleStore, ISeriesSource, IDisposable
{
    /// <summary>Help, type and unit by metric.</summary>
    IReadOnlyDictionary<string, MetricMetadata> Metadata { get; }

    /// <summary>Names of the labels of the series that match all conditions and may have samples between two times (both included), in order.</summary>
    /// <param name="from">Milliseconds since 1970.</param>
    /// <param name="to">Milliseconds since 1970.</param>
    /// <param name="matchers">None for all series.</param>
    /// <param name="cancellation">Ends the search.</param>
    IReadOnlyList<string> LabelNames(long from, long to, IReadOnlyList<LabelMatcher> matchers, CancellationToken cancellation);

    /// <summary>Values of one label, as <see cref="LabelNames"/>.</summary>
    IReadOnlyList<string> LabelValues(string name, long from, long to, IReadOnlyList<LabelMatcher> matchers, CancellationToken cancellation);

    /// <summary>Label sets of the series that match all conditions and may have samples between two times (both included), in order.</summary>
    /// <param name="from">Milliseconds since 1970.</param>
    /// <param name="to">Milliseconds since 1970.</param>
    /// <param name="matchers">None for all series.</param>
    /// <param name="cancellation">Ends the search.</param>
    IReadOnlyList<Labels> Series(long from, long to, IReadOnlyList<LabelMatcher> matchers, CancellationToken cancellation);

    /// <summary>What the store holds at the moment.</summary>
    /// <param name="top">Length of the lists of the largest.</param>
    StoreStatistics Statistics(int top);
}

/// <summary>What a store holds.</summary>
/// <param name="Series">Series in memory: those written to lately.</param>
/// <param name="LabelPairs">Different label pairs of these.</param>
/// <param name="Chunks">Chunks in memory.</param>
/// <param name="ChunkBytes">Bytes of these.</param>
/// <param name="MinTime">Time of the oldest sample in memory, in milliseconds since 1970; <see cref="long.MaxValue"/> when there is none.</param>
/// <param name="MaxTime">Time of the newest sample; <see cref="long.MinValue"/> when there is none.</param>
/// <param name="Appended">Samples taken since the store was opened.</param>
/// <param name="Refused">Samples not taken since then, by what became of them.</param>
/// <param name="LogBytes">Bytes of the write-ahead log.</param>
/// <param name="Blocks">Blocks on disk, oldest first.</param>
/// <param name="SeriesByMetric">The metrics with most series.</param>
/// <param name="ValuesByLabel">The label names with most values.</param>
/// <param name="BytesByLabel">The label names whose values take most memory, in bytes.</param>
/// <param name="SeriesByPair">The label pairs with most series, as <c>name=value</c>.</param>
public sealed record StoreStatistics(
    int Series, int LabelPairs, long Chunks, long ChunkBytes, long MinTime, long MaxTime, long Appended, IReadOnlyDictionary<AppendOutcome, long> Refused,
    long LogBytes, IReadOnlyList<BlockSummary> Blocks, IReadOnlyList<NamedCount> SeriesByMetric, IReadOnlyList<NamedCount> ValuesByLabel,
    IReadOnlyList<NamedCount> BytesByLabel, IReadOnlyList<NamedCount> SeriesByPair);

/// <summary>How many of something there are.</summary>
/// <param name="Name">What.</param>
/// <param name="Count">How many.</param>
public readonly record struct NamedCount(string Name, long Count);

/// <summary>One block on disk.</summary>
/// <param name="Name">Its folder.</param>
/// <param name="MinTime">Time of its oldest sample, in milliseconds since 1970.</param>
/// <param name="MaxTime">Time of its newest sample.</param>
/// <param name="Series">Its series.</param>
/// <param name="Samples">Its samples.</param>
/// <param name="Bytes">Its size on disk.</param>
public sealed record BlockSummary(string Name, long MinTime, long MaxTime, int Series, long Samples, long Bytes);
