using Fairway.Metrics.PromQl.Functions;
using Fairway.Metrics.PromQl.Syntax;

namespace Fairway.Metrics.PromQl.Execution;

/// <summary>A function over the ranges of each series: <c>rate(x[5m])</c>.</summary>
internal sealed class RangeFunctionOperator(
    QueryContext context, StepGrid grid, string name, RangeFunction function, RangeInput input, ScalarOperator[] parameters, TextSpan span)
    : VectorOperator(context, grid, name, [input, .. parameters]), IReadBySeveral
{
    private readonly Windows _windows = new(grid.Count);
    private RangeCall? _call;

    /// <summary>Where its samples are from.</summary>
    public RangeInput Input => input;

    protected override OutputSeries[] Open()
    {
        _call = new(Context, span, [.. parameters.Select(p => p.Evaluate())], input.Kind, Grid);
        var series = (OutputSeries[])input.Series.Clone();
        for (var i = 0; !function.KeepsName && i < series.Length; i++) series[i] = Unnamed(series[i]);
        // What the function refuses is an error also where nobody reads its result.
        if (function.Refuses(_call))
        {
            for (var i = 0; i < series.Length; i++) ReadSeries(i, NewColumn());
        }

        return series;
    }

    public VectorOperator Reader(QueryContext context) =>
        new RangeFunctionOperator(context, Grid, Title, function.Another(), ((SelectorRange)input).Reader(context), parameters, span)
        {
            _call = _call! with { Context = context },
        };

    protected override void ReadSeries(int series, Column into)
    {
        _windows.Fill(input, series, Context.Compat.ClosedRanges, (long)Context.Options.Lookback.TotalMilliseconds);
        function.Apply(_windows, _call!, into);
    }
}
