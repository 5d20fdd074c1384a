using Fairway.Metrics.Model;
using Fairway.Metrics.PromQl.Syntax;
using Fairway.Metrics.Storage;

namespace Fairway.Metrics.PromQl.Execution;

/// <summary>Where a function over ranges has its samples from: a selector, or a subquery.</summary>
internal abstract class RangeInput(QueryContext context, StepGrid grid, TimeShift shift, long range, string title,
    params IEnumerable<PlanNode> children)
    : PlanNode(title, children)
{
    private OutputSeries[]? _series;

    /// <summary>Length of the range in milliseconds.</summary>
    public long Range { get; } = range;

    /// <summary>Which samples beyond its ends are taken.</summary>
    public virtual RangeKind Kind => RangeKind.Plain;

    /// <summary>The series.</summary>
    public OutputSeries[] Series => _series ??= Open();

    public override int SeriesCount => _series?.Length ?? 0;

    protected QueryContext Context { get; } = context;

    protected StepGrid Grid => grid;

    protected TimeShift Shift => shift;

    protected void TakeSeries(RangeInput other) => _series = other.Series;

    /// <summary>Number of steps.</summary>
    protected int Steps => grid.Count;

    /// <summary>The end of the range at a step.</summary>
    public long EndOf(int step) => shift.Of(grid[step]);

    /// <summary>Milliseconds of the oldest sample that the first range takes.</summary>
    protected long First => EndOf(0) - Range + (Context.Compat.ClosedRanges ? 0 : 1);

    /// <summary>Milliseconds of the newest sample that the last range takes.</summary>
    protected long Last => EndOf(grid.Count - 1);

    /// <summary>Reads all samples of a series that some range takes, without stale markers.</summary>
    public abstract void Read(int series, SampleBuffer into);

    protected abstract OutputSeries[] Open();
}

/// <summary>Samples of a selector.</summary>
internal sealed class SelectorRange(QueryContext context, StepGrid grid, VectorSelector selector, TimeShift shift, long range)
    : RangeInput(context, grid, shift, range, $"range {selector}[{DurationText.Format(range)}]")
{
    private IReadOnlyList<ISeries> _found = [];

    public override RangeKind Kind => selector.Kind;

    private long Lookback => (long)Context.Options.Lookback.TotalMilliseconds;

    private long From => Kind == RangeKind.Plain ? First : First - Lookback;

    private long To => Kind == RangeKind.Smoothed ? Last + Lookback : Last;

    protected override OutputSeries[] Open()
    {
        if (Steps == 0) return [];
        _found = Selection.Find(Context, selector, From, To);
        var series = new OutputSeries[_found.Count];
        for (var i = 0; i < series.Length; i++) series[i] = new(_found[i].Labels, false);
        return series;
    }

    /// <summary>Another reader of the series that were found.</summary>
    public SelectorRange Reader(QueryContext context)
    {
        var reader = new SelectorRange(context, Grid, selector, Shift, Range) { _found = _found };
        reader.TakeSeries(this);
        return reader;
    }

    public override void Read(int series, SampleBuffer into)
    {
        _found[series].Read(From, To, into);
        Samples += into.Count;
        Context.Read(into.Count);
        into.RemoveStale();
    }
}

/// <summary>What an expression gives at regular times, as samples.</summary>
internal sealed class SubqueryRange(QueryContext context, StepGrid grid, VectorOperator inner, TimeShift shift, long range)
    : RangeInput(context, grid, shift, range, $"subquery [{DurationText.Format(range)}:{DurationText.Format(inner.Grid.Step)}]", inner)
{
    private readonly Column _column = new(inner.Grid.Count);

    protected override OutputSeries[] Open() => inner.Series;

    public override void Read(int series, SampleBuffer into)
    {
        inner.Read(series, _column);
        for (var step = 0; step < inner.Grid.Count; step++)
        {
            if (_column.Histogram(step) is { } histogram) into.Add(inner.Grid[step], histogram);
            else if (!Column.IsAbsent(_column.Values[step])) into.Add(inner.Grid[step], _column.Values[step]);
        }

        Context.Read(into.Count);
    }

    /// <summary>The times of a subquery: multiples of its step, from the first after the start of the first range on.</summary>
    public static StepGrid GridOf(long firstEnd, long lastEnd, long range, long step, bool closed)
    {
        var start = firstEnd - range;
        var first = step * (start / step);
        if (closed ? first < start : first <= start) first += step;
        return first > lastEnd ? new(first, step, 0) : new(first, step, (int)Math.Min(int.MaxValue, ((lastEnd - first) / step) + 1));
    }
}
