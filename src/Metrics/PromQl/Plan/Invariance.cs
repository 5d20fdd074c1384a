using Fairway.Metrics.PromQl.Syntax;

namespace Fairway.Metrics.PromQl.Plan;

/// <summary>Which expressions are the same at every step of a query.</summary>
internal static class Invariance
{
    /// <summary>Whether an expression need be evaluated once only.</summary>
    public static bool Holds(Expr expr) => expr switch
    {
        NumberLiteral or StringLiteral => true,
        VectorSelector v => v.Time.IsPinned,
        MatrixSelector m => m.Selector.Time.IsPinned,
        SubqueryExpr s => s.Time.IsPinned,
        ParenExpr p => Holds(p.Inner),
        UnaryExpr u => Holds(u.Inner),
        BinaryExpr b => Holds(b.Left) && Holds(b.Right),
        AggregateExpr a => Holds(a.Inner) && (a.Parameter is null || Holds(a.Parameter)),
        CallExpr c => !c.Function.DependsOnTime && c.Arguments.All(Holds) && c.Function.Name != "info",
        _ => false,
    };
}
