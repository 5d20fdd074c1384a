using System.Buffers.Text;
using System.Globalization;
using System.Numerics;
using System.Text;

namespace Fairway.Metrics.PromQl.Syntax;

/// <summary>Numbers as Go reads and writes them.</summary>
public static class GoNumber
{
    /// <summary>The longest text of a number: 309 digits before the point, or 324 zeros and 17 digits after it.</summary>
    public const int MostBytes = 352;

    /// <summary>
    /// Reads a literal: decimal, hexadecimal, octal with a leading 0, underscores between digits, Inf and NaN in any case.
    /// </summary>
    public static bool TryParse(string text, out double value)
    {
        value = 0;
        var digits = text.Replace("_", "", StringComparison.Ordinal);
        var sign = 1.0;
        if (digits is ['+' or '-', ..])
        {
            sign = digits[0] == '-' ? -1 : 1;
            digits = digits[1..];
        }

        if (digits.Length == 0) return false;
        if (digits.Equals("inf", StringComparison.OrdinalIgnoreCase)
            || digits.Equals("infinity", StringComparison.OrdinalIgnoreCase)) value = double.PositiveInfinity;
        else if (digits.Equals("nan",
            StringComparison.OrdinalIgnoreCase)) value = BitConverter.Int64BitsToDouble(Model.StaleMarker.OrdinaryNaNBits);
        else if (digits.StartsWith("0x", StringComparison.OrdinalIgnoreCase))
        {
            if (!BigInteger.TryParse("0" + digits[2..], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var hex)
                || digits.Length < 3) return false;
            value = (double)hex;
        }
        else if (digits.Length > 1 && digits[0] == '0' && digits.Length < 22 && digits.All(c => c is >= '0' and <= '7'))
        {
            value = digits.Aggregate(0.0, (sum, c) => (sum * 8) + (c - '0'));
        }
        else if (!char.IsAsciiDigit(digits[0]) && digits[0] != '.') return false;
        else if (!double.TryParse(digits, NumberStyles.AllowDecimalPoint | NumberStyles.AllowExponent, CultureInfo.InvariantCulture,
            out value)) return false;
        value *= sign;
        return true;
    }

    /// <summary>Reads a number as strconv.ParseFloat does: no underscores, no octal, hexadecimal only with an exponent of two, and none
    /// that is too large.</summary>
    public static bool TryParseFloat(string text, out double value)
    {
        value = 0;
        var digits = text.AsSpan(text is ['+' or '-', ..] ? 1 : 0);
        if (digits.StartsWith("0x", StringComparison.OrdinalIgnoreCase))
        {
            if (!TryParseHexadecimal(digits[2..], out value)) return false;
        }
        else if (digits.Length > 0 && (char.IsAsciiDigit(digits[0]) || digits[0] == '.'))
        {
            if (!double.TryParse(digits, NumberStyles.AllowDecimalPoint | NumberStyles.AllowExponent, CultureInfo.InvariantCulture,
                out value)) return false;
        }
        else return !text.Contains('_', StringComparison.Ordinal) && TryParse(text, out value);

        if (text[0] == '-') value = -value;
        return double.IsFinite(value);
    }

    private static bool TryParseHexadecimal(ReadOnlySpan<char> text, out double value)
    {
        value = 0;
        var power = text.IndexOfAny('p', 'P');
        if (power < 0 || !int.TryParse(text[(power + 1)..], NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture,
            out var exponent)) return false;
        var mantissa = text[..power];
        var point = mantissa.IndexOf('.');
        var fraction = point < 0 ? 0 : mantissa.Length - point - 1;
        var digits = string.Concat("0", point < 0 ? mantissa : mantissa[..point], point < 0 ? [] : mantissa[(point + 1)..]);
        if (digits.Length == 1 || !BigInteger.TryParse(digits, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture,
            out var whole)) return false;
        value = Math.ScaleB((double)whole, (int)Math.Clamp((long)exponent - (4L * fraction), -100_000, 100_000));
        return true;
    }

    /// <summary>The shortest digits that read back the same, never with an exponent (strconv, 'f', -1).</summary>
    public static string Plain(double value)
    {
        Span<byte> text = stackalloc byte[MostBytes];
        return Encoding.ASCII.GetString(text[..Write(value, text, withExponent: false)]);
    }

    /// <summary>Shortest, with an exponent below 1e-4 and from a million on (strconv, 'g', -1), as Go's %g.</summary>
    public static string General(double value)
    {
        var size = Math.Abs(value);
        return size != 0 && (size < 1e-4 || size >= 1e6) ? Scientific(value) : Plain(value);
    }

    /// <summary>Shortest, with an exponent of at least two digits (strconv, 'e', -1).</summary>
    public static string Scientific(double value)
    {
        Span<byte> text = stackalloc byte[MostBytes];
        return Encoding.ASCII.GetString(text[..Write(value, text, withExponent: true)]);
    }

    /// <summary>Writes the shortest digits in ASCII.</summary>
    /// <param name="value">Any value; those that are not finite are <c>NaN</c>, <c>+Inf</c>, <c>-Inf</c>.</param>
    /// <param name="into">At least <see cref="MostBytes"/> long.</param>
    /// <param name="withExponent">As <c>1.5e+09</c>.</param>
    /// <returns>Number of bytes.</returns>
    public static int Write(double value, Span<byte> into, bool withExponent)
    {
        if (!double.IsFinite(value))
        {
            var name = double.IsNaN(value) ? "NaN"u8 : value > 0 ? "+Inf"u8 : "-Inf"u8;
            name.CopyTo(into);
            return name.Length;
        }

        var at = 0;
        if (double.IsNegative(value)) into[at++] = (byte)'-';
        var (digits, exponent) = value == 0 ? (0, 0) : ShortestDigits.Of(Math.Abs(value));
        Span<byte> text = stackalloc byte[20];
        Utf8Formatter.TryFormat(digits, text, out var count);
        text = text[..count];
        // How many of the digits stand before the point.
        var whole = count + exponent;
        if (withExponent) return at + WithExponent(text, whole - 1, into[at..]);
        if (whole <= 0)
        {
            into[at..(at + 2 - whole)].Fill((byte)'0');
            into[at + 1] = (byte)'.';
            at += 2 - whole;
            text.CopyTo(into[at..]);
            return at + count;
        }

        if (exponent >= 0)
        {
            text.CopyTo(into[at..]);
            into[(at + count)..(at + whole)].Fill((byte)'0');
            return at + whole;
        }

        text[..whole].CopyTo(into[at..]);
        into[at + whole] = (byte)'.';
        text[whole..].CopyTo(into[(at + whole + 1)..]);
        return at + count + 1;
    }

    private static int WithExponent(ReadOnlySpan<byte> digits, int exponent, Span<byte> into)
    {
        var at = 0;
        into[at++] = digits[0];
        if (digits.Length > 1)
        {
            into[at++] = (byte)'.';
            digits[1..].CopyTo(into[at..]);
            at += digits.Length - 1;
        }

        into[at++] = (byte)'e';
        into[at++] = (byte)(exponent < 0 ? '-' : '+');
        Utf8Formatter.TryFormat(Math.Abs(exponent), into[at..], out var written, new('D', 2));
        return at + written;
    }
}
