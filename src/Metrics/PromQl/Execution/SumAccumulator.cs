using Fairway.Metrics.Model;
using Fairway.Metrics.PromQl.Functions;
using Fairway.Metrics.PromQl.Functions.Histograms;
using Fairway.Metrics.PromQl.Syntax;

namespace Fairway.Metrics.PromQl.Execution;

/// <summary>sum() and avg(), of floats or of histograms; not of both at one step.</summary>
internal sealed class SumAccumulator : Accumulator
{
    private readonly AggregationCall _call;
    private readonly double[]? _sums;
    private readonly double[]? _lost;
    private readonly KahanMean[]? _means;
    private readonly double[]? _plainCounts;
    private readonly bool _isPlain;
    private readonly int _steps;
    private HistogramState?[]? _histograms;

    public SumAccumulator(AggregationCall call, int steps, bool average)
    {
        (_call, _steps, _isPlain) = (call, steps, call.Context.Compat.PlainSums);
        if (average && _isPlain) _plainCounts = new double[steps];
        else if (average)
        {
            _means = new KahanMean[steps];
            return;
        }

        _sums = new double[steps];
        _lost = new double[steps];
        Array.Fill(_sums, Column.Absent);
    }

    private sealed class HistogramState(NativeHistogram first)
    {
        public HistogramSum Sum { get; } = new(first);
        public int Count { get; set; } = 1;
        public bool IsIncompatible { get; set; }
        public bool SawReset { get; set; } = first.Hint == ResetHint.Reset;
        public bool SawNoReset { get; set; } = first.Hint == ResetHint.NotReset;
    }

    public override void Add(Column column)
    {
        if (_isPlain) PlainSum.Add(column.Values, _sums!, _plainCounts);
        else if (_sums is not null) AddToSums(column.Values, _sums, _lost!);
        else
        {
            var values = column.Values;
            for (var step = 0; step < values.Length; step++)
            {
                if (!Column.IsAbsent(values[step])) _means![step].Add(values[step]);
            }
        }

        if (column.HasHistograms) AddHistograms(column);
    }

    private static void AddToSums(double[] values, double[] sums, double[] lost)
    {
        for (var step = 0; step < values.Length && step < sums.Length && step < lost.Length; step++)
        {
            var value = values[step];
            if (Column.IsAbsent(value)) continue;
            if (Column.IsAbsent(sums[step])) sums[step] = value;
            else KahanSum.Add(value, ref sums[step], ref lost[step]);
        }
    }

    private void AddHistograms(Column column)
    {
        _histograms ??= new HistogramState?[_steps];
        for (var step = 0; step < _steps; step++)
        {
            if (column.Histogram(step) is not { } histogram) continue;
            if (_histograms[step] is not { } state)
            {
                _histograms[step] = new(histogram);
                continue;
            }

            state.Count++;
            state.SawReset |= histogram.Hint == ResetHint.Reset;
            state.SawNoReset |= histogram.Hint == ResetHint.NotReset;
            if (state.IsIncompatible) continue;
            var remarks = state.Sum.Add(histogram);
            state.IsIncompatible = remarks.HasFlag(HistogramRemarks.Incompatible);
            if (remarks.HasFlag(HistogramRemarks.BoundsReconciled)) _call.Context.Annotations.MismatchedBounds("aggregation",
                _call.Expr.Inner.Span);
        }
    }

    public override void Finish(Column into, string metric)
    {
        for (var step = 0; step < _steps; step++)
        {
            var hasFloats = _means is not null ? _means[step].Count > 0 : !Column.IsAbsent(_sums![step]);
            if (_histograms?[step] is { } state) FinishHistogram(state, hasFloats, step, into, metric);
            else if (hasFloats && _isPlain) into.Values[step] = _sums![step];
            else if (hasFloats) into.Values[step] = _means is not null ? _means[step].Mean
                : new KahanSum { Sum = _sums![step], Lost = _lost![step] }.Total;
        }
    }

    private void FinishHistogram(HistogramState state, bool hasFloats, int step, Column into, string metric)
    {
        var annotations = _call.Context.Annotations;
        var span = _call.Expr.Inner.Span;
        if (hasFloats) annotations.MixedFloatsHistogramsInAggregation(span);
        else if (state.IsIncompatible) annotations.MixedSchemas(metric, span);
        else
        {
            if (state.SawReset && state.SawNoReset) annotations.ResetCollision("aggregation", span);
            into.Set(step, _call.Expr.Operator == Aggregation.Sum ? state.Sum.Result() : state.Sum.Divide(state.Count).Result());
        }
    }
}
