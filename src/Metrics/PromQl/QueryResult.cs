using Fairway.Metrics.Model;

namespace Fairway.Metrics.PromQl;

/// <summary>What a query gives.</summary>
public abstract record QueryValue;

/// <summary>A number.</summary>
/// <param name="Time">Milliseconds since 1970.</param>
/// <param name="Value">The number.</param>
public sealed record ScalarValue(long Time, double Value) : QueryValue;

/// <summary>A text.</summary>
/// <param name="Time">Milliseconds since 1970.</param>
/// <param name="Value">The text.</param>
public sealed record StringValue(long Time, string Value) : QueryValue;

/// <summary>One sample of each series, in the order of the query's sorting, if it sorts.</summary>
/// <param name="Time">Milliseconds since 1970; of all samples.</param>
/// <param name="Samples">The samples.</param>
public sealed record VectorValue(long Time, IReadOnlyList<VectorSample> Samples) : QueryValue;

/// <summary>Samples of series over time, in order of labels.</summary>
public sealed record MatrixValue(IReadOnlyList<MatrixSeries> Series) : QueryValue;

/// <summary>A sample.</summary>
/// <param name="Labels">Of its series.</param>
/// <param name="Value">A float; 0 beside a histogram.</param>
/// <param name="Histogram">Null for a float.</param>
public readonly record struct VectorSample(Labels Labels, double Value, NativeHistogram? Histogram);

/// <summary>Samples of one series.</summary>
/// <param name="Labels">Its labels.</param>
/// <param name="Times">Milliseconds since 1970, rising; may be shared between series.</param>
/// <param name="Values">Floats; not to be looked at where there is a histogram.</param>
/// <param name="Histograms">Null when there are none; else null for each float.</param>
public sealed record MatrixSeries(Labels Labels, long[] Times, double[] Values, NativeHistogram?[]? Histograms);

/// <summary>An answer.</summary>
/// <param name="Value">What the query gives.</param>
/// <param name="Warnings">Remarks that it may be wrong, each with its place in the query.</param>
/// <param name="Infos">Remarks that it may not be what was meant.</param>
/// <param name="Samples">Samples read and made.</param>
/// <param name="Plan">How it was found and what that cost; null unless asked for.</param>
public sealed record QueryResult(QueryValue Value, ImmutableArray<string> Warnings, ImmutableArray<string> Infos, long Samples, PlanReport? Plan);

/// <summary>An operator of a query and what it cost.</summary>
/// <param name="Title">What it does.</param>
/// <param name="Series">Series that it gave.</param>
/// <param name="Samples">Samples that it read from the storage itself.</param>
/// <param name="Elapsed">Time spent in it and below.</param>
/// <param name="Children">What it read from.</param>
public sealed record PlanReport(string Title, int Series, long Samples, TimeSpan Elapsed, ImmutableArray<PlanReport> Children);
