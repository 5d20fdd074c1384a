using System.Text;

namespace Fairway.Pipelines.Expressions;

/// <summary>What a token is.</summary>
internal enum TokenKind
{
    End,
    Number,
    String,
    Null,
    True,
    False,
    Function,
    Name,
    Property,
    Wildcard,
    Dot,
    Open,
    Close,
    OpenIndex,
    CloseIndex,
    Comma,
    Not,
    Operator,
    Unexpected,
}

/// <summary>A token.</summary>
/// <param name="Kind">What it is.</param>
/// <param name="Offset">Where it begins, from 0.</param>
/// <param name="Length">Units that it covers.</param>
/// <param name="Text">A name, an operator, or the text of a string without quotes; else as it is written.</param>
/// <param name="Number">A number's value.</param>
internal readonly record struct Token(TokenKind Kind, int Offset, int Length, string Text, double Number = 0);

/// <summary>Splits an expression into tokens. A sign belongs to a number only where a value can begin.</summary>
internal sealed class ExpressionLexer(string text)
{
    private int _at;
    private TokenKind _last = TokenKind.End;

    /// <summary>The next token; <see cref="TokenKind.End"/> for ever at the end.</summary>
    public Token Next()
    {
        while (_at < text.Length && char.IsWhiteSpace(text[_at])) _at++;
        var token = _at == text.Length ? new Token(TokenKind.End, _at, 0, "") : Read();
        _at = token.Offset + token.Length;
        _last = token.Kind;
        return token;
    }

    private bool ValueCanBegin
        => _last is TokenKind.End or TokenKind.Comma or TokenKind.Open or TokenKind.OpenIndex or TokenKind.Operator or TokenKind.Not;

    private Token Read()
    {
        var letter = text[_at];
        return letter switch
        {
            '(' => Symbol(TokenKind.Open, 1),
            ')' => Symbol(TokenKind.Close, 1),
            '[' => Symbol(TokenKind.OpenIndex, 1),
            ']' => Symbol(TokenKind.CloseIndex, 1),
            ',' => Symbol(TokenKind.Comma, 1),
            '*' => Symbol(TokenKind.Wildcard, 1),
            '\'' => Quoted(),
            '!' => Peek(1) == '=' ? Symbol(TokenKind.Operator, 2) : Symbol(TokenKind.Not, 1),
            '<' or '>' => Symbol(TokenKind.Operator, Peek(1) == '=' ? 2 : 1),
            '=' or '&' or '|' => Peek(1) == letter ? Symbol(TokenKind.Operator, 2) : Symbol(TokenKind.Unexpected, 1),
            '.' when !ValueCanBegin => Symbol(TokenKind.Dot, 1),
            '.' or '+' or '-' => ValueCanBegin ? Numeral() : Symbol(TokenKind.Unexpected, WordLength()),
            >= '0' and <= '9' => Numeral(),
            _ => Word(),
        };
    }

    private Token Symbol(TokenKind kind, int length) => new(kind, _at, length, text.Substring(_at, length));

    private char Peek(int ahead) => _at + ahead < text.Length ? text[_at + ahead] : '\0';

    private Token Quoted()
    {
        var value = new StringBuilder();
        for (var i = _at + 1; i < text.Length; i++)
        {
            if (text[i] != '\'') value.Append(text[i]);
            else if (i + 1 < text.Length && text[i + 1] == '\'')
            {
                value.Append('\'');
                i++;
            }
            else return new Token(TokenKind.String, _at, i + 1 - _at, value.ToString());
        }
        return Symbol(TokenKind.Unexpected, text.Length - _at);
    }

    private Token Numeral()
    {
        var end = _at + 1;
        while (end < text.Length && (!IsBoundary(text[end]) || text[end] == '.')) end++;
        var spelled = text[_at..end];
        var number = ExpressionNumbers.Parse(spelled);
        return new Token(double.IsNaN(number) ? TokenKind.Unexpected : TokenKind.Number, _at, end - _at, spelled, number);
    }

    private Token Word()
    {
        var length = WordLength();
        var word = text.Substring(_at, length);
        if (!IsWord(word)) return new Token(TokenKind.Unexpected, _at, length, word);
        if (_last == TokenKind.Dot) return new Token(TokenKind.Property, _at, length, word);
        return word switch
        {
            "null" => new Token(TokenKind.Null, _at, length, word),
            "true" => new Token(TokenKind.True, _at, length, word),
            "false" => new Token(TokenKind.False, _at, length, word),
            "NaN" => new Token(TokenKind.Number, _at, length, word, double.NaN),
            "Infinity" => new Token(TokenKind.Number, _at, length, word, double.PositiveInfinity),
            _ => new Token(IsCalled(_at + length) ? TokenKind.Function : TokenKind.Name, _at, length, word),
        };
    }

    private bool IsCalled(int from)
    {
        while (from < text.Length && char.IsWhiteSpace(text[from])) from++;
        return from < text.Length && text[from] == '(';
    }

    private int WordLength()
    {
        var end = _at + 1;
        while (end < text.Length && !IsBoundary(text[end])) end++;
        return end - _at;
    }

    /// <summary>Whether it can name a context, a function or a member after a point.</summary>
    internal static bool IsWord(string word)
    {
        if (word.Length == 0 || !(char.IsAsciiLetter(word[0]) || word[0] == '_')) return false;
        foreach (var letter in word)
            if (!char.IsAsciiLetterOrDigit(letter) && letter is not ('_' or '-')) return false;
        return true;
    }

    private static bool IsBoundary(char letter)
        => letter is '(' or ')' or '[' or ']' or ',' or '.' or '!' or '<' or '>' or '=' or '&' or '|' || char.IsWhiteSpace(letter);
}
