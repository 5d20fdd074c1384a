using Fairway.Metrics.Model;
using Fairway.Metrics.PromQl.Syntax;
using Fairway.Metrics.Storage;

namespace Fairway.Metrics.PromQl.Execution;

/// <summary>The newest sample of each series at each step, unless it is too old or says that the series ended.</summary>
internal sealed class SelectOperator : VectorOperator, IReadBySeveral
{
    private readonly VectorSelector _selector;
    private readonly TimeShift _shift;
    private readonly bool _givesTimes;
    private readonly SampleBuffer _samples = new();
    private readonly long _lookback;
    private IReadOnlyList<ISeries> _found = [];

    /// <param name="context">The query.</param>
    /// <param name="grid">The steps.</param>
    /// <param name="selector">Which series.</param>
    /// <param name="shift">When.</param>
    /// <param name="givesTimes">Whether the time of the sample is wanted, not its value: <c>timestamp(x)</c>.</param>
    public SelectOperator(QueryContext context, StepGrid grid, VectorSelector selector, TimeShift shift, bool givesTimes)
        : base(context, grid, givesTimes ? $"times of {selector}" : $"select {selector}")
    {
        (_selector, _shift, _givesTimes) = (selector, shift, givesTimes);
        // Without its oldest millisecond where ranges are open on the left.
        _lookback = (long)context.Options.Lookback.TotalMilliseconds - (context.Compat.ClosedRanges ? 0 : 1);
    }

    protected override OutputSeries[] Open()
    {
        // A subquery shorter than its step may have no step at all.
        if (Grid.Count == 0) return [];
        _found = Selection.Find(Context, _selector, From, To);
        var series = new OutputSeries[_found.Count];
        for (var i = 0; i < series.Length; i++)
        {
            series[i] = new(_found[i].Labels, false);
            if (_givesTimes) series[i] = Unnamed(series[i]);
        }

        return series;
    }

    public VectorOperator Reader(QueryContext context) =>
        new SelectOperator(context, Grid, _selector, _shift, _givesTimes) { _found = _found };

    /// <summary>The labels of a series with its name, also where times are wanted.</summary>
    public Labels Named(int series) => _found[series].Labels;

    private long From => _shift.Of(Grid.Start) - _lookback;

    private long To => _shift.Of(Grid.End) + (_selector.Kind == RangeKind.Smoothed ? _lookback : 0);

    // Between two samples the value lies on a line; after the last one it stays.
    private void Smooth(Column into)
    {
        if (_samples.HasHistograms) throw PromQlException.Failed("smoothed and anchored modifiers do not work with native histograms");
        _samples.RemoveStale();
        var times = _samples.Times;
        var values = _samples.Values;
        var next = 0;
        for (var step = 0; step < Grid.Count; step++)
        {
            var at = _shift.Of(Grid[step]);
            while (next < times.Length && times[next] <= at) next++;
            if (next == 0 || times[next - 1] < at - _lookback) into.Values[step] = Column.Absent;
            else if (times[next - 1] == at || next == times.Length || times[next] > at + _lookback) into.Values[step] = values[next - 1];
            else
            {
                var share = (double)(at - times[next - 1]) / (times[next] - times[next - 1]);
                into.Values[step] = values[next - 1] + ((values[next] - values[next - 1]) * share);
            }
        }
    }

    protected override void ReadSeries(int series, Column into)
    {
        _samples.Clear();
        _found[series].Read(From, To, _samples);
        Samples += _samples.Count;
        Context.Read(_samples.Count);
        into.ClearHistograms();
        if (_selector.Kind == RangeKind.Smoothed && !_givesTimes)
        {
            Smooth(into);
            return;
        }

        var times = _samples.Times;
        var values = _samples.Values;
        var output = into.Values;
        var next = 0;
        for (var step = 0; step < output.Length; step++)
        {
            var at = _shift.Of(Grid[step]);
            while (next < times.Length && times[next] <= at) next++;
            var newest = next - 1;
            if (newest < 0 || times[newest] < at - _lookback || StaleMarker.Is(values[newest])) output[step] = Column.Absent;
            else if (_givesTimes) output[step] = times[newest] / 1000.0;
            else if (_samples.Histogram(newest) is { } histogram) into.Set(step, histogram);
            else output[step] = values[newest];
        }
    }
}

/// <summary>Looks series up.</summary>
internal static class Selection
{
    /// <summary>The series that a selector means.</summary>
    /// <exception cref="PromQlException">There are more than a query may have.</exception>
    public static IReadOnlyList<ISeries> Find(QueryContext context, VectorSelector selector, long from, long to)
    {
        context.Check();
        var found = context.Source.Select(from, to, selector.Matchers, context.Cancellation);
        if (found.Count > context.Options.MaxSeries)
            throw PromQlException.Failed($"{selector} matches {found.Count} series, more than the {context.Options.MaxSeries} that a query may read");
        context.Use(found.Count);
        return found;
    }
}
