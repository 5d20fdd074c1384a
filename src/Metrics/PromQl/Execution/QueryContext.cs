using Fairway.Metrics.PromQl.Syntax;
using Fairway.Metrics.Storage;

namespace Fairway.Metrics.PromQl.Execution;

/// <summary>What all operators of one query share: where the samples are, the remarks, and what the query has used so far.</summary>
internal sealed class QueryContext(ISeriesSource source, EngineOptions options, StepGrid grid, long from, long to, bool explains, CancellationToken cancellation)
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

    /// <summary>Samples read and made so far.</summary>
    public long Samples { get; private set; }

    /// <summary>Counts samples.</summary>
    /// <exception cref="PromQlException">More than the query may use.</exception>
    public void Use(long samples)
    {
        Samples += samples;
        if (Samples > Options.MaxSamples)
            throw PromQlException.Failed($"query processing would load too many samples into memory in query execution (more than {Options.MaxSamples})");
        Check();
    }

    /// <summary>Ends the query when nobody waits for it any more.</summary>
    /// <exception cref="PromQlException">Canceled or out of time.</exception>
    public void Check()
    {
        if (Cancellation.IsCancellationRequested) throw new PromQlException(QueryErrorKind.Canceled, "query was canceled in query execution");
        if ((++_checks & 31) == 0 && Options.Time.GetElapsedTime(_started) > Options.Timeout)
            throw new PromQlException(QueryErrorKind.Timeout, "query timed out in query execution");
    }
}
