using System.Globalization;
using System.Numerics;

namespace Fairway.Policy;

internal enum TokenKind { End, Name, QuotedName, Int, Uint, Double, Text, Data, Symbol }

/// <summary>A token. Numbers keep their digits: whether they fit is known only with their sign.</summary>
internal readonly record struct Token(TokenKind Kind, int Start, int End, string Text, ImmutableArray<byte> Data = default);

/// <summary>What is not an expression, and where it stops being one.</summary>
internal sealed class CelSyntaxException(int at, string what, string? expected = null) : Exception(what)
{
    public int At => at;

    public string? Expected => expected;
}

/// <summary>Cuts an expression into tokens, by the lexis of the language definition.</summary>
internal sealed class CelLexer(string text)
{
    private static readonly string[] Symbols =
        ["&&", "||", "<=", ">=", "==", "!=", "<", ">", "!", "+", "-", "*", "/", "%", "?", ":", ".", ",", "(", ")", "[", "]", "{", "}"];

    private int _at;

    /// <summary>The next token.</summary>
    /// <exception cref="CelSyntaxException">There is none.</exception>
    public Token Next()
    {
        SkipSpace();
        if (_at >= text.Length) return new(TokenKind.End, _at, _at, "the end");
        var letter = text[_at];
        if (char.IsAsciiDigit(letter) || (letter == '.' && _at + 1 < text.Length && char.IsAsciiDigit(text[_at + 1]))) return Number();
        if (letter == '_' || char.IsAsciiLetter(letter)) return IsString(out var prefix) ? String(prefix) : Name();
        if (letter is '"' or '\'') return String(0);
        if (letter == '`') return QuotedName();
        foreach (var symbol in Symbols)
        {
            if (string.CompareOrdinal(text, _at, symbol, 0, symbol.Length) != 0) continue;
            _at += symbol.Length;
            return new(TokenKind.Symbol, _at - symbol.Length, _at, symbol);
        }
        throw new CelSyntaxException(_at, letter is '=' ? "= alone means nothing" : letter is '&' or '|' ? $"{letter} alone means nothing"
            : $"'{Shown(letter)}' is no part of an expression", letter is '=' ? "==" : letter is '&' or '|' ? $"{letter}{letter}" : null);
    }

    private string Shown(char letter) => char.IsControl(letter) || char.IsSurrogate(letter) ? $"U+{(System.Text.Rune.TryGetRuneAt(text, _at, out var rune) ? rune.Value : letter):X4}" : letter.ToString();

    private void SkipSpace()
    {
        while (_at < text.Length)
        {
            if (text[_at] is '\t' or '\n' or '\f' or '\r' or ' ') _at++;
            else if (text[_at] == '/' && _at + 1 < text.Length && text[_at + 1] == '/')
                while (_at < text.Length && text[_at] != '\n') _at++;
            else return;
        }
    }

    private Token Name()
    {
        var start = _at;
        while (_at < text.Length && (text[_at] == '_' || char.IsAsciiLetterOrDigit(text[_at]))) _at++;
        return new(TokenKind.Name, start, _at, text[start.._at]);
    }

    private Token QuotedName()
    {
        var start = _at++;
        while (_at < text.Length && (char.IsAsciiLetterOrDigit(text[_at]) || text[_at] is '_' or '.' or '-' or '/' or ' ')) _at++;
        if (_at >= text.Length || text[_at] != '`')
            throw new CelSyntaxException(start, "the name in backticks does not end", "letters, digits, _, ., -, / and spaces, then `");
        if (_at == start + 1) throw new CelSyntaxException(start, "the name in backticks is empty");
        _at++;
        return new(TokenKind.QuotedName, start, _at, text[(start + 1)..(_at - 1)]);
    }

    private Token Number()
    {
        var start = _at;
        if (text[_at] == '0' && _at + 2 < text.Length && text[_at + 1] == 'x' && char.IsAsciiHexDigit(text[_at + 2]))
        {
            _at += 2;
            while (_at < text.Length && char.IsAsciiHexDigit(text[_at])) _at++;
            return Whole(start);
        }
        Digits();
        var real = false;
        if (_at + 1 < text.Length && text[_at] == '.' && char.IsAsciiDigit(text[_at + 1]))
        {
            (_at, real) = (_at + 1, true);
            Digits();
        }
        if (_at < text.Length && text[_at] is 'e' or 'E')
        {
            var digits = _at + 1 < text.Length && text[_at + 1] is '+' or '-' ? _at + 2 : _at + 1;
            if (digits < text.Length && char.IsAsciiDigit(text[digits]))
            {
                (_at, real) = (digits, true);
                Digits();
            }
        }
        return real ? new(TokenKind.Double, start, _at, text[start.._at]) : Whole(start);
    }

    private Token Whole(int start)
    {
        var digits = text[start.._at];
        if (_at >= text.Length || text[_at] is not ('u' or 'U')) return new(TokenKind.Int, start, _at, digits);
        _at++;
        return new(TokenKind.Uint, start, _at, digits);
    }

    private void Digits()
    {
        while (_at < text.Length && char.IsAsciiDigit(text[_at])) _at++;
    }

    /// <summary>A whole number's magnitude; digits of any count.</summary>
    public static BigInteger Magnitude(string digits) => digits.StartsWith("0x", StringComparison.Ordinal)
        ? BigInteger.Parse("0" + digits[2..], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture)
        : digits.Length > 20 && digits.TrimStart('0').Length > 20 ? ulong.MaxValue + BigInteger.One
        : BigInteger.Parse(digits, NumberStyles.None, CultureInfo.InvariantCulture);

    // r, b and br, in either case, directly before a quote.
    private bool IsString(out int prefix)
    {
        prefix = 0;
        var at = _at;
        if (text[at] is 'b' or 'B') at++;
        if (at < text.Length && text[at] is 'r' or 'R') at++;
        if (at == _at || at >= text.Length || text[at] is not ('"' or '\'')) return false;
        prefix = at - _at;
        return true;
    }

    private Token String(int prefix)
    {
        var start = _at;
        var marks = text.AsSpan(_at, prefix);
        var (isData, isRaw) = (marks.IndexOfAny('b', 'B') >= 0, marks.IndexOfAny('r', 'R') >= 0);
        _at += prefix;
        var reader = new LiteralReader(text, _at, isData, isRaw);
        _at = reader.Read();
        return isData ? new(TokenKind.Data, start, _at, "", reader.Data) : new(TokenKind.Text, start, _at, reader.Text);
    }
}
