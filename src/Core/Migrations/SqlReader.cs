namespace Fairway.Migrations;

/// <summary>
/// Cuts SQL into tokens by PostgreSQL's lexical rules: nested comments, quoted names, strings with doubled quotes, <c>E''</c> with escapes, dollar quotes.
/// </summary>
internal sealed class SqlReader(string text)
{
    private int _at;
    private int _line = 1;

    /// <summary>What could not be read, and the line it began on; null while all is well.</summary>
    public (string Problem, int Line)? Broken { get; private set; }

    /// <summary>The next token; null at the end, or at what cannot be read.</summary>
    public SqlToken? Next()
    {
        if (!SkipBlanks() || _at >= text.Length) return null;
        var (start, line, c) = (_at, _line, text[_at]);
        if (c == '\'') return Quoted(start, line, escapes: false);
        if (c == '"') return QuotedName(start, line);
        if (c == '$' && Dollars(start, line) is { } dollars) return dollars;
        if (char.IsAsciiLetter(c) || c is '_' or > '\x7f') return Word(start, line);
        if (c == '\\')
        {
            Broken = ("a command of psql, which is no SQL", line);
            return null;
        }
        _at++;
        return new(SqlTokenKind.Symbol, c.ToString(), start, line);
    }

    private SqlToken? Word(int start, int line)
    {
        while (_at < text.Length && (char.IsAsciiLetterOrDigit(text[_at]) || text[_at] is '_' or '$' or > '\x7f')) _at++;
        var word = text[start.._at];
        if (_at < text.Length && text[_at] == '\'' && word is "e" or "E" or "b" or "B" or "x" or "X" or "n" or "N") return Quoted(start, line, escapes: word is "e" or "E");
        if (word is "u" or "U" && _at + 1 < text.Length && text[_at] == '&' && text[_at + 1] is '\'' or '"')
        {
            _at++;
            return text[_at] == '\'' ? Quoted(start, line, escapes: false) : QuotedName(_at, line);
        }
        return new(SqlTokenKind.Word, word, start, line);
    }

    private SqlToken? Quoted(int start, int line, bool escapes)
    {
        for (_at++; _at < text.Length; _at++)
        {
            if (text[_at] == '\n') _line++;
            else if (escapes && text[_at] == '\\') _at++;
            else if (text[_at] == '\'')
            {
                if (_at + 1 < text.Length && text[_at + 1] == '\'') _at++;
                else
                {
                    _at++;
                    return new(SqlTokenKind.Text, text[start.._at], start, line);
                }
            }
        }
        return Unended("a string", line);
    }

    private SqlToken? QuotedName(int start, int line)
    {
        for (_at = start + 1; _at < text.Length; _at++)
        {
            if (text[_at] == '\n') _line++;
            if (text[_at] != '"') continue;
            if (_at + 1 < text.Length && text[_at + 1] == '"') _at++;
            else
            {
                _at++;
                return new(SqlTokenKind.Name, text[(start + 1)..(_at - 1)].Replace("\"\"", "\"", StringComparison.Ordinal), start, line);
            }
        }
        return Unended("a quoted name", line);
    }

    // $$ … $$ or $tag$ … $tag$; $1 is a parameter.
    private SqlToken? Dollars(int start, int line)
    {
        var end = start + 1;
        while (end < text.Length && (char.IsAsciiLetterOrDigit(text[end]) || text[end] is '_' or > '\x7f')) end++;
        if (end >= text.Length || text[end] != '$' || (end > start + 1 && char.IsAsciiDigit(text[start + 1]))) return null;
        var tag = text[start..(end + 1)];
        var close = text.IndexOf(tag, end + 1, StringComparison.Ordinal);
        if (close < 0)
        {
            _at = text.Length;
            return Unended($"a string that began with {tag}", line);
        }
        _line += text.AsSpan(start, close - start).Count('\n');
        _at = close + tag.Length;
        return new(SqlTokenKind.Text, text[start.._at], start, line);
    }

    private bool SkipBlanks()
    {
        while (_at < text.Length)
        {
            var c = text[_at];
            if (c == '\n') _line++;
            if (char.IsWhiteSpace(c)) _at++;
            else if (c == '-' && _at + 1 < text.Length && text[_at + 1] == '-') _at = text.IndexOf('\n', _at) is >= 0 and var end ? end : text.Length;
            else if (c == '/' && _at + 1 < text.Length && text[_at + 1] == '*')
            {
                if (!SkipComment()) return false;
            }
            else return true;
        }
        return true;
    }

    private bool SkipComment()
    {
        var (depth, line) = (0, _line);
        while (_at < text.Length)
        {
            if (text[_at] == '\n') _line++;
            if (_at + 1 < text.Length && text[_at] == '/' && text[_at + 1] == '*') (depth, _at) = (depth + 1, _at + 2);
            else if (_at + 1 < text.Length && text[_at] == '*' && text[_at + 1] == '/')
            {
                (depth, _at) = (depth - 1, _at + 2);
                if (depth == 0) return true;
            }
            else _at++;
        }
        Unended("a comment", line);
        return false;
    }

    private SqlToken? Unended(string what, int line)
    {
        Broken = ($"{what} that does not end", line);
        return null;
    }
}
