using Fairway.Metrics.PromQl.Syntax;

namespace Fairway.Tests.PromQl.Conformance;

/// <summary>Rewrites a query so that it is the same at every time.</summary>
public static class Pinned
{
    private static readonly string[] OfTheQuery = ["start", "end", "step", "range"];
    private static readonly string[] NotPinnable = [.. OfTheQuery, "info"];

    /// <summary>With <c>@ time</c> on each selector and each subquery that has none; null when the query looks at its own time otherwise.</summary>
    public static Expr? At(Expr expr, long time)
    {
        if (Any(expr, e => e is CallExpr c && (c.Function.DependsOnTime || NotPinnable.Contains(c.Function.Name)))) return null;
        return Rewrite(expr, time);
    }

    /// <summary>Whether a query gives something else when it is part of a longer one.</summary>
    public static bool LooksAtWholeQuery(Expr expr) => Any(expr, e =>
        (e is CallExpr c && OfTheQuery.Contains(c.Function.Name)) || Modifiers(e) is { At: not AtPreprocessor.None }
        || (e is MatrixSelector { Range.IsConstant: false }) || e is SubqueryExpr { Range.IsConstant: false } or SubqueryExpr { Step.IsConstant: false }
        || Modifiers(e) is { Offset.IsConstant: false });

    private static TimeModifiers? Modifiers(Expr e) => e switch { VectorSelector v => v.Time, SubqueryExpr s => s.Time, _ => null };

    private static TimeModifiers Pin(TimeModifiers time, long at) => time.IsPinned ? time : time with { Timestamp = at };

    private static Expr Rewrite(Expr expr, long time) => expr switch
    {
        ParenExpr p => p with { Inner = Rewrite(p.Inner, time) },
        UnaryExpr u => u with { Inner = Rewrite(u.Inner, time) },
        BinaryExpr b => b with { Left = Rewrite(b.Left, time), Right = Rewrite(b.Right, time) },
        AggregateExpr a => a with { Inner = Rewrite(a.Inner, time), Parameter = a.Parameter is null ? null : Rewrite(a.Parameter, time) },
        CallExpr c => c with { Arguments = [.. c.Arguments.Select(x => Rewrite(x, time))] },
        VectorSelector v => v with { Time = Pin(v.Time, time) },
        MatrixSelector m => m with { Selector = m.Selector with { Time = Pin(m.Selector.Time, time) } },
        SubqueryExpr s => s with { Time = Pin(s.Time, time) },
        _ => expr,
    };

    private static bool Any(Expr expr, Func<Expr, bool> test) => test(expr) || Children(expr).Any(c => Any(c, test));

    private static ImmutableArray<Expr> Children(Expr expr) => expr switch
    {
        ParenExpr p => [p.Inner],
        UnaryExpr u => [u.Inner],
        BinaryExpr b => [b.Left, b.Right],
        AggregateExpr a => a.Parameter is null ? [a.Inner] : [a.Parameter, a.Inner],
        CallExpr c => c.Arguments,
        MatrixSelector m => [m.Selector],
        SubqueryExpr s => [s.Inner],
        _ => [],
    };
}
