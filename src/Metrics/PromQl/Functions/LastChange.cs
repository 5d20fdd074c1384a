using Fairway.Metrics.Model;
using Fairway.Metrics.PromQl.Execution;
using Fairway.Metrics.PromQl.Functions.Histograms;

namespace Fairway.Metrics.PromQl.Functions;

/// <summary>irate() and idelta(): the change between the last two samples of a range.</summary>
internal sealed class LastChange(bool isRate) : RangeFunction
{
    public override RangeFunction Another() => new LastChange(isRate);

    public override void Apply(Windows windows, RangeCall call, Column into)
    {
        into.Clear();
        for (var step = 0; step < windows.Steps; step++)
        {
            var window = windows[step];
            if (window.Count < 2) continue;
            var seconds = (window.Times[^1] - window.Times[^2]) / 1000.0;
            var (before, after) = (window.Histogram(window.Count - 2), window.Histogram(window.Count - 1));
            if (before is null && after is null)
            {
                var (old, now) = (window.Values[^2], window.Values[^1]);
                var change = isRate && now < old ? now : now - old;
                into.Values[step] = isRate ? change / seconds : change;
            }
            else if (before is null || after is null) call.Annotations.MixedFloatsHistograms(windows.Metric, call.Span);
            else into.Set(step, Change(before, after, seconds, windows.Metric, call));
        }
    }

    private NativeHistogram? Change(NativeHistogram before, NativeHistogram after, double seconds, string metric, RangeCall call)
    {
        var (areGauges, isGauge) = (before.Hint == ResetHint.Gauge && after.Hint == ResetHint.Gauge, before.Hint == ResetHint.Gauge
            || after.Hint == ResetHint.Gauge);
        if (isRate && isGauge) call.Annotations.NotACounter(metric, call.Span);
        if (!isRate && !areGauges) call.Annotations.NotAGauge(metric, call.Span);
        var sum = new HistogramSum(after);
        if (!isRate || !HistogramSum.IsReset(before, after))
        {
            var remarks = sum.Subtract(before);
            if (remarks.HasFlag(HistogramRemarks.Incompatible))
            {
                call.Annotations.MixedSchemas(metric, call.Span);
                return null;
            }

            if (remarks.HasFlag(HistogramRemarks.BoundsReconciled)) call.Annotations.MismatchedBounds("subtraction", call.Span);
        }

        if (isRate) sum.Divide(seconds);
        return sum.Marked(ResetHint.Gauge).Result();
    }
}

/// <summary>
/// changes() and resets(): how often neighbours differ, or fall. Counted once per series, so that a step is a difference of two counts.
/// </summary>
internal sealed class CountedChanges(bool resets) : RangeFunction
{
    private int[] _before = [];

    public override RangeFunction Another() => new CountedChanges(resets);

    public override void Apply(Windows windows, RangeCall call, Column into)
    {
        into.ClearHistograms();
        var samples = windows.Samples;
        if (_before.Length < samples.Count) _before = new int[samples.Count];
        for (var i = 1; i < samples.Count; i++) _before[i] = _before[i - 1] + (IsOne(samples, i) ? 1 : 0);
        for (var step = 0; step < windows.Steps; step++)
        {
            int from = windows.From[step], to = windows.To[step];
            into.Values[step] = to == from ? Column.Absent : _before[to - 1] - _before[from];
        }
    }

    private bool IsOne(SampleBuffer samples, int i)
    {
        var (before, after) = (samples.Histogram(i - 1), samples.Histogram(i));
        if (before is null && after is null)
        {
            var (old, now) = (samples.Values[i - 1], samples.Values[i]);
            return resets ? now < old : now != old && !(double.IsNaN(now) && double.IsNaN(old));
        }

        // A float where a histogram was, or the other way round, is a change and a reset.
        if (before is null || after is null) return true;
        return resets ? HistogramSum.IsReset(before, after) : !HistogramText.AreEqual(before, after);
    }
}

/// <summary>sum_over_time() and avg_over_time().</summary>
internal sealed class SumOverTime(bool average) : RangeFunction
{
    public override RangeFunction Another() => new SumOverTime(average);

    public override void Apply(Windows windows, RangeCall call, Column into)
    {
        into.Clear();
        for (var step = 0; step < windows.Steps; step++)
        {
            var window = windows[step];
            if (window.Count == 0) continue;
            var histograms = 0;
            for (var i = 0; windows.Samples.HasHistograms && i < window.Count; i++) histograms += window.Histogram(i) is null ? 0 : 1;
            if (histograms == 0) into.Values[step] = Floats(window.Values, call.Context.Compat);
            else if (histograms == window.Count) into.Set(step, Histograms(window, windows.Metric, call));
            else call.Annotations.MixedFloatsHistograms(windows.Metric, call.Span);
        }
    }

    private double Floats(ReadOnlySpan<double> values, Compat compat)
    {
        if (average) return compat.PlainSums ? PlainSum.Average(values) : KahanMean.Of(values);
        var sum = new KahanSum();
        foreach (var value in values) sum.Add(value);
        return sum.Total;
    }

    private NativeHistogram? Histograms(Window window, string metric, RangeCall call)
    {
        var sum = new HistogramSum(window.Histogram(0)!);
        var (sawReset, sawNoReset) = (false, false);
        for (var i = 0; i < window.Count; i++)
        {
            var next = window.Histogram(i)!;
            sawReset |= next.Hint == ResetHint.Reset;
            sawNoReset |= next.Hint == ResetHint.NotReset;
            if (i == 0) continue;
            var remarks = sum.Add(next);
            if (remarks.HasFlag(HistogramRemarks.Incompatible))
            {
                call.Annotations.MixedSchemas(metric, call.Span);
                return null;
            }

            if (remarks.HasFlag(HistogramRemarks.BoundsReconciled)) call.Annotations.MismatchedBounds("aggregation", call.Span);
        }

        if (sawReset && sawNoReset) call.Annotations.ResetCollision("aggregation", call.Span);
        return average ? sum.Divide(window.Count).Result() : sum.Result();
    }
}
