using Fairway.Metrics.Exposition;
using Fairway.Metrics.Model;
using Fairway.Metrics.Storage;

namespace Fairway.Metrics.Scrape;

/// <summary>What a scrape led to.</summary>
/// <param name="Counts">Its samples.</param>
/// <param name="Error">Why it failed; null when it went well.</param>
public sealed record ScrapeResult(ScrapeCounts Counts, string? Error);

/// <summary>One target's way into the store: bodies to samples, <c>up</c> and the other series about the scrape, stale markers. For one
/// scrape at a time.</summary>
/// <remarks>What goes into the store for a scrape goes in one batch: either all of it is there or nothing.</remarks>
public sealed class TargetIngest
{
    private readonly ISampleStore _store;
    private readonly SeriesRun _run;
    private readonly TextIngest _text;
    private readonly ProtobufIngest _protobuf;
    private readonly ScrapeReport _report;

    /// <param name="store">Where samples go.</param>
    /// <param name="target">Labels of the target: <c>job</c>, <c>instance</c>, those of its group.</param>
    /// <param name="options">How bodies are read.</param>
    /// <param name="timeout">Of a scrape, for <c>scrape_timeout_seconds</c>.</param>
    public TargetIngest(ISampleStore store, Labels target, ScrapeIngestOptions options, TimeSpan timeout = default)
    {
        _store = store;
        _run = new(options);
        var labels = new SeriesLabels(target, options);
        var families = new FamilyTexts(store);
        _text = new(_run, labels, families, options);
        _protobuf = new(_run, labels, families, options);
        _report = new(target, options, timeout);
    }

    /// <summary>Takes a body.</summary>
    /// <param name="body">All of it, uncompressed.</param>
    /// <param name="format">From its content type.</param>
    /// <param name="time">Of the samples, in milliseconds since 1970.</param>
    /// <param name="duration">Asked for at the end: how long the scrape took.</param>
    /// <exception cref="IOException">The store's disk is full or broken.</exception>
    public ScrapeResult Take(ReadOnlySpan<byte> body, ExpositionFormat format, long time, Func<TimeSpan> duration)
    {
        string error;
        using (var batch = _store.Begin())
        {
            _run.Begin(batch, time);
            try
            {
                if (format == ExpositionFormat.Protobuf) _protobuf.Take(body);
                else _text.Take(body, format);
                _run.End();
                _report.Add(batch, time, up: true, duration(), _run.Counts, body.Length);
                batch.Commit();
                return new(_run.Counts, null);
            }
            catch (FormatException e)
            {
                error = e.Message;
            }
        }

        return Fail(time, duration(), error, _run.Counts, body.Length);
    }

    /// <summary>Notes a scrape without a body: the target did not answer, or not well.</summary>
    /// <param name="time">In milliseconds since 1970.</param>
    /// <param name="duration">How long it took.</param>
    /// <param name="error">Why.</param>
    /// <exception cref="IOException">The store's disk is full or broken.</exception>
    public ScrapeResult Failed(long time, TimeSpan duration, string error) => Fail(time, duration, error, new(), -1);

    /// <summary>Marks the end of everything: the target is gone.</summary>
    /// <param name="time">In milliseconds since 1970.</param>
    /// <exception cref="IOException">The store's disk is full or broken.</exception>
    public void Gone(long time)
    {
        using var batch = _store.Begin();
        _run.EndAll(batch, time);
        _report.Mark(batch, time);
        batch.Commit();
    }

    private ScrapeResult Fail(long time, TimeSpan duration, string error, ScrapeCounts counts, int bodySize)
    {
        using var batch = _store.Begin();
        _run.EndAll(batch, time);
        _report.Add(batch, time, up: false, duration, counts, bodySize);
        batch.Commit();
        return new(counts, error);
    }
}
