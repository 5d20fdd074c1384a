using Fairway.Metrics.Model;

namespace Fairway.Metrics.PromQl.Execution;

/// <summary>
/// Joins series that have become the same; fails where two of them have a sample at the same step, also when nobody reads them.
/// </summary>
/// <param name="context">The query.</param>
/// <param name="inner">What gives the series.</param>
/// <param name="dropsNames">Whether names that were to go at the end go now.</param>
/// <param name="joins">Whether series with samples at different steps may be joined; else two with any samples fail.</param>
internal sealed class MergeOperator(QueryContext context, VectorOperator inner, bool dropsNames, bool joins = true)
    : VectorOperator(context, inner.Grid, "merge", inner)
{
    private readonly List<List<int>> _members = [];
    private readonly Dictionary<int, Column> _joined = [];

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

        for (var place = 0; place < _members.Count; place++)
        {
            if (_members[place].Count > 1) _joined[place] = Join(_members[place]);
        }

        return [.. merged];
    }

    protected override void ReadSeries(int series, Column into)
    {
        if (_joined.TryGetValue(series, out var joined)) into.CopyFrom(joined);
        else inner.Read(_members[series][0], into);
    }

    private Column Join(List<int> members)
    {
        Context.Use(Grid.Count);
        var joined = NewColumn();
        inner.Read(members[0], joined);
        var next = NewColumn();
        foreach (var member in members.Skip(1))
        {
            var hasAny = !joins && Enumerable.Range(0, Grid.Count).Any(joined.Has);
            inner.Read(member, next);
            for (var step = 0; step < Grid.Count; step++)
            {
                if (!next.Has(step)) continue;
                if (hasAny || joined.Has(step)) FailSameLabels();
                joined.Take(next, step);
            }
        }

        return joined;
    }
}
