using Fairway.Metrics.Model;
using Fairway.Metrics.Storage;

namespace Fairway.Metrics.Ingest;

/// <summary>Keeps what it is given, to be looked at: the smallest store that keeps the contract of batches and series numbers.</summary>
internal sealed class RecordingStore : ISampleStore
{
    private readonly Lock _lock = new();
    private readonly Dictionary<Labels, long> _numbers = [];
    private readonly List<Labels> _labels = [];

    /// <summary>Committed samples in the order they came.</summary>
    public List<Recorded> Samples { get; } = [];

    /// <summary>Committed start times.</summary>
    public List<(string Series, long Start)> Starts { get; } = [];

    public Dictionary<string, MetricMetadata> Metadata { get; } = [];

    /// <summary>How often metadata was told.</summary>
    public int Described { get; private set; }

    /// <summary>What to answer instead of taking a sample.</summary>
    public Func<Labels, long, AppendOutcome>? Answer { get; init; }

    /// <summary>Fails the commits.</summary>
    public bool DiskIsFull { get; set; }

    public IAppendBatch Begin() => new Batch(this);

    public void Describe(string metric, MetricMetadata metadata)
    {
        lock (_lock)
        {
            Metadata[metric] = metadata;
            Described++;
        }
    }

    /// <summary>The values of a series, as Prometheus writes its labels.</summary>
    public double[] Values(string series) => [.. Of(series).Select(s => s.Value)];

    public Recorded[] Of(string series)
    {
        lock (_lock) return [.. Samples.Where(s => s.Series == series)];
    }

    /// <summary>The newest value of a series.</summary>
    public double Last(string series) => Of(series) is [.., var last] ? last.Value : throw new KeyNotFoundException($"no {series}, but {string.Join("\n", Names())}");

    public string[] Names()
    {
        lock (_lock) return [.. Samples.Select(s => s.Series).Distinct()];
    }

    private long Number(Labels labels)
    {
        lock (_lock)
        {
            if (_numbers.TryGetValue(labels, out var number)) return number;
            _labels.Add(labels);
            _numbers.Add(labels, _labels.Count);
            return _labels.Count;
        }
    }

    internal sealed record Recorded(string Series, long Time, double Value, NativeHistogram? Histogram)
    {
        public bool IsStale => StaleMarker.Is(Histogram?.Sum ?? Value);
    }

    private sealed class Batch(RecordingStore store) : IAppendBatch
    {
        private readonly List<(long Number, long Time, double Value, NativeHistogram? Histogram)> _samples = [];
        private readonly List<(long Number, long Start)> _starts = [];

        public AppendOutcome Add(ref long series, Labels labels, long time, double value) => Add(ref series, labels, time, value, null);

        public AppendOutcome Add(ref long series, Labels labels, long time, NativeHistogram histogram) => Add(ref series, labels, time, histogram.Sum, histogram);

        public AppendOutcome Start(ref long series, Labels labels, long start)
        {
            if (series == 0) series = store.Number(labels);
            _starts.Add((series, start));
            return AppendOutcome.Taken;
        }

        public void Commit()
        {
            if (store.DiskIsFull) throw new IOException("no space left on device");
            lock (store._lock)
            {
                store.Samples.AddRange(_samples.Select(s => new Recorded(store._labels[(int)s.Number - 1].ToString(), s.Time, s.Value, s.Histogram)));
                store.Starts.AddRange(_starts.Select(s => (store._labels[(int)s.Number - 1].ToString(), s.Start)));
            }
        }

        public void Dispose()
        {
        }

        private AppendOutcome Add(ref long series, Labels labels, long time, double value, NativeHistogram? histogram)
        {
            if (labels.Name.Length == 0) return AppendOutcome.BadLabels;
            if (store.Answer?.Invoke(labels, time) is { } answer and not AppendOutcome.Taken) return answer;
            if (series == 0) series = store.Number(labels);
            // A number that was handed out for other labels is a defect of the caller.
            lock (store._lock) Assert.Equal(store._labels[(int)series - 1], labels);
            _samples.Add((series, time, value, histogram));
            return AppendOutcome.Taken;
        }
    }
}
