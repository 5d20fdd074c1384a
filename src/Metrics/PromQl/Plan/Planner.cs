using Fairway.Metrics.PromQl.Execution;
using Fairway.Metrics.PromQl.Functions;
using Fairway.Metrics.PromQl.Syntax;

namespace Fairway.Metrics.PromQl.Plan;

/// <summary>Makes operators of expressions: times resolved, what does not change evaluated once.</summary>
internal sealed partial class Planner(QueryContext context)
{
    private const long MostSteps = 10_000_000;

    /// <summary>An expression that gives a vector.</summary>
    public VectorOperator Vector(Expr expr, StepGrid grid)
    {
        while (expr is ParenExpr paren) expr = paren.Inner;
        if (grid.Count > 1 && Invariance.Holds(expr)) return new InvariantOperator(context, grid, Vector(expr, StepGrid.At(grid.Start)));
        return expr switch
        {
            VectorSelector v => ParallelOperator.Over(context, new SelectOperator(context, grid, v, Shift(v.Time), givesTimes: false), 0),
            UnaryExpr { Negative: true } u => Settled(new NegatedVectorOperator(context, Vector(u.Inner, grid)), joins: false),
            UnaryExpr u => Vector(u.Inner, grid),
            BinaryExpr b => Binary(b, grid),
            AggregateExpr a => Aggregate(a, grid),
            CallExpr c => Call(c, grid),
            _ => throw PromQlException.Failed($"no vector can be made of {expr}"),
        };
    }

    /// <summary>An expression that gives a number.</summary>
    public ScalarOperator Scalar(Expr expr, StepGrid grid)
    {
        while (expr is ParenExpr paren) expr = paren.Inner;
        if (grid.Count > 1 && expr is not NumberLiteral
            && Invariance.Holds(expr)) return new InvariantScalarOperator(grid, Scalar(expr, StepGrid.At(grid.Start)));
        return expr switch
        {
            NumberLiteral n => new ConstantOperator(grid, n.Value, n.ToString()),
            UnaryExpr { Negative: true } u => new NegatedScalarOperator(Scalar(u.Inner, grid)),
            UnaryExpr u => Scalar(u.Inner, grid),
            BinaryExpr b => new ScalarBinaryOperator(b.Operator, Scalar(b.Left, grid), Scalar(b.Right, grid)),
            CallExpr c => ScalarCall(c, grid),
            _ => throw PromQlException.Failed($"no number can be made of {expr}"),
        };
    }

    /// <summary>An expression that gives ranges.</summary>
    public RangeInput Range(Expr expr, StepGrid grid)
    {
        while (expr is ParenExpr paren) expr = paren.Inner;
        if (expr is MatrixSelector m) return new SelectorRange(context, grid, m.Selector, Shift(m.Selector.Time), Length(m.Range));
        var subquery = (SubqueryExpr)expr;
        var shift = Shift(subquery.Time);
        var range = Length(subquery.Range);
        var step = subquery.Step is null ? (long)context.Options.SubqueryStep.TotalMilliseconds : Length(subquery.Step);
        var steps = SubqueryRange.GridOf(shift.Of(grid.Start), shift.Of(grid.End), range, step, context.Compat.ClosedRanges);
        if (steps.Count > MostSteps) throw PromQlException.Failed($"subquery {subquery} has {steps.Count} steps, more than {MostSteps}");
        context.Use(steps.Count);
        return new SubqueryRange(context, grid, Vector(subquery.Inner, steps), shift, range);
    }

    private ScalarOperator ScalarCall(CallExpr call, StepGrid grid) => call.Function.Name switch
    {
        "time" => new TimeOperator(grid),
        "pi" => new ConstantOperator(grid, Math.PI, "pi()"),
        "start" => new ConstantOperator(grid, context.From / 1000.0, "start()"),
        "end" => new ConstantOperator(grid, context.To / 1000.0, "end()"),
        "step" => new ConstantOperator(grid, context.StepSeconds, "step()"),
        "range" => new ConstantOperator(grid, context.RangeSeconds, "range()"),
        "min_of" or "max_of" =>
            new ScalarExtremeOperator(call.Function.Name == "min_of", Scalar(call.Arguments[0], grid), Scalar(call.Arguments[1], grid)),
        _ => new ScalarOfVectorOperator(Vector(call.Arguments[0], grid)),
    };

    private VectorOperator Binary(BinaryExpr expr, StepGrid grid)
    {
        if (expr.Left.Type == ExprType.Scalar) return Settled(new VectorScalarOperator(context, expr, Vector(expr.Right, grid),
            Scalar(expr.Left, grid), scalarIsLeft: true));
        if (expr.Right.Type == ExprType.Scalar) return Settled(new VectorScalarOperator(context, expr, Vector(expr.Left, grid),
            Scalar(expr.Right, grid), scalarIsLeft: false));
        var (left, right) = (Vector(expr.Left, grid), Vector(expr.Right, grid));
        return expr.Operator.IsSet() ? new SetOperator(context, expr, left, right) : new MatchOperator(context, expr, left, right);
    }

    private VectorOperator Aggregate(AggregateExpr expr, StepGrid grid)
    {
        var inner = Vector(expr.Inner, grid);
        return expr.Operator switch
        {
            Aggregation.CountValues => new CountValuesOperator(context, expr, Text(expr.Parameter!), inner),
            Aggregation.TopK or Aggregation.BottomK or Aggregation.LimitK or Aggregation.LimitRatio =>
                new PickOperator(context, expr, inner, Scalar(expr.Parameter!, grid)),
            _ => new AggregateOperator(context, expr, inner, expr.Parameter is null ? null : Scalar(expr.Parameter, grid)),
        };
    }

    private static string Text(Expr expr)
    {
        while (expr is ParenExpr paren) expr = paren.Inner;
        return ((StringLiteral)expr).Value;
    }

    // Where names go at once, series may become the same at once.
    private VectorOperator Settled(VectorOperator inner, bool joins = true) => context.Compat.DelayedNameRemoval ? inner
        : new MergeOperator(context, inner, dropsNames: false, joins);

    private TimeShift Shift(TimeModifiers time)
    {
        long? pinned = time.At switch { AtPreprocessor.Start => context.From, AtPreprocessor.End => context.To, _ => time.Timestamp };
        return new(pinned, time.Offset is null ? 0 : Milliseconds(time.Offset));
    }

    private long Length(DurationExpr duration)
    {
        var length = Milliseconds(duration);
        return length > 0 ? length :
            throw PromQlException.Failed($"duration must be greater than 0, but {duration} is {DurationText.Format(length)}");
    }

    private long Milliseconds(DurationExpr duration)
    {
        var seconds = duration.Seconds(context.StepSeconds, context.RangeSeconds);
        if (!(Math.Abs(seconds) <= 9_223_372_036)) throw PromQlException.Failed($"duration {duration} is out of range");
        return (long)Math.Round(seconds * 1000);
    }
}
