using Fairway.Metrics.Model;
using Fairway.Metrics.Storage;

namespace Fairway.Tests.PromQl;

/// <summary>Series in memory, for queries.</summary>
public sealed class InMemorySeries : ISeriesSource
{
    private readonly SortedDictionary<Labels, Samples> _series = [];

    /// <summary>Adds a sample, or replaces the one at that time.</summary>
    public void Add(Labels labels, long time, double value) => Of(labels)[time] = (value, null);

    /// <summary>Adds a histogram.</summary>
    public void Add(Labels labels, long time, NativeHistogram histogram) => Of(labels)[time] = (histogram.Sum, histogram);

    public IReadOnlyList<ISeries> Select(long from, long to, IReadOnlyList<LabelMatcher> matchers, CancellationToken cancellation) =>
        [.. _series.Where(s => matchers.All(m => m.Matches(s.Key.Value(m.Name))) && s.Value.Overlaps(from, to)).Select(s => s.Value)];

    private SortedList<long, (double, NativeHistogram?)> Of(Labels labels)
    {
        if (!_series.TryGetValue(labels, out var samples)) _series[labels] = samples = new(labels);
        return samples.ByTime;
    }

    private sealed class Samples(Labels labels) : ISeries
    {
        public SortedList<long, (double Value, NativeHistogram? Histogram)> ByTime { get; } = [];

        public Labels Labels { get; } = labels;

        public bool Overlaps(long from, long to) => ByTime.Count > 0 && ByTime.Keys[0] <= to && ByTime.Keys[^1] >= from;

        public void Read(long from, long to, SampleBuffer into)
        {
            foreach (var (time, (value, histogram)) in ByTime)
            {
                if (time < from || time > to) continue;
                if (histogram is null) into.Add(time, value);
                else into.Add(time, histogram);
            }
        }
    }
}
