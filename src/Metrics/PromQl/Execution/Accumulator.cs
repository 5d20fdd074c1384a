using Fairway.Metrics.PromQl.Functions;
using Fairway.Metrics.PromQl.Syntax;

namespace Fairway.Metrics.PromQl.Execution;

/// <summary>One group of an aggregation at all steps: takes series one at a time.</summary>
internal abstract class Accumulator
{
    /// <summary>Takes a series in.</summary>
    public abstract void Add(Column column);

    /// <summary>Writes the result into an empty column.</summary>
    public abstract void Finish(Column into, string metric);

    public static Accumulator Make(AggregationCall call, int steps) => call.Expr.Operator switch
    {
        Aggregation.Sum => new SumAccumulator(call, steps, average: false),
        Aggregation.Avg => new SumAccumulator(call, steps, average: true),
        Aggregation.Count => new CountAccumulator(steps, counts: true),
        Aggregation.Group => new CountAccumulator(steps, counts: false),
        Aggregation.Min => new ExtremeAccumulator(call, steps, min: true),
        Aggregation.Max => new ExtremeAccumulator(call, steps, min: false),
        Aggregation.Stddev or Aggregation.Stdvar => new VarianceAccumulator(call, steps),
        _ => new QuantileAccumulator(call, steps),
    };

    protected static void Ignore(AggregationCall call, Column column)
    {
        if (column.HasHistograms) call.Context.Annotations.HistogramIgnoredInAggregation(call.Expr.Operator.Text(), call.Expr.Inner.Span);
    }
}

/// <summary>count() and group().</summary>
internal sealed class CountAccumulator(int steps, bool counts) : Accumulator
{
    private readonly int[] _counts = new int[steps];

    public override void Add(Column column)
    {
        var values = column.Values;
        for (var step = 0; step < values.Length; step++) _counts[step] += Column.IsAbsent(values[step]) ? 0 : 1;
        for (var step = 0; column.HasHistograms && step < values.Length; step++) _counts[step] += column.Histogram(step) is null ? 0 : 1;
    }

    public override void Finish(Column into, string metric)
    {
        for (var step = 0; step < _counts.Length; step++)
        {
            if (_counts[step] > 0) into.Values[step] = counts ? _counts[step] : 1;
        }
    }
}

/// <summary>min() and max(): NaN only where there is nothing else.</summary>
internal sealed class ExtremeAccumulator : Accumulator
{
    private readonly AggregationCall _call;
    private readonly bool _min;
    private readonly double[] _best;

    public ExtremeAccumulator(AggregationCall call, int steps, bool min)
    {
        (_call, _min, _best) = (call, min, new double[steps]);
        Array.Fill(_best, Column.Absent);
    }

    public override void Add(Column column)
    {
        Ignore(_call, column);
        var values = column.Values;
        for (var step = 0; step < values.Length; step++)
        {
            var value = values[step];
            if (Column.IsAbsent(value)) continue;
            var best = _best[step];
            if ((_min ? value < best : value > best) || double.IsNaN(best)) _best[step] = value;
        }
    }

    public override void Finish(Column into, string metric) => _best.AsSpan().CopyTo(into.Values);
}

/// <summary>stddev() and stdvar() of all members, by Welford's algorithm.</summary>
internal sealed class VarianceAccumulator(AggregationCall call, int steps) : Accumulator
{
    private readonly double[] _counts = new double[steps];
    private readonly double[] _means = new double[steps];
    private readonly double[] _squares = new double[steps];

    public override void Add(Column column)
    {
        Ignore(call, column);
        var values = column.Values;
        for (var step = 0; step < values.Length; step++)
        {
            var value = values[step];
            if (Column.IsAbsent(value)) continue;
            if (++_counts[step] == 1)
            {
                _means[step] = value;
                if (!double.IsFinite(value) && !call.Context.Compat.PlainSums) _squares[step] = double.NaN;
                continue;
            }

            var delta = value - _means[step];
            _means[step] += delta / _counts[step];
            _squares[step] += delta * (value - _means[step]);
        }
    }

    public override void Finish(Column into, string metric)
    {
        var isDeviation = call.Expr.Operator == Aggregation.Stddev;
        for (var step = 0; step < _counts.Length; step++)
        {
            if (_counts[step] == 0) continue;
            var variance = _squares[step] / _counts[step];
            into.Values[step] = isDeviation ? Math.Sqrt(variance) : variance;
        }
    }
}

/// <summary>quantile(): keeps all members.</summary>
internal sealed class QuantileAccumulator(AggregationCall call, int steps) : Accumulator
{
    private readonly List<double[]> _members = [];

    /// <summary>Remarks on numbers that are no quantiles.</summary>
    public static void Check(AggregationCall call)
    {
        var parameters = call.Parameters!;
        if (parameters.Any(double.IsNaN)) call.Context.Annotations.InvalidQuantile(double.NaN, call.Expr.Parameter!.Span);
        var (most, least) = (double.NegativeInfinity, double.PositiveInfinity);
        foreach (var q in parameters)
        {
            if (q > most) most = q;
            if (q < least) least = q;
        }

        if (most > 1) call.Context.Annotations.InvalidQuantile(most, call.Expr.Parameter!.Span);
        if (least < 0) call.Context.Annotations.InvalidQuantile(least, call.Expr.Parameter!.Span);
    }

    public override void Add(Column column)
    {
        Ignore(call, column);
        call.Context.Use(steps);
        _members.Add([.. column.Values]);
    }

    public override void Finish(Column into, string metric)
    {
        var values = new double[_members.Count];
        for (var step = 0; step < steps; step++)
        {
            var count = 0;
            foreach (var member in _members)
            {
                if (!Column.IsAbsent(member[step])) values[count++] = member[step];
            }

            if (count > 0) into.Values[step] = Quantile.Of(call.Parameters![step], values.AsSpan(0, count));
        }
    }
}
