using Fairway.Metrics.Model;

namespace Fairway.Metrics.Storage;

/// <summary>What became of a sample.</summary>
public enum AppendOutcome
{
    /// <summary>Taken.</summary>
    Taken,

    /// <summary>The same sample is there already: nothing to do, nothing wrong.</summary>
    Duplicate,

    /// <summary>Another value is there at that time.</summary>
    Conflict,

    /// <summary>Older than the series' newest sample by more than the out-of-order window.</summary>
    TooOld,

    /// <summary>Further in the future than allowed.</summary>
    TooNew,

    /// <summary>The series limit of its job is reached: counted in the overflow series instead.</summary>
    Overflowed,

    /// <summary>Labels that no series may have: no name, a name twice, text that is not Unicode.</summary>
    BadLabels,

    /// <summary>A native histogram whose spans and buckets do not fit each other.</summary>
    BadHistogram,
}

/// <summary>Where samples go.</summary>
public interface ISampleStore
{
    /// <summary>Begins a batch. Batches of several threads may be under way at once.</summary>
    IAppendBatch Begin();

    /// <summary>Help, type and unit of a metric, as a target told them last.</summary>
    void Describe(string metric, MetricMetadata metadata);
}

/// <summary>Samples that become visible and durable together. Disposed without <see cref="Commit"/>, none of them was there.</summary>
public interface IAppendBatch : IDisposable
{
    /// <summary>Adds a float sample.</summary>
    /// <param name="series">Zero, or what an earlier call set it to for the same labels: spares the look-up. Stays valid while the store is open.</param>
    /// <param name="labels">With a metric name.</param>
    /// <param name="time">Milliseconds since 1970.</param>
    /// <param name="value">Bit for bit.</param>
    AppendOutcome Add(ref long series, Labels labels, long time, double value);

    /// <summary>Adds a native histogram.</summary>
    /// <param name="series">As for floats.</param>
    /// <param name="labels">With a metric name.</param>
    /// <param name="time">Milliseconds since 1970.</param>
    /// <param name="histogram">Taken over.</param>
    AppendOutcome Add(ref long series, Labels labels, long time, NativeHistogram histogram);

    /// <summary>Says when the counter of a series began at zero (OpenMetrics <c>_created</c>, OTLP start time), so that its first increment is not lost.</summary>
    /// <param name="series">As for floats.</param>
    /// <param name="labels">With a metric name.</param>
    /// <param name="start">Milliseconds since 1970; at or before the next sample.</param>
    AppendOutcome Start(ref long series, Labels labels, long start);

    /// <summary>Writes the batch to the log; when it returns, a crash of the process loses none of it.</summary>
    /// <exception cref="IOException">The disk is full or broken: nothing of the batch was taken.</exception>
    void Commit();
}

/// <summary>What a metric is.</summary>
/// <param name="Type"><c>counter</c>, <c>gauge</c>, <c>histogram</c>, <c>gaugehistogram</c>, <c>summary</c>, <c>info</c>, <c>stateset</c> or <c>unknown</c>.</param>
/// <param name="Help">Its help text.</param>
/// <param name="Unit">Its unit; empty when unknown.</param>
public sealed record MetricMetadata(string Type, string Help, string Unit);
