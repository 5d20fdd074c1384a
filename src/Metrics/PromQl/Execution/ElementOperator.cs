using Fairway.Metrics.Model;
using Fairway.Metrics.PromQl.Syntax;

namespace Fairway.Metrics.PromQl.Execution;

/// <summary>A function of each float on its own: abs(), round(), clamp(), hour() and their like. Histograms are left out.</summary>
internal sealed class ElementOperator(QueryContext context, string name, VectorOperator inner, ScalarOperator[] parameters, ElementOperator.Evaluation evaluate)
    : VectorOperator(context, inner.Grid, name, [inner, .. parameters])
{
    private double[][] _parameters = [];

    /// <summary>The value for a float, with the parameters of its step.</summary>
    public delegate double Evaluation(double value, double[][] parameters, int step);

    protected override OutputSeries[] Open()
    {
        _parameters = [.. parameters.Select(p => p.Evaluate())];
        return [.. inner.Series.Select(Unnamed)];
    }

    protected override void ReadSeries(int series, Column into)
    {
        inner.Read(series, into);
        into.ClearHistograms();
        var values = into.Values;
        for (var step = 0; step < values.Length; step++)
        {
            if (!Column.IsAbsent(values[step])) values[step] = evaluate(values[step], _parameters, step);
        }
    }
}

/// <summary>A number out of each histogram: histogram_count() and its like. Floats are left out.</summary>
internal sealed class HistogramElementOperator(QueryContext context, string name, VectorOperator inner, Func<NativeHistogram, double> evaluate)
    : VectorOperator(context, inner.Grid, name, inner)
{
    protected override OutputSeries[] Open() => [.. inner.Series.Select(Unnamed)];

    protected override void ReadSeries(int series, Column into)
    {
        inner.Read(series, into);
        for (var step = 0; step < into.Values.Length; step++)
        {
            if (into.Histogram(step) is { } histogram) into.Set(step, evaluate(histogram));
            else into.Values[step] = Column.Absent;
        }
    }
}

/// <summary>timestamp() of what is no selector: the time of evaluation, where there is a sample.</summary>
internal sealed class EvaluationTimeOperator(QueryContext context, VectorOperator inner) : VectorOperator(context, inner.Grid, "timestamp()", inner)
{
    protected override OutputSeries[] Open() => [.. inner.Series.Select(Unnamed)];

    protected override void ReadSeries(int series, Column into)
    {
        inner.Read(series, into);
        for (var step = 0; step < into.Values.Length; step++)
        {
            if (into.Has(step)) into.Set(step, Grid[step] / 1000.0);
        }
    }
}

/// <summary>absent() and absent_over_time(): 1 where no series has a sample.</summary>
internal sealed class AbsentOperator(QueryContext context, VectorOperator inner, Expr argument) : VectorOperator(context, inner.Grid, "absent()", inner)
{
    protected override OutputSeries[] Open() => [new(Labels.Of(KnownLabels(argument)), false)];

    protected override void ReadSeries(int series, Column into)
    {
        var present = new bool[Grid.Count];
        for (var i = 0; i < inner.Series.Length; i++)
        {
            inner.Read(i, into);
            for (var step = 0; step < present.Length; step++) present[step] |= into.Has(step);
        }

        into.Clear();
        for (var step = 0; step < present.Length; step++)
        {
            if (!present[step]) into.Values[step] = 1;
        }
    }

    // What a selector says its labels are; a label of which it says two things is left out.
    private static IEnumerable<Label> KnownLabels(Expr expr)
    {
        while (expr is ParenExpr paren) expr = paren.Inner;
        var selector = expr as VectorSelector ?? (expr as MatrixSelector)?.Selector;
        var known = new Dictionary<string, string>(StringComparer.Ordinal);
        var seen = new HashSet<string>(StringComparer.Ordinal);
        foreach (var matcher in selector?.Matchers ?? [])
        {
            if (matcher.Name == Labels.MetricName) continue;
            if (matcher.Kind == MatchKind.Equal && seen.Add(matcher.Name)) known[matcher.Name] = matcher.Value;
            else known.Remove(matcher.Name);
        }

        return known.Select(k => new Label(k.Key, k.Value));
    }
}
