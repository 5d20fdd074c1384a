using Fairway.Metrics.Model;
using Fairway.Metrics.PromQl.Syntax;

namespace Fairway.Metrics.PromQl.Execution;

/// <summary>and, or, unless: samples of one side, by whether the other has any with the same matching labels at that step.</summary>
internal sealed class SetOperator(QueryContext context, BinaryExpr expr, VectorOperator left, VectorOperator right)
    : VectorOperator(context, left.Grid, expr.Operator.Text(), left, right)
{
    private readonly Grouping _matching = new(expr.Matching!.Labels, expr.Matching.On);
    private readonly List<(int Left, int Right, int Group)> _outputs = [];
    private Dictionary<Labels, int> _groups = [];
    private bool[][]? _present;
    private Column? _column;

    protected override OutputSeries[] Open()
    {
        var series = new List<OutputSeries>();
        var isOr = expr.Operator == BinaryOperator.Or;
        // Who decides: the left side for "or", the right side for the others.
        _groups = [];
        foreach (var one in (isOr ? left : right).Series) _groups.TryAdd(_matching.Of(one.Labels), _groups.Count);
        var places = new Dictionary<OutputSeries, int>();
        for (var i = 0; i < left.Series.Length; i++)
        {
            var group = isOr ? -1 : _groups.GetValueOrDefault(_matching.Of(left.Series[i].Labels), -1);
            if (group < 0 && expr.Operator == BinaryOperator.And) continue;
            places[left.Series[i]] = series.Count;
            series.Add(left.Series[i]);
            _outputs.Add((i, -1, group));
        }

        for (var i = 0; isOr && i < right.Series.Length; i++)
        {
            var group = _groups.GetValueOrDefault(_matching.Of(right.Series[i].Labels), -1);
            if (places.TryGetValue(right.Series[i], out var place)) _outputs[place] = (_outputs[place].Left, i, group);
            else
            {
                series.Add(right.Series[i]);
                _outputs.Add((-1, i, group));
            }
        }

        return [.. series];
    }

    protected override void ReadSeries(int series, Column into)
    {
        _present ??= Presence();
        var (leftIndex, rightIndex, group) = _outputs[series];
        if (expr.Operator != BinaryOperator.Or)
        {
            left.Read(leftIndex, into);
            var wanted = expr.Operator == BinaryOperator.And;
            for (var step = 0; step < Grid.Count; step++)
            {
                if ((group >= 0 && _present[group][step]) != wanted) into.Remove(step);
            }

            return;
        }

        into.Clear();
        if (leftIndex >= 0) left.Read(leftIndex, into);
        if (rightIndex < 0) return;
        _column ??= NewColumn();
        right.Read(rightIndex, _column);
        for (var step = 0; step < Grid.Count; step++)
        {
            if (_column.Has(step) && (group < 0 || !_present[group][step])) into.Take(_column, step);
        }
    }

    private bool[][] Presence()
    {
        var decides = expr.Operator == BinaryOperator.Or ? left : right;
        var present = new bool[_groups.Count][];
        for (var i = 0; i < present.Length; i++) present[i] = new bool[Grid.Count];
        Context.Use((long)present.Length * Grid.Count / 8);
        var column = NewColumn();
        for (var i = 0; i < decides.Series.Length; i++)
        {
            var row = present[_groups[_matching.Of(decides.Series[i].Labels)]];
            decides.Read(i, column);
            for (var step = 0; step < row.Length; step++) row[step] |= column.Has(step);
        }

        return present;
    }
}
