using Fairway.Metrics.Ingest;
using Fairway.Metrics.Model;
using Fairway.Metrics.Storage;

namespace Fairway.Metrics.Scrape;

/// <summary>The series of a target from scrape to scrape: finds them by their bytes, adds their samples, and marks those that are
/// gone.</summary>
/// <remarks>Targets write their series in the same order each time, so the next one is guessed before anything is hashed.</remarks>
internal sealed class SeriesRun(ScrapeIngestOptions options)
{
    private readonly RawTable<ScrapeSeries> _table = new();
    private ScrapeSeries[] _previous = [];
    private ScrapeSeries[] _current = new ScrapeSeries[64];
    private int _previousCount;
    private int _currentCount;
    private int _next;
    private long _scrape;
    private IAppendBatch? _batch;
    private long _time;

    /// <summary>What became of the scrape so far.</summary>
    public ScrapeCounts Counts { get; private set; } = new();

    /// <summary>The series that came next in the last scrape; null when none did.</summary>
    public ScrapeSeries? Guess => _next < _previousCount ? _previous[_next] : null;

    /// <summary>Number of series known.</summary>
    public int Known => _table.Count;

    /// <summary>Begins a scrape.</summary>
    public void Begin(IAppendBatch batch, long time)
    {
        (_batch, _time, _next, _currentCount) = (batch, time, 0, 0);
        _scrape++;
        Counts = new();
    }

    /// <summary>The series of these bytes; null when it is new.</summary>
    public ScrapeSeries? Find(ReadOnlySpan<byte> key, ulong hash)
    {
        var series = _table.Find(key, hash);
        // Guessing goes on behind it, unless it was not in the last scrape.
        if (series is not null && series.Position < _previousCount && ReferenceEquals(_previous[series.Position], series)) _next = series.Position;
        return series;
    }

    /// <summary>Takes a new series in.</summary>
    public void Add(ScrapeSeries series)
    {
        _table.Add(series);
        if (series.Labels is not null) Counts.SeriesAdded++;
    }

    /// <summary>Says that a series stands in this scrape.</summary>
    public void Saw(ScrapeSeries series)
    {
        _next++;
        Counts.Scraped++;
        if (series.Seen == _scrape) return;
        series.Seen = _scrape;
        if (_currentCount == _current.Length) Array.Resize(ref _current, _current.Length * 2);
        // A position is of the list that becomes the previous one; one still guessed from would go wrong.
        _current[_currentCount++] = series;
    }

    /// <summary>Adds a sample.</summary>
    public void Sample(ScrapeSeries series, bool hasTime, long ownTime, double value)
    {
        if (!Admit(series, hasTime, ownTime, out var time)) return;
        Count(_batch!.Add(ref series.Series, series.Labels!, time, value), series);
    }

    /// <summary>Adds a native histogram.</summary>
    public void Sample(ScrapeSeries series, bool hasTime, long ownTime, NativeHistogram value)
    {
        if (!Admit(series, hasTime, ownTime, out var time)) return;
        Count(_batch!.Add(ref series.Series, series.Labels!, time, value), series);
    }

    /// <summary>Ends a scrape that went well: what was there in the one before and is not now gets a stale marker.</summary>
    public void End()
    {
        for (var i = 0; i < _previousCount; i++)
        {
            var series = _previous[i];
            if (series.Seen != _scrape) Mark(series, _batch!, _time);
        }

        for (var i = 0; i < _currentCount; i++) _current[i].Position = i;
        (_previous, _current) = (_current, _previous.Length == 0 ? new ScrapeSeries[_current.Length] : _previous);
        (_previousCount, _currentCount, _batch) = (_currentCount, 0, null);
        if (_table.Count > (_previousCount * 2) + 1000) _table.ForgetBefore(_scrape - 1);
    }

    /// <summary>Ends a scrape that failed, its batch thrown away: every series of the last good one gets a stale marker in a batch of its
    /// own.</summary>
    public void EndAll(IAppendBatch batch, long time)
    {
        // The store forgot the starts together with the batch.
        for (var i = 0; i < _currentCount; i++) _current[i].ToldStart = 0;
        for (var i = 0; i < _previousCount; i++) Mark(_previous[i], batch, time);
        Array.Clear(_previous);
        (_previousCount, _currentCount, _batch) = (0, 0, null);
    }

    private static void Mark(ScrapeSeries series, IAppendBatch batch, long time)
    {
        if (series is not { MarksEnd: true, Labels: not null }) return;
        batch.Add(ref series.Series, series.Labels, time, StaleMarker.Value);
        series.MarksEnd = false;
    }

    private bool Admit(ScrapeSeries series, bool hasTime, long ownTime, out long time)
    {
        time = _time;
        if (series.Labels is null) return false;
        var own = hasTime && options.HonorTimestamps;
        if (own) time = ownTime;
        series.MarksEnd = !own || options.TrackTimestampsStaleness;
        Counts.Added++;
        if (options.SampleLimit > 0 && Counts.Added > options.SampleLimit) throw new FormatException($"sample limit exceeded: more than {options.SampleLimit} samples after relabelling");
        if (series.Group is { Start: > 0 } group && group.Start != series.ToldStart && group.Start <= time)
        {
            _batch!.Start(ref series.Series, series.Labels, group.Start);
            series.ToldStart = group.Start;
        }

        return true;
    }

    private void Count(AppendOutcome outcome, ScrapeSeries series)
    {
        switch (outcome)
        {
            case AppendOutcome.Taken or AppendOutcome.Duplicate:
                break;
            case AppendOutcome.Conflict:
                Counts.Conflicts++;
                break;
            case AppendOutcome.TooOld:
                Counts.TooOld++;
                break;
            case AppendOutcome.TooNew:
                Counts.TooNew++;
                break;
            case AppendOutcome.Overflowed:
                Counts.Overflowed++;
                break;
            case AppendOutcome.BadLabels:
                throw new FormatException($"{series.Labels} are labels that no series may have");
        }
    }
}

/// <summary>What became of the samples of a scrape.</summary>
public sealed class ScrapeCounts
{
    /// <summary>Samples in the body.</summary>
    public int Scraped { get; internal set; }

    /// <summary>Samples left after relabelling.</summary>
    public int Added { get; internal set; }

    /// <summary>Series that were not known before.</summary>
    public int SeriesAdded { get; internal set; }

    /// <summary>Samples that met another value at their time.</summary>
    public int Conflicts { get; internal set; }

    /// <summary>Samples older than the out-of-order window.</summary>
    public int TooOld { get; internal set; }

    /// <summary>Samples too far in the future.</summary>
    public int TooNew { get; internal set; }

    /// <summary>Samples counted in the overflow series of their job.</summary>
    public int Overflowed { get; internal set; }

    /// <summary>Exemplars in the body.</summary>
    public int Exemplars { get; internal set; }
}
