namespace Fairway.Pipelines.Expressions;

/// <summary>
/// Reads one expression. From loose to tight: <c>||</c>, <c>&amp;&amp;</c>, <c>== !=</c>, <c>&lt; &lt;= &gt; &gt;=</c>, <c>!</c>, then
/// <c>.name</c>, <c>[index]</c> and <c>.*</c>; equals from left to right. The first mistake ends it.
/// </summary>
internal sealed class ExpressionParser
{
    private readonly ExpressionLexer _lexer;
    private readonly ExpressionScope _scope;
    private readonly ExpressionLimits _limits;
    private Token _token;
    private int _groups;

    private ExpressionParser(string text, ExpressionScope scope, ExpressionLimits limits)
    {
        (_lexer, _scope, _limits) = (new ExpressionLexer(text), scope, limits);
        _token = _lexer.Next();
    }

    public static (ExpressionNode? Node, ExpressionIssue? Issue) Parse(string text, ExpressionScope scope, ExpressionLimits limits)
    {
        if (text.Length > limits.Length)
            return (null, new(ExpressionFault.TooLong, 0, 0, "the expression is too long", $"at most {limits.Length} letters"));
        if (string.IsNullOrWhiteSpace(text)) return (null, new(ExpressionFault.Empty, 0, text.Length, "there is no expression"));
        var parser = new ExpressionParser(text, scope, limits);
        try
        {
            var (node, depth) = parser.Any();
            parser.CheckDepth(depth, node.Offset);
            return parser._token.Kind == TokenKind.End ? (node, null) : (null, parser.Unexpected(null).Issue);
        }
        catch (ParseEnd end)
        {
            return (null, end.Issue);
        }
    }

    private (ExpressionNode Node, int Depth) Any() => Logical(all: false);

    private (ExpressionNode Node, int Depth) Logical(bool all)
    {
        var first = all ? Comparison(0) : Logical(all: true);
        if (!IsOperator(all ? "&&" : "||")) return first;
        var offset = _token.Offset;
        var (operands, deepest) = (ImmutableArray.CreateBuilder<ExpressionNode>(), first.Depth);
        Add(first.Node);
        while (IsOperator(all ? "&&" : "||"))
        {
            Advance();
            var (next, depth) = all ? Comparison(0) : Logical(all: true);
            deepest = Math.Max(deepest, depth);
            Add(next);
        }
        CheckDepth(deepest + 1, offset);
        return (new LogicalNode(all, operands.ToImmutable(), offset), deepest + 1);

        // (a && b) && c is a && b && c.
        void Add(ExpressionNode node)
        {
            if (node is LogicalNode same && same.All == all) operands.AddRange(same.Operands);
            else operands.Add(node);
        }
    }

    private (ExpressionNode Node, int Depth) Comparison(int level)
    {
        var (left, depth) = level == 0 ? Comparison(1) : Prefix();
        while (level == 0 ? IsOperator("==", "!=") : IsOperator("<", "<=", ">", ">="))
        {
            var sign = _token;
            Advance();
            var (right, rightDepth) = level == 0 ? Comparison(1) : Prefix();
            depth = Math.Max(depth, rightDepth) + 1;
            CheckDepth(depth, sign.Offset);
            left = new ComparisonNode(sign.Text, left, right, sign.Offset);
        }
        return (left, depth);
    }

    private (ExpressionNode Node, int Depth) Prefix()
    {
        var signs = new Stack<int>();
        while (_token.Kind == TokenKind.Not)
        {
            signs.Push(_token.Offset);
            CheckDepth(signs.Count + 1, _token.Offset);
            Advance();
        }
        var (node, depth) = Postfix();
        while (signs.TryPop(out var offset))
        {
            CheckDepth(++depth, offset);
            node = new NotNode(node, offset);
        }
        return (node, depth);
    }

    private (ExpressionNode Node, int Depth) Postfix()
    {
        var (node, depth) = Primary();
        while (true)
        {
            var sign = _token;
            if (sign.Kind == TokenKind.Dot)
            {
                Advance();
                if (_token.Kind is not (TokenKind.Property or TokenKind.Wildcard)) throw Unexpected("a name or *");
                node = _token.Kind == TokenKind.Wildcard ? new FilterNode(node, sign.Offset)
                    : new IndexNode(node, new LiteralNode(ExpressionValue.Of(_token.Text), _token.Offset), sign.Offset);
                Advance();
                depth++;
            }
            else if (sign.Kind == TokenKind.OpenIndex)
            {
                Advance();
                (node, depth) = Index(node, depth, sign.Offset);
            }
            else return (node, depth);
            CheckDepth(depth, sign.Offset);
        }
    }

    private (ExpressionNode Node, int Depth) Index(ExpressionNode target, int depth, int offset)
    {
        if (_token.Kind == TokenKind.Wildcard)
        {
            Advance();
            Expect(TokenKind.CloseIndex, "]");
            return (new FilterNode(target, offset), depth + 1);
        }
        Enter(offset);
        var (index, indexDepth) = Any();
        _groups--;
        Expect(TokenKind.CloseIndex, "]");
        return (new IndexNode(target, index, offset), Math.Max(depth, indexDepth) + 1);
    }

    private (ExpressionNode Node, int Depth) Primary()
    {
        var token = _token;
        switch (token.Kind)
        {
            case TokenKind.Number:
                return Literal(ExpressionValue.Of(token.Number));
            case TokenKind.String:
                return Literal(ExpressionValue.Of(token.Text));
            case TokenKind.Null:
                return Literal(ExpressionValue.Null);
            case TokenKind.True or TokenKind.False:
                return Literal(ExpressionValue.Of(token.Kind == TokenKind.True));
            case TokenKind.Name:
                if (_scope.CheckName(token.Text, token.Offset) is { } issue) throw new ParseEnd(issue);
                Advance();
                return (new NameNode(token.Text, token.Offset), 1);
            case TokenKind.Function:
                return Call();
            case TokenKind.Open:
                Advance();
                Enter(token.Offset);
                var inner = Any();
                _groups--;
                Expect(TokenKind.Close, ")");
                return inner;
            default:
                throw Unexpected("a value");
        }
    }

    private (ExpressionNode Node, int Depth) Literal(ExpressionValue value)
    {
        var offset = _token.Offset;
        Advance();
        return (new LiteralNode(value, offset), 1);
    }

    private (ExpressionNode Node, int Depth) Call()
    {
        var name = _token;
        Advance();
        Advance();
        Enter(name.Offset);
        var (arguments, deepest) = (ImmutableArray.CreateBuilder<ExpressionNode>(), 0);
        if (_token.Kind != TokenKind.Close)
        {
            while (true)
            {
                var (argument, depth) = Any();
                deepest = Math.Max(deepest, depth);
                arguments.Add(argument);
                if (_token.Kind != TokenKind.Comma) break;
                Advance();
            }
        }
        _groups--;
        Expect(TokenKind.Close, ", or )");
        if (ExpressionFunctions.Check(name.Text, arguments.Count, _scope, name.Offset) is { } issue) throw new ParseEnd(issue);
        CheckDepth(deepest + 1, name.Offset);
        return (new CallNode(name.Text, arguments.ToImmutable(), name.Offset), deepest + 1);
    }

    private bool IsOperator(params ReadOnlySpan<string> signs)
    {
        if (_token.Kind != TokenKind.Operator) return false;
        foreach (var sign in signs)
            if (_token.Text == sign) return true;
        return false;
    }

    private void Advance() => _token = _lexer.Next();

    private void Expect(TokenKind kind, string expected)
    {
        if (_token.Kind != kind) throw Unexpected(expected);
        Advance();
    }

    private void Enter(int offset)
    {
        if (++_groups > _limits.Groups)
            throw new ParseEnd(new(ExpressionFault.TooDeep, offset, 1, "the parentheses are nested too deep", $"at most {_limits.Groups}"));
    }

    private void CheckDepth(int depth, int offset)
    {
        if (depth > _limits.Depth)
            throw new ParseEnd(new(ExpressionFault.TooDeep, offset, 1, "the expression is nested too deep",
                $"at most {_limits.Depth} levels"));
    }

    private ParseEnd Unexpected(string? expected)
    {
        if (_token.Kind == TokenKind.End)
            return new(new(ExpressionFault.UnexpectedEnd, _token.Offset, 0, "the expression ends too early", expected));
        var written = _token.Kind == TokenKind.String ? ExpressionText.Quote(_token.Text) : _token.Text;
        var shown = written.Length <= 40 ? written : written[..39] + "…";
        var (hint, meant) = Meant(written);
        return new(new(ExpressionFault.UnexpectedSymbol, _token.Offset, _token.Length, $"unexpected {shown}", hint ?? expected, meant));
    }

    /// <summary>What people bring along from other languages.</summary>
    private static (string? Expected, string? DidYouMean) Meant(string written) => written switch
    {
        "=" => (null, "=="),
        "&" => (null, "&&"),
        "|" => (null, "||"),
        "and" or "AND" => (null, "&&"),
        "or" or "OR" => (null, "||"),
        ['"', ..] => ("text in single quotes", written is [_, .. var inner, '"'] ? ExpressionText.Quote(inner) : null),
        ['\'', ..] when written.Length == 1 || written[^1] != '\'' => ("a closing quote", null),
        ['+', ..] or ['-', ..] => ("no arithmetic: there is none in this language", null),
        _ => (null, null),
    };

    private sealed class ParseEnd(ExpressionIssue issue) : Exception
    {
        public ExpressionIssue Issue { get; } = issue;
    }
}
