using System.Buffers.Text;
using System.Globalization;
using System.Text;

namespace Fairway.Metrics.Exposition;

/// <summary>Numbers as expositions write them.</summary>
internal static class NumberText
{
    /// <summary>Room that <see cref="Write"/> needs at most, in bytes.</summary>
    public const int MostBytes = 32;

    // Powers of ten that a double holds exactly: with a mantissa below 2^53, one multiplication or division rounds once and so correctly (Clinger 1990).
    private static readonly double[] PowersOfTen =
        [1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22];

    private const ulong MostExact = 1UL << 53;

    /// <summary>Reads a number up to the next blank, line end or end of the text. NaN gets the bits that Prometheus gives it.</summary>
    /// <param name="text">Begins with the number.</param>
    /// <param name="value">The number.</param>
    /// <param name="length">Bytes of the token, of a bad one too.</param>
    /// <returns>False when the token is no number, or one outside the range of a double.</returns>
    public static bool TryRead(ReadOnlySpan<byte> text, out double value, out int length)
    {
        var at = 0;
        var negative = false;
        if (at < text.Length && text[at] == '-') (negative, at) = (true, 1);
        ulong mantissa = 0;
        var digits = 0;
        while ((uint)at < (uint)text.Length && (uint)(text[at] - '0') <= 9)
        {
            mantissa = (mantissa * 10) + (uint)(text[at] - '0');
            at++;
            digits++;
        }

        var decimals = 0;
        if ((uint)at < (uint)text.Length && text[at] == '.')
        {
            var point = at++;
            while ((uint)at < (uint)text.Length && (uint)(text[at] - '0') <= 9)
            {
                mantissa = (mantissa * 10) + (uint)(text[at] - '0');
                at++;
            }

            decimals = at - point - 1;
            digits += decimals;
        }

        var plain = (uint)at >= (uint)text.Length || IsEnd(text[at]);
        if (plain && digits is > 0 and < 19 && mantissa <= MostExact && decimals < PowersOfTen.Length)
        {
            length = at;
            var exact = decimals == 0 ? mantissa : mantissa / PowersOfTen[decimals];
            value = negative ? -exact : exact;
            return true;
        }

        length = TokenLength(text);
        return TryParse(text[..length], out value);
    }

    /// <summary>Reads a whole token, slowly and completely.</summary>
    public static bool TryParse(ReadOnlySpan<byte> token, out double value)
    {
        value = 0;
        if (token.IsEmpty) return false;
        var unsigned = token[0] is (byte)'+' or (byte)'-' ? token[1..] : token;
        if (unsigned.IsEmpty) return false;
        if (unsigned[0] is >= (byte)'0' and <= (byte)'9' or (byte)'.')
        {
            if (unsigned.IndexOfAnyExceptInRange((byte)'+', (byte)'e') >= 0) return false;
            return double.TryParse(token, NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint | NumberStyles.AllowExponent, CultureInfo.InvariantCulture, out value)
                && double.IsFinite(value);
        }

        if (Ascii.EqualsIgnoreCase(unsigned, "inf") || Ascii.EqualsIgnoreCase(unsigned, "infinity"))
        {
            value = token[0] == '-' ? double.NegativeInfinity : double.PositiveInfinity;
            return true;
        }

        if (!Ascii.EqualsIgnoreCase(token, "nan")) return false;
        value = BitConverter.Int64BitsToDouble(Model.StaleMarker.OrdinaryNaNBits);
        return true;
    }

    /// <summary>Reads a whole number up to the next blank, line end or end of the text.</summary>
    public static bool TryReadInteger(ReadOnlySpan<byte> text, out long value, out int length)
    {
        length = TokenLength(text);
        return Utf8Parser.TryParse(text[..length], out value, out var used) && used == length && length > 0 && text[0] != '+';
    }

    /// <summary>Writes a number so that it reads back bit for bit (NaN aside): whole numbers as such up to 10^15, others as short as
    /// possible.</summary>
    /// <returns>Bytes written.</returns>
    public static int Write(double value, Span<byte> into)
    {
        if (double.IsNaN(value)) return Copy("NaN"u8, into);
        if (double.IsInfinity(value)) return Copy(value > 0 ? "+Inf"u8 : "-Inf"u8, into);
        if (Math.Abs(value) < 1e15 && value == Math.Truncate(value) && !(value == 0 && double.IsNegative(value)))
        {
            Utf8Formatter.TryFormat((long)value, into, out var whole);
            return whole;
        }

        value.TryFormat(into, out var written, "R", CultureInfo.InvariantCulture);
        var exponent = into[..written].IndexOf((byte)'E');
        if (exponent >= 0) into[exponent] = (byte)'e';
        return written;
    }

    /// <summary>As <see cref="Write"/>, as a string: for values of <c>le</c> and <c>quantile</c>.</summary>
    public static string ToText(double value)
    {
        Span<byte> text = stackalloc byte[MostBytes];
        return Encoding.ASCII.GetString(text[..Write(value, text)]);
    }

    private static int TokenLength(ReadOnlySpan<byte> text)
    {
        var end = text.IndexOfAny(" \t\n\r"u8);
        return end < 0 ? text.Length : end;
    }

    private static bool IsEnd(byte b) => b is (byte)' ' or (byte)'\n' or (byte)'\t' or (byte)'\r';

    private static int Copy(ReadOnlySpan<byte> text, Span<byte> into)
    {
        text.CopyTo(into);
        return text.Length;
    }
}
