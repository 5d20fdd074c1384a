using Fairway.Metrics.Model;
using Fairway.Metrics.PromQl.Syntax;

namespace Fairway.Metrics.PromQl.Execution;

/// <summary>
/// An aggregation whose groups are known from the labels alone; the series are added one after the other, each over the whole grid.
/// </summary>
internal sealed class AggregateOperator(QueryContext context, AggregateExpr expr, VectorOperator inner, ScalarOperator? parameter)
    : VectorOperator(context, inner.Grid, GroupTitle.Of(expr), [inner, .. parameter is null ? Array.Empty<PlanNode>() : [parameter]])
{
    private int[] _groupOf = [];
    private string[] _metrics = [];
    private double[]? _parameters;
    private Accumulator[]? _accumulators;

    protected override OutputSeries[] Open()
    {
        _parameters = parameter?.Evaluate();
        var grouping = new Grouping(expr.Grouping, !expr.Without);
        var places = new Dictionary<Labels, int>();
        var groups = new List<OutputSeries>();
        _groupOf = new int[inner.Series.Length];
        for (var i = 0; i < _groupOf.Length; i++)
        {
            var (labels, dropsName) = inner.Series[i];
            var key = grouping.Of(labels);
            // A name that is grouped by and was to go goes at the end.
            dropsName &= key.Name.Length > 0;
            if (!places.TryGetValue(key, out var place))
            {
                places[key] = place = groups.Count;
                groups.Add(new(key, dropsName));
            }
            else if (dropsName) groups[place] = groups[place] with { DropName = true };

            _groupOf[i] = place;
        }

        _metrics = new string[groups.Count];
        return [.. groups];
    }

    protected override void ReadSeries(int series, Column into)
    {
        _accumulators ??= Accumulate();
        into.Clear();
        _accumulators[series].Finish(into, _metrics[series] ?? "");
    }

    private Accumulator[] Accumulate()
    {
        var accumulators = new Accumulator[Series.Length];
        Context.Use((long)accumulators.Length * Grid.Count);
        var call = new AggregationCall(Context, expr, _parameters);
        if (expr.Operator == Aggregation.Quantile) QuantileAccumulator.Check(call);
        for (var i = 0; i < accumulators.Length; i++) accumulators[i] = Accumulator.Make(call, Grid.Count);
        var column = NewColumn();
        for (var i = 0; i < _groupOf.Length; i++)
        {
            inner.Read(i, column);
            if (column.HasHistograms && _metrics[_groupOf[i]] is null) _metrics[_groupOf[i]] = inner.Series[i].Labels.Name;
            accumulators[_groupOf[i]].Add(column);
        }

        return accumulators;
    }
}

/// <summary>How an aggregation shows itself in a plan.</summary>
internal static class GroupTitle
{
    public static string Of(AggregateExpr expr)
    {
        var grouping = expr.Without || !expr.Grouping.IsEmpty
            ? $" {(expr.Without ? "without" : "by")} ({string.Join(", ", expr.Grouping)})" : "";
        return expr.Operator.Text() + grouping;
    }
}

/// <summary>What an aggregation was called with.</summary>
/// <param name="Context">The query.</param>
/// <param name="Expr">The aggregation.</param>
/// <param name="Parameters">Its number at each step, or null.</param>
internal sealed record AggregationCall(QueryContext Context, AggregateExpr Expr, double[]? Parameters);
