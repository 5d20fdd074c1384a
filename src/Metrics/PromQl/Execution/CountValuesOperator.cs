using Fairway.Metrics.Model;
using Fairway.Metrics.PromQl.Functions.Histograms;
using Fairway.Metrics.PromQl.Syntax;

namespace Fairway.Metrics.PromQl.Execution;

/// <summary>
/// count_values(): how many series of a group have each value. Its label sets are values, so it reads everything before they are known.
/// </summary>
internal sealed class CountValuesOperator(QueryContext context, AggregateExpr expr, string label, VectorOperator inner)
    : VectorOperator(context, inner.Grid, GroupTitle.Of(expr), inner)
{
    private readonly List<double[]> _counts = [];

    protected override OutputSeries[] Open()
    {
        if (!LabelNames.IsValid(label, Context.Compat)) throw PromQlException.Failed($"invalid label name {GoText.Quoted(label)}");
        // A label that the value replaces does not group.
        var grouping = expr.Without ? new Grouping([.. expr.Grouping, label], keeps: false)
            : new Grouping(expr.Grouping.Where(n => n != label), keeps: true);
        // Unless the value itself is left out.
        var hasValue = !expr.Without || !expr.Grouping.Contains(label, StringComparer.Ordinal);
        var places = new Dictionary<Labels, int>();
        var series = new List<OutputSeries>();
        var column = NewColumn();
        for (var i = 0; i < inner.Series.Length; i++)
        {
            var group = grouping.Of(inner.Series[i].Labels);
            inner.Read(i, column);
            for (var step = 0; step < Grid.Count; step++)
            {
                if (!column.Has(step)) continue;
                var value = column.Histogram(step) is { } histogram ? HistogramText.Format(histogram) : GoNumber.Plain(column.Values[step]);
                var key = hasValue ? group.With(label, value) : group;
                if (!places.TryGetValue(key, out var place))
                {
                    Context.Use(Grid.Count);
                    places[key] = place = series.Count;
                    series.Add(new(key, false));
                    _counts.Add(new double[Grid.Count]);
                }

                _counts[place][step]++;
            }
        }

        return [.. series];
    }

    protected override void ReadSeries(int series, Column into)
    {
        into.Clear();
        for (var step = 0; step < Grid.Count; step++)
        {
            if (_counts[series][step] > 0) into.Values[step] = _counts[series][step];
        }
    }
}
