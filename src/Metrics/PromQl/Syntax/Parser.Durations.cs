namespace Fairway.Metrics.PromQl.Syntax;

/// <summary>Durations and arithmetic with them.</summary>
public sealed partial class Parser
{
    private DurationExpr DurationSum(string context, int least = 4)
    {
        if (++_nesting > MostNesting) throw Wrong(Current.Span, $"more than {MostNesting} expressions inside each other");
        var left = DurationOperand(context, least);
        while (Current.Kind is TokenKind.Add or TokenKind.Sub or TokenKind.Mul or TokenKind.Div or TokenKind.Mod or TokenKind.Pow && Power(Current.Kind) is var power && power >= least)
        {
            var token = Take();
            CountOperator(token.Span);
            var right = DurationSum(context, token.Kind == TokenKind.Pow ? power : power + 1);
            if (token.Kind is TokenKind.Div or TokenKind.Mod && right.IsConstant && right.Seconds(0, 0) == 0)
                throw Wrong(token.Span, token.Kind == TokenKind.Div ? "division by zero" : "modulo by zero");
            left = new DurationArithmetic(token.Text, left, right, new(left.Span.Start, right.Span.End));
        }

        _nesting--;
        return left;
    }

    // What an offset takes: one operand, with a sign; arithmetic only in parentheses.
    private DurationExpr DurationOperand(string context, int least = 0)
    {
        var token = Current;
        switch (token.Kind)
        {
            case TokenKind.Number or TokenKind.Duration:
                Take();
                var value = NumberOrDuration(token);
                if (!double.IsFinite(value)) throw Wrong(token.Span, "duration out of range");
                return new DurationLiteral(value, token.Kind == TokenKind.Duration, token.Span);
            case TokenKind.Add or TokenKind.Sub:
                Take();
                CountOperator(token.Span);
                var inner = least > 0 ? DurationSum(context, Power(TokenKind.Pow)) : DurationOperand(context);
                if (inner is DurationLiteral literal)
                    return literal with { Value = token.Kind == TokenKind.Sub ? -literal.Value : literal.Value, Span = new(token.Span.Start, inner.Span.End) };
                return new DurationSign(token.Kind == TokenKind.Sub, inner, new(token.Span.Start, inner.Span.End));
            case TokenKind.LeftParen:
                Take();
                var sum = DurationSum(context);
                return new DurationParen(sum, new(token.Span.Start, Expect(TokenKind.RightParen, context).Span.End));
            case TokenKind.Identifier or TokenKind.Aggregator when Ahead.Kind == TokenKind.LeftParen:
                return DurationFunction(token, context);
            default:
                throw Unexpected(context);
        }
    }

    private DurationExpr DurationFunction(Token token, string context)
    {
        var name = token.Text.ToLowerInvariant();
        if (name is not ("step" or "range" or "min" or "max" or "min_of" or "max_of")) throw Unexpected(context);
        Take();
        Take();
        if (name is "step" or "range") return new DurationOfQuery(name == "step", new(token.Span.Start, Expect(TokenKind.RightParen, context).Span.End));
        var left = DurationSum(context);
        Expect(TokenKind.Comma, context);
        var right = DurationSum(context);
        var end = Expect(TokenKind.RightParen, context).Span.End;
        return new DurationArithmetic(name.StartsWith("min", StringComparison.Ordinal) ? "min_of" : "max_of", left, right, new(token.Span.Start, end));
    }
}
