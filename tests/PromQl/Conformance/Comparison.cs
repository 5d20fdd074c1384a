using Fairway.Metrics.Model;
using Fairway.Metrics.PromQl;
using Fairway.Metrics.PromQl.Functions.Histograms;

namespace Fairway.Tests.PromQl.Conformance;

/// <summary>Whether a result is the expected one, within a relative error of a millionth.</summary>
public static class Comparison
{
    private const double Epsilon = 1e-6;
    private const double Smallest = 2.2250738585072014E-308;

    /// <summary>What differs; null when nothing does.</summary>
    public static string? Difference(EvalCommand eval, QueryValue value) => value switch
    {
        StringValue text => text.Value == eval.Text ? null : $"expected {eval.Text ?? "no text"}, got {text.Value}",
        ScalarValue scalar => eval.Scalar is { } expected
            ? Same(expected, scalar.Value) ? null : $"expected {expected:R}, got {scalar.Value:R}"
            : eval.Series.Count == 0 ? $"expected nothing, got {scalar.Value:R}" : $"expected series, got {scalar.Value:R}",
        VectorValue vector => Vector(eval, vector),
        _ => Matrix(eval, (MatrixValue)value),
    };

    private static string? Vector(EvalCommand eval, VectorValue vector)
    {
        if (eval.Scalar is not null || eval.Text is not null) return "expected no vector";
        var left = eval.Series.ToList();
        for (var i = 0; i < vector.Samples.Count; i++)
        {
            var sample = vector.Samples[i];
            var at = left.FindIndex(s => s.Labels.Equals(sample.Labels));
            if (at < 0) return $"unexpected {sample.Labels} {Show(sample.Value, sample.Histogram)}";
            if (eval.IsOrdered && at != 0) return $"{sample.Labels} at place {i}, expected {left[0].Labels}";
            if (Difference(left[at].Points[0], sample.Value, sample.Histogram) is { } difference) return $"{sample.Labels}: {difference}";
            left.RemoveAt(at);
        }

        return left.Count > 0 ? $"missing {left[0].Labels}" : null;
    }

    private static string? Matrix(EvalCommand eval, MatrixValue matrix)
    {
        var (from, _, step) = eval.Matrix ?? (eval.From, eval.To, eval.Step);
        foreach (var series in matrix.Series)
        {
            var expected = eval.Series.FindIndex(s => s.Labels.Equals(series.Labels));
            if (expected < 0) return $"unexpected {series.Labels}";
            var points = eval.Series[expected].Points;
            for (var i = 0; i < series.Times.Length; i++)
            {
                var k = (int)((series.Times[i] - from) / step);
                if (k >= points.Count || k < 0 || !points[k].IsPresent) return $"{series.Labels}: unexpected {Show(series.Values[i], series.Histograms?[i])} at step {k}";
                if (Difference(points[k], series.Values[i], series.Histograms?[i]) is { } difference) return $"{series.Labels} at step {k}: {difference}";
            }

            for (var k = 0; k < points.Count; k++)
            {
                if (points[k].IsPresent && Array.IndexOf(series.Times, from + (k * step)) < 0) return $"{series.Labels}: nothing at step {k}";
            }
        }

        var missing = eval.Series.FindIndex(s => s.Points.Any(p => p.IsPresent) && !matrix.Series.Any(m => m.Labels.Equals(s.Labels)));
        return missing >= 0 ? $"missing {eval.Series[missing].Labels}" : null;
    }

    private static string Show(double value, NativeHistogram? histogram) => histogram is null ? value.ToString("R") : HistogramText.Format(histogram) + " " + histogram;

    private static string? Difference(Point expected, double value, NativeHistogram? histogram)
    {
        var same = (expected.Histogram, histogram) switch
        {
            (null, null) => Same(expected.Value, value),
            ({ } a, { } b) => Same(a, b),
            _ => false,
        };
        return same ? null : $"expected {Show(expected.Value, expected.Histogram)}, got {Show(value, histogram)}";
    }

    private static bool Same(NativeHistogram a, NativeHistogram b) =>
        a.Schema == b.Schema && Same(a.Count, b.Count) && Same(a.Sum, b.Sum) && a.ZeroThreshold.Equals(b.ZeroThreshold) && Same(a.ZeroCount, b.ZeroCount)
        && (a.Bounds ?? []).SequenceEqual(b.Bounds ?? []) && (a.Hint == ResetHint.Unknown || a.Hint == b.Hint)
        && Same(BucketBounds.Each(a.PositiveSpans, a.PositiveBuckets), BucketBounds.Each(b.PositiveSpans, b.PositiveBuckets))
        && Same(BucketBounds.Each(a.NegativeSpans, a.NegativeBuckets), BucketBounds.Each(b.NegativeSpans, b.NegativeBuckets));

    private static bool Same(IEnumerable<(int Index, double Count)> a, IEnumerable<(int Index, double Count)> b)
    {
        var (left, right) = (a.ToArray(), b.ToArray());
        return left.Length == right.Length && left.Zip(right).All(x => x.First.Index == x.Second.Index && Same(x.First.Count, x.Second.Count));
    }

    /// <summary>Whether two floats are the same, as Prometheus' runner says it.</summary>
    public static bool Same(double a, double b)
    {
        if (StaleMarker.Is(a) || StaleMarker.Is(b)) return StaleMarker.Is(a) && StaleMarker.Is(b);
        if (double.IsNaN(a) && double.IsNaN(b)) return true;
        if (a == b) return true;
        var size = Math.Abs(a) + Math.Abs(b);
        var difference = Math.Abs(a - b);
        if (a == 0 || b == 0 || size < Smallest) return difference < Epsilon * Smallest;
        return difference / Math.Min(size, double.MaxValue) < Epsilon;
    }
}
