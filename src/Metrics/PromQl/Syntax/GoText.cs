using System.Globalization;
using System.Text;

namespace Fairway.Metrics.PromQl.Syntax;

/// <summary>String literals as Go writes and reads them. A byte that is no UTF-8 (<c>"\xff"</c>) becomes a lone surrogate, U+DC00 plus the byte.</summary>
public static class GoText
{
    /// <summary>The text in double quotes, with Go's escapes (strconv.Quote).</summary>
    public static string Quoted(string text)
    {
        var result = new StringBuilder(text.Length + 2).Append('"');
        for (var i = 0; i < text.Length; i++)
        {
            var c = text[i];
            switch (c)
            {
                case '"': result.Append("\\\""); break;
                case '\\': result.Append("\\\\"); break;
                case '\a': result.Append("\\a"); break;
                case '\b': result.Append("\\b"); break;
                case '\f': result.Append("\\f"); break;
                case '\n': result.Append("\\n"); break;
                case '\r': result.Append("\\r"); break;
                case '\t': result.Append("\\t"); break;
                case '\v': result.Append("\\v"); break;
                case < ' ' or '\x7f': result.Append("\\x").Append(((int)c).ToString("x2", CultureInfo.InvariantCulture)); break;
                default:
                    if (char.IsHighSurrogate(c) && i + 1 < text.Length && char.IsLowSurrogate(text[i + 1])) result.Append(c).Append(text[++i]);
                    else if (c is >= '\uDC80' and <= '\uDCFF') result.Append("\\x").Append((c - 0xDC00).ToString("x2", CultureInfo.InvariantCulture));
                    else if (char.IsSurrogate(c)) result.Append('\uFFFD');
                    else result.Append(c);
                    break;
            }
        }

        return result.Append('"').ToString();
    }

    /// <summary>Whether it is a text that UTF-8 can hold.</summary>
    public static bool IsValid(string text)
    {
        for (var i = 0; i < text.Length; i++)
        {
            if (!char.IsSurrogate(text[i])) continue;
            if (!char.IsHighSurrogate(text[i]) || i + 1 >= text.Length || !char.IsLowSurrogate(text[i + 1])) return false;
            i++;
        }

        return true;
    }

    /// <summary>What a literal with its quotes stands for (quotes <c>"</c>, <c>'</c> or back quotes).</summary>
    /// <exception cref="FormatException">An escape is wrong; the message is Prometheus' wording.</exception>
    public static string Unquoted(string literal)
    {
        var quote = literal[0];
        var inner = literal[1..^1];
        if (quote == '`' || !inner.Contains('\\', StringComparison.Ordinal)) return inner;
        var result = new StringBuilder(inner.Length);
        var bytes = new List<byte>();
        for (var at = 0; at < inner.Length;)
        {
            if (inner[at] != '\\')
            {
                Flush(bytes, result);
                result.Append(inner[at++]);
                continue;
            }

            if (Escape(inner, ref at, quote, out var codePoint)) bytes.Add((byte)codePoint);
            else
            {
                Flush(bytes, result);
                result.Append(char.ConvertFromUtf32(codePoint));
            }
        }

        Flush(bytes, result);
        return result.ToString();
    }

    // True when the escape names a byte, false when it names a code point.
    private static bool Escape(string text, ref int at, char quote, out int value)
    {
        if (at + 1 >= text.Length) throw new FormatException("escape sequence not terminated");
        var c = text[at + 1];
        at += 2;
        var simple = c switch { 'a' => 7, 'b' => 8, 'f' => 12, 'n' => 10, 'r' => 13, 't' => 9, 'v' => 11, '\\' => 92, _ => c == quote ? c : -1 };
        if (simple >= 0)
        {
            value = simple;
            return false;
        }

        var (digits, radix) = c switch { 'x' => (2, 16), 'u' => (4, 16), 'U' => (8, 16), >= '0' and <= '7' => (3, 8), _ => (0, 0) };
        if (digits == 0) throw new FormatException($"unknown escape sequence U+{(int)c:X4} '{c}'");
        if (radix == 8) at--;
        long number = 0;
        for (var i = 0; i < digits; i++, at++)
        {
            if (at >= text.Length) throw new FormatException("escape sequence not terminated");
            var digit = char.IsAsciiHexDigit(text[at]) ? Convert.ToInt32(text[at].ToString(), 16) : 99;
            if (digit >= radix) throw new FormatException($"illegal character U+{(int)text[at]:X4} '{text[at]}' in escape sequence");
            number = (number * radix) + digit;
        }

        if ((radix == 8 && number > 255) || number > 0x10FFFF || number is >= 0xD800 and < 0xE000) throw new FormatException("escape sequence is an invalid Unicode code point");
        value = (int)number;
        return c is not ('u' or 'U');
    }

    private static void Flush(List<byte> bytes, StringBuilder into)
    {
        if (bytes.Count == 0) return;
        ReadOnlySpan<byte> rest = bytes.ToArray();
        while (!rest.IsEmpty)
        {
            if (Rune.DecodeFromUtf8(rest, out var rune, out var taken) == System.Buffers.OperationStatus.Done) into.Append(rune.ToString());
            else
            {
                taken = 1;
                into.Append((char)(0xDC00 + rest[0]));
            }

            rest = rest[taken..];
        }

        bytes.Clear();
    }
}
