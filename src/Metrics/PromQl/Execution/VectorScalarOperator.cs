using Fairway.Metrics.PromQl.Syntax;

namespace Fairway.Metrics.PromQl.Execution;

/// <summary>An operator between a vector and a number.</summary>
internal sealed class VectorScalarOperator(
    QueryContext context, BinaryExpr expr, VectorOperator vector, ScalarOperator scalar, bool scalarIsLeft)
    : VectorOperator(context, vector.Grid, $"{expr.Operator.Text()} scalar", vector, scalar)
{
    private readonly BinaryOperator _op = expr.Operator;
    private readonly bool _isFilter = expr.Operator.IsComparison() && !expr.ReturnBool;
    private double[] _scalars = [];

    protected override OutputSeries[] Open()
    {
        _scalars = scalar.Evaluate();
        if (!expr.ReturnBool && MatchOperator.KeepsName(_op, Context.Compat)) return vector.Series;
        return [.. vector.Series.Select(Unnamed)];
    }

    protected override void ReadSeries(int series, Column into)
    {
        vector.Read(series, into);
        var values = into.Values;
        for (var step = 0; step < values.Length; step++)
        {
            var value = values[step];
            if (Column.IsAbsent(value)) continue;
            var (left, right) = scalarIsLeft ? (_scalars[step], value) : (value, _scalars[step]);
            if (_op is BinaryOperator.TrimLower or BinaryOperator.TrimUpper)
            {
                Context.Annotations.IncompatibleTypes("float", _op.Text(), "float", expr.Span);
                values[step] = Column.Absent;
                continue;
            }

            var holds = Arithmetic.Apply(_op, left, right, out var result);
            if (_isFilter) values[step] = holds ? value : Column.Absent;
            else values[step] = expr.ReturnBool ? (holds ? 1 : 0) : result;
        }

        if (into.HasHistograms) Histograms(into);
    }

    private void Histograms(Column into)
    {
        for (var step = 0; step < into.Values.Length; step++)
        {
            if (into.Histogram(step) is not { } histogram) continue;
            var result = scalarIsLeft
                ? Arithmetic.Apply(Context, _op, _scalars[step], null, 0, histogram, expr.Span, out _)
                : Arithmetic.Apply(Context, _op, 0, histogram, _scalars[step], null, expr.Span, out _);
            into.Set(step, result);
        }
    }
}

/// <summary>A vector with the other sign.</summary>
internal sealed class NegatedVectorOperator(QueryContext context, VectorOperator inner) : VectorOperator(context, inner.Grid, "-", inner)
{
    protected override OutputSeries[] Open() => [.. inner.Series.Select(Unnamed)];

    protected override void ReadSeries(int series, Column into)
    {
        inner.Read(series, into);
        var values = into.Values;
        for (var step = 0; step < values.Length; step++)
        {
            if (!Column.IsAbsent(values[step])) values[step] = -values[step];
            else if (into.Histogram(step) is { } histogram) into.Set(step,
                new Functions.Histograms.HistogramSum(histogram).Scale(-1).Result());
        }
    }
}

/// <summary>A number as a vector of one series without labels.</summary>
internal sealed class VectorOfScalarOperator(QueryContext context, StepGrid grid, ScalarOperator scalar)
    : VectorOperator(context, grid, "vector()", scalar)
{
    private double[] _values = [];

    protected override OutputSeries[] Open()
    {
        _values = scalar.Evaluate();
        return [new(Model.Labels.Empty, false)];
    }

    protected override void ReadSeries(int series, Column into)
    {
        into.ClearHistograms();
        _values.AsSpan().CopyTo(into.Values);
    }
}

/// <summary>What does not depend on the time of evaluation, evaluated once and given at each step.</summary>
internal sealed class InvariantOperator(QueryContext context, StepGrid grid, VectorOperator inner)
    : VectorOperator(context, grid, "once", inner)
{
    private readonly Column _column = new(1);

    protected override OutputSeries[] Open() => inner.Series;

    protected override void ReadSeries(int series, Column into)
    {
        inner.Read(series, _column);
        into.ClearHistograms();
        Array.Fill(into.Values, _column.Values[0]);
        if (_column.Histogram(0) is not { } histogram) return;
        for (var step = 0; step < into.Values.Length; step++) into.Set(step, histogram);
    }
}
