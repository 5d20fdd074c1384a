using Fairway.Metrics.PromQl.Syntax;
using Fairway.Metrics.Storage;

namespace Fairway.Metrics.PromQl.Execution;

/// <summary>What all operators of one query share: where the samples are, the remarks, and what the query has used so far.</summary>
internal sealed class QueryContext(ISeriesSource source, EngineOptions options, StepGrid grid, long from, long to, bool explains,
    CancellationToken cancellation)
{
    private readonly long _started = options.Time.GetTimestamp();
    private int _checks;

    public ISeriesSource Source { get; } = source;

    public EngineOptions Options { get; } = options;

    public Compat Compat => Options.Compat;

    /// <summary>The steps of the whole query.</summary>
    public StepGrid Grid { get; } = grid;

    /// <summary>First time of the query, in milliseconds since 1970: <c>start()</c>.</summary>
    public long From { get; } = from;

    /// <summary>Last time of the query, as asked for: <c>end()</c>.</summary>
    public long To { get; } = to;

    /// <summary>Seconds between steps; 0 for an instant query.</summary>
    public double StepSeconds => From == To && Grid.Count == 1 ? 0 : Grid.Step / 1000.0;

    public double RangeSeconds => (To - From) / 1000.0;

    public bool IsRange { get; init; }

    /// <summary>Whether operators measure themselves.</summary>
    public bool Explains { get; } = explains;

    public CancellationToken Cancellation { get; } = cancellation;

    public Annotations Annotations { get; } = new();

    /// <summary>Samples read so far.</summary>
    public long SamplesRead { get; private set; }

    /// <summary>Samples kept so far.</summary>
    public long SamplesKept { get; private set; }

    /// <summary>Counts samples of one series that are looked at and forgotten.</summary>
    /// <exception cref="PromQlException">More than the query may read, or than it may keep at once.</exception>
    public void Read(long samples)
    {
        SamplesRead += samples;
        if (SamplesRead > Options.MaxSamplesRead) FailSamples("read", Options.MaxSamplesRead);
        if (samples > Options.MaxSamples) FailSamples("keep", Options.MaxSamples);
        Check();
    }

    /// <summary>Counts samples that are kept until the query ends.</summary>
    /// <exception cref="PromQlException">More than the query may keep.</exception>
    public void Use(long samples)
    {
        SamplesKept += samples;
        if (SamplesKept > Options.MaxSamples) FailSamples("keep", Options.MaxSamples);
        Check();
    }

    /// <summary>A context for a thread of its own, which counts for itself until it is joined.</summary>
    public QueryContext Apart() => new(Source, Options, Grid, From, To, Explains, Cancellation) { IsRange = IsRange };

    /// <summary>Takes over what another one counted and remarked since the last time.</summary>
    /// <exception cref="PromQlException">As for <see cref="Read"/>.</exception>
    public void Join(QueryContext apart)
    {
        SamplesRead += apart.SamplesRead;
        apart.SamplesRead = 0;
        Annotations.Take(apart.Annotations);
        Read(0);
    }

    private static void FailSamples(string what, long most) => throw PromQlException.Failed(
        $"query processing would load too many samples into memory in query execution (it may {what} {most})");

    /// <summary>Ends the query when nobody waits for it any more.</summary>
    /// <exception cref="PromQlException">Canceled or out of time.</exception>
    public void Check()
    {
        if (Cancellation.IsCancellationRequested)
            throw new PromQlException(QueryErrorKind.Canceled, "query was canceled in query execution");
        if ((++_checks & 31) == 0 && Options.Time.GetElapsedTime(_started) > Options.Timeout)
            throw new PromQlException(QueryErrorKind.Timeout, "query timed out in query execution");
    }
}
