using Fairway.Metrics.Model;
using Fairway.Metrics.PromQl.Execution;
using Fairway.Metrics.PromQl.Functions.Histograms;

namespace Fairway.Metrics.PromQl.Functions;

/// <summary>
/// rate(), increase() and delta(): the change between the first and the last sample of a range, stretched to the ends of the range
/// where the samples
/// reach near enough (Prometheus, extrapolatedRate). Resets of a counter are found once per series, so that a step costs the same
/// whatever its range.
/// </summary>
internal sealed class ExtrapolatedRate(bool isCounter, bool perSecond) : RangeFunction
{
    private int[] _resets = [];
    private int _resetCount;

    public override RangeFunction Another() => new ExtrapolatedRate(isCounter, perSecond);

    public override void Apply(Windows windows, RangeCall call, Column into)
    {
        if (windows.Samples.HasHistograms)
        {
            ApplyMixed(windows, call, into);
            return;
        }

        into.ClearHistograms();
        var values = windows.Samples.Values;
        var times = windows.Samples.Times;
        FindResets(values);
        var from = windows.From;
        var to = windows.To;
        var ends = windows.Ends;
        var output = into.Values;
        var old = call.Context.Compat.ClampBeforeThreshold;
        var firstReset = 0;
        var any = false;
        for (var step = 0; step < output.Length; step++)
        {
            int first = from[step], last = to[step] - 1;
            if (last <= first)
            {
                output[step] = Column.Absent;
                continue;
            }

            any = true;
            var change = values[last] - values[first];
            if (_resetCount > 0)
            {
                while (firstReset < _resetCount && _resets[firstReset] <= first) firstReset++;
                for (var r = firstReset; r < _resetCount && _resets[r] <= last; r++) change += values[_resets[r] - 1];
            }

            var stretch = new Stretch(times[first], times[last], last - first, ends[step] - windows.Range, ends[step]);
            output[step] = change * stretch.Factor(isCounter, change, values[first], windows.Range, perSecond, old);
        }

        if (any && isCounter) CheckName(windows.Metric, call);
    }

    private void FindResets(ReadOnlySpan<double> values)
    {
        _resetCount = 0;
        if (!isCounter) return;
        for (var i = 1; i < values.Length; i++)
        {
            if (!(values[i] < values[i - 1])) continue;
            if (_resetCount == _resets.Length) Array.Resize(ref _resets, Math.Max(16, _resetCount * 2));
            _resets[_resetCount++] = i;
        }
    }

    private static void CheckName(string metric, RangeCall call)
    {
        if (metric.Length == 0 || metric.EndsWith("_total", StringComparison.Ordinal) || metric.EndsWith("_sum", StringComparison.Ordinal)
            || metric.EndsWith("_count", StringComparison.Ordinal) || metric.EndsWith("_bucket", StringComparison.Ordinal)) return;
        call.Annotations.PossibleNonCounter(metric, call.Span);
    }

    private void ApplyMixed(Windows windows, RangeCall call, Column into)
    {
        into.Clear();
        for (var step = 0; step < windows.Steps; step++)
        {
            var window = windows[step];
            var histograms = 0;
            for (var i = 0; i < window.Count; i++) histograms += window.Histogram(i) is null ? 0 : 1;
            if (histograms > 0 && histograms < window.Count)
            {
                call.Annotations.MixedFloatsHistograms(windows.Metric, call.Span);
                continue;
            }

            if (window.Count < 2) continue;
            var stretch = new Stretch(window.Times[0], window.Times[^1], window.Count - 1, window.End - windows.Range, window.End);
            var old = call.Context.Compat.ClampBeforeThreshold;
            if (histograms > 0)
            {
                if (HistogramChange(window, windows.Metric, call) is not { } sum) continue;
                var result = sum.Result();
                var factor = stretch.Factor(isCounter, result.Count, window.Histogram(0)!.Count, windows.Range, perSecond, old);
                into.Set(step, sum.Scale(factor).Marked(ResetHint.Gauge).Result());
                continue;
            }

            var change = window.Values[^1] - window.Values[0];
            for (var i = 1; isCounter && i < window.Count; i++) change += window.Values[i] < window.Values[i - 1]
                ? window.Values[i - 1] : 0;
            into.Values[step] = change * stretch.Factor(isCounter, change, window.Values[0], windows.Range, perSecond, old);
            if (isCounter) CheckName(windows.Metric, call);
        }
    }

    private HistogramSum? HistogramChange(Window window, string metric, RangeCall call)
    {
        var first = window.Histogram(0)!;
        var last = window.Histogram(window.Count - 1)!;
        if (isCounter && (first.Hint == ResetHint.Gauge || last.Hint == ResetHint.Gauge)) call.Annotations.NotACounter(metric, call.Span);
        if (!isCounter && (first.Hint != ResetHint.Gauge || last.Hint != ResetHint.Gauge)) call.Annotations.NotAGauge(metric, call.Span);

        // What was before a reset between the first two does not matter, not even its buckets.
        var before = first;
        if (isCounter && HistogramSum.IsReset(first, window.Histogram(1)!))
            before = new() { Schema = window.Histogram(1)!.Schema, Bounds = window.Histogram(1)!.Bounds,
                ZeroThreshold = window.Histogram(1)!.ZeroThreshold };
        var isCustom = before.Schema == NativeHistogram.CustomBounds;
        var schema = Math.Min(before.Schema, last.Schema);
        for (var i = 1; i < window.Count; i++)
        {
            var current = window.Histogram(i)!;
            if (!isCounter && i < window.Count - 1) continue;
            if (isCounter && current.Hint == ResetHint.Gauge) call.Annotations.NotACounter(metric, call.Span);
            if ((current.Schema == NativeHistogram.CustomBounds) == isCustom)
            {
                schema = Math.Min(schema, current.Schema);
                continue;
            }

            call.Annotations.MixedSchemas(metric, call.Span);
            return null;
        }

        var sum = new HistogramSum(last);
        sum.ReduceTo(schema);
        if (sum.Subtract(before).HasFlag(HistogramRemarks.BoundsReconciled)) call.Annotations.MismatchedBounds("subtraction", call.Span);
        for (var i = 1; isCounter && i < window.Count; i++)
        {
            var current = window.Histogram(i)!;
            if (HistogramSum.IsReset(before, current) && sum.Add(before).HasFlag(HistogramRemarks.BoundsReconciled))
                call.Annotations.MismatchedBounds("addition", call.Span);
            before = current;
        }

        return sum.Marked(ResetHint.Gauge);
    }
}

/// <summary>How far the samples of a range reach, and how far their change may be stretched.</summary>
/// <param name="first">Time of the first sample in milliseconds.</param>
/// <param name="last">Time of the last.</param>
/// <param name="gaps">Samples less one.</param>
/// <param name="start">Start of the range.</param>
/// <param name="end">End of the range.</param>
internal readonly struct Stretch(long first, long last, int gaps, long start, long end)
{
    /// <summary>What the change is multiplied by.</summary>
    /// <param name="isCounter">Whether the value was zero once and cannot have been less.</param>
    /// <param name="change">The change between the first and the last sample.</param>
    /// <param name="firstValue">The value of the first sample.</param>
    /// <param name="range">Length of the range in milliseconds.</param>
    /// <param name="perSecond">Whether to divide by the length of the range.</param>
    /// <param name="clampFirst">The order of Prometheus before 2.51.</param>
    public double Factor(bool isCounter, double change, double firstValue, long range, bool perSecond, bool clampFirst)
    {
        var toStart = (first - start) / 1000.0;
        var toEnd = (end - last) / 1000.0;
        var sampled = (last - first) / 1000.0;
        var average = sampled / gaps;
        var threshold = average * 1.1;
        if (!clampFirst && toStart >= threshold) toStart = average / 2;
        if (isCounter && change > 0 && firstValue >= 0)
        {
            var toZero = sampled * (firstValue / change);
            if (toZero < toStart) toStart = toZero;
        }

        if (clampFirst && toStart >= threshold) toStart = average / 2;
        if (toEnd >= threshold) toEnd = average / 2;
        var factor = (sampled + toStart + toEnd) / sampled;
        return perSecond ? factor / (range / 1000.0) : factor;
    }
}
