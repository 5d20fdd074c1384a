using System.Globalization;
using System.Text;

namespace Fairway.Scanning;

/// <summary>Reads the smallest parts of a TOML text: blanks, comments, keys, strings, words.</summary>
/// <param name="text">The whole document.</param>
internal sealed class TomlScan(string text)
{
    private int _at;

    /// <summary>The line that is read, from 1.</summary>
    public int Line { get; private set; } = 1;

    /// <summary>Whether nothing is left.</summary>
    public bool Ended => _at >= text.Length;

    /// <summary>The next character; zero at the end.</summary>
    public char Peek => Ended ? '\0' : text[_at];

    /// <summary>What is wrong here.</summary>
    public FormatException Error(string what) => new($"line {Line}: {what}");

    /// <summary>Takes a character when it comes next.</summary>
    public bool TryTake(char expected)
    {
        if (Peek != expected || Ended) return false;
        _at++;
        return true;
    }

    /// <summary>Takes a character that must come next.</summary>
    public void Take(char expected)
    {
        if (!TryTake(expected)) throw Error(Ended ? $"the file ends where {expected} was expected" : $"{expected} was expected, and there is {Shown(Peek)}");
    }

    /// <summary>Skips blanks and tabs.</summary>
    public void SkipBlanks()
    {
        while (Peek is ' ' or '\t') _at++;
    }

    /// <summary>Skips blanks, line ends and comments.</summary>
    public void SkipLines()
    {
        do
        {
            SkipBlanks();
            SkipComment();
        }
        while (TryTakeLineEnd());
    }

    /// <summary>Takes the rest of a line, on which only a comment may stand.</summary>
    public void EndOfLine()
    {
        SkipBlanks();
        SkipComment();
        if (!Ended && !TryTakeLineEnd()) throw Error($"{Shown(Peek)} stands after the value; a line holds one key");
    }

    /// <summary>One part of a key, bare or quoted.</summary>
    public string KeyPart()
    {
        if (Peek is '"' or '\'') return text.AsSpan(_at).StartsWith("\"\"\"") || text.AsSpan(_at).StartsWith("'''") ? throw Error("a key has no triple quotes") : Text();
        var from = _at;
        while (char.IsAsciiLetterOrDigit(Peek) || Peek is '_' or '-') _at++;
        return _at > from ? text[from.._at] : throw Error(Ended ? "the file ends where a key was expected" : $"a key was expected, and there is {Shown(Peek)}");
    }

    /// <summary>A number, date, time or word.</summary>
    public string Word()
    {
        var from = _at;
        while (char.IsAsciiLetterOrDigit(Peek) || Peek is '_' or '-' or '+' or '.' or ':') _at++;
        // A date and a time may have a blank between them.
        if (_at - from == 10 && Peek == ' ' && _at + 1 < text.Length && char.IsAsciiDigit(text[_at + 1]) && text[from + 4] == '-')
        {
            _at++;
            while (char.IsAsciiLetterOrDigit(Peek) || Peek is '-' or '+' or '.' or ':') _at++;
        }
        return text[from.._at];
    }

    /// <summary>A string of any of the four forms.</summary>
    public string Text()
    {
        var quote = Peek;
        var rest = text.AsSpan(_at);
        if (rest.Length >= 3 && rest[1] == quote && rest[2] == quote)
        {
            _at += 3;
            TryTakeLineEnd();
            return LongText(quote);
        }
        _at++;
        var built = new StringBuilder();
        while (true)
        {
            if (Ended || Peek is '\n' or '\r') throw Error("a string is not closed on its line");
            var next = text[_at++];
            if (next == quote) return built.ToString();
            if (next == '\\' && quote == '"') Escape(built);
            else built.Append(Allowed(next));
        }
    }

    private string LongText(char quote)
    {
        var built = new StringBuilder();
        while (true)
        {
            if (Ended) throw Error("a string with triple quotes is not closed");
            if (Peek == quote && Quotes(quote) is >= 3 and var many)
            {
                // Up to two quotes may stand right before the closing three.
                if (many > 5) throw Error("there are too many quotes");
                built.Append(quote, many - 3);
                _at += many;
                return built.ToString();
            }
            if (TryTakeLineEnd()) built.Append('\n');
            else if (Peek == '\\' && quote == '"')
            {
                _at++;
                if (!SkipContinuation()) Escape(built);
            }
            else built.Append(Allowed(text[_at++]));
        }
    }

    private int Quotes(char quote)
    {
        var many = 0;
        while (_at + many < text.Length && text[_at + many] == quote) many++;
        return many;
    }

    // A backslash at the end of a line takes away the line end and all white space after it.
    private bool SkipContinuation()
    {
        var look = _at;
        while (look < text.Length && text[look] is ' ' or '\t') look++;
        if (look >= text.Length || text[look] is not ('\n' or '\r')) return false;
        do SkipBlanks();
        while (TryTakeLineEnd());
        return true;
    }

    private void Escape(StringBuilder into)
    {
        if (Ended) throw Error("a string is not closed");
        var letter = text[_at++];
        switch (letter)
        {
            case 'b': into.Append('\b'); break;
            case 't': into.Append('\t'); break;
            case 'n': into.Append('\n'); break;
            case 'f': into.Append('\f'); break;
            case 'r': into.Append('\r'); break;
            case '"' or '\\': into.Append(letter); break;
            case 'u': into.Append(Scalar(4)); break;
            case 'U': into.Append(Scalar(8)); break;
            default: throw Error($"\\{Shown(letter)} means nothing in a string; write \\\\, or single quotes around a pattern");
        }
    }

    private string Scalar(int digits)
    {
        if (_at + digits > text.Length || !uint.TryParse(text.AsSpan(_at, digits), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var value)
            || !Rune.IsValid(value)) throw Error($"\\u and \\U need {digits} hex digits of a character");
        _at += digits;
        return new Rune(value).ToString();
    }

    private char Allowed(char letter) => letter == '\t' || !char.IsControl(letter) || letter >= 0x80 ? letter : throw Error($"{Shown(letter)} must be written as an escape");

    private void SkipComment()
    {
        if (Peek != '#') return;
        while (!Ended && Peek is not ('\n' or '\r')) _ = Allowed(text[_at++]);
    }

    private bool TryTakeLineEnd()
    {
        if (Peek == '\n' && !Ended) _at++;
        else if (Peek == '\r' && _at + 1 < text.Length && text[_at + 1] == '\n') _at += 2;
        else return false;
        Line++;
        return true;
    }

    private static string Shown(char letter) => char.IsControl(letter) ? $"U+{(int)letter:X4}" : letter.ToString();
}
