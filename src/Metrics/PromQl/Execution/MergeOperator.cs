using Fairway.Metrics.Model;

namespace Fairway.Metrics.PromQl.Execution;

/// <summary>Joins series that have become the same; fails where two of them have a sample at the same step.</summary>
/// <param name="context">The query.</param>
/// <param name="inner">What gives the series.</param>
/// <param name="dropsNames">Whether names that were to go at the end go now.</param>
internal sealed class MergeOperator(QueryContext context, VectorOperator inner, bool dropsNames) : VectorOperator(context, inner.Grid, "merge", inner)
{
    private readonly List<List<int>> _members = [];
    private Column? _column;

    protected override OutputSeries[] Open()
    {
        var places = new Dictionary<OutputSeries, int>();
        var merged = new List<OutputSeries>();
        for (var i = 0; i < inner.Series.Length; i++)
        {
            var series = inner.Series[i];
            if (dropsNames && series.DropName) series = new(series.Labels.Without(Labels.MetricName), false);
            if (!places.TryGetValue(series, out var place))
            {
                places[series] = place = merged.Count;
                merged.Add(series);
                _members.Add([]);
            }

            _members[place].Add(i);
        }

        return [.. merged];
    }

    protected override void ReadSeries(int series, Column into)
    {
        var members = _members[series];
        inner.Read(members[0], into);
        for (var i = 1; i < members.Count; i++)
        {
            _column ??= NewColumn();
            inner.Read(members[i], _column);
            for (var step = 0; step < Grid.Count; step++)
            {
                if (!_column.Has(step)) continue;
                if (into.Has(step)) FailSameLabels();
                into.Take(_column, step);
            }
        }
    }
}
