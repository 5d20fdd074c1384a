using Fairway.Metrics.Model;
using Fairway.Metrics.Storage;

namespace Fairway.Metrics.Scrape;

/// <summary>The series about a scrape itself (Prometheus, "Automatically generated labels and time series").</summary>
internal sealed class ScrapeReport
{
    private readonly Labels[] _labels;
    private readonly long[] _series;
    private readonly double[] _values;
    private readonly bool _extra;
    private readonly double _timeoutSeconds;
    private readonly int _sampleLimit;
    private bool _told;

    public ScrapeReport(Labels target, ScrapeIngestOptions options, TimeSpan timeout)
    {
        string[] names = ["up", "scrape_duration_seconds", "scrape_samples_scraped", "scrape_samples_post_metric_relabeling", "scrape_series_added"];
        if (options.ExtraMetrics) names = [.. names, "scrape_timeout_seconds", "scrape_sample_limit", "scrape_body_size_bytes"];
        _labels = [.. names.Select(n => target.With(Labels.MetricName, n))];
        _series = new long[names.Length];
        _values = new double[names.Length];
        (_extra, _timeoutSeconds, _sampleLimit) = (options.ExtraMetrics, timeout.TotalSeconds, options.SampleLimit);
    }

    /// <summary>Adds them.</summary>
    public void Add(IAppendBatch batch, long time, bool up, TimeSpan duration, ScrapeCounts counts, int bodySize)
    {
        _values[0] = up ? 1 : 0;
        _values[1] = duration.TotalSeconds;
        _values[2] = counts.Scraped;
        _values[3] = counts.Added;
        _values[4] = counts.SeriesAdded;
        if (_extra) (_values[5], _values[6], _values[7]) = (_timeoutSeconds, _sampleLimit, bodySize);
        for (var i = 0; i < _values.Length; i++) batch.Add(ref _series[i], _labels[i], time, _values[i]);
        _told = true;
    }

    /// <summary>Marks their end.</summary>
    public void Mark(IAppendBatch batch, long time)
    {
        if (!_told) return;
        for (var i = 0; i < _labels.Length; i++) batch.Add(ref _series[i], _labels[i], time, StaleMarker.Value);
        _told = false;
    }
}
