using System.Globalization;

namespace Fairway.Policy;

/// <summary>Reads an expression by the grammar of the language definition, with optional syntax and quoted selectors.</summary>
internal sealed partial class CelParser
{
    private static readonly HashSet<string> Keywords = new(["true", "false", "null", "in"], StringComparer.Ordinal);

    private static readonly HashSet<string> Reserved = new(["as", "break", "const", "continue", "else", "for", "function", "if", "import", "let", "loop", "package",
        "namespace", "return", "var", "void", "while"], StringComparer.Ordinal);

    private readonly CelLexer _lexer;
    private Token _token;
    private int _depth;

    private CelParser(string text)
    {
        _lexer = new(text);
        _token = _lexer.Next();
    }

    /// <summary>The expression, or the first mistake in it.</summary>
    public static (CelExpr? Expression, CelIssue? Issue) Parse(string text)
    {
        if (text.Length > CelLimits.TextLength)
            return (null, new(new(CelLimits.TextLength, 1, 1), $"the expression has {text.Length} characters", $"at most {CelLimits.TextLength}"));
        try
        {
            var parser = new CelParser(text);
            var expression = parser.Expression();
            if (parser._token.Kind != TokenKind.End) throw parser.Unexpected("an operator or the end");
            return (expression, null);
        }
        catch (CelSyntaxException mistake)
        {
            return (null, new(new SourceText(text).Place(mistake.At), mistake.Message, mistake.Expected));
        }
    }

    private bool Is(string symbol) => _token.Kind == TokenKind.Symbol && _token.Text == symbol;

    private bool Take(string symbol)
    {
        if (!Is(symbol)) return false;
        _token = _lexer.Next();
        return true;
    }

    private void Expect(string symbol, string? expected = null)
    {
        if (!Take(symbol)) throw Unexpected(expected ?? symbol);
    }

    private CelSyntaxException Unexpected(string expected) => new(_token.Start, _token.Kind switch
    {
        TokenKind.End => "the expression ends too early",
        TokenKind.Name or TokenKind.Symbol or TokenKind.Int or TokenKind.Uint or TokenKind.Double => $"{_token.Text} cannot stand here",
        TokenKind.QuotedName => "a name in backticks cannot stand here",
        _ => "a string cannot stand here",
    }, expected);

    private static T Made<T>(T expression) where T : CelExpr
    {
        var height = 0;
        foreach (var part in expression.Parts) height = Math.Max(height, part.Height);
        expression.Height = height + 1;
        if (expression.Height > CelLimits.Nesting) throw TooDeep(expression.At);
        return expression;
    }

    private static CelSyntaxException TooDeep(int at) => new(at, $"the expression nests deeper than {CelLimits.Nesting}", "smaller parts, for example by cel.bind");

    private CelExpr Expression()
    {
        if (++_depth > CelLimits.Nesting) throw TooDeep(_token.Start);
        var condition = Logic(isAnd: false);
        if (Is("?"))
        {
            var at = _token.Start;
            Take("?");
            var then = Logic(isAnd: false);
            Expect(":", ": and what holds otherwise");
            condition = Made(new ChoiceExpr(at, condition, then, Expression()));
        }
        _depth--;
        return condition;
    }

    private CelExpr Logic(bool isAnd)
    {
        var first = isAnd ? Binary(0) : Logic(isAnd: true);
        var symbol = isAnd ? "&&" : "||";
        if (!Is(symbol)) return first;
        var at = _token.Start;
        var terms = ImmutableArray.CreateBuilder<CelExpr>();
        terms.Add(first);
        while (Take(symbol)) terms.Add(isAnd ? Binary(0) : Logic(isAnd: true));
        return Made(new LogicExpr(at, isAnd, terms.ToImmutable()));
    }

    private static readonly string[][] Operators = [["<", "<=", ">=", ">", "==", "!=", "in"], ["+", "-"], ["*", "/", "%"]];

    private CelExpr Binary(int level)
    {
        if (level == Operators.Length) return Unary();
        var left = Binary(level + 1);
        while (_token.Kind is TokenKind.Symbol or TokenKind.Name && Array.IndexOf(Operators[level], _token.Text) >= 0)
        {
            var (at, name) = (_token.Start, _token.Text);
            _token = _lexer.Next();
            left = Made(new CallExpr(at, name == "in" ? "@in" : $"_{name}_", null, [left, Binary(level + 1)]));
        }
        return left;
    }

    private CelExpr Unary()
    {
        if (!Is("!") && !Is("-")) return Member();
        var symbol = _token.Text;
        var places = new List<int>();
        var negative = false;
        while (Is(symbol))
        {
            var at = _token.Start;
            Take(symbol);
            // A minus directly before a number is part of it: the least int could not be written otherwise.
            negative = symbol == "-" && _token.Kind is TokenKind.Int or TokenKind.Double;
            if (!negative) places.Add(at);
            if (places.Count > CelLimits.Nesting) throw TooDeep(at);
        }
        if (symbol == "!" && negative) throw Unexpected("a truth value");
        var operand = Member(negative);
        for (var i = places.Count - 1; i >= 0; i--) operand = Made(new CallExpr(places[i], symbol == "!" ? "!_" : "-_", null, [operand]));
        return operand;
    }

    private CelExpr Member(bool negative = false)
    {
        var operand = negative ? Number(negative: true) : Primary();
        while (true)
        {
            if (Take(".")) operand = Selection(operand);
            else if (Is("["))
            {
                var at = _token.Start;
                Take("[");
                var optional = Take("?");
                var index = Expression();
                Expect("]");
                operand = Made(new IndexExpr(at, operand, index, optional));
            }
            else if (Is("{") && TypeName(operand) is { } name) operand = Record(operand.At, name, Root(operand).Rooted);
            else return operand;
        }
    }

    private CelExpr Selection(CelExpr operand)
    {
        var optional = Take("?");
        var (at, quoted) = (_token.Start, _token.Kind == TokenKind.QuotedName);
        var field = Selector();
        if (quoted || optional || !Is("(")) return Made(new SelectExpr(at, operand, field, optional));
        Take("(");
        return Call(at, field, operand, Arguments(), rooted: false);
    }

    private string Selector()
    {
        var name = _token.Text;
        if (_token.Kind == TokenKind.Name && Keywords.Contains(name))
            throw new CelSyntaxException(_token.Start, $"{name} is a keyword and cannot be a name here", $"`{name}` in backticks is no way around it: use [\"{name}\"]");
        if (_token.Kind is not (TokenKind.Name or TokenKind.QuotedName)) throw Unexpected("a name");
        _token = _lexer.Next();
        return name;
    }

    private static string? TypeName(CelExpr expression) => expression switch
    {
        NameExpr { Name: var name } => name,
        SelectExpr { Optional: false } select when TypeName(select.Operand) is { } prefix => $"{prefix}.{select.Field}",
        _ => null,
    };

    private static NameExpr Root(CelExpr expression) => expression as NameExpr ?? Root(((SelectExpr)expression).Operand);

    private CelExpr Primary()
    {
        var at = _token.Start;
        switch (_token.Kind)
        {
            case TokenKind.Int or TokenKind.Uint or TokenKind.Double:
                return Number(negative: false);
            case TokenKind.Text:
                var text = _token.Text;
                _token = _lexer.Next();
                return new LiteralExpr(at, new CelString(text));
            case TokenKind.Data:
                var data = _token.Data;
                _token = _lexer.Next();
                return new LiteralExpr(at, new CelBytes(data));
            case TokenKind.Name:
                return Named(rooted: false);
            case TokenKind.Symbol when _token.Text == ".":
                Take(".");
                if (_token.Kind != TokenKind.Name) throw Unexpected("a name");
                return Named(rooted: true);
            case TokenKind.Symbol when _token.Text == "(":
                Take("(");
                var inner = Expression();
                Expect(")");
                return inner;
            case TokenKind.Symbol when _token.Text == "[":
                return List();
            case TokenKind.Symbol when _token.Text == "{":
                return Map();
            default:
                throw Unexpected("a value, a name, ( or [");
        }
    }

    private CelExpr Named(bool rooted)
    {
        var (at, name) = (_token.Start, _token.Text);
        if (!rooted && name is "true" or "false" or "null")
        {
            _token = _lexer.Next();
            return new LiteralExpr(at, name == "null" ? CelNull.Value : CelBool.Of(name == "true"));
        }
        if (Keywords.Contains(name)) throw Unexpected("a value or a name");
        if (Reserved.Contains(name)) throw new CelSyntaxException(at, $"{name} is reserved and cannot be a name here");
        _token = _lexer.Next();
        return Take("(") ? Call(at, name, null, Arguments(), rooted) : new NameExpr(at, name, rooted);
    }

    private LiteralExpr Number(bool negative)
    {
        var (token, at) = (_token, _token.Start);
        _token = _lexer.Next();
        if (token.Kind == TokenKind.Double)
        {
            var real = double.Parse(token.Text, NumberStyles.AllowDecimalPoint | NumberStyles.AllowExponent, CultureInfo.InvariantCulture);
            return double.IsFinite(real) ? new(at, new CelDouble(negative ? -real : real)) : throw new CelSyntaxException(at, $"{token.Text} is too large for a double");
        }
        var magnitude = CelLexer.Magnitude(token.Text);
        if (token.Kind == TokenKind.Uint)
            return magnitude <= ulong.MaxValue ? new(at, new CelUint((ulong)magnitude)) : throw new CelSyntaxException(at, $"{token.Text} is too large for a uint", "at most 18446744073709551615");
        if (negative) magnitude = -magnitude;
        return magnitude >= long.MinValue && magnitude <= long.MaxValue ? new(at, CelInt.Of((long)magnitude))
            : throw new CelSyntaxException(at, $"{token.Text} is too large for an int", "-9223372036854775808 to 9223372036854775807, or a uint with u behind it");
    }
}
