using System.Diagnostics.CodeAnalysis;
using Fairway.Metrics.Model;
using Fairway.Metrics.PromQl.Syntax;

namespace Fairway.Metrics.PromQl.Execution;

/// <summary>A series that an operator gives.</summary>
/// <param name="Labels">Its labels.</param>
/// <param name="DropName">Whether its name goes at the end.</param>
internal readonly record struct OutputSeries(Labels Labels, bool DropName);

/// <summary>A part of a plan, as <c>Explain</c> shows it.</summary>
internal abstract class PlanNode(string title, params IEnumerable<PlanNode> children)
{
    /// <summary>What it does.</summary>
    public string Title { get; } = title;

    /// <summary>What it reads from.</summary>
    public IReadOnlyList<PlanNode> Children { get; } = [.. children];

    /// <summary>Ticks of the clock spent in it and below; 0 unless the query explains itself.</summary>
    public long Ticks { get; protected set; }

    /// <summary>Samples that it read from the storage.</summary>
    public long Samples { get; protected set; }

    /// <summary>Series that it gave.</summary>
    public virtual int SeriesCount => 0;
}

/// <summary>
/// An operator that gives an instant vector for each step of its grid. Its label sets are known before any sample is read; then the series are read
/// one at a time, each over the whole grid.
/// </summary>
internal abstract class VectorOperator(QueryContext context, StepGrid grid, string title, params IEnumerable<PlanNode> children) : PlanNode(title, children)
{
    private OutputSeries[]? _series;

    /// <summary>The steps.</summary>
    public StepGrid Grid { get; } = grid;

    public override int SeriesCount => _series?.Length ?? 0;

    protected QueryContext Context { get; } = context;

    /// <summary>The series; found at the first call.</summary>
    public OutputSeries[] Series
    {
        get
        {
            if (_series is not null) return _series;
            var started = Begin();
            _series = Open();
            End(started);
            return _series;
        }
    }

    /// <summary>Reads a series; each once.</summary>
    public void Read(int series, Column into)
    {
        var started = Begin();
        ReadSeries(series, into);
        End(started);
    }

    protected abstract OutputSeries[] Open();

    protected abstract void ReadSeries(int series, Column into);

    protected Column NewColumn() => new(Grid.Count);

    private long Begin() => Context.Explains ? Context.Options.Time.GetTimestamp() : 0;

    private void End(long started)
    {
        if (Context.Explains) Ticks += Context.Options.Time.GetTimestamp() - started;
    }

    /// <summary>The series once their names are gone: at once, or marked to go at the end.</summary>
    protected OutputSeries Unnamed(OutputSeries series) =>
        Context.Compat.DelayedNameRemoval ? series with { DropName = true } : new(series.Labels.Without(Labels.MetricName), false);

    [DoesNotReturn]
    protected static void FailSameLabels() => throw PromQlException.Failed("vector cannot contain metrics with the same labelset");
}

/// <summary>An operator that gives one number for each step.</summary>
internal abstract class ScalarOperator(string title, params IEnumerable<PlanNode> children) : PlanNode(title, children)
{
    /// <summary>The number of each step.</summary>
    public abstract double[] Evaluate();
}
