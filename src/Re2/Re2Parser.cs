using System.Text;

namespace Fairway.Re2;

/// <summary>What an expression means where its text does not say it.</summary>
/// <param name="DotAll">Whether <c>.</c> takes line feeds, as under <c>(?s)</c>.</param>
/// <param name="MostNesting">Most parentheses in each other.</param>
public sealed record Re2Options(bool DotAll = false, int MostNesting = 250);

/// <summary>
/// Reads RE2 syntax (github.com/google/re2/wiki/Syntax) as Go's regexp package does, with general categories but not scripts after <c>\p</c>.
/// </summary>
public sealed class Re2Parser
{
    private const int MostRepeats = 1000;

    private readonly string _text;
    private readonly int _mostNesting;
    private int _at;
    private int _depth;
    private bool _ignoreCase;
    private bool _multiLine;
    private bool _dotAll;
    private bool _ungreedy;

    private Re2Parser(string text, Re2Options options) => (_text, _dotAll, _mostNesting) = (text, options.DotAll, options.MostNesting);

    /// <summary>Parses a whole expression.</summary>
    /// <param name="text">The expression.</param>
    /// <param name="options">What it means beyond that.</param>
    /// <exception cref="FormatException">It is not RE2; worded as Go words it, without "error parsing regexp".</exception>
    public static Re2Node Parse(string text, Re2Options options)
    {
        var parser = new Re2Parser(text, options);
        var node = parser.Alternation();
        if (parser._at < text.Length) throw Error("unexpected )", text);
        if (Repeats(node) > MostRepeats) throw Error("invalid repeat count", text);
        return node;
    }

    internal static FormatException Error(string what, string where) => new($"{what}: `{where}`");

    private bool Ended => _at >= _text.Length;

    private bool Take(string token)
    {
        if (string.CompareOrdinal(_text, _at, token, 0, token.Length) != 0) return false;
        _at += token.Length;
        return true;
    }

    private int NextCodePoint()
    {
        if (Ended) throw Error("missing argument to repetition operator", _text);
        if (Rune.TryGetRuneAt(_text, _at, out var rune))
        {
            _at += rune.Utf16SequenceLength;
            return rune.Value;
        }

        throw Error("invalid UTF-8", _text);
    }

    private Re2Node Alternation()
    {
        if (++_depth > _mostNesting) throw Error("expression nests too deeply", _text);
        var branches = new List<Re2Node> { Sequence() };
        while (Take("|")) branches.Add(Sequence());
        _depth--;
        return branches.Count == 1 ? branches[0] : new AlternateNode(branches);
    }

    private Re2Node Sequence()
    {
        var parts = new List<Re2Node>();
        while (!Ended && _text[_at] != '|' && _text[_at] != ')')
        {
            var start = _at;
            if (IsRepetition(out var min, out var max))
            {
                if (parts.Count == 0) throw Error("missing argument to repetition operator", _text[start.._at]);
                var greedy = !Take("?") ^ _ungreedy;
                if (!Ended && IsRepetitionAhead())
                    throw Error("invalid nested repetition operator", _text[start..Math.Min(_text.Length, _at + 1)]);
                if (min > MostRepeats || max > MostRepeats || (max >= 0 && min > max))
                    throw Error("invalid repeat count", _text[start.._at]);
                parts[^1] = new RepeatNode(parts[^1], min, max, greedy);
                continue;
            }

            if (Take("\\Q")) Quoted(parts);
            else if (Atom() is { } atom) parts.Add(atom);
        }

        return parts.Count switch { 0 => new EmptyNode(), 1 => parts[0], _ => new ConcatNode(parts) };
    }

    private void Quoted(List<Re2Node> parts)
    {
        var end = _text.IndexOf("\\E", _at, StringComparison.Ordinal);
        var stop = end < 0 ? _text.Length : end;
        while (_at < stop) parts.Add(new LiteralNode(NextCodePoint(), _ignoreCase));
        if (end >= 0) _at = end + 2;
    }

    private bool IsRepetitionAhead()
    {
        var at = _at;
        var isOne = IsRepetition(out _, out _);
        _at = at;
        return isOne;
    }

    private bool IsRepetition(out int min, out int max)
    {
        (min, max) = (0, -1);
        if (Take("*")) return true;
        if (Take("+")) return (min = 1) == 1;
        if (Take("?")) return (max = 1) == 1;
        if (_text[_at] != '{') return false;
        var close = _text.IndexOf('}', _at);
        if (close < 0) return false;
        var bounds = _text[(_at + 1)..close].Split(',');
        if (bounds.Length > 2 || !Count(bounds[0], out min)) return false;
        if (bounds.Length == 1) max = min;
        else if (bounds[1].Length > 0 && !Count(bounds[1], out max)) return false;
        _at = close + 1;
        return true;
    }

    private static bool Count(string digits, out int value)
    {
        value = 0;
        if (digits.Length == 0 || !digits.All(char.IsAsciiDigit)) return false;
        if (digits.Length > 1 && digits[0] == '0') return false;
        value = digits.Length > 5 ? MostRepeats + 1 : int.Parse(digits, System.Globalization.CultureInfo.InvariantCulture);
        return true;
    }

    private Re2Node? Atom()
    {
        switch (_text[_at])
        {
            case '(':
                return Group();
            case '[':
                return new ClassNode(new Re2ClassParser(_text, _ignoreCase).Parse(ref _at));
            case '.':
                _at++;
                return new ClassNode(_dotAll ? CodePoints.All : CodePoints.AllButLineFeed);
            case '^':
                _at++;
                return new AssertionNode(_multiLine ? Assertion.LineStart : Assertion.TextStart);
            case '$':
                _at++;
                return new AssertionNode(_multiLine ? Assertion.LineEnd : Assertion.TextEnd);
            case '\\':
                return Escape();
            default:
                return new LiteralNode(NextCodePoint(), _ignoreCase);
        }
    }

    private Re2Node Escape()
    {
        if (_at + 1 >= _text.Length) throw Error("trailing backslash at end of expression", "");
        switch (_text[_at + 1])
        {
            case 'A': _at += 2; return new AssertionNode(Assertion.TextStart);
            case 'z': _at += 2; return new AssertionNode(Assertion.TextEnd);
            case 'b': _at += 2; return new AssertionNode(Assertion.WordBoundary);
            case 'B': _at += 2; return new AssertionNode(Assertion.NoWordBoundary);
        }

        var classes = new Re2ClassParser(_text, _ignoreCase);
        if (classes.NamedEscape(ref _at) is { } set) return new ClassNode(set);
        return new LiteralNode(classes.EscapedCodePoint(ref _at), _ignoreCase);
    }

    private Re2Node? Group()
    {
        var start = _at++;
        var (ignoreCase, multiLine, dotAll, ungreedy) = (_ignoreCase, _multiLine, _dotAll, _ungreedy);
        var captures = true;
        string? name = null;
        if (Take("?"))
        {
            if (Take("P<") || Take("<"))
            {
                var end = _text.IndexOf('>', _at);
                name = end < 0 ? "" : _text[_at..end];
                if (name.Length == 0 || !name.All(c => char.IsAsciiLetterOrDigit(c) || c == '_'))
                    throw Error("invalid named capture", _text[start..(end < 0 ? _text.Length : end + 1)]);
                _at = end + 1;
            }
            else
            {
                captures = false;
                if (Flags(start)) return null;
            }
        }

        var inner = Alternation();
        if (!Take(")")) throw Error("missing closing )", _text);
        (_ignoreCase, _multiLine, _dotAll, _ungreedy) = (ignoreCase, multiLine, dotAll, ungreedy);
        return captures ? new CaptureNode(inner, name) : inner;
    }

    // True when the flags hold for the rest of the group that surrounds them: "(?i)".
    private bool Flags(int start)
    {
        var on = true;
        var any = false;
        while (!Ended)
        {
            switch (_text[_at++])
            {
                case 'i': _ignoreCase = on; break;
                case 'm': _multiLine = on; break;
                case 's': _dotAll = on; break;
                case 'U': _ungreedy = on; break;
                case '-' when on: on = false; any = false; continue;
                case ':' when on || any: return false;
                case ')' when on || any: return true;
                default: throw Error("invalid or unsupported Perl syntax", _text[start.._at]);
            }

            any = true;
        }

        throw Error("missing closing )", _text);
    }

    private static int Repeats(Re2Node node) => node switch
    {
        RepeatNode r => (int)Math.Min(MostRepeats + 1L, (long)Math.Max(1, Math.Max(r.Min, r.Max)) * Repeats(r.Inner)),
        CaptureNode c => Repeats(c.Inner),
        ConcatNode c => c.Parts.Max(Repeats),
        AlternateNode a => a.Branches.Max(Repeats),
        _ => 1,
    };
}
