using Fairway.Metrics.Model;

namespace Fairway.Metrics.PromQl.Syntax;

/// <summary>Reads PromQL (grammar of Prometheus 3). Recursive descent, with binding powers for operators.</summary>
public sealed partial class Parser
{
    private const int MostNesting = 200;
    private const int MostOperators = 1000;

    private readonly string _query;
    private readonly List<Token> _tokens;
    private readonly bool _oldNames;
    private int _at;
    private int _nesting;
    private int _operators;

    private Parser(string query, bool oldNames)
    {
        (_query, _oldNames) = (query, oldNames);
        _tokens = Lexer.Tokens(query);
    }

    /// <summary>Parses a query and checks its types.</summary>
    /// <param name="query">The text.</param>
    /// <param name="oldNames">Whether names of functions that Prometheus 3 dropped are known (<c>holt_winters</c>).</param>
    /// <exception cref="PromQlException">It is not PromQL; says where.</exception>
    public static Expr Parse(string query, bool oldNames = false)
    {
        var parser = new Parser(query, oldNames);
        if (parser.Current.Kind == TokenKind.End) throw PromQlException.At(query, parser.Current.Span, "no expression found in input");
        var expr = parser.Expression(0);
        if (parser.Current.Kind != TokenKind.End) throw parser.Unexpected("");
        TypeCheck.Run(query, expr);
        return expr;
    }

    /// <summary>Parses a selector, as the API's <c>match[]</c> takes it.</summary>
    /// <exception cref="PromQlException">It is no selector; says where.</exception>
    /// <remarks>One that fits every series is read too: what to say of it is the caller's.</remarks>
    public static VectorSelector ParseSelector(string query)
    {
        var parser = new Parser(query, oldNames: false);
        var token = parser.Current;
        if (NamesMetric(token)) parser.Take();
        else if (token.Kind != TokenKind.LeftBrace) throw parser.Unexpected("");
        var selector = parser.Selector(token.Kind == TokenKind.LeftBrace ? "" : token.Text, token.Span);
        if (parser.Current.Kind != TokenKind.End) throw parser.Unexpected("");
        TypeCheck.NameOnce(query, selector);
        return selector;
    }

    private Token Current => _tokens[_at];

    private Token Ahead => _tokens[Math.Min(_at + 1, _tokens.Count - 1)];

    private Token Take()
    {
        var token = Current;
        if (token.Kind == TokenKind.Error) throw PromQlException.At(_query, token.Span, token.Text);
        _at++;
        return token;
    }

    private Token Expect(TokenKind kind, string context) => Current.Kind == kind ? Take() : throw Unexpected(context);

    private bool IsWord(string word) => Current.Kind == TokenKind.Keyword && Current.Text.Equals(word, StringComparison.OrdinalIgnoreCase);

    private bool TakeWord(string word)
    {
        if (!IsWord(word)) return false;
        _at++;
        return true;
    }

    private PromQlException Unexpected(string context) => PromQlException.At(
        _query, Current.Span, Current.Kind == TokenKind.Error ? Current.Text : "unexpected " + Current.Described + context);

    private PromQlException Wrong(TextSpan span, string what) => PromQlException.At(_query, span, what);

    private void CountOperator(TextSpan span)
    {
        if (++_operators > MostOperators) throw Wrong(span, $"more than {MostOperators} operators in a query");
    }

    // Higher binds tighter; the sign binds as multiplication does, below "^".
    private static int Power(TokenKind kind) => kind switch
    {
        TokenKind.Or => 1,
        TokenKind.And or TokenKind.Unless => 2,
        TokenKind.Equal or TokenKind.NotEqual or TokenKind.Less or TokenKind.LessOrEqual or TokenKind.Greater or TokenKind.GreaterOrEqual => 3,
        TokenKind.TrimLower or TokenKind.TrimUpper => 3,
        TokenKind.Add or TokenKind.Sub => 4,
        TokenKind.Mul or TokenKind.Div or TokenKind.Mod or TokenKind.Atan2 => 5,
        TokenKind.Pow => 6,
        _ => 0,
    };

    private static BinaryOperator Operator(TokenKind kind) => kind switch
    {
        TokenKind.Add => BinaryOperator.Add,
        TokenKind.Sub => BinaryOperator.Subtract,
        TokenKind.Mul => BinaryOperator.Multiply,
        TokenKind.Div => BinaryOperator.Divide,
        TokenKind.Mod => BinaryOperator.Modulo,
        TokenKind.Pow => BinaryOperator.Power,
        TokenKind.Atan2 => BinaryOperator.Atan2,
        TokenKind.Equal => BinaryOperator.Equal,
        TokenKind.NotEqual => BinaryOperator.NotEqual,
        TokenKind.Less => BinaryOperator.Less,
        TokenKind.LessOrEqual => BinaryOperator.LessOrEqual,
        TokenKind.Greater => BinaryOperator.Greater,
        TokenKind.GreaterOrEqual => BinaryOperator.GreaterOrEqual,
        TokenKind.And => BinaryOperator.And,
        TokenKind.Or => BinaryOperator.Or,
        TokenKind.Unless => BinaryOperator.Unless,
        TokenKind.TrimUpper => BinaryOperator.TrimUpper,
        _ => BinaryOperator.TrimLower,
    };

    private Expr Expression(int least)
    {
        if (++_nesting > MostNesting) throw Wrong(Current.Span, $"more than {MostNesting} expressions inside each other");
        var left = Unary();
        while (Power(Current.Kind) is var power && power > 0 && power >= least)
        {
            var token = Take();
            CountOperator(token.Span);
            var (matching, returnBool) = BinaryModifiers();
            // "^" groups to the right, all others to the left.
            var right = Expression(token.Kind == TokenKind.Pow ? power : power + 1);
            left = Binary(token, left, right, matching, returnBool);
        }

        _nesting--;
        return left;
    }

    private BinaryExpr Binary(Token token, Expr left, Expr right, VectorMatching? matching, bool returnBool)
    {
        var op = Operator(token.Kind);
        if (returnBool && !op.IsComparison()) throw Wrong(token.Span, "bool modifier can only be used on comparison operators");
        var bothVectors = left.Type == ExprType.Vector && right.Type == ExprType.Vector;
        if (bothVectors)
        {
            matching ??= VectorMatching.Default;
            if (op.IsSet())
            {
                if (matching.FillLeft is not null || matching.FillRight is not null)
                    throw Wrong(token.Span, "filling in missing series not allowed for set operators");
                if (matching.Cardinality != Cardinality.OneToOne)
                    throw Wrong(token.Span, $"no grouping allowed for {GoText.Quoted(op.Text())} operation");
                matching = matching with { Cardinality = Cardinality.ManyToMany };
            }

            if (matching.On && matching.Labels.FirstOrDefault(matching.Include.Contains) is { } twice)
                throw Wrong(token.Span, $"label {GoText.Quoted(twice)} must not occur in ON and GROUP clause at once");
        }
        else if (matching is not null)
        {
            if (!matching.Labels.IsEmpty || matching.FillLeft is not null || matching.FillRight is not null)
                throw Wrong(token.Span, "vector matching only allowed between instant vectors");
            matching = null;
        }

        return new(op, left, right, returnBool, matching);
    }

    private Expr Unary()
    {
        if (Current.Kind is not (TokenKind.Add or TokenKind.Sub)) return Postfix();
        var sign = Take();
        CountOperator(sign.Span);
        var inner = Expression(Power(TokenKind.Pow));
        var span = new TextSpan(sign.Span.Start, inner.Span.End);
        var negative = sign.Kind == TokenKind.Sub;
        if (inner is NumberLiteral number) return number with { Value = negative ? -number.Value : number.Value, Span = span };
        return new UnaryExpr(negative, inner, span);
    }

    private Expr Primary()
    {
        var token = Current;
        switch (token.Kind)
        {
            case TokenKind.Number or TokenKind.Duration:
                Take();
                return new NumberLiteral(NumberOrDuration(token), token.Kind == TokenKind.Duration, token.Span);
            case TokenKind.String:
                return new StringLiteral(Text(Take()), token.Span);
            case TokenKind.LeftParen:
                Take();
                var inner = Expression(0);
                var close = Expect(TokenKind.RightParen, "");
                return new ParenExpr(inner, new(token.Span.Start, close.Span.End));
            case TokenKind.LeftBrace:
                return Selector("", token.Span);
            case TokenKind.Aggregator when Ahead.Kind == TokenKind.LeftParen || (Ahead.Kind == TokenKind.Keyword && IsGrouping(Ahead)):
                return Aggregate();
            case TokenKind.Identifier when Ahead.Kind == TokenKind.LeftParen:
                return Call();
            case var _ when NamesMetric(token):
                Take();
                return Selector(token.Text, token.Span);
            default:
                throw Unexpected("");
        }
    }

    private static bool NamesMetric(Token token) => token.Kind switch
    {
        TokenKind.Identifier or TokenKind.MetricIdentifier or TokenKind.Aggregator or TokenKind.And or TokenKind.Or or TokenKind.Unless => true,
        TokenKind.Keyword => MayNameMetric(token),
        _ => false,
    };

    private static bool IsGrouping(Token token) =>
        token.Text.Equals("by", StringComparison.OrdinalIgnoreCase) || token.Text.Equals("without", StringComparison.OrdinalIgnoreCase);

    private static bool MayNameMetric(Token token) =>
        token.Text.ToLowerInvariant() is not ("bool" or "on" or "ignoring" or "group_left" or "group_right");

    private string Text(Token token)
    {
        try
        {
            return GoText.Unquoted(token.Text);
        }
        catch (FormatException error)
        {
            throw Wrong(token.Span, error.Message);
        }
    }

    private double NumberOrDuration(Token token)
    {
        if (token.Kind == TokenKind.Duration && DurationText.TryParse(token.Text, out var milliseconds)) return milliseconds / 1000.0;
        return GoNumber.TryParse(token.Text, out var value) ? value :
            throw Wrong(token.Span, $"error parsing number: {GoText.Quoted(token.Text)}");
    }
}
