namespace Fairway.Metrics.PromQl.Syntax;

/// <summary>Calls, aggregations, and what stands between an operator and its right side.</summary>
public sealed partial class Parser
{
    private CallExpr Call()
    {
        var name = Take();
        if (!FunctionSignature.All.TryGetValue(name.Text, out var function) || (name.Text == "holt_winters" && !_oldNames))
            throw Wrong(name.Span, $"unknown function with name {GoText.Quoted(name.Text)}");
        var (arguments, end) = Arguments();
        return new CallExpr(function, arguments, new(name.Span.Start, end));
    }

    private (ImmutableArray<Expr> Arguments, int End) Arguments()
    {
        Expect(TokenKind.LeftParen, "");
        var arguments = ImmutableArray.CreateBuilder<Expr>();
        while (Current.Kind != TokenKind.RightParen)
        {
            arguments.Add(Expression(0));
            if (Current.Kind == TokenKind.RightParen) break;
            var comma = Expect(TokenKind.Comma, "");
            if (Current.Kind == TokenKind.RightParen) throw Wrong(comma.Span, "trailing commas not allowed in function call args");
        }

        return (arguments.ToImmutable(), Take().Span.End);
    }

    private AggregateExpr Aggregate()
    {
        var name = Take();
        ImmutableArray<string> grouping = [];
        var without = false;
        var grouped = GroupingClause(ref grouping, ref without);
        if (Current.Kind != TokenKind.LeftParen) throw Unexpected(" in aggregation");
        var (arguments, end) = Arguments();
        if (!grouped && GroupingClause(ref grouping, ref without)) end = _tokens[_at - 1].Span.End;
        var op = Enum.Parse<Aggregation>(name.Text.Replace("_", "", StringComparison.Ordinal), ignoreCase: true);
        var span = new TextSpan(name.Span.Start, end);
        if (arguments.IsEmpty) throw Wrong(span, "no arguments for aggregate expression provided");
        var wanted = op.HasParameter() ? 2 : 1;
        if (arguments.Length != wanted) throw Wrong(span, $"wrong number of arguments for aggregate expression provided, expected {wanted}, got {arguments.Length}");
        return new AggregateExpr(op, arguments[^1], wanted == 2 ? arguments[0] : null, grouping, without, span);
    }

    private bool GroupingClause(ref ImmutableArray<string> grouping, ref bool without)
    {
        if (Current.Kind != TokenKind.Keyword || !IsGrouping(Current)) return false;
        without = TakeWord("without");
        if (!without) Take();
        grouping = GroupingLabels();
        return true;
    }

    private ImmutableArray<string> GroupingLabels()
    {
        const string context = " in grouping opts, expected ";
        Expect(TokenKind.LeftParen, context + "\"(\"");
        var labels = ImmutableArray.CreateBuilder<string>();
        while (Current.Kind != TokenKind.RightParen)
        {
            var token = Current;
            switch (token.Kind)
            {
                case TokenKind.String:
                    Take();
                    labels.Add(Text(token));
                    if (!GoText.IsValid(labels[^1]) || labels[^1].Length == 0) throw Wrong(token.Span, $"invalid label name for grouping: {GoText.Quoted(labels[^1])}");
                    break;
                case TokenKind.Identifier or TokenKind.Keyword or TokenKind.Aggregator or TokenKind.And or TokenKind.Or or TokenKind.Unless or TokenKind.Atan2:
                    labels.Add(Take().Text);
                    break;
                case TokenKind.Number when char.IsAsciiLetter(token.Text[0]):
                    labels.Add(Take().Text);
                    break;
                default:
                    throw Unexpected(context + "label");
            }

            if (Current.Kind == TokenKind.RightParen) break;
            Expect(TokenKind.Comma, context + "\",\" or \")\"");
        }

        Take();
        return labels.ToImmutable();
    }

    private (VectorMatching? Matching, bool ReturnBool) BinaryModifiers()
    {
        var returnBool = TakeWord("bool");
        VectorMatching? matching = null;
        if (IsWord("on") || IsWord("ignoring"))
        {
            var on = TakeWord("on");
            if (!on) Take();
            matching = VectorMatching.Default with { On = on, Labels = GroupingLabels() };
            if (IsWord("group_left") || IsWord("group_right"))
            {
                var left = TakeWord("group_left");
                if (!left) Take();
                var include = Current.Kind == TokenKind.LeftParen ? GroupingLabels() : [];
                matching = matching with { Cardinality = left ? Cardinality.ManyToOne : Cardinality.OneToMany, Include = include };
            }
        }

        while (IsWord("fill") || IsWord("fill_left") || IsWord("fill_right"))
        {
            // A metric may be named so: it is a modifier only with a number in parentheses.
            if (Ahead.Kind != TokenKind.LeftParen) break;
            var word = Take();
            matching ??= VectorMatching.Default;
            var value = FillValue();
            var name = word.Text.ToLowerInvariant();
            if (name != "fill_right")
            {
                if (matching.FillLeft is not null) throw Wrong(word.Span, "fill may not be set multiple times");
                matching = matching with { FillLeft = value };
            }

            if (name == "fill_left") continue;
            if (matching.FillRight is not null) throw Wrong(word.Span, "fill may not be set multiple times");
            matching = matching with { FillRight = value };
        }

        return (matching, returnBool);
    }

    private double FillValue()
    {
        Take();
        var negative = false;
        if (Current.Kind is TokenKind.Add or TokenKind.Sub) negative = Take().Kind == TokenKind.Sub;
        var value = NumberOrDuration(Expect(TokenKind.Number, " in fill, expected number"));
        Expect(TokenKind.RightParen, " in fill, expected \")\"");
        return negative ? -value : value;
    }
}
