using Fairway.Metrics.PromQl.Syntax;

namespace Fairway.Metrics.PromQl.Execution;

/// <summary>The same number at each step.</summary>
internal sealed class ConstantOperator(StepGrid grid, double value, string title) : ScalarOperator(title)
{
    public override double[] Evaluate()
    {
        var values = new double[grid.Count];
        Array.Fill(values, value);
        return values;
    }
}

/// <summary>time(): the time of each step, in seconds.</summary>
internal sealed class TimeOperator(StepGrid grid) : ScalarOperator("time()")
{
    public override double[] Evaluate()
    {
        var values = new double[grid.Count];
        for (var step = 0; step < values.Length; step++) values[step] = grid[step] / 1000.0;
        return values;
    }
}

/// <summary>scalar(): the only float of a vector, or NaN.</summary>
internal sealed class ScalarOfVectorOperator(VectorOperator vector) : ScalarOperator("scalar()", vector)
{
    public override double[] Evaluate()
    {
        var result = new double[vector.Grid.Count];
        Array.Fill(result, Column.Absent);
        var twice = new bool[result.Length];
        var column = new Column(result.Length);
        for (var series = 0; series < vector.Series.Length; series++)
        {
            vector.Read(series, column);
            for (var step = 0; step < result.Length; step++)
            {
                if (Column.IsAbsent(column.Values[step])) continue;
                twice[step] |= !Column.IsAbsent(result[step]);
                result[step] = column.Values[step];
            }
        }

        for (var step = 0; step < result.Length; step++)
        {
            if (twice[step] || Column.IsAbsent(result[step])) result[step] = double.NaN;
        }

        return result;
    }
}

/// <summary>A number with the other sign.</summary>
internal sealed class NegatedScalarOperator(ScalarOperator inner) : ScalarOperator("-", inner)
{
    public override double[] Evaluate()
    {
        var values = inner.Evaluate();
        for (var step = 0; step < values.Length; step++) values[step] = -values[step];
        return values;
    }
}

/// <summary>An operator between two numbers.</summary>
internal sealed class ScalarBinaryOperator(BinaryOperator op, ScalarOperator left, ScalarOperator right) : ScalarOperator(op.Text(), left, right)
{
    public override double[] Evaluate()
    {
        var values = left.Evaluate();
        var others = right.Evaluate();
        for (var step = 0; step < values.Length; step++)
        {
            var holds = Arithmetic.Apply(op, values[step], others[step], out var value);
            values[step] = op.IsComparison() ? (holds ? 1 : 0) : value;
        }

        return values;
    }
}

/// <summary>min_of() and max_of(): NaN wins.</summary>
internal sealed class ScalarExtremeOperator(bool min, ScalarOperator left, ScalarOperator right) : ScalarOperator(min ? "min_of()" : "max_of()", left, right)
{
    public override double[] Evaluate()
    {
        var values = left.Evaluate();
        var others = right.Evaluate();
        for (var step = 0; step < values.Length; step++) values[step] = min ? Math.Min(values[step], others[step]) : Math.Max(values[step], others[step]);
        return values;
    }
}

/// <summary>What does not depend on the time of evaluation, evaluated once.</summary>
internal sealed class InvariantScalarOperator(StepGrid grid, ScalarOperator inner) : ScalarOperator("once", inner)
{
    public override double[] Evaluate()
    {
        var values = new double[grid.Count];
        Array.Fill(values, inner.Evaluate()[0]);
        return values;
    }
}
