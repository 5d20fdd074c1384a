using Fairway.Metrics.PromQl.Syntax;

namespace Fairway.Gates;

/// <summary>An expression of PromQL as a tree: what it is made of, and itself over another range.</summary>
internal static class PromQlTree
{
    /// <summary>The expressions that one is made of, from left to right.</summary>
    public static IEnumerable<Expr> Children(Expr expression) => expression switch
    {
        ParenExpr paren => [paren.Inner],
        UnaryExpr unary => [unary.Inner],
        BinaryExpr binary => [binary.Left, binary.Right],
        AggregateExpr aggregate => aggregate.Parameter is { } parameter ? [parameter, aggregate.Inner] : [aggregate.Inner],
        CallExpr call => call.Arguments,
        MatrixSelector matrix => [matrix.Selector],
        SubqueryExpr subquery => [subquery.Inner],
        _ => [],
    };

    /// <summary>The same expression over another range wherever it spoke of one.</summary>
    /// <param name="text">PromQL.</param>
    /// <param name="seconds">The range it has, in seconds.</param>
    /// <param name="other">The one it is to have.</param>
    /// <returns>Null when it cannot be read, or nothing in it has that range.</returns>
    public static string? Over(string text, double seconds, double other)
    {
        try
        {
            var changed = 0;
            var rewritten = Over(Parser.Parse(text), seconds, other, ref changed);
            return changed > 0 ? rewritten.ToString() : null;
        }
        catch (PromQlException)
        {
            return null;
        }
    }

    private static Expr Over(Expr expression, double seconds, double other, ref int changed)
    {
        switch (expression)
        {
            case ParenExpr paren:
                return paren with { Inner = Over(paren.Inner, seconds, other, ref changed) };
            case UnaryExpr unary:
                return unary with { Inner = Over(unary.Inner, seconds, other, ref changed) };
            case BinaryExpr binary:
                return binary with { Left = Over(binary.Left, seconds, other, ref changed), Right = Over(binary.Right, seconds, other, ref changed) };
            case AggregateExpr aggregate:
                return aggregate with { Inner = Over(aggregate.Inner, seconds, other, ref changed) };
            case CallExpr call:
                var arguments = call.Arguments.ToArray();
                for (var i = 0; i < arguments.Length; i++) arguments[i] = Over(arguments[i], seconds, other, ref changed);
                return call with { Arguments = [.. arguments] };
            case MatrixSelector matrix:
                return matrix with { Range = Over(matrix.Range, seconds, other, ref changed) };
            case SubqueryExpr subquery:
                return subquery with { Range = Over(subquery.Range, seconds, other, ref changed) };
            default:
                return expression;
        }
    }

    private static DurationExpr Over(DurationExpr range, double seconds, double other, ref int changed)
    {
        if (!range.IsConstant || range.Seconds(0, 0) != seconds) return range;
        changed++;
        return new DurationLiteral(other, IsDuration: true, range.Span);
    }
}
