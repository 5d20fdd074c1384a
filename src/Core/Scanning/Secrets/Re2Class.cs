using System.Globalization;
using System.Text;

namespace Fairway.Scanning;

/// <summary>Character classes and escapes of Go's regular expressions, as .NET writes them.</summary>
internal static class Re2Class
{
    private const int Last = char.MaxValue;

    /// <summary>A character as itself.</summary>
    public static string Literal(char letter)
        => char.IsAsciiLetterOrDigit(letter) ? letter.ToString() : string.Create(CultureInfo.InvariantCulture, $"\\u{(int)letter:X4}");

    /// <summary>Reads <c>[…]</c> and moves past it.</summary>
    /// <exception cref="FormatException">Malformed.</exception>
    public static string Read(string text, ref int at)
    {
        var built = new StringBuilder("[");
        var begin = at++;
        if (at < text.Length && text[at] == '^')
        {
            built.Append('^');
            at++;
        }
        for (var first = true; ; first = false)
        {
            if (at >= text.Length) throw Error(text[begin..], "a ] is missing");
            if (text[at] == ']' && !first)
            {
                at++;
                return built.Append(']').ToString();
            }
            if (Posix(text, ref at) is { } posix) built.Append(posix);
            else if (text[at] == '\\' && NamedClass(text, ref at) is { } named) built.Append(named);
            else Range(text, ref at, built);
        }
    }

    /// <summary><c>\d</c>, <c>\W</c>, <c>\pL</c> and the like as members of a class; null when something else stands there.</summary>
    /// <exception cref="FormatException">A class that is not known.</exception>
    public static string? NamedClass(string text, ref int at)
    {
        if (at + 1 >= text.Length) return null;
        var letter = text[at + 1];
        (int, int)[]? ranges = char.ToLowerInvariant(letter) switch
        {
            'd' => [('0', '9')],
            's' => [('\t', '\n'), ('\f', '\r'), (' ', ' ')],
            'w' => [('0', '9'), ('A', 'Z'), ('_', '_'), ('a', 'z')],
            _ => null,
        };
        if (ranges is not null)
        {
            at += 2;
            return Members(ranges, char.IsUpper(letter));
        }
        return letter is 'p' or 'P' ? Category(text, ref at) : null;
    }

    /// <summary>The character that an escape stands for.</summary>
    /// <exception cref="FormatException">It stands for none.</exception>
    public static int EscapedScalar(string text, ref int at)
    {
        var from = at++;
        if (at >= text.Length) throw Error(text[from..], "it ends in a backslash");
        var letter = text[at++];
        switch (letter)
        {
            case 'a': return 7;
            case 'f': return '\f';
            case 't': return '\t';
            case 'n': return '\n';
            case 'r': return '\r';
            case 'v': return '\v';
            case 'x': return Hex(text, ref at);
            case >= '0' and <= '7':
                if (letter != '0' && (at >= text.Length || text[at] is < '0' or > '7')) throw Error(text[from..at], "Go knows no back-references");
                var octal = letter - '0';
                for (var digits = 1; digits < 3 && at < text.Length && text[at] is >= '0' and <= '7'; digits++) octal = (octal * 8) + (text[at++] - '0');
                return octal;
            default:
                return letter < 0x80 && !char.IsAsciiLetterOrDigit(letter) ? letter : throw Error(text[from..at], "this escape means nothing");
        }
    }

    private static int Hex(string text, ref int at)
    {
        var braced = at < text.Length && text[at] == '{';
        var end = braced ? text.IndexOf('}', at) : at + 2;
        var digits = end < 0 || end > text.Length ? default : text.AsSpan(braced ? at + 1 : at, end - at - (braced ? 1 : 0));
        if (digits.Length is 0 or > 6 || !int.TryParse(digits, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var value) || !Rune.IsValid(value))
            throw Error(text[Math.Max(0, at - 2)..Math.Min(text.Length, at + 8)], "\\x needs two hex digits, or some in braces");
        at = braced ? end + 1 : end;
        return value;
    }

    private static string Category(string text, ref int at)
    {
        var from = at;
        var negated = text[at + 1] == 'P';
        at += 2;
        var name = "";
        if (at < text.Length && text[at] == '{')
        {
            var end = text.IndexOf('}', at);
            if (end < 0) throw Error(text[from..], "a } is missing");
            name = text[(at + 1)..end];
            at = end + 1;
        }
        else if (at < text.Length) name = text[at++].ToString();
        if (name.StartsWith('^')) (negated, name) = (!negated, name[1..]);
        if (name == "Any") return negated ? throw Error(text[from..at], "it is empty") : "\\u0000-\\uFFFF";
        if (name.Length is 0 or > 2 || !"LMNPSZC".Contains(name[0], StringComparison.Ordinal)) throw Error(text[from..at], "only general categories such as \\p{Lu} are taken, no scripts");
        return $"\\{(negated ? 'P' : 'p')}{{{name}}}";
    }

    private static string? Posix(string text, ref int at)
    {
        if (!text.AsSpan(at).StartsWith("[:")) return null;
        var end = text.IndexOf(":]", at + 2, StringComparison.Ordinal);
        if (end < 0) return null;
        var name = text[(at + 2)..end];
        var negated = name.StartsWith('^');
        (int, int)[] ranges = (negated ? name[1..] : name) switch
        {
            "alnum" => [('0', '9'), ('A', 'Z'), ('a', 'z')],
            "alpha" => [('A', 'Z'), ('a', 'z')],
            "ascii" => [(0, 0x7F)],
            "blank" => [('\t', '\t'), (' ', ' ')],
            "cntrl" => [(0, 0x1F), (0x7F, 0x7F)],
            "digit" => [('0', '9')],
            "graph" => [('!', '~')],
            "lower" => [('a', 'z')],
            "print" => [(' ', '~')],
            "punct" => [('!', '/'), (':', '@'), ('[', '`'), ('{', '~')],
            "space" => [('\t', '\r'), (' ', ' ')],
            "upper" => [('A', 'Z')],
            "word" => [('0', '9'), ('A', 'Z'), ('_', '_'), ('a', 'z')],
            "xdigit" => [('0', '9'), ('A', 'F'), ('a', 'f')],
            _ => throw Error(text[at..(end + 2)], "this class is not known"),
        };
        at = end + 2;
        return Members(ranges, negated);
    }

    private static void Range(string text, ref int at, StringBuilder built)
    {
        var from = at;
        var low = Member(text, ref at);
        var high = low;
        if (at + 1 < text.Length && text[at] == '-' && text[at + 1] != ']')
        {
            at++;
            high = Member(text, ref at);
            if (high < low) throw Error(text[from..at], "the range is reversed");
        }
        // What Go sees as one character above U+FFFF are two here; a range over all of them is any of the two halves.
        if (high > Last && !(low <= Last && high == 0x10FFFF)) throw Error(text[from..at], "characters above U+FFFF are not taken inside a class");
        built.Append(Members([(low, Math.Min(high, Last))], negated: false));
    }

    private static int Member(string text, ref int at)
    {
        if (at >= text.Length) throw Error(text, "a ] is missing");
        if (text[at] == '\\') return EscapedScalar(text, ref at);
        if (Rune.TryGetRuneAt(text, at, out var rune))
        {
            at += rune.Utf16SequenceLength;
            return rune.Value;
        }
        return text[at++];
    }

    private static string Members((int Low, int High)[] ranges, bool negated)
    {
        var built = new StringBuilder();
        var next = 0;
        foreach (var (low, high) in ranges)
        {
            if (!negated) Add(low, high);
            else if (low > next) Add(next, low - 1);
            next = high + 1;
        }
        if (negated && next <= Last) Add(next, Last);
        return built.ToString();

        void Add(int low, int high)
        {
            built.Append(Literal((char)low));
            if (high > low) built.Append('-').Append(Literal((char)high));
        }
    }

    private static FormatException Error(string where, string what) => new($"in a pattern, {(where.Length > 40 ? where[..40] + "…" : where)}: {what}");
}
