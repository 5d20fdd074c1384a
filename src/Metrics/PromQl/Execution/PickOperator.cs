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
            if (IsRanked && _columns[i].HasHistograms) Context.Annotations.HistogramIgnoredInAggregation(expr.Operator.Text(),
                expr.Inner.Span);
        }

        var order = new List<int>();
        foreach (var members in Groups()) Pick(members, parameters, order);
        // Only an instant query keeps the order of ranks.
        _outputs = Grid.Count == 1 && IsRanked ? [.. order]
            : [.. Enumerable.Range(0, _picked.Length).Where(i => _picked[i].AsSpan().Contains(true))];
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
            if (!isRatio && value >= 9.2233720368547758E+18)
                throw PromQlException.Failed($"Scalar value {GoNumber.General(value)} overflows int64");
            if (!isRatio && value <= -9.2233720368547758E+18)
                throw PromQlException.Failed($"Scalar value {GoNumber.General(value)} underflows int64");
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
        var shares = expr.Operator == Aggregation.LimitRatio
            ? members.ToDictionary(i => i, i => LabelHash.Share(inner.Series[i].Labels)) : [];
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

        order.AddRange(IsRanked && Grid.Count == 1 ? Ordered(best, 0) : best);
    }

    // The same heap as Prometheus': it decides which of several equal ones are kept (container/heap; the worst of the best is its root).
    private void Rank(List<int> best, int candidate, int step, long most)
    {
        if (most < 1) return;
        if (best.Count < most)
        {
            Push(best, candidate, step);
            return;
        }

        var (value, worst) = (Value(candidate, step), Value(best[0], step));
        var isBetter = double.IsNaN(worst) ? !double.IsNaN(value) || Context.Compat.HeapPops
            : expr.Operator == Aggregation.TopK ? value > worst : value < worst;
        if (!isBetter) return;
        if (Context.Compat.HeapPops)
        {
            best[0] = best[^1];
            best.RemoveAt(best.Count - 1);
            Sink(best, step);
            Push(best, candidate, step);
            return;
        }

        best[0] = candidate;
        Sink(best, step);
    }

    private void Push(List<int> best, int candidate, int step)
    {
        best.Add(candidate);
        for (var i = best.Count - 1; i > 0 && IsWorse(best[i], best[(i - 1) / 2], step); i = (i - 1) / 2)
            (best[i], best[(i - 1) / 2]) = (best[(i - 1) / 2], best[i]);
    }

    private void Sink(List<int> best, int step)
    {
        for (var i = 0; (2 * i) + 1 < best.Count;)
        {
            var child = (2 * i) + 1;
            if (child + 1 < best.Count && IsWorse(best[child + 1], best[child], step)) child++;
            if (!IsWorse(best[child], best[i], step)) break;
            (best[i], best[child]) = (best[child], best[i]);
            i = child;
        }
    }

    private double Value(int series, int step) => _columns[series].Values[step];

    private bool IsWorse(int one, int other, int step)
    {
        var (a, b) = (Value(one, step), Value(other, step));
        return double.IsNaN(a) || (expr.Operator == Aggregation.TopK ? a < b : a > b);
    }

    // Best first; stable, with NaN last.
    private List<int> Ordered(List<int> best, int step) => [.. best.Order(Comparer<int>.Create((one, other) =>
    {
        var (a, b) = (Value(one, step), Value(other, step));
        if (double.IsNaN(a) || double.IsNaN(b)) return double.IsNaN(a).CompareTo(double.IsNaN(b));
        return expr.Operator == Aggregation.TopK ? b.CompareTo(a) : a.CompareTo(b);
    }))];
}
