using Fairway.Metrics.Model;
using Fairway.Metrics.PromQl.Syntax;

namespace Fairway.Metrics.PromQl.Execution;

/// <summary>topk, bottomk, limitk, limit_ratio: at each step some of the series of each group, unchanged.</summary>
internal sealed class PickOperator(QueryContext context, AggregateExpr expr, VectorOperator inner, ScalarOperator parameter)
    : VectorOperator(context, inner.Grid, GroupTitle.Of(expr), inner, parameter)
{
    private Column[] _columns = [];
    private bool[][] _picked = [];
    private int[] _outputs = [];

    private bool IsRanked => expr.Operator is Aggregation.TopK or Aggregation.BottomK;

    protected override OutputSeries[] Open()
    {
        var parameters = parameter.Evaluate();
        CheckParameters(parameters);
        _columns = new Column[inner.Series.Length];
        _picked = new bool[_columns.Length][];
        for (var i = 0; i < _columns.Length; i++)
        {
            Context.Use(Grid.Count);
            inner.Read(i, _columns[i] = NewColumn());
            _picked[i] = new bool[Grid.Count];
            if (IsRanked && _columns[i].HasHistograms) Context.Annotations.HistogramIgnoredInAggregation(expr.Operator.Text(), expr.Inner.Span);
        }

        var order = new List<int>();
        foreach (var members in Groups()) Pick(members, parameters, order);
        // Only an instant query keeps the order of ranks.
        _outputs = Grid.Count == 1 && IsRanked ? [.. order] : [.. Enumerable.Range(0, _picked.Length).Where(i => _picked[i].AsSpan().Contains(true))];
        return [.. _outputs.Select(i => inner.Series[i])];
    }

    protected override void ReadSeries(int series, Column into)
    {
        var index = _outputs[series];
        into.CopyFrom(_columns[index]);
        for (var step = 0; step < Grid.Count; step++)
        {
            if (!_picked[index][step]) into.Remove(step);
        }
    }

    private void CheckParameters(double[] parameters)
    {
        var isRatio = expr.Operator == Aggregation.LimitRatio;
        foreach (var value in parameters)
        {
            if (double.IsNaN(value)) throw PromQlException.Failed(isRatio ? "Ratio value is NaN" : "Parameter value is NaN");
            if (isRatio && Math.Abs(value) > 1) Context.Annotations.InvalidRatio(value, Math.Sign(value), expr.Parameter!.Span);
            if (!isRatio && value >= 9.2233720368547758E+18) throw PromQlException.Failed($"Scalar value {GoNumber.General(value)} overflows int64");
            if (!isRatio && value <= -9.2233720368547758E+18) throw PromQlException.Failed($"Scalar value {GoNumber.General(value)} underflows int64");
        }
    }

    private List<int>[] Groups()
    {
        var grouping = new Grouping(expr.Grouping, !expr.Without);
        var groups = new Dictionary<Labels, List<int>>();
        for (var i = 0; i < _columns.Length; i++)
        {
            var key = grouping.Of(inner.Series[i].Labels);
            if (!groups.TryGetValue(key, out var members)) groups[key] = members = [];
            members.Add(i);
        }

        return [.. groups.Values];
    }

    private void Pick(List<int> members, double[] parameters, List<int> order)
    {
        var shares = expr.Operator == Aggregation.LimitRatio ? members.ToDictionary(i => i, i => LabelHash.Share(inner.Series[i].Labels)) : [];
        var best = new List<int>();
        for (var step = 0; step < Grid.Count; step++)
        {
            var wanted = parameters[step];
            best.Clear();
            foreach (var i in members)
            {
                if (IsRanked ? Column.IsAbsent(_columns[i].Values[step]) : !_columns[i].Has(step)) continue;
                if (expr.Operator == Aggregation.LimitRatio)
                {
                    var ratio = Math.Clamp(wanted, -1, 1);
                    if (ratio >= 0 ? shares[i] < ratio || ratio == 1 : shares[i] >= 1 + ratio) best.Add(i);
                }
                else if (expr.Operator == Aggregation.LimitK)
                {
                    if (best.Count < (long)wanted) best.Add(i);
                }
                else Rank(best, i, step, (long)wanted);
            }

            foreach (var i in best) _picked[i][step] = true;
        }

        order.AddRange(best);
    }

    // Insertion into the best so far; equal ones keep their order, NaN comes last.
    private void Rank(List<int> best, int candidate, int step, long most)
    {
        if (most < 1) return;
        var value = _columns[candidate].Values[step];
        if (best.Count == most && !IsBetter(value, _columns[best[^1]].Values[step])) return;
        var (low, high) = (0, best.Count);
        while (low < high)
        {
            var middle = (low + high) / 2;
            if (IsBetter(value, _columns[best[middle]].Values[step])) high = middle;
            else low = middle + 1;
        }

        best.Insert(low, candidate);
        if (best.Count > most) best.RemoveAt(best.Count - 1);
    }

    private bool IsBetter(double a, double b) => double.IsNaN(b) ? !double.IsNaN(a) : expr.Operator == Aggregation.TopK ? a > b : a < b;
}
