using System.Globalization;
using System.Text;

namespace Fairway.Policy;

/// <summary>Text seen as a sequence of code points, where .NET sees UTF-16 units.</summary>
internal static class CodePointText
{
    /// <summary>Number of code points.</summary>
    public static int Count(string text)
    {
        var count = text.Length;
        foreach (var unit in text)
            if (char.IsLowSurrogate(unit)) count--;
        return count;
    }

    /// <summary>Index of the UTF-16 unit where a code point begins; the length for the one past the end.</summary>
    public static int Unit(string text, int codePoint)
    {
        var at = 0;
        for (; codePoint > 0; codePoint--) at += char.IsHighSurrogate(text[at]) ? 2 : 1;
        return at;
    }

    /// <summary>Order by code points, which is the order of their UTF-8 bytes: -1, 0 or 1.</summary>
    public static int Compare(string one, string other)
    {
        var shared = Math.Min(one.Length, other.Length);
        for (var i = 0; i < shared; i++)
        {
            var (a, b) = (one[i], other[i]);
            if (a == b) continue;
            // Surrogates stand for code points above all others, but their units do not.
            var (high, low) = (char.IsSurrogate(a), char.IsSurrogate(b));
            return high == low ? (a < b ? -1 : 1) : high ? 1 : -1;
        }
        return one.Length.CompareTo(other.Length);
    }

    /// <summary>The code points.</summary>
    public static int[] Split(string text) => [.. text.EnumerateRunes().Select(rune => rune.Value)];

    /// <summary>Whether Unicode counts it as white space (the property White_Space).</summary>
    public static bool IsSpace(int codePoint) => codePoint is (>= 9 and <= 13) or 0x20 or 0x85 or 0xA0 or 0x1680 or (>= 0x2000 and <= 0x200A)
        or 0x2028 or 0x2029 or 0x202F or 0x205F or 0x3000;

    /// <summary>A text as a literal with double quotes.</summary>
    /// <param name="text">The text.</param>
    /// <param name="controls">Whether control characters without an escape of their own are written by number.</param>
    public static string Quote(string text, bool controls = true)
    {
        var quoted = new StringBuilder("\"");
        foreach (var rune in text.EnumerateRunes()) Escape(quoted, rune.Value, controls);
        return quoted.Append('"').ToString();
    }

    /// <summary>Octets as a literal.</summary>
    public static string Quote(ReadOnlySpan<byte> bytes)
    {
        var quoted = new StringBuilder("b\"");
        foreach (var octet in bytes)
        {
            if (octet is >= 0x20 and < 0x7F) Escape(quoted, octet, true);
            else quoted.Append("\\x").Append(octet.ToString("x2", CultureInfo.InvariantCulture));
        }
        return quoted.Append('"').ToString();
    }

    private static void Escape(StringBuilder quoted, int codePoint, bool controls)
    {
        switch (codePoint)
        {
            case '\a': quoted.Append("\\a"); break;
            case '\b': quoted.Append("\\b"); break;
            case '\f': quoted.Append("\\f"); break;
            case '\n': quoted.Append("\\n"); break;
            case '\r': quoted.Append("\\r"); break;
            case '\t': quoted.Append("\\t"); break;
            case '\v': quoted.Append("\\v"); break;
            case '\\': quoted.Append("\\\\"); break;
            case '"': quoted.Append("\\\""); break;
            case < 0x20 or 0x7F when controls: quoted.Append("\\x").Append(codePoint.ToString("x2", CultureInfo.InvariantCulture)); break;
            default: quoted.Append(char.ConvertFromUtf32(codePoint)); break;
        }
    }
}
