using Fairway.Metrics.PromQl.Execution;
using Fairway.Metrics.PromQl.Syntax;

namespace Fairway.Metrics.PromQl.Functions;

/// <summary>
/// Functions over <c>anchored</c> and <c>smoothed</c> ranges: what lies at the two ends is taken from the samples around them, nothing is
/// extrapolated (Prometheus, extended range selectors).
/// </summary>
internal sealed class ExtendedRange(string name) : RangeFunction
{
    private static readonly string[] AnchoredFunctions = ["changes", "delta", "increase", "rate", "resets"];
    private static readonly string[] SmoothedFunctions = ["delta", "increase", "rate"];

    private readonly bool _isCounter = name is "rate" or "increase";

    /// <summary>Whether a function can have such a range.</summary>
    /// <exception cref="PromQlException">It cannot.</exception>
    public static void Check(string name, RangeKind kind)
    {
        var allowed = kind == RangeKind.Anchored ? AnchoredFunctions : SmoothedFunctions;
        if (allowed.Contains(name, StringComparer.Ordinal)) return;
        var word = kind == RangeKind.Anchored ? "anchored" : "smoothed";
        throw PromQlException.Failed($"{word} modifier can only be used with: {string.Join(", ", allowed)} - not with {name}");
    }

    public override RangeFunction Another() => new ExtendedRange(name);

    public override void Apply(Windows windows, RangeCall call, Column into)
    {
        into.ClearHistograms();
        if (windows.Samples.HasHistograms)
            throw PromQlException.Failed("smoothed and anchored modifiers do not work with native histograms");
        for (var step = 0; step < windows.Steps; step++)
        {
            var window = windows[step];
            into.Values[step] = window.Count == 0 ? Column.Absent
                : Evaluate(window, window.End - windows.Range, windows.Range, call.Kind == RangeKind.Smoothed);
        }
    }

    private double Evaluate(Window window, long start, long range, bool smoothed)
    {
        var times = window.Times;
        var values = window.Values;
        var first = 0;
        while (first + 1 < times.Length && times[first + 1] <= start) first++;
        var last = times.Length - 1;
        while (smoothed && last > 0 && times[last - 1] >= window.End) last--;
        if (times[last] <= start) return Column.Absent;
        var left = smoothed && times[first] < start && first + 1 < times.Length
            ? Interpolate(times, values, first, start, leftEdge: true) : values[first];
        var right = smoothed && last > 0 && times[last] > window.End ? Interpolate(times, values, last - 1, window.End, leftEdge: false)
            : values[last];
        if (times[first] <= start) first++;
        if (times[last] >= window.End) last--;
        var inner = values[Math.Min(first, last + 1)..(last + 1)];
        return name switch
        {
            "changes" => Count(left, inner, right, (a, b) => a != b && !(double.IsNaN(a) && double.IsNaN(b))),
            "resets" => Count(left, inner, right, (a, b) => b < a),
            _ => (right - left + (_isCounter ? Resets(left, inner, right) : 0)) / (name == "rate" ? range / 1000.0 : 1),
        };
    }

    private double Interpolate(ReadOnlySpan<long> times, ReadOnlySpan<double> values, int before, long at, bool leftEdge)
    {
        var (from, to) = (values[before], values[before + 1]);
        // A counter that was reset began again at zero.
        if (_isCounter && to < from)
        {
            if (leftEdge) from = 0;
            else to += from;
        }

        return from + ((to - from) * (at - times[before]) / (times[before + 1] - times[before]));
    }

    private static double Resets(double left, ReadOnlySpan<double> inner, double right)
    {
        var (sum, before) = (0.0, left);
        foreach (var value in inner)
        {
            if (value < before) sum += before;
            before = value;
        }

        return right < before ? sum + before : sum;
    }

    private static double Count(double left, ReadOnlySpan<double> inner, double right, Func<double, double, bool> counts)
    {
        var (count, before) = (0, left);
        foreach (var value in inner)
        {
            if (counts(before, value)) count++;
            before = value;
        }

        return counts(before, right) ? count + 1 : count;
    }
}
