using Fairway.Metrics.PromQl.Execution;
using Fairway.Metrics.PromQl.Syntax;

namespace Fairway.Metrics.PromQl.Functions;

/// <summary>What a function over ranges is called with, besides the samples.</summary>
/// <param name="Context">The query.</param>
/// <param name="Span">Where the range stands, for remarks.</param>
/// <param name="Parameters">Its numbers, for each step.</param>
/// <param name="Kind">Which samples beyond the ends of the range are taken.</param>
/// <param name="StepTimes">The times of evaluation, which are not the ends of the ranges where these are shifted.</param>
internal sealed record RangeCall(QueryContext Context, TextSpan Span, IReadOnlyList<double[]> Parameters, RangeKind Kind,
    StepGrid StepTimes)
{
    public Annotations Annotations => Context.Annotations;
}

/// <summary>A function over the samples of a range, for all steps of one series at once.</summary>
internal abstract class RangeFunction
{
    /// <summary>Whether what it gives is still the metric.</summary>
    public virtual bool KeepsName => false;

    /// <summary>The same function with working room of its own.</summary>
    public abstract RangeFunction Another();

    /// <summary>Whether it fails for want of better parameters wherever it has samples.</summary>
    public virtual bool Refuses(RangeCall call) => false;

    /// <summary>Fills a column; every step of it.</summary>
    public abstract void Apply(Windows windows, RangeCall call, Column into);
}

/// <summary>A function that looks at floats only, a range at a time.</summary>
/// <param name="least">Floats that it needs.</param>
/// <param name="evaluate">The value; of the range, the call and the step.</param>
/// <param name="accepts">Whether it takes a parameter; null when it takes all.</param>
internal sealed class FloatRangeFunction(int least, FloatRangeFunction.Evaluation evaluate, Func<double, bool>? accepts = null)
    : RangeFunction
{
    private Windows? _floats;
    private bool[]? _leftOut;

    /// <summary>The value for a range.</summary>
    public delegate double Evaluation(Window window, RangeCall call, int step);

    public override RangeFunction Another() => new FloatRangeFunction(least, evaluate, accepts);

    public override bool Refuses(RangeCall call) => accepts is not null && !call.Parameters.All(p => p.All(accepts));

    public override void Apply(Windows windows, RangeCall call, Column into)
    {
        into.ClearHistograms();
        var floats = windows;
        if (windows.Samples.HasHistograms)
        {
            _leftOut ??= new bool[windows.Steps];
            floats = windows.FloatsOnly(_floats ??= new(windows.Steps), _leftOut);
        }

        for (var step = 0; step < windows.Steps; step++)
        {
            var window = floats[step];
            if (window.Count > 0 && floats != windows
                && _leftOut![step]) call.Annotations.HistogramIgnoredInMixedRange(windows.Metric, call.Span);
            into.Values[step] = window.Count < least ? Column.Absent : evaluate(window, call, step);
        }
    }
}

/// <summary>A function that takes floats and histograms alike and gives a number.</summary>
/// <param name="evaluate">The value for a range with at least one sample.</param>
internal sealed class AnyRangeFunction(AnyRangeFunction.Evaluation evaluate) : RangeFunction
{
    /// <summary>The value for a range.</summary>
    public delegate double Evaluation(Window window);

    public override RangeFunction Another() => new AnyRangeFunction(evaluate);

    public override void Apply(Windows windows, RangeCall call, Column into)
    {
        into.ClearHistograms();
        for (var step = 0; step < windows.Steps; step++)
        {
            var window = windows[step];
            into.Values[step] = window.Count == 0 ? Column.Absent : evaluate(window);
        }
    }
}

/// <summary>A sample of the range itself: the first or the last.</summary>
internal sealed class EdgeOfRange(bool first) : RangeFunction
{
    public override bool KeepsName => true;

    public override RangeFunction Another() => new EdgeOfRange(first);

    public override void Apply(Windows windows, RangeCall call, Column into)
    {
        into.Clear();
        for (var step = 0; step < windows.Steps; step++)
        {
            var window = windows[step];
            if (window.Count == 0) continue;
            var at = first ? 0 : window.Count - 1;
            if (window.Histogram(at) is { } histogram) into.Set(step, histogram);
            else into.Values[step] = window.Values[at];
        }
    }
}
