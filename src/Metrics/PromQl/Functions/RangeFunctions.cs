using System.Collections.Frozen;
using Fairway.Metrics.PromQl.Execution;
using Fairway.Metrics.PromQl.Syntax;

namespace Fairway.Metrics.PromQl.Functions;

/// <summary>All functions over ranges, by name.</summary>
internal static class RangeFunctions
{
    private static readonly FrozenDictionary<string, Func<RangeFunction>> Makers = new Dictionary<string,
        Func<RangeFunction>>(StringComparer.Ordinal)
    {
        ["rate"] = () => new ExtrapolatedRate(isCounter: true, perSecond: true),
        ["increase"] = () => new ExtrapolatedRate(isCounter: true, perSecond: false),
        ["delta"] = () => new ExtrapolatedRate(isCounter: false, perSecond: false),
        ["irate"] = () => new LastChange(isRate: true),
        ["idelta"] = () => new LastChange(isRate: false),
        ["changes"] = () => new CountedChanges(resets: false),
        ["resets"] = () => new CountedChanges(resets: true),
        ["sum_over_time"] = () => new SumOverTime(average: false),
        ["avg_over_time"] = () => new SumOverTime(average: true),
        ["last_over_time"] = () => new EdgeOfRange(first: false),
        ["first_over_time"] = () => new EdgeOfRange(first: true),
        ["count_over_time"] = () => new AnyRangeFunction(w => w.Count),
        ["present_over_time"] = () => new AnyRangeFunction(_ => 1),
        ["ts_of_first_over_time"] = () => new AnyRangeFunction(w => w.Times[0] / 1000.0),
        ["ts_of_last_over_time"] = () => new AnyRangeFunction(w => w.Times[^1] / 1000.0),
        ["min_over_time"] = () => new FloatRangeFunction(1, (w, _, _) => w.Values[Extreme(w.Values, min: true)]),
        ["max_over_time"] = () => new FloatRangeFunction(1, (w, _, _) => w.Values[Extreme(w.Values, min: false)]),
        ["ts_of_min_over_time"] = () => new FloatRangeFunction(1, (w, _, _) => w.Times[LastExtreme(w.Values, min: true)] / 1000.0),
        ["ts_of_max_over_time"] = () => new FloatRangeFunction(1, (w, _, _) => w.Times[LastExtreme(w.Values, min: false)] / 1000.0),
        ["stdvar_over_time"] = () => new FloatRangeFunction(1, (w, c, _) => Variance(w.Values, c)),
        ["stddev_over_time"] = () => new FloatRangeFunction(1, (w, c, _) => Math.Sqrt(Variance(w.Values, c))),
        ["mad_over_time"] = () => new FloatRangeFunction(1, (w, _, _) => MedianDeviation(w.Values)),
        ["quantile_over_time"] = () => new FloatRangeFunction(1, QuantileOverTime),
        ["deriv"] = () => new FloatRangeFunction(1, (w, c, _) => w.Count < 2 ? Column.Absent : Regression(w, w.Times[0], c).Slope),
        ["predict_linear"] = () => new FloatRangeFunction(1, PredictLinear),
        ["double_exponential_smoothing"] = () => new FloatRangeFunction(1, Smoothing, IsFactor),
        ["holt_winters"] = () => new FloatRangeFunction(1, Smoothing, IsFactor),
    }.ToFrozenDictionary(StringComparer.Ordinal);

    /// <summary>A new one, with room of its own; null when there is none of that name.</summary>
    public static RangeFunction? Make(string name) => Makers.TryGetValue(name, out var maker) ? maker() : null;

    private static int Extreme(ReadOnlySpan<double> values, bool min)
    {
        var best = 0;
        for (var i = 1; i < values.Length; i++)
        {
            if ((min ? values[i] < values[best] : values[i] > values[best]) || double.IsNaN(values[best])) best = i;
        }

        return best;
    }

    private static int LastExtreme(ReadOnlySpan<double> values, bool min)
    {
        var best = 0;
        for (var i = 1; i < values.Length; i++)
        {
            if ((min ? values[i] <= values[best] : values[i] >= values[best]) || double.IsNaN(values[best])) best = i;
        }

        return best;
    }

    // Welford's algorithm on sums that keep what rounding loses.
    private static double Variance(ReadOnlySpan<double> values, RangeCall call)
    {
        var mean = new KahanSum { SpoilsInfinity = call.Context.Compat.PlainSums };
        var squares = mean;
        for (var i = 0; i < values.Length; i++)
        {
            var delta = values[i] - (mean.Sum + mean.Lost);
            mean.Add(delta / (i + 1));
            squares.Add(delta * (values[i] - (mean.Sum + mean.Lost)));
        }

        return (squares.Sum + squares.Lost) / values.Length;
    }

    private static double MedianDeviation(ReadOnlySpan<double> values)
    {
        var sorted = values.ToArray();
        foreach (var value in sorted)
        {
            if (double.IsNaN(value)) return double.NaN;
        }

        var median = Quantile.Of(0.5, sorted);
        for (var i = 0; i < sorted.Length; i++) sorted[i] = Math.Abs(sorted[i] - median);
        return Quantile.Of(0.5, sorted);
    }

    // NaN is one, as it is for Prometheus.
    private static bool IsFactor(double value) => value is not (<= 0 or >= 1);

    private static double QuantileOverTime(Window window, RangeCall call, int step)
    {
        var q = call.Parameters[0][step];
        if (double.IsNaN(q) || q < 0 || q > 1) call.Annotations.InvalidQuantile(q, call.Span);
        return Quantile.Of(q, window.Values.ToArray());
    }

    // Least squares; a constant series has no slope, whatever rounding says.
    private static (double Slope, double Intercept) Regression(Window window, long interceptTime, RangeCall call)
    {
        var sumX = new KahanSum { SpoilsInfinity = call.Context.Compat.PlainSums };
        var (sumY, sumXY, sumX2) = (sumX, sumX, sumX);
        var isConstant = true;
        var first = window.Values[0];
        for (var i = 0; i < window.Count; i++)
        {
            var y = window.Values[i];
            if (y != first) isConstant = false;
            var x = (window.Times[i] - interceptTime) / 1000.0;
            sumX.Add(x);
            sumY.Add(y);
            sumXY.Add(x * y);
            sumX2.Add(x * x);
        }

        if (isConstant) return double.IsInfinity(first) ? (double.NaN, double.NaN) : (0, first);
        var n = window.Count;
        var (x1, y1) = (sumX.Sum + sumX.Lost, sumY.Sum + sumY.Lost);
        var covariance = sumXY.Sum + sumXY.Lost - (x1 * y1 / n);
        var variance = sumX2.Sum + sumX2.Lost - (x1 * x1 / n);
        var slope = covariance / variance;
        return (slope, (y1 / n) - (slope * x1 / n));
    }

    private static double PredictLinear(Window window, RangeCall call, int step)
    {
        if (window.Count < 2) return Column.Absent;
        var (slope, intercept) = Regression(window, call.StepTimes[step], call);
        return (slope * call.Parameters[0][step]) + intercept;
    }

    private static double Smoothing(Window window, RangeCall call, int step)
    {
        var (smoothing, trend) = (call.Parameters[0][step], call.Parameters[1][step]);
        if (!IsFactor(smoothing))
            throw PromQlException.Failed($"invalid smoothing factor. Expected: 0 < sf < 1, got: {smoothing:F6}");
        if (!IsFactor(trend)) throw PromQlException.Failed($"invalid trend factor. Expected: 0 < tf < 1, got: {trend:F6}");
        if (window.Count < 2) return Column.Absent;
        var values = window.Values;
        var (previous, smoothed, slope) = (0.0, values[0], values[1] - values[0]);
        for (var i = 1; i < values.Length; i++)
        {
            var scaled = smoothing * values[i];
            if (i > 1) slope = (trend * (smoothed - previous)) + ((1 - trend) * slope);
            (previous, smoothed) = (smoothed, scaled + ((1 - smoothing) * (smoothed + slope)));
        }

        return smoothed;
    }
}
