using Fairway.Metrics.Model;
using Fairway.Metrics.PromQl.Execution;
using Fairway.Metrics.PromQl.Plan;
using Fairway.Metrics.PromQl.Syntax;
using Fairway.Metrics.Storage;

namespace Fairway.Metrics.PromQl;

/// <summary>Answers PromQL from a source of series. Holds no state between queries; any number may run at once.</summary>
/// <param name="source">Where the samples are.</param>
/// <param name="options">How to answer, and what a query may use.</param>
public sealed class PromQlEngine(ISeriesSource source, EngineOptions? options = null)
{
    private readonly EngineOptions _options = options ?? new();

    /// <summary>Evaluates at one time.</summary>
    /// <param name="query">PromQL.</param>
    /// <param name="time">Milliseconds since 1970.</param>
    /// <param name="cancellation">Ends the query.</param>
    /// <param name="explain">Whether to measure each operator.</param>
    /// <exception cref="PromQlException">It has no answer; says why.</exception>
    public QueryResult Instant(string query, long time, CancellationToken cancellation, bool explain = false)
    {
        var expr = Parser.Parse(query, _options.Compat.OldNames);
        var context = new QueryContext(source, _options, StepGrid.At(time), time, time, explain, cancellation);
        return Run(query, context, () => expr.Type switch
        {
            ExprType.String => (new StringValue(time, Text(expr)), null),
            ExprType.Matrix => Samples(context, new Planner(context).Range(expr, context.Grid)),
            ExprType.Scalar => Number(context, expr),
            _ => Vector(context, expr),
        });
    }

    /// <summary>Evaluates at regular times: from, from + step, … up to and including <paramref name="to"/>.</summary>
    /// <param name="query">PromQL that gives a number or an instant vector.</param>
    /// <param name="from">Milliseconds since 1970.</param>
    /// <param name="to">Milliseconds since 1970, not before <paramref name="from"/>.</param>
    /// <param name="step">Milliseconds, more than 0.</param>
    /// <param name="cancellation">Ends the query.</param>
    /// <param name="explain">Whether to measure each operator.</param>
    /// <exception cref="PromQlException">It has no answer; says why.</exception>
    public QueryResult Range(string query, long from, long to, long step, CancellationToken cancellation, bool explain = false)
    {
        if (to < from) throw new PromQlException(QueryErrorKind.BadData, "end timestamp must not be before start time");
        if (step <= 0) throw new PromQlException(QueryErrorKind.BadData, "zero or negative query resolution step widths are not accepted. Try a positive integer");
        if ((to - from) / step >= _options.MaxSamples) throw PromQlException.Failed($"a query of {((to - from) / step) + 1} steps is more than {_options.MaxSamples} samples");
        var expr = Parser.Parse(query, _options.Compat.OldNames);
        if (expr.Type is not (ExprType.Scalar or ExprType.Vector))
            throw new PromQlException(QueryErrorKind.BadData, $"invalid expression type \"{Expr.TypeName(expr.Type)}\" for range query, must be Scalar or instant Vector");
        var context = new QueryContext(source, _options, new(from, step, (int)((to - from) / step) + 1), from, to, explain, cancellation) { IsRange = true };
        return Run(query, context, () => expr.Type == ExprType.Scalar ? Numbers(context, expr) : Matrix(context, expr));
    }

    private QueryResult Run(string query, QueryContext context, Func<(QueryValue Value, PlanNode? Plan)> evaluate)
    {
        try
        {
            var (value, plan) = evaluate();
            return new(
                value, [.. context.Annotations.Warnings.Select(a => a.In(query))], [.. context.Annotations.Infos.Select(a => a.In(query))], context.Samples,
                context.Explains && plan is not null ? Report(plan) : null);
        }
        catch (OperationCanceledException)
        {
            throw new PromQlException(QueryErrorKind.Canceled, "query was canceled in query execution");
        }
    }

    private PlanReport Report(PlanNode node) => new(
        node.Title, node.SeriesCount, node.Samples, TimeSpan.FromSeconds((double)node.Ticks / _options.Time.TimestampFrequency), [.. node.Children.Select(Report)]);

    private static string Text(Expr expr)
    {
        while (expr is ParenExpr paren) expr = paren.Inner;
        return ((StringLiteral)expr).Value;
    }

    private static (QueryValue, PlanNode) Number(QueryContext context, Expr expr)
    {
        var scalar = new Planner(context).Scalar(expr, context.Grid);
        return (new ScalarValue(context.From, scalar.Evaluate()[0]), scalar);
    }

    private static (QueryValue, PlanNode) Numbers(QueryContext context, Expr expr)
    {
        var scalar = new Planner(context).Scalar(expr, context.Grid);
        context.Use(context.Grid.Count);
        return (new MatrixValue([new(Labels.Empty, Times(context.Grid), scalar.Evaluate(), null)]), scalar);
    }

    private static (QueryValue, PlanNode) Vector(QueryContext context, Expr expr)
    {
        var top = new MergeOperator(context, new Planner(context).Vector(expr, context.Grid), dropsNames: true);
        var samples = new List<VectorSample>(top.Series.Length);
        var column = new Column(1);
        for (var i = 0; i < top.Series.Length; i++)
        {
            top.Read(i, column);
            if (column.Histogram(0) is { } histogram) samples.Add(new(top.Series[i].Labels, 0, histogram));
            else if (!Column.IsAbsent(column.Values[0])) samples.Add(new(top.Series[i].Labels, column.Values[0], null));
        }

        return (new VectorValue(context.From, samples), top);
    }

    private static (QueryValue, PlanNode) Matrix(QueryContext context, Expr expr)
    {
        var top = new MergeOperator(context, new Planner(context).Vector(expr, context.Grid), dropsNames: true);
        var times = Times(context.Grid);
        var series = new List<MatrixSeries>(top.Series.Length);
        for (var i = 0; i < top.Series.Length; i++)
        {
            context.Use(context.Grid.Count);
            var column = new Column(context.Grid.Count);
            top.Read(i, column);
            if (Compact(top.Series[i].Labels, times, column) is { } one) series.Add(one);
        }

        series.Sort((a, b) => a.Labels.CompareTo(b.Labels));
        return (new MatrixValue(series), top);
    }

    private static (QueryValue, PlanNode) Samples(QueryContext context, RangeInput input)
    {
        var series = new List<MatrixSeries>();
        var buffer = new SampleBuffer();
        for (var i = 0; i < input.Series.Length; i++)
        {
            buffer.Clear();
            input.Read(i, buffer);
            if (buffer.Count == 0) continue;
            NativeHistogram?[]? histograms = buffer.HasHistograms ? [.. Enumerable.Range(0, buffer.Count).Select(buffer.Histogram)] : null;
            var (labels, dropsName) = input.Series[i];
            if (dropsName) labels = labels.Without(Labels.MetricName);
            series.Add(new(labels, buffer.Times.ToArray(), buffer.Values.ToArray(), histograms));
        }

        series.Sort((a, b) => a.Labels.CompareTo(b.Labels));
        for (var i = 1; i < series.Count; i++)
        {
            if (series[i].Labels.Equals(series[i - 1].Labels)) throw PromQlException.Failed("vector cannot contain metrics with the same labelset");
        }

        return (new MatrixValue(series), input);
    }

    private static long[] Times(StepGrid grid)
    {
        var times = new long[grid.Count];
        for (var step = 0; step < times.Length; step++) times[step] = grid[step];
        return times;
    }

    private static MatrixSeries? Compact(Labels labels, long[] times, Column column)
    {
        var count = 0;
        for (var step = 0; step < times.Length; step++) count += column.Has(step) ? 1 : 0;
        if (count == 0) return null;
        if (count == times.Length && !column.HasHistograms) return new(labels, times, column.Values, null);
        var (kept, values, histograms) = (new long[count], new double[count], column.HasHistograms ? new NativeHistogram?[count] : null);
        var at = 0;
        for (var step = 0; step < times.Length; step++)
        {
            if (!column.Has(step)) continue;
            (kept[at], values[at]) = (times[step], column.Values[step]);
            if (histograms is not null) histograms[at] = column.Histogram(step);
            at++;
        }

        return new(labels, kept, values, histograms);
    }
}
