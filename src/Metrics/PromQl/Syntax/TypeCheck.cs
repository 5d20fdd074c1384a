namespace Fairway.Metrics.PromQl.Syntax;

/// <summary>Whether operands and arguments have the types they need.</summary>
internal static class TypeCheck
{
    /// <summary>Checks a whole expression.</summary>
    /// <exception cref="PromQlException">A type is wrong; says where.</exception>
    public static void Run(string query, Expr expr)
    {
        switch (expr)
        {
            case ParenExpr paren:
                Run(query, paren.Inner);
                break;
            case UnaryExpr unary:
                Run(query, unary.Inner);
                if (unary.Type is not (ExprType.Scalar or ExprType.Vector))
                    throw PromQlException.At(query, unary.Span,
                        $"unary expression only allowed on expressions of type scalar or instant vector, got {GoText.Quoted(Expr.TypeName(unary.Type))}");
                break;
            case BinaryExpr binary:
                Binary(query, binary);
                break;
            case AggregateExpr aggregate:
                Aggregate(query, aggregate);
                break;
            case CallExpr call:
                Call(query, call);
                break;
            case SubqueryExpr subquery:
                Run(query, subquery.Inner);
                if (subquery.Inner.Type != ExprType.Vector)
                    throw PromQlException.At(query, subquery.Span,
                        $"subquery is only allowed on instant vector, got {TypeWord(subquery.Inner.Type)} instead");
                break;
            case MatrixSelector matrix:
                Run(query, matrix.Selector);
                break;
            case VectorSelector selector:
                Selector(query, selector);
                break;
        }
    }

    private static string TypeWord(ExprType type) => type.ToString().ToLowerInvariant();

    private static void Expect(string query, Expr expr, ExprType type, string where)
    {
        Run(query, expr);
        if (expr.Type != type)
            throw PromQlException.At(query, expr.Span, $"expected type {Expr.TypeName(type)} in {where}, got {Expr.TypeName(expr.Type)}");
    }

    private static void Binary(string query, BinaryExpr binary)
    {
        Run(query, binary.Left);
        Run(query, binary.Right);
        var bothScalars = binary.Left.Type == ExprType.Scalar && binary.Right.Type == ExprType.Scalar;
        if (binary.Operator.IsComparison() && !binary.ReturnBool && bothScalars)
            throw PromQlException.At(query, binary.Span, "comparisons between scalars must use BOOL modifier");
        foreach (var side in (ReadOnlySpan<Expr>)[binary.Left, binary.Right])
        {
            if (side.Type is not (ExprType.Scalar or ExprType.Vector))
                throw PromQlException.At(query, side.Span, "binary expression must contain only scalar and instant vector types");
            if (side.Type == ExprType.Scalar && binary.Operator.IsSet())
                throw PromQlException.At(query, binary.Span,
                    $"set operator {GoText.Quoted(binary.Operator.Text())} not allowed in binary scalar expression");
        }
    }

    private static void Aggregate(string query, AggregateExpr aggregate)
    {
        Expect(query, aggregate.Inner, ExprType.Vector, "aggregation expression");
        if (aggregate.Parameter is null) return;
        Expect(query, aggregate.Parameter, aggregate.Operator == Aggregation.CountValues ? ExprType.String
            : ExprType.Scalar, "aggregation parameter");
    }

    private static void Call(string query, CallExpr call)
    {
        var function = call.Function;
        var name = GoText.Quoted(function.Name);
        var (wanted, given) = (function.Arguments.Length, call.Arguments.Length);
        if (function.Variadic == 0 && wanted != given)
            throw PromQlException.At(query, call.Span, $"expected {wanted} argument(s) in call to {name}, got {given}");
        if (function.Variadic != 0)
        {
            if (given < wanted - 1)
                throw PromQlException.At(query, call.Span, $"expected at least {wanted - 1} argument(s) in call to {name}, got {given}");
            var most = wanted - 1 + function.Variadic;
            if (function.Variadic > 0 && given > most)
                throw PromQlException.At(query, call.Span, $"expected at most {most} argument(s) in call to {name}, got {given}");
        }

        if (function.Name == "info" && given == 2 && call.Arguments[1] is not VectorSelector { Name: "" })
            throw PromQlException.At(query, call.Arguments[1].Span, "expected label selectors only");
        for (var i = 0; i < given; i++)
        {
            if (function.Name == "info" && i == 1) continue;
            Expect(query, call.Arguments[i], function.Arguments[Math.Min(i, wanted - 1)], $"call to function {name}");
        }
    }

    /// <summary>A metric may be named before the braces or within, not both.</summary>
    public static void NameOnce(string query, VectorSelector selector)
    {
        foreach (var matcher in selector.Matchers)
        {
            if (selector.Name.Length > 0 && matcher is { Name: Model.Labels.MetricName, Kind: Model.MatchKind.Equal }
                && !ReferenceEquals(matcher, selector.Matchers[^1]))
                throw PromQlException.At(query, selector.Span,
                    $"metric name must not be set twice: {GoText.Quoted(selector.Name)} or {GoText.Quoted(matcher.Value)}");
        }
    }

    private static void Selector(string query, VectorSelector selector)
    {
        NameOnce(query, selector);
        if (selector.Matchers.All(m => m.Matches("")))
            throw PromQlException.At(query, selector.Span, "vector selector must contain at least one non-empty matcher");
    }
}
