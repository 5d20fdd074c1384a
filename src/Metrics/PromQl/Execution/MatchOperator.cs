using System.Diagnostics.CodeAnalysis;
using Fairway.Metrics.Model;
using Fairway.Metrics.PromQl.Syntax;

namespace Fairway.Metrics.PromQl.Execution;

/// <summary>
/// An operator between the samples of two vectors whose matching labels are the same. Which series can meet is worked out once; a step
/// costs no look-up.
/// With <c>group_right</c> the sides change places: "many" is the side that may have several series to a group.
/// </summary>
internal sealed class MatchOperator : VectorOperator
{
    private const int Filled = -1;

    private readonly BinaryExpr _expr;
    private readonly VectorOperator _many;
    private readonly VectorOperator _one;
    private readonly VectorMatching _matching;
    private readonly Grouping _grouping;
    private readonly bool _manyIsRight;
    private readonly double? _fillMany;
    private readonly double? _fillOne;
    private readonly List<Group> _groups = [];
    private readonly List<List<Pair>> _outputs = [];
    private readonly Dictionary<int, bool[]> _manyPresent = [];
    private Column?[] _ones = [];
    private Column? _manyColumn;
    private Column? _spare;

    public MatchOperator(QueryContext context, BinaryExpr expr, VectorOperator left, VectorOperator right)
        : base(context, left.Grid, $"{expr.Operator.Text()} {expr.Matching!.Cardinality}", left, right)
    {
        _expr = expr;
        _matching = expr.Matching;
        _manyIsRight = _matching.Cardinality == Cardinality.OneToMany;
        (_many, _one) = _manyIsRight ? (right, left) : (left, right);
        (_fillMany, _fillOne) = _manyIsRight ? (_matching.FillRight, _matching.FillLeft) : (_matching.FillLeft, _matching.FillRight);
        _grouping = new(_matching.Labels, _matching.On);
    }

    private sealed record Group(Labels Labels, List<int> Many, List<int> One);

    private readonly record struct Pair(Group Group, int Many, int One);

    private bool IsOneToOne => _matching.Cardinality == Cardinality.OneToOne;

    protected override OutputSeries[] Open()
    {
        var byLabels = new Dictionary<Labels, Group>();
        Collect(_many, byLabels, isMany: true);
        Collect(_one, byLabels, isMany: false);
        _ones = new Column?[_one.Series.Length];
        var series = new List<OutputSeries>();
        var places = new Dictionary<OutputSeries, int>();
        // In the order of the "many" side: sums and ties depend on it.
        foreach (var (group, many, one) in _groups.SelectMany(Pairs).OrderBy(p => p.Many == Filled ? int.MaxValue : p.Many))
        {
            var output = Result(group, many, one);
            if (!places.TryGetValue(output, out var place))
            {
                places[output] = place = series.Count;
                series.Add(output);
                _outputs.Add([]);
            }

            _outputs[place].Add(new(group, many, one));
        }

        // Also of what matches nothing, or is read by nobody.
        foreach (var group in _groups) Check(group);
        foreach (var pairs in _outputs.Where(o => o.Count > 1)) Combine(pairs, NewColumn());
        return [.. series];
    }

    private void Collect(VectorOperator side, Dictionary<Labels, Group> byLabels, bool isMany)
    {
        for (var i = 0; i < side.Series.Length; i++)
        {
            var labels = _grouping.Of(side.Series[i].Labels);
            if (!byLabels.TryGetValue(labels, out var group))
            {
                byLabels[labels] = group = new(labels, [], []);
                _groups.Add(group);
            }

            (isMany ? group.Many : group.One).Add(i);
        }
    }

    private IEnumerable<Pair> Pairs(Group group)
    {
        foreach (var many in group.Many)
        {
            foreach (var one in group.One) yield return new(group, many, one);
            if (_fillOne is not null) yield return new(group, many, Filled);
        }

        if (_fillMany is null) yield break;
        foreach (var one in group.One) yield return new(group, Filled, one);
    }

    /// <summary>Whether the result of an operator is still the metric.</summary>
    public static bool KeepsName(BinaryOperator op, Compat compat) => op.IsComparison()
        || op is BinaryOperator.TrimLower or BinaryOperator.TrimUpper || (op == BinaryOperator.Atan2 && compat.Atan2KeepsNames);

    // Labels of a result (Prometheus, resultMetric).
    private OutputSeries Result(Group group, int many, int one)
    {
        var labels = many == Filled ? group.Labels : _many.Series[many].Labels;
        var dropsName = many != Filled && _many.Series[many].DropName;
        var keepsName = KeepsName(_expr.Operator, Context.Compat);
        if (!keepsName) labels = labels.Without(Labels.MetricName);
        if (IsOneToOne)
        {
            labels = _matching.On
                ? labels.Where(_matching.Labels.Contains)
                : labels.Where(n => !_matching.Labels.Contains(n, StringComparer.Ordinal));
        }

        foreach (var name in _matching.Include) labels = labels.With(name, one == Filled ? "" : _one.Series[one].Labels.Value(name));
        return _expr.ReturnBool ? Unnamed(new(labels, dropsName)) : new(labels, dropsName && keepsName);
    }

    protected override void ReadSeries(int series, Column into)
    {
        into.Clear();
        Combine(_outputs[series], into);
    }

    private void Combine(List<Pair> pairs, Column into)
    {
        var taken = pairs.Count > 1 ? new Group?[Grid.Count] : null;
        foreach (var pair in pairs) Combine(pair, into, taken);
    }

    private void Combine(Pair pair, Column into, Group?[]? taken)
    {
        _manyColumn ??= NewColumn();
        if (pair.Many == Filled) _manyColumn.Clear();
        else _many.Read(pair.Many, _manyColumn);
        var one = pair.One == Filled ? null : One(pair.One, pair.Group.Many.Count > 1);
        for (var step = 0; step < Grid.Count; step++)
        {
            var (many, oneValue) = (_manyColumn.Values[step], one is null ? Column.Absent : one.Values[step]);
            var (manyHistogram, oneHistogram) = (_manyColumn.Histogram(step), one?.Histogram(step));
            if (Column.IsAbsent(many) && manyHistogram is null)
            {
                if (pair.Many != Filled || HasAny(_many, pair.Group.Many, step, isOne: false)) continue;
                many = _fillMany!.Value;
            }

            if (Column.IsAbsent(oneValue) && oneHistogram is null)
            {
                if (pair.One != Filled || HasAny(_one, pair.Group.One, step, isOne: true)) continue;
                oneValue = _fillOne!.Value;
            }

            if (taken is not null)
            {
                var isKept = Holds(manyIsLeft: !_manyIsRight, many, manyHistogram, oneValue, oneHistogram);
                if (FilteredDoNotMatch && !isKept) continue;
                if (taken[step] == pair.Group)
                    throw PromQlException.Failed("multiple matches for labels: grouping labels must ensure unique matches");
                if (taken[step] is not null && isKept && into.Has(step)) FailSameLabels();
                taken[step] = pair.Group;
            }

            if (_manyIsRight) Apply(oneValue, oneHistogram, many, manyHistogram, step, into);
            else Apply(many, manyHistogram, oneValue, oneHistogram, step, into);
        }
    }

    private bool FilteredDoNotMatch => Context.Compat.FilteredPairsDoNotMatch && _expr.Operator.IsComparison() && !_expr.ReturnBool;

    // Whether two samples give one; floats only, since histograms are newer than what asks for it.
    private bool Holds(bool manyIsLeft, double many, NativeHistogram? manyHistogram, double one, NativeHistogram? oneHistogram) =>
        _expr.ReturnBool || manyHistogram is not null || oneHistogram is not null
        || Arithmetic.Apply(_expr.Operator, manyIsLeft ? many : one, manyIsLeft ? one : many, out _);

    private void Apply(double left, NativeHistogram? leftHistogram, double right, NativeHistogram? rightHistogram, int step, Column into)
    {
        if (leftHistogram is null && rightHistogram is null && _expr.Operator < BinaryOperator.And)
        {
            var holds = Arithmetic.Apply(_expr.Operator, left, right, out var value);
            if (_expr.ReturnBool) into.Values[step] = holds ? 1 : 0;
            else if (holds) into.Values[step] = value;
            return;
        }

        if (leftHistogram is null && rightHistogram is null)
        {
            Context.Annotations.IncompatibleTypes("float", _expr.Operator.Text(), "float", _expr.Span);
            return;
        }

        var result = Arithmetic.Apply(Context, _expr.Operator, left, leftHistogram, right, rightHistogram, _expr.Span, out var isTrue);
        if (result is null) return;
        if (_expr.ReturnBool) into.Values[step] = isTrue ? 1 : 0;
        else if (isTrue) into.Set(step, result);
    }

    // A column of the "one" side; kept when several of the "many" side need it.
    private Column One(int index, bool keeps)
    {
        if (_ones[index] is { } known) return known;
        var column = keeps ? NewColumn() : _spare ??= NewColumn();
        _one.Read(index, column);
        if (!keeps) return column;
        Context.Use(Grid.Count);
        return _ones[index] = column;
    }

    private bool HasAny(VectorOperator side, List<int> indexes, int step, bool isOne)
    {
        foreach (var index in indexes)
        {
            if (isOne ? One(index, keeps: true).Has(step) : Present(side, index)[step]) return true;
        }

        return false;
    }

    private bool[] Present(VectorOperator side, int index)
    {
        if (_manyPresent.TryGetValue(index, out var known)) return known;
        var column = NewColumn();
        side.Read(index, column);
        var present = new bool[Grid.Count];
        for (var step = 0; step < present.Length; step++) present[step] = column.Has(step);
        return _manyPresent[index] = present;
    }

    // Two samples of one side with the same matching labels at one step are an error, also where a comparison would have filtered them out.
    private void Check(Group group)
    {
        if (group.One.Count > 1)
        {
            var owner = new int[Grid.Count];
            Array.Fill(owner, -1);
            foreach (var index in group.One)
            {
                var column = One(index, keeps: true);
                for (var step = 0; step < owner.Length; step++)
                {
                    if (!column.Has(step)) continue;
                    if (owner[step] >= 0 && AnyMany(step)) FailDuplicate(group, _one.Series[index].Labels, _one.Series[owner[step]].Labels);
                    owner[step] = index;
                }
            }
        }

        if (!IsOneToOne || group.Many.Count < 2 || (group.One.Count == 0 && _fillOne is null)) return;
        if (FilteredDoNotMatch)
        {
            CheckKept(group);
            return;
        }

        for (var step = 0; step < Grid.Count; step++)
        {
            if (_fillOne is null && !HasAny(_one, group.One, step, isOne: true)) continue;
            if (group.Many.Count(index => Present(_many, index)[step]) > 1)
                FailManyToOne();
        }
    }

    private void CheckKept(Group group)
    {
        var kept = new bool[Grid.Count];
        var column = NewColumn();
        foreach (var many in group.Many)
        {
            _many.Read(many, column);
            foreach (var one in group.One.Select(index => One(index, keeps: true)))
            {
                for (var step = 0; step < kept.Length; step++)
                {
                    if (!column.Has(step) || !one.Has(step)
                        || !Holds(true, column.Values[step], column.Histogram(step), one.Values[step], one.Histogram(step))) continue;
                    if (kept[step]) FailManyToOne();
                    kept[step] = true;
                }
            }
        }
    }

    [DoesNotReturn]
    private static void FailManyToOne() =>
        throw PromQlException.Failed("multiple matches for labels: many-to-one matching must be explicit (group_left/group_right)");

    private bool AnyMany(int step)
    {
        for (var i = 0; i < _many.Series.Length; i++)
        {
            if (Present(_many, i)[step]) return true;
        }

        return false;
    }

    private void FailDuplicate(Group group, Labels second, Labels first)
    {
        var side = _manyIsRight ? "left" : "right";
        throw PromQlException.Failed(
            $"found duplicate series for the match group {Braced(group.Labels)} on the {side} hand-side of the operation: [{Braced(second)}, {Braced(first)}]"
            + ";many-to-many matching not allowed: matching labels must be unique on one side");
    }

    private static string Braced(Labels labels) =>
        "{" + string.Join(", ", labels.Pairs().Select(l => l.Name + "=" + GoText.Quoted(l.Value))) + "}";
}
