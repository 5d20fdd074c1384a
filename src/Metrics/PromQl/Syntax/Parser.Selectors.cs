using Fairway.Metrics.Model;

namespace Fairway.Metrics.PromQl.Syntax;

/// <summary>Selectors and what follows them.</summary>
public sealed partial class Parser
{
    private const string InMatching = " in label matching, expected ";

    private VectorSelector Selector(string name, TextSpan nameSpan)
    {
        var matchers = ImmutableArray.CreateBuilder<LabelMatcher>();
        var end = nameSpan.End;
        if (Current.Kind == TokenKind.LeftBrace)
        {
            Take();
            while (Current.Kind != TokenKind.RightBrace)
            {
                Matcher(ref name, matchers);
                if (Current.Kind == TokenKind.RightBrace) break;
                Expect(TokenKind.Comma, InMatching + "\",\" or \"}\"");
            }

            end = Take().Span.End;
        }

        if (name.Length > 0) matchers.Add(new(Labels.MetricName, MatchKind.Equal, name));
        return new VectorSelector(name, matchers.ToImmutable(), TimeModifiers.None, RangeKind.Plain, new(nameSpan.Start, end));
    }

    private void Matcher(ref string name, ImmutableArray<LabelMatcher>.Builder matchers)
    {
        var token = Current;
        if (token.Kind is not (TokenKind.Identifier or TokenKind.String)) throw Unexpected(InMatching + "identifier or \"}\"");
        Take();
        var label = token.Kind == TokenKind.String ? Text(token) : token.Text;
        if (token.Kind == TokenKind.String && Current.Kind is TokenKind.Comma or TokenKind.RightBrace)
        {
            if (name.Length > 0)
                throw Wrong(token.Span, $"metric name must not be set twice: {GoText.Quoted(name)} or {GoText.Quoted(label)}");
            name = label;
            return;
        }

        var kind = Current.Kind switch
        {
            TokenKind.Assign => MatchKind.Equal,
            TokenKind.NotEqual => MatchKind.NotEqual,
            TokenKind.EqualRegex => MatchKind.Regex,
            TokenKind.NotRegex => MatchKind.NotRegex,
            _ => throw Unexpected(InMatching + "label matching operator"),
        };
        Take();
        var value = Expect(TokenKind.String, InMatching + "string");
        try
        {
            matchers.Add(new(label, kind, Text(value)));
        }
        catch (FormatException error)
        {
            throw Wrong(new(token.Span.Start, value.Span.End), error.Message);
        }
    }

    private Expr Postfix()
    {
        var expr = Primary();
        while (true)
        {
            var token = Current;
            if (token.Kind == TokenKind.LeftBracket) expr = Bracket(expr);
            else if (token.Kind == TokenKind.At) expr = AtModifier(expr);
            else if (IsWord("offset")) expr = OffsetModifier(expr);
            else if (IsWord("anchored") || IsWord("smoothed")) expr = RangeModifier(expr);
            else return expr;
            CountOperator(token.Span);
        }
    }

    private Expr Bracket(Expr expr)
    {
        var open = Take();
        var range = DurationSum(" in subquery or range selector, expected number, duration, step(), or range()");
        if (Current.Kind == TokenKind.Colon)
        {
            Take();
            var step = Current.Kind == TokenKind.RightBracket ? null
                : DurationSum(" in subquery selector, expected number, duration, step(), range(), or \"]\"");
            var end = Expect(TokenKind.RightBracket,
                " in subquery selector, expected number, duration, step(), range(), or \"]\"").Span.End;
            Positive(range);
            if (step is not null) Positive(step);
            return new SubqueryExpr(expr, range, step, TimeModifiers.None, new(expr.Span.Start, end));
        }

        var close = Expect(TokenKind.RightBracket, " in subquery or range, expected \":\" or \"]\"").Span.End;
        if (expr is not VectorSelector selector) throw Wrong(new(open.Span.Start, close), "ranges only allowed for vector selectors");
        if (selector.Time.Offset is not null) throw Wrong(new(open.Span.Start, close), "no offset modifiers allowed before range");
        if (selector.Time.IsPinned) throw Wrong(new(open.Span.Start, close), "no @ modifiers allowed before range");
        Positive(range);
        return new MatrixSelector(selector, range, new(expr.Span.Start, close));
    }

    private void Positive(DurationExpr duration)
    {
        if (duration.IsConstant && !(duration.Seconds(0, 0) > 0)) throw Wrong(duration.Span, "duration must be greater than 0");
        if (duration.IsConstant && duration.Seconds(0, 0) > 9_223_372_036) throw Wrong(duration.Span, "duration out of range");
    }

    private static TimeModifiers? Modifiers(Expr expr) => expr switch
    {
        VectorSelector v => v.Time,
        MatrixSelector m => m.Selector.Time,
        SubqueryExpr s => s.Time,
        _ => null,
    };

    private static Expr With(Expr expr, TimeModifiers time, int end)
    {
        var span = new TextSpan(expr.Span.Start, end);
        return expr switch
        {
            VectorSelector v => v with { Time = time, Span = span },
            MatrixSelector m => m with { Selector = m.Selector with { Time = time }, Span = span },
            _ => (SubqueryExpr)expr with { Time = time, Span = span },
        };
    }

    private Expr OffsetModifier(Expr expr)
    {
        var word = Take();
        var offset = DurationOperand(" in offset, expected number, duration, step(), or range()");
        var time = Modifiers(expr) ??
            throw Wrong(expr.Span, "offset modifier must be preceded by an instant vector selector or range vector selector or a subquery");
        if (time.Offset is not null) throw Wrong(new(word.Span.Start, offset.Span.End), "offset may not be set multiple times");
        if (offset.IsConstant && !(Math.Abs(offset.Seconds(0, 0)) <= 9_223_372_036)) throw Wrong(offset.Span, "duration out of range");
        return With(expr, time with { Offset = offset }, offset.Span.End);
    }

    private Expr AtModifier(Expr expr)
    {
        var sign = Take();
        var time = Modifiers(expr) ??
            throw Wrong(expr.Span, "@ modifier must be preceded by an instant vector selector or range vector selector or a subquery");
        if (time.IsPinned) throw Wrong(sign.Span, "@ <timestamp> may not be set multiple times");
        if (Current.Kind == TokenKind.Identifier && Current.Text.ToLowerInvariant() is "start" or "end")
        {
            var which = Take();
            Expect(TokenKind.LeftParen, " in @, expected \"(\"");
            var close = Expect(TokenKind.RightParen, " in @, expected \")\"");
            var isStart = which.Text.Equals("start", StringComparison.OrdinalIgnoreCase);
            return With(expr, time with { At = isStart ? AtPreprocessor.Start : AtPreprocessor.End }, close.Span.End);
        }

        var negative = false;
        if (Current.Kind is TokenKind.Add or TokenKind.Sub) negative = Take().Kind == TokenKind.Sub;
        if (Current.Kind is not (TokenKind.Number or TokenKind.Duration)) throw Unexpected(" in @, expected timestamp");
        var token = Take();
        var seconds = NumberOrDuration(token) * (negative ? -1 : 1);
        if (!double.IsFinite(seconds) || Math.Abs(seconds) > 9_223_372_036_854_774)
            throw Wrong(token.Span, $"timestamp out of bounds for @ modifier: {GoNumber.Plain(seconds)}");
        return With(expr, time with { Timestamp = (long)Math.Round(seconds * 1000, MidpointRounding.AwayFromZero) }, token.Span.End);
    }

    private Expr RangeModifier(Expr expr)
    {
        var word = Take();
        var kind = word.Text.Equals("anchored", StringComparison.OrdinalIgnoreCase) ? RangeKind.Anchored : RangeKind.Smoothed;
        var name = kind == RangeKind.Anchored ? "anchored" : "smoothed";
        var selector = expr switch { VectorSelector v => v, MatrixSelector m => m.Selector, _ => null }
            ?? throw Wrong(word.Span, $"{name} modifier must be preceded by an instant vector selector or range vector selector");
        if (selector.Kind != RangeKind.Plain)
            throw Wrong(word.Span, selector.Kind == kind ? $"{name} modifier may not be set multiple times"
                : "anchored and smoothed modifiers cannot be used together");
        if (expr is VectorSelector && kind == RangeKind.Anchored)
            throw Wrong(word.Span, "anchored modifier can only be used with range vector selectors");
        var span = new TextSpan(expr.Span.Start, word.Span.End);
        return expr is MatrixSelector matrix ? matrix with { Selector = selector with { Kind = kind }, Span = span }
            : selector with { Kind = kind, Span = span };
    }
}
