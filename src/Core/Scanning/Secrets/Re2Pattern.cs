using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace Fairway.Scanning;

/// <summary>
/// Go's regular expressions (github.com/google/re2/wiki/Syntax) as .NET's, run without backtracking: time is linear in the text. Classes such as <c>\d</c> are
/// ASCII as in Go; groups keep Go's numbers. Not taken: scripts such as <c>\p{Greek}</c>, <c>\C</c>, single characters above U+FFFF inside a class; <c>\b</c> counts
/// letters of all scripts as parts of words. A pattern too large for that engine runs on the other one, with a time limit on each match.
/// </summary>
public sealed class Re2Pattern
{
    /// <summary>Longest pattern, in characters.</summary>
    public const int MaxLength = 65_536;

    /// <summary>Limit of one search where time is not linear.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    private const int MaxRepeat = 1000;
    private const int MaxNesting = 250;
    private readonly string _text;
    private readonly StringBuilder _out = new();
    private readonly Stack<(bool Lines, bool Lazy)> _outer = new();
    private int _at;
    private bool _lines; // (?m)
    private bool _lazy; // (?U)

    private Re2Pattern(string text) => _text = text;

    /// <summary>Compiles a pattern.</summary>
    /// <exception cref="FormatException">It is none, or one that is not taken.</exception>
    public static Regex Compile(string pattern)
    {
        var translated = Translate(pattern);
        const RegexOptions options = RegexOptions.CultureInvariant;
        try
        {
            try
            {
                return new(translated, options | RegexOptions.NonBacktracking);
            }
            catch (NotSupportedException)
            {
                return new(translated, options, Patience);
            }
        }
        catch (ArgumentException malformed)
        {
            throw new FormatException($"the pattern {Shown(pattern)} is not understood: {malformed.Message}", malformed);
        }
    }

    /// <summary>The pattern in .NET's syntax.</summary>
    /// <exception cref="FormatException">It is none, or one that is not taken.</exception>
    public static string Translate(string pattern)
    {
        if (pattern.Length > MaxLength) throw new FormatException($"the pattern is longer than {MaxLength} characters");
        var reader = new Re2Pattern(pattern);
        while (reader._at < pattern.Length) reader.Step();
        if (reader._outer.Count > 0) throw reader.Error("a ) is missing");
        return reader._out.ToString();
    }

    private void Step()
    {
        var letter = _text[_at];
        switch (letter)
        {
            case '(': Open(); break;
            case ')':
                if (_outer.Count == 0) throw Error("there is a ) too many");
                (_lines, _lazy) = _outer.Pop();
                Copy(1);
                break;
            case '[':
                _out.Append(Re2Class.Read(_text, ref _at));
                break;
            case '\\': Escape(); break;
            case '$':
                _at++;
                _out.Append(_lines ? "$" : @"\z");
                break;
            case '*' or '+' or '?':
                Copy(1);
                Greed();
                break;
            case '{': Repeat(); break;
            default:
                _at++;
                if (letter is '^' or '|' or '.') _out.Append(letter);
                else Literal(letter);
                break;
        }
    }

    private void Open()
    {
        if (_outer.Count >= MaxNesting) throw Error("it nests too deeply");
        var rest = _text.AsSpan(_at);
        if (!rest.StartsWith("(?"))
        {
            _outer.Push((_lines, _lazy));
            Copy(1);
            return;
        }
        // Named groups become plain ones: .NET would count them last.
        if (rest.StartsWith("(?P<") || (rest.StartsWith("(?<") && rest.Length > 3 && rest[3] is not ('=' or '!')))
        {
            var end = rest.IndexOf('>');
            if (end < 0) throw Error("a group's name is not closed");
            _outer.Push((_lines, _lazy));
            _at += end + 1;
            _out.Append('(');
            return;
        }
        Flags();
    }

    private void Flags()
    {
        var (lines, lazy) = (_lines, _lazy);
        var (on, off, negative) = (new StringBuilder(), new StringBuilder(), false);
        for (var look = _at + 2; look < _text.Length; look++)
        {
            var letter = _text[look];
            if (letter == '-' && !negative) negative = true;
            else if (letter is 'i' or 's' or 'm' or 'U')
            {
                if (letter == 'm') lines = !negative;
                if (letter == 'U') lazy = !negative;
                else (negative ? off : on).Append(letter);
            }
            else if (letter is ':' or ')')
            {
                var flags = on.ToString() + (off.Length > 0 ? "-" + off : "");
                if (letter == ':')
                {
                    _outer.Push((_lines, _lazy));
                    _out.Append("(?").Append(flags).Append(':');
                }
                else if (flags.Length > 0) _out.Append("(?").Append(flags).Append(')');
                (_lines, _lazy) = (lines, lazy);
                _at = look + 1;
                return;
            }
            else break;
        }
        throw Error("(? begins nothing that Go knows; it has no look-around");
    }

    private void Escape()
    {
        if (_at + 1 >= _text.Length) throw Error("it ends in a backslash");
        var letter = _text[_at + 1];
        if (letter == 'Q')
        {
            var end = _text.IndexOf("\\E", _at + 2, StringComparison.Ordinal);
            foreach (var quoted in end < 0 ? _text.AsSpan(_at + 2) : _text.AsSpan(_at + 2, end - _at - 2)) Literal(quoted);
            _at = end < 0 ? _text.Length : end + 2;
        }
        else if (letter is 'A' or 'b' or 'B' or 'z') Copy(2);
        else if (Re2Class.NamedClass(_text, ref _at) is { } named) _out.Append('[').Append(named).Append(']');
        else
        {
            var scalar = Re2Class.EscapedScalar(_text, ref _at);
            foreach (var unit in new Rune(scalar).ToString()) Literal(unit);
        }
    }

    private void Repeat()
    {
        var rest = _text.AsSpan(_at + 1);
        var end = rest.IndexOf('}');
        var body = end < 0 ? default : rest[..end];
        var comma = body.IndexOf(',');
        var low = comma < 0 ? body : body[..comma];
        var high = comma < 0 ? default : body[(comma + 1)..];
        // What is no count stands for itself, as in Go.
        if (end < 0 || low.IsEmpty || low.ContainsAnyExceptInRange('0', '9') || high.ContainsAnyExceptInRange('0', '9'))
        {
            _at++;
            Literal('{');
            return;
        }
        if (Count(low) > MaxRepeat || (!high.IsEmpty && (Count(high) > MaxRepeat || Count(high) < Count(low)))) throw Error($"a count is past {MaxRepeat}, or reversed");
        Copy(end + 2);
        Greed();
    }

    private static int Count(ReadOnlySpan<char> digits)
        => digits.Length <= 9 ? int.Parse(digits, NumberStyles.None, CultureInfo.InvariantCulture) : int.MaxValue;

    // A ? after a repetition makes it lazy; under (?U) it makes it greedy.
    private void Greed()
    {
        var marked = _at < _text.Length && _text[_at] == '?';
        if (marked) _at++;
        if (marked != _lazy) _out.Append('?');
    }

    private void Copy(int length)
    {
        _out.Append(_text, _at, length);
        _at += length;
    }

    private void Literal(char letter) => _out.Append(Re2Class.Literal(letter));

    private FormatException Error(string what) => new($"the pattern {Shown(_text)} is not understood: {what}");

    private static string Shown(string pattern) => pattern.Length <= 60 ? pattern : pattern[..60] + "…";
}
