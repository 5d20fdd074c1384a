using Fairway.Metrics.Exposition;
using Fairway.Metrics.Ingest;
using Fairway.Metrics.Model;
using Fairway.Metrics.Storage;

namespace Fairway.Metrics.Otlp;

/// <summary>From a data point to samples of its series.</summary>
internal sealed class OtlpPoints(OtlpOptions options, List<OtlpSeries> toldStarts)
{
    private IAppendBatch? _batch;
    private AppendOutcome _worst;

    /// <summary>Begins a request.</summary>
    public void Begin(IAppendBatch batch) => _batch = batch;

    /// <summary>Adds a point.</summary>
    /// <param name="series">What its attributes stand for.</param>
    /// <param name="labels">Makes the labels of a part, from a suffix of the name and one more label.</param>
    /// <param name="point">The point.</param>
    /// <param name="kind">See <see cref="OtlpKinds"/>.</param>
    /// <param name="delta">The point tells what happened since the one before it.</param>
    /// <param name="counts">It only grows: its start is of use.</param>
    /// <returns>The worst the store said.</returns>
    /// <exception cref="FormatException">The point makes no sense.</exception>
    public AppendOutcome Add(OtlpSeries series, Func<string, Label?, Labels> labels, OtlpPoint point, int kind, bool delta, bool counts)
    {
        _worst = AppendOutcome.Taken;
        if (point.IsStale && series.Parts.Length > 0)
        {
            foreach (ref var part in series.Parts.AsSpan()) Sample(ref part, point, 0);
            return _worst;
        }

        if (point.Bounds.Count > options.Bounds) throw new FormatException($"{point.Bounds.Count} bounds; {options.Bounds} is the most");
        if (delta && !point.IsStale)
        {
            if (!double.IsFinite(point.Value)) throw new FormatException("a delta that is no finite number");
            series.Delta ??= new();
            // Points of one sender come in order. One that comes again is in the sum already: its answer was lost.
            if (point.Time == series.Delta.Last) return AppendOutcome.Duplicate;
            if (point.Time < series.Delta.Last) return AppendOutcome.TooOld;
        }

        switch (kind)
        {
            case OtlpKinds.Gauge or OtlpKinds.Sum: Number(series, labels, point, delta, counts); break;
            case OtlpKinds.Histogram when options.HistogramsAsNative: CustomBounds(series, labels, point, delta); break;
            case OtlpKinds.Histogram: Histogram(series, labels, point, delta); break;
            case OtlpKinds.Exponential: Exponential(series, labels, point, delta); break;
            default: Summary(series, labels, point); break;
        }

        return _worst;
    }

    private void Number(OtlpSeries series, Func<string, Label?, Labels> labels, OtlpPoint point, bool delta, bool counts)
    {
        if (series.Parts.Length == 0) series.Parts = [new(labels("", null))];
        if (!point.IsStale && !point.HasValue) throw new FormatException("a point without a value");
        var (start, value) = (point.Start, point.Value);
        if (delta && !point.IsStale)
        {
            series.Delta!.Add(point.Start, point.Time, point.Value);
            (start, value) = (series.Delta.Start, series.Delta.Sum);
        }

        if (counts) Start(series, start, point.Time);
        Sample(ref series.Parts[0], point, value);
    }

    private void Histogram(OtlpSeries series, Func<string, Label?, Labels> labels, OtlpPoint point, bool delta)
    {
        CheckBuckets(point);
        if (series.Parts.Length == 0 || !point.Bounds.SequenceEqual(series.Bounds))
        {
            series.Bounds = [.. point.Bounds];
            series.Parts =
            [
                new(labels("_count", null)), new(labels("_sum", null)),
                .. series.Bounds.Select(b => new OtlpPart(labels("_bucket", new("le", NumberText.ToText(b))))), new(labels("_bucket", new("le", "+Inf"))),
            ];
            // The sum over other bounds cannot go on.
            series.ToldStart = 0;
            if (delta && !point.IsStale) series.Delta = new();
        }

        var (start, count, sum) = (point.Start, point.Count, point.Value);
        if (delta && !point.IsStale)
        {
            series.Delta!.Add(point.Start, point.Time, point.Count, point.Value, point.Counts);
            (start, count, sum) = (series.Delta.Start, series.Delta.Count, series.Delta.Sum);
        }

        Start(series, start, point.Time);
        var parts = series.Parts;
        Sample(ref parts[0], point, count);
        if (point.HasValue || point.IsStale) Sample(ref parts[1], point, sum);
        double below = 0;
        for (var i = 0; i < point.Bounds.Count; i++)
        {
            below += point.IsStale || point.Counts.Count == 0 ? 0 : delta ? series.Delta!.Counts[i] : point.Counts[i];
            Sample(ref parts[2 + i], point, below);
        }

        Sample(ref parts[^1], point, count);
    }

    private void CustomBounds(OtlpSeries series, Func<string, Label?, Labels> labels, OtlpPoint point, bool delta)
    {
        CheckBuckets(point);
        if (series.Parts.Length == 0 || !point.Bounds.SequenceEqual(series.Bounds))
        {
            if (series.Parts.Length == 0) series.Parts = [new(labels("", null))];
            series.Bounds = [.. point.Bounds];
            if (delta && !point.IsStale) series.Delta = new();
        }

        var (start, count, sum) = (point.Start, point.Count, point.Value);
        if (delta && !point.IsStale)
        {
            series.Delta!.Add(point.Start, point.Time, point.Count, point.Value, point.Counts);
            (start, count, sum) = (series.Delta.Start, series.Delta.Count, series.Delta.Sum);
        }

        double[] counts = delta && !point.IsStale ? [.. series.Delta!.Counts] : [.. point.Counts];
        Start(series, start, point.Time);
        Sample(series, point, new()
        {
            Schema = NativeHistogram.CustomBounds,
            Count = count,
            Sum = sum,
            Bounds = series.Bounds,
            PositiveSpans = counts.Length > 0 ? [new(0, counts.Length)] : [],
            PositiveBuckets = counts,
        });
    }

    private void Exponential(OtlpSeries series, Func<string, Label?, Labels> labels, OtlpPoint point, bool delta)
    {
        if (series.Parts.Length == 0) series.Parts = [new(labels("", null))];
        NativeHistogram histogram;
        var start = point.Start;
        if (delta && !point.IsStale)
        {
            if (point.Exponential.Scale < ExponentialSum.LeastScale) throw new FormatException($"exponential histogram of scale {point.Exponential.Scale}");
            series.Delta!.Add(point.Start, point.Time, point.Count, point.Value, point.Exponential);
            histogram = series.Delta.Exponential!.ToNative(series.Delta.Count, series.Delta.Sum);
            start = series.Delta.Start;
        }
        else
        {
            histogram = ExponentialSum.ToNative(point.Exponential, point.Count, point.Value);
        }

        if (HistogramCheck.Fault(histogram) is { } fault) throw new FormatException(fault);
        Start(series, start, point.Time);
        Sample(series, point, histogram);
    }

    private void Summary(OtlpSeries series, Func<string, Label?, Labels> labels, OtlpPoint point)
    {
        if (series.Parts.Length == 0 || !point.Bounds.SequenceEqual(series.Bounds))
        {
            series.Bounds = [.. point.Bounds];
            series.Parts =
            [
                new(labels("_count", null)), new(labels("_sum", null)),
                .. series.Bounds.Select(q => new OtlpPart(labels("", new("quantile", NumberText.ToText(q))))),
            ];
            series.ToldStart = 0;
        }

        Start(series, point.Start, point.Time);
        Sample(ref series.Parts[0], point, point.Count);
        Sample(ref series.Parts[1], point, point.Value);
        for (var i = 0; i < point.Counts.Count; i++) Sample(ref series.Parts[2 + i], point, point.Counts[i]);
    }

    private static void CheckBuckets(OtlpPoint point)
    {
        if (point.IsStale) return;
        if (point.Counts.Count == 0 && point.Bounds.Count == 0) return;
        if (point.Counts.Count != point.Bounds.Count + 1) throw new FormatException($"{point.Counts.Count} buckets for {point.Bounds.Count} bounds");
        for (var i = 0; i < point.Bounds.Count; i++)
        {
            if (!double.IsFinite(point.Bounds[i]) || (i > 0 && point.Bounds[i] <= point.Bounds[i - 1])) throw new FormatException("bounds that do not rise");
        }
    }

    private void Start(OtlpSeries series, long start, long time)
    {
        if (start <= 0 || start > time || series.ToldStart == start) return;
        foreach (ref var part in series.Parts.AsSpan())
        {
            // Quantiles do not count anything.
            if (part.Labels.Value("quantile").Length == 0) _batch!.Start(ref part.Series, part.Labels, start);
        }

        series.ToldStart = start;
        toldStarts.Add(series);
    }

    private void Sample(ref OtlpPart part, OtlpPoint point, double value)
    {
        var outcome = _batch!.Add(ref part.Series, part.Labels, point.Time, point.IsStale ? StaleMarker.Value : value);
        if (outcome > _worst) _worst = outcome;
    }

    private void Sample(OtlpSeries series, OtlpPoint point, NativeHistogram histogram)
    {
        ref var part = ref series.Parts[0];
        var outcome = _batch!.Add(ref part.Series, part.Labels, point.Time, point.IsStale ? new() { Schema = histogram.Schema, Sum = StaleMarker.Value, Bounds = histogram.Bounds } : histogram);
        if (outcome > _worst) _worst = outcome;
    }
}
