using Fairway.Metrics.Relabelling;

namespace Fairway.Metrics.Scrape;

/// <summary>How the body of a target becomes samples; the fields of a <c>scrape_config</c> that concern that.</summary>
public sealed record ScrapeIngestOptions
{
    /// <summary>Labels of the body win over those of the target; otherwise they are renamed to <c>exported_…</c>.</summary>
    public bool HonorLabels { get; init; }

    /// <summary>Times in the body are used.</summary>
    public bool HonorTimestamps { get; init; } = true;

    /// <summary>Series with times of their own get stale markers too.</summary>
    public bool TrackTimestampsStaleness { get; init; }

    /// <summary>Start times (OpenMetrics <c>_created</c>) go to the store as such; otherwise they are series like others.</summary>
    public bool StartTimes { get; init; } = true;

    /// <summary>Classic buckets are kept beside a native histogram in the same body.</summary>
    public bool AlwaysScrapeClassicHistograms { get; init; }

    /// <summary>Samples a scrape may have after relabelling; zero: any number. More fail the scrape.</summary>
    public int SampleLimit { get; init; }

    /// <summary>Labels a sample may have; zero: any number. More fail the scrape.</summary>
    public int LabelLimit { get; init; }

    /// <summary>Length of a label name, in bytes of UTF-8; zero: any.</summary>
    public int LabelNameLengthLimit { get; init; }

    /// <summary>Length of a label value, in bytes of UTF-8; zero: any.</summary>
    public int LabelValueLengthLimit { get; init; }

    /// <summary>What is done to every series of the body (<c>metric_relabel_configs</c>).</summary>
    public RelabelRules MetricRelabelling { get; init; } = RelabelRules.None;

    /// <summary>Also <c>scrape_timeout_seconds</c>, <c>scrape_sample_limit</c> and <c>scrape_body_size_bytes</c>.</summary>
    public bool ExtraMetrics { get; init; }
}
