using System.Collections.Frozen;

namespace Fairway.Metrics.PromQl.Syntax;

/// <summary>Cuts a query into tokens. The first error ends the list.</summary>
internal sealed class Lexer
{
    private static readonly FrozenDictionary<string, TokenKind> Words = new Dictionary<string, TokenKind>(StringComparer.OrdinalIgnoreCase)
    {
        ["and"] = TokenKind.And,
        ["or"] = TokenKind.Or,
        ["unless"] = TokenKind.Unless,
        ["atan2"] = TokenKind.Atan2,
        ["inf"] = TokenKind.Number,
        ["nan"] = TokenKind.Number,
        ["sum"] = TokenKind.Aggregator,
        ["avg"] = TokenKind.Aggregator,
        ["count"] = TokenKind.Aggregator,
        ["min"] = TokenKind.Aggregator,
        ["max"] = TokenKind.Aggregator,
        ["group"] = TokenKind.Aggregator,
        ["stddev"] = TokenKind.Aggregator,
        ["stdvar"] = TokenKind.Aggregator,
        ["topk"] = TokenKind.Aggregator,
        ["bottomk"] = TokenKind.Aggregator,
        ["count_values"] = TokenKind.Aggregator,
        ["quantile"] = TokenKind.Aggregator,
        ["limitk"] = TokenKind.Aggregator,
        ["limit_ratio"] = TokenKind.Aggregator,
        ["offset"] = TokenKind.Keyword,
        ["anchored"] = TokenKind.Keyword,
        ["smoothed"] = TokenKind.Keyword,
        ["by"] = TokenKind.Keyword,
        ["without"] = TokenKind.Keyword,
        ["on"] = TokenKind.Keyword,
        ["ignoring"] = TokenKind.Keyword,
        ["group_left"] = TokenKind.Keyword,
        ["group_right"] = TokenKind.Keyword,
        ["bool"] = TokenKind.Keyword,
        ["fill"] = TokenKind.Keyword,
        ["fill_left"] = TokenKind.Keyword,
        ["fill_right"] = TokenKind.Keyword,
    }.ToFrozenDictionary(StringComparer.OrdinalIgnoreCase);

    private static readonly (string Text, TokenKind Kind)[] Symbols =
    [
        ("==", TokenKind.Equal), ("=~", TokenKind.EqualRegex), ("!=", TokenKind.NotEqual), ("!~", TokenKind.NotRegex), ("<=", TokenKind.LessOrEqual),
        (">=", TokenKind.GreaterOrEqual), ("</", TokenKind.TrimUpper), (">/", TokenKind.TrimLower), ("=", TokenKind.Assign), ("<", TokenKind.Less),
        (">", TokenKind.Greater), ("+", TokenKind.Add), ("-", TokenKind.Sub), ("*", TokenKind.Mul), ("/", TokenKind.Div), ("%", TokenKind.Mod),
        ("^", TokenKind.Pow), (",", TokenKind.Comma), ("@", TokenKind.At), ("(", TokenKind.LeftParen), (")", TokenKind.RightParen),
        ("{", TokenKind.LeftBrace), ("}", TokenKind.RightBrace), ("[", TokenKind.LeftBracket), ("]", TokenKind.RightBracket), (":", TokenKind.Colon),
    ];

    private readonly string _text;
    private readonly List<Token> _tokens = [];
    private int _at;
    private int _parens;
    private bool _inBraces;
    private bool _inBrackets;

    private Lexer(string text) => _text = text;

    /// <summary>All tokens, an end or an error last.</summary>
    public static List<Token> Tokens(string text)
    {
        var lexer = new Lexer(text);
        while (lexer.Next())
        {
        }

        return lexer._tokens;
    }

    private char Current => _at < _text.Length ? _text[_at] : '\0';

    private bool Next()
    {
        SkipBlanksAndComments();
        var start = _at;
        if (_at >= _text.Length) return End();
        var c = Current;
        if (c is '"' or '\'' or '`') return String(c);
        if (char.IsAsciiDigit(c) || (c == '.' && _at + 1 < _text.Length && char.IsAsciiDigit(_text[_at + 1]) && !_inBraces)) return _inBraces ? Odd() : Number();
        if (char.IsAsciiLetter(c) || c == '_' || (c == ':' && !_inBraces && !_inBrackets)) return Word();
        foreach (var (text, kind) in Symbols)
        {
            if (string.CompareOrdinal(_text, _at, text, 0, text.Length) != 0) continue;
            _at += text.Length;
            return Symbol(kind, text, start);
        }

        return Odd();
    }

    private void SkipBlanksAndComments()
    {
        while (_at < _text.Length)
        {
            if (Current is ' ' or '\t' or '\n' or '\r') _at++;
            else if (Current == '#') while (_at < _text.Length && Current != '\n') _at++;
            else return;
        }
    }

    private bool End()
    {
        if (_inBraces) return Fail("unexpected end of input inside braces");
        if (_inBrackets) return Fail("unclosed left bracket");
        if (_parens > 0) return Fail("unclosed left parenthesis");
        _tokens.Add(new(TokenKind.End, "", new(_at, _at)));
        return false;
    }

    private bool Fail(string what, int? start = null)
    {
        _tokens.Add(new(TokenKind.Error, what, new(start ?? _at, Math.Max(_at, start ?? _at))));
        return false;
    }

    private bool Odd()
    {
        var rune = System.Text.Rune.TryGetRuneAt(_text, _at, out var r) ? r.ToString() : "\uFFFD";
        if (rune == "'") rune = "\\'";
        if (_inBraces) return Fail($"unexpected character inside braces: '{rune}'");
        if (_inBrackets) return Fail($"unexpected character in duration expression: '{rune}'");
        if (Current != '!') return Fail($"unexpected character: '{rune}'");
        return Fail(_at + 1 < _text.Length ? $"unexpected character after '!': '{_text[_at + 1]}'" : "unexpected character: '!'");
    }

    private bool Add(TokenKind kind, int start)
    {
        _tokens.Add(new(kind, _text[start.._at], new(start, _at)));
        return true;
    }

    private bool Symbol(TokenKind kind, string text, int start)
    {
        if (_inBraces && kind is not (TokenKind.RightBrace or TokenKind.Comma or TokenKind.Assign or TokenKind.EqualRegex or TokenKind.NotEqual or TokenKind.NotRegex
            or TokenKind.Equal or TokenKind.LeftBrace))
        {
            _at = start;
            return Odd();
        }

        switch (kind)
        {
            case TokenKind.LeftParen:
                _parens++;
                break;
            case TokenKind.RightParen when --_parens < 0:
                return Fail("unexpected right parenthesis ')'", start);
            case TokenKind.LeftBrace when _inBraces:
                return Fail("unexpected left brace '{'", start);
            case TokenKind.LeftBrace:
                _inBraces = true;
                break;
            case TokenKind.RightBrace when !_inBraces:
                return Fail("unexpected right brace '}'", start);
            case TokenKind.RightBrace:
                _inBraces = false;
                break;
            case TokenKind.LeftBracket when _inBrackets:
                return Fail("unexpected left bracket '['", start);
            case TokenKind.LeftBracket:
                _inBrackets = true;
                break;
            case TokenKind.RightBracket when !_inBrackets:
                return Fail("unexpected right bracket ']'", start);
            case TokenKind.RightBracket:
                _inBrackets = false;
                break;
            case TokenKind.NotRegex or TokenKind.EqualRegex when !_inBraces:
                return Fail($"unexpected character after '{text[0]}': '~'", start);
        }

        _tokens.Add(new(kind, text, new(start, _at)));
        return true;
    }

    private bool String(char quote)
    {
        var start = _at++;
        while (_at < _text.Length && Current != quote)
        {
            if (quote != '`' && Current == '\n') break;
            if (quote != '`' && Current == '\\' && _at + 1 < _text.Length) _at++;
            _at++;
        }

        if (_at >= _text.Length || Current != quote) return Fail(quote == '`' ? "unterminated raw string" : "unterminated quoted string", start);
        _at++;
        return Add(TokenKind.String, start);
    }

    private static bool IsWord(char c) => char.IsAsciiLetterOrDigit(c) || c == '_';

    private bool Number()
    {
        var start = _at;
        if (Current == '0' && _at + 1 < _text.Length && _text[_at + 1] is 'x' or 'X')
        {
            _at += 2;
            while (char.IsAsciiHexDigit(Current) || Current == '_') _at++;
        }
        else
        {
            Digits();
            if (Current == '.')
            {
                _at++;
                Digits();
            }

            var exponent = _at;
            if (Current is 'e' or 'E')
            {
                _at++;
                if (Current is '+' or '-') _at++;
                if (char.IsAsciiDigit(Current)) Digits();
                else _at = exponent;
            }
        }

        if (!IsWord(Current)) return Add(TokenKind.Number, start);
        _at = start;
        while (IsWord(Current) || Current == '.') _at++;
        var text = _text[start.._at];
        return DurationText.TryParse(text, out _) ? Add(TokenKind.Duration, start) : Fail($"bad number or duration syntax: {GoText.Quoted(text)}", start);
    }

    private void Digits()
    {
        while (char.IsAsciiDigit(Current) || (Current == '_' && _at > 0 && char.IsAsciiDigit(_text[_at - 1]) && _at + 1 < _text.Length && char.IsAsciiDigit(_text[_at + 1]))) _at++;
    }

    private bool Word()
    {
        var start = _at;
        while (IsWord(Current) || (Current == ':' && !_inBraces && !_inBrackets)) _at++;
        var word = _text[start.._at];
        if (!_inBraces && Words.TryGetValue(word, out var kind)) return Add(kind, start);
        return Add(word.Contains(':', StringComparison.Ordinal) ? TokenKind.MetricIdentifier : TokenKind.Identifier, start);
    }
}
