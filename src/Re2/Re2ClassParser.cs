using System.Globalization;
using System.Text;

namespace Fairway.Re2;

/// <summary>
/// Reads what stands for a set of code points in RE2: brackets, <c>\d</c>, <c>\pL</c>, <c>[[:alpha:]]</c>; and escapes of one code
/// point.
/// </summary>
internal sealed class Re2ClassParser(string text, bool ignoreCase)
{
    private static readonly Dictionary<string, (int, int)[]> PosixClasses = new(StringComparer.Ordinal)
    {
        ["alnum"] = [('0', '9'), ('A', 'Z'), ('a', 'z')],
        ["alpha"] = [('A', 'Z'), ('a', 'z')],
        ["ascii"] = [(0, 0x7F)],
        ["blank"] = [('\t', '\t'), (' ', ' ')],
        ["cntrl"] = [(0, 0x1F), (0x7F, 0x7F)],
        ["digit"] = [('0', '9')],
        ["graph"] = [('!', '~')],
        ["lower"] = [('a', 'z')],
        ["print"] = [(' ', '~')],
        ["punct"] = [('!', '/'), (':', '@'), ('[', '`'), ('{', '~')],
        ["space"] = [('\t', '\r'), (' ', ' ')],
        ["upper"] = [('A', 'Z')],
        ["word"] = [('0', '9'), ('A', 'Z'), ('_', '_'), ('a', 'z')],
        ["xdigit"] = [('0', '9'), ('A', 'F'), ('a', 'f')],
    };

    /// <summary>A class in brackets.</summary>
    public CodePoints Parse(ref int at)
    {
        var start = at++;
        var negated = at < text.Length && text[at] == '^';
        if (negated) at++;
        var ranges = new List<(int, int)>();
        for (var first = true; ; first = false)
        {
            if (at >= text.Length) throw Re2Parser.Error("missing closing ]", text[start..]);
            if (text[at] == ']' && !first) break;
            if (Posix(ref at) is { } posix) ranges.AddRange(posix.Ranges);
            else if (text[at] == '\\' && NamedEscape(ref at) is { } named) ranges.AddRange(named.Ranges);
            else ranges.Add(Range(ref at));
        }

        at++;
        var set = CodePoints.Of(ranges);
        if (ignoreCase) set = set.Folded();
        return negated ? set.Negated() : set;
    }

    /// <summary>A class such as <c>\d</c> or <c>\p{Lu}</c>; null when another escape stands there.</summary>
    public CodePoints? NamedEscape(ref int at)
    {
        if (at + 1 >= text.Length) return null;
        var letter = text[at + 1];
        var name = char.ToLowerInvariant(letter) switch { 'd' => "digit", 'w' => "word", 's' => "space", _ => null };
        if (name is not null)
        {
            at += 2;
            // Perl's \s has no vertical tab.
            var set = name == "space" ? CodePoints.Of(('\t', '\n'), ('\f', '\r'), (' ', ' ')) : CodePoints.Of(PosixClasses[name]);
            return char.IsAsciiLetterUpper(letter) ? set.Negated() : set;
        }

        return letter is 'p' or 'P' ? Unicode(ref at, letter == 'P') : null;
    }

    /// <summary>The code point that an escape stands for.</summary>
    public int EscapedCodePoint(ref int at)
    {
        var start = at;
        if (++at >= text.Length) throw Re2Parser.Error("trailing backslash at end of expression", "");
        var c = text[at++];
        switch (c)
        {
            case 'a': return 7;
            case 'f': return '\f';
            case 'n': return '\n';
            case 'r': return '\r';
            case 't': return '\t';
            case 'v': return '\v';
            case 'x': return Hexadecimal(start, ref at);
            case >= '1' and <= '7' when at >= text.Length || text[at] is < '0' or > '7': break;
            case >= '0' and <= '7':
                var octal = c - '0';
                for (var i = 1; i < 3 && at < text.Length && text[at] is >= '0' and <= '7'; i++) octal = (octal * 8) + text[at++] - '0';
                return octal;
            case < (char)0x80 when !char.IsAsciiLetterOrDigit(c): return c;
        }

        throw Re2Parser.Error("invalid escape sequence", text[start..at]);
    }


    private int Hexadecimal(int start, ref int at)
    {
        var braced = at < text.Length && text[at] == '{';
        var end = braced ? text.IndexOf('}', at) : at + 2;
        var digits = end < 0 || end > text.Length ? "" : text[(braced ? at + 1 : at)..end];
        if (digits.Length is 0 or > 6
            || !int.TryParse(digits, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var value) || value > 0x10FFFF)
            throw Re2Parser.Error("invalid escape sequence", text[start..Math.Min(text.Length, Math.Max(at, end))]);
        at = braced ? end + 1 : end;
        return value;
    }

    private (int, int) Range(ref int at)
    {
        var start = at;
        var low = OneCodePoint(ref at);
        if (at + 1 >= text.Length || text[at] != '-' || text[at + 1] == ']') return (low, low);
        at++;
        var high = OneCodePoint(ref at);
        if (high < low) throw Re2Parser.Error("invalid character class range", text[start..at]);
        return (low, high);
    }

    private int OneCodePoint(ref int at)
    {
        if (text[at] == '\\') return EscapedCodePoint(ref at);
        if (!Rune.TryGetRuneAt(text, at, out var rune)) throw Re2Parser.Error("invalid UTF-8", text);
        at += rune.Utf16SequenceLength;
        return rune.Value;
    }

    private CodePoints? Posix(ref int at)
    {
        if (string.CompareOrdinal(text, at, "[:", 0, 2) != 0) return null;
        var end = text.IndexOf(":]", at + 2, StringComparison.Ordinal);
        if (end < 0) return null;
        var name = text[(at + 2)..end];
        var negated = name.StartsWith('^');
        if (!PosixClasses.TryGetValue(negated ? name[1..] : name, out var ranges))
            throw Re2Parser.Error("invalid character class range", text[at..(end + 2)]);
        at = end + 2;
        return negated ? CodePoints.Of(ranges).Negated() : CodePoints.Of(ranges);
    }

    private CodePoints Unicode(ref int at, bool negated)
    {
        var start = at;
        at += 2;
        if (at >= text.Length) throw Re2Parser.Error("invalid character class range", text[start..]);
        string name;
        if (text[at] == '{')
        {
            var end = text.IndexOf('}', at);
            if (end < 0) throw Re2Parser.Error("invalid character class range", text[start..]);
            name = text[(at + 1)..end];
            at = end + 1;
        }
        else
        {
            name = text[at++].ToString();
        }

        if (name.StartsWith('^')) (negated, name) = (!negated, name[1..]);
        var set = CodePoints.OfCategory(name) ?? throw Re2Parser.Error("invalid character class range", text[start..at]);
        if (ignoreCase) set = set.Folded();
        return negated ? set.Negated() : set;
    }
}
