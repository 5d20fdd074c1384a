using Fairway.Metrics.Model;

namespace Fairway.Metrics.Storage;

/// <summary>What PromQL reads from.</summary>
public interface ISeriesSource
{
    /// <summary>
    /// The series that match all conditions and may have samples between two times (both included), in order of their labels, each
    /// label set once.
    /// </summary>
    /// <param name="from">Milliseconds since 1970.</param>
    /// <param name="to">Milliseconds since 1970.</param>
    /// <param name="matchers">At least one.</param>
    /// <param name="cancellation">Ends the search.</param>
    IReadOnlyList<ISeries> Select(long from, long to, IReadOnlyList<LabelMatcher> matchers, CancellationToken cancellation);
}

/// <summary>One series of a source, as it was when it was selected. Several of one source may be read at once.</summary>
public interface ISeries
{
    /// <summary>Its labels.</summary>
    Labels Labels { get; }

    /// <summary>Adds its samples between two times (both included) in order of time, stale markers too.</summary>
    /// <param name="from">Milliseconds since 1970.</param>
    /// <param name="to">Milliseconds since 1970.</param>
    /// <param name="into">Added to, not emptied.</param>
    void Read(long from, long to, SampleBuffer into);
}
