using Fairway.Metrics.Model;
using Fairway.Metrics.PromQl.Execution;
using Fairway.Metrics.PromQl.Functions;
using Fairway.Metrics.PromQl.Functions.Histograms;
using Fairway.Metrics.PromQl.Syntax;

namespace Fairway.Metrics.PromQl.Plan;

/// <summary>Calls of functions that give a vector.</summary>
internal sealed partial class Planner
{
    private VectorOperator Call(CallExpr call, StepGrid grid)
    {
        var name = call.Function.Name;
        if (RangeFunctions.Make(name) is { } function) return Settled(InParallel(RangeCall(call, grid, function)), joins: false);
        if (ElementFunctions.All.TryGetValue(name, out var element)) return Settled(Element(call, grid, element));
        switch (name)
        {
            case "absent":
                return new AbsentOperator(context, Vector(call.Arguments[0], grid), call.Arguments[0]);
            case "absent_over_time":
                return new AbsentOperator(context, RangeCall(call, grid, RangeFunctions.Make("present_over_time")!), call.Arguments[0]);
            case "vector":
                return new VectorOfScalarOperator(context, grid, Scalar(call.Arguments[0], grid));
            case "timestamp":
                return Settled(Timestamp(call.Arguments[0], grid));
            case "label_replace":
                var texts = call.Arguments.Skip(1).Select(Text).ToArray();
                return new MergeOperator(context,
                    RelabelOperator.Replace(context, Vector(call.Arguments[0], grid), texts[0], texts[1], texts[2], texts[3]), false);
            case "label_join":
                var parts = call.Arguments.Skip(1).Select(Text).ToArray();
                return new MergeOperator(context,
                    RelabelOperator.Join(context, Vector(call.Arguments[0], grid), parts[0], parts[1], parts[2..]), false);
            case "sort" or "sort_desc" or "sort_by_label" or "sort_by_label_desc":
                return new SortOperator(context, call, Vector(call.Arguments[0], grid), [.. call.Arguments.Skip(1).Select(Text)]);
            case "info":
                return Info(call, grid);
            default:
                return Settled(Histogram(call, grid));
        }
    }

    private RangeFunctionOperator RangeCall(CallExpr call, StepGrid grid, RangeFunction function)
    {
        var range = call.Arguments.First(a => a.Type == ExprType.Matrix);
        var parameters = call.Arguments.Where(a => a.Type == ExprType.Scalar).Select(a => Scalar(a, grid)).ToArray();
        var input = Range(range, grid);
        if (input.Kind != RangeKind.Plain)
        {
            ExtendedRange.Check(call.Function.Name, input.Kind);
            function = new ExtendedRange(call.Function.Name);
        }

        return new(context, grid, call.Function.Name + "()", function, input, parameters, range.Span);
    }

    // What a subquery gives is evaluated by one thread: below it others may be at work.
    private VectorOperator InParallel(RangeFunctionOperator function) =>
        function.Input is SelectorRange input ? ParallelOperator.Over(context, function, input.Range) : function;

    private ElementOperator Element(CallExpr call, StepGrid grid, ElementOperator.Evaluation evaluate)
    {
        // Functions of dates are about now unless they are given a time.
        var inner = call.Arguments.IsEmpty ? new VectorOfScalarOperator(context, grid, new TimeOperator(grid))
            : Vector(call.Arguments[0], grid);
        return new(context, call.Function.Name + "()", inner, [.. call.Arguments.Skip(1).Select(a => Scalar(a, grid))], evaluate);
    }

    private VectorOperator Timestamp(Expr argument, StepGrid grid)
    {
        while (argument is ParenExpr paren) argument = paren.Inner;
        if (argument is VectorSelector selector) return new SelectOperator(context, grid, selector, Shift(selector.Time), givesTimes: true);
        return new EvaluationTimeOperator(context, Vector(argument, grid));
    }

    private VectorOperator Histogram(CallExpr call, StepGrid grid)
    {
        var arguments = call.Arguments;
        var inner = Vector(arguments.First(a => a.Type == ExprType.Vector), grid);
        var title = call.Function.Name + "()";
        HistogramElementOperator Each(Func<NativeHistogram, double> evaluate) => new(context, title, inner, evaluate);
        switch (call.Function.Name)
        {
            case "histogram_count": return Each(h => h.Count);
            case "histogram_sum": return Each(h => h.Sum);
            case "histogram_avg": return Each(h => h.Sum / h.Count);
            case "histogram_stdvar": return Each(NativeQuantile.Variance);
            case "histogram_stddev": return Each(h => Math.Sqrt(NativeQuantile.Variance(h)));
            case "histogram_fraction":
                var (lower, upper) = (Scalar(arguments[0], grid), Scalar(arguments[1], grid));
                return new HistogramOperator(context, title, inner, () =>
                    [(new FractionQuestion(context, lower.Evaluate(), upper.Evaluate(), arguments[2].Span), "")], "", arguments[2].Span);
            case "histogram_quantile":
                var q = Scalar(arguments[0], grid);
                return new HistogramOperator(
                    context, title, inner, () =>
                        [(new QuantileQuestion(context, q.Evaluate(), arguments[1].Span).Checked(arguments[0].Span), "")], "",
                            arguments[1].Span);
            default:
                return Quantiles(call, grid, inner);
        }
    }

    private HistogramOperator Quantiles(CallExpr call, StepGrid grid, VectorOperator inner)
    {
        var label = Text(call.Arguments[1]);
        if (label.Length == 0 || !GoText.IsValid(label))
            throw PromQlException.Failed($"invalid label name {GoText.Quoted(label)} in histogram_quantiles()");
        var parameters = call.Arguments.Skip(2).Select(a => (Scalar(a, grid), a.Span)).ToArray();
        (HistogramQuestion, string)[] Questions() =>
        [
            .. parameters.Select(p =>
            {
                var values = p.Item1.Evaluate();
                HistogramQuestion question = new QuantileQuestion(context, values, call.Arguments[0].Span).Checked(p.Span);
                return (question, OpenMetricsNumber(values.Length > 0 ? values[0] : double.NaN));
            }),
        ];
        return new(context, "histogram_quantiles()", inner, Questions, label, call.Arguments[0].Span);
    }

    // OpenMetrics writes whole numbers with a point.
    private static string OpenMetricsNumber(double value)
    {
        var text = GoNumber.General(value);
        return double.IsFinite(value) && !text.Contains('.', StringComparison.Ordinal) && !text.Contains('e', StringComparison.Ordinal)
            ? text + ".0" : text;
    }

    private InfoOperator Info(CallExpr call, StepGrid grid) =>
        new InfoOperator(context, Vector(call.Arguments[0], grid), (VectorSelector?)call.Arguments.ElementAtOrDefault(1), Shift);
}
