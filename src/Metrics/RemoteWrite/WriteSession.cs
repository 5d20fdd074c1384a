using Fairway.Metrics.Ingest;
using Fairway.Metrics.Model;
using Fairway.Metrics.Protobuf;
using Fairway.Metrics.Storage;

namespace Fairway.Metrics.RemoteWrite;

/// <summary>Adds labels to the draft of a session.</summary>
internal delegate void LabelReading(ReadOnlySpan<byte> key, WriteSession session);

/// <summary>The working parts of one request at a time: used again by the next one.</summary>
internal sealed class WriteSession(RemoteSeriesTable table, ISampleStore store, RemoteWriteLimits limits)
{
    private readonly List<RemoteSeries> _toldStarts = [];
    private readonly HistogramMessage _histogram = new();
    private IAppendBatch? _batch;
    private long _nowSeconds;

    /// <summary>For making labels.</summary>
    public LabelDraft Draft { get; } = new();

    /// <summary>For making labels.</summary>
    public TextPool Pool { get; } = new();

    /// <summary>Labels a series may have.</summary>
    public int MostLabels => limits.Labels;

    /// <summary>Bytes that the labels of all series of a request may have, written out.</summary>
    public long MostLabelBytes => limits.MessageBytes * 8L;

    /// <summary>What became of the request.</summary>
    public WriteTally Tally { get; } = new();

    /// <summary>Begins a request.</summary>
    public void Begin(IAppendBatch batch, long nowSeconds)
    {
        (_batch, _nowSeconds) = (batch, nowSeconds);
        Tally.Clear();
        _toldStarts.Clear();
    }

    /// <summary>Ends a request.</summary>
    /// <param name="committed">Otherwise the store has forgotten the starts it was told.</param>
    public void End(bool committed)
    {
        _batch = null;
        if (committed) return;
        foreach (var series in _toldStarts) series.ToldStart = 0;
    }

    /// <summary>The series of these bytes; null when it is not known.</summary>
    public RemoteSeries? Find(ReadOnlySpan<byte> key, ulong hash) => table.Find(key, hash, _nowSeconds);

    /// <summary>Takes a new series in.</summary>
    /// <param name="key">The bytes of its labels.</param>
    /// <param name="hash">Of the bytes.</param>
    /// <param name="read">Fills <see cref="Draft"/> from the bytes.</param>
    /// <returns>Null when no series may have such labels, which is tallied: the other series of the request are good all the
    /// same.</returns>
    public RemoteSeries? Add(ReadOnlySpan<byte> key, ulong hash, LabelReading read)
    {
        Draft.Clear();
        try
        {
            read(key, this);
        }
        catch (FormatException e)
        {
            Tally.Refuse(e.Message, Labels.Empty);
            return null;
        }

        if (Fault() is { } fault)
        {
            Tally.Refuse(fault, Labels.Empty);
            return null;
        }

        return table.Add(new(key.ToArray(), hash, Draft.ToLabels()), _nowSeconds);
    }

    /// <summary>Adds a sample.</summary>
    public void Sample(RemoteSeries series, long time, double value) => Tally.Count(_batch!.Add(ref series.Series, series.Labels, time, value), series.Labels, histogram: false);

    /// <summary>Adds the native histogram of a message.</summary>
    public void Histogram(RemoteSeries series, ReadOnlySpan<byte> message)
    {
        var histogram = _histogram.Read(message);
        if (HistogramCheck.Fault(histogram) is { } fault)
        {
            Tally.Refuse(fault, series.Labels);
            return;
        }

        Start(series, _histogram.Start);
        Tally.Count(_batch!.Add(ref series.Series, series.Labels, _histogram.Time, histogram), series.Labels, histogram: true);
    }

    /// <summary>Tells the store when the series began, if it does not know.</summary>
    public void Start(RemoteSeries series, long start)
    {
        if (start <= 0 || series.ToldStart == start) return;
        _batch!.Start(ref series.Series, series.Labels, start);
        series.ToldStart = start;
        _toldStarts.Add(series);
    }

    /// <summary>Tells the store of a metric.</summary>
    public void Describe(string metric, MetricMetadata metadata) => store.Describe(metric, metadata);

    private string? Fault()
    {
        if (Draft.Count > limits.Labels) return $"more than {limits.Labels} labels";
        if (Draft.Duplicate() is { } twice) return $"label name \"{twice}\" occurs twice";
        if (Draft.Get(Labels.MetricName).Length == 0) return "no metric name";
        return Draft.Has("") ? "a label without a name" : null;
    }
}
