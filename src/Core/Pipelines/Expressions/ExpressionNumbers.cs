using System.Buffers;
using System.Globalization;

namespace Fairway.Pipelines.Expressions;

/// <summary>Numbers as texts and back.</summary>
public static class ExpressionNumbers
{
    private static readonly SearchValues<char> Decimal = SearchValues.Create("0123456789+-.eE");

    /// <summary>
    /// The number that a text spells: decimal with sign, point and exponent; hexadecimal <c>0x1f</c> and octal <c>0o17</c> without a sign;
    /// <c>Infinity</c> and <c>-Infinity</c>. Blanks around it do not count and the empty text is 0. Anything else is NaN.
    /// </summary>
    public static double Parse(string text)
    {
        var span = text.AsSpan().Trim();
        if (span.IsEmpty) return 0;
        if (span is "Infinity" or "+Infinity") return double.PositiveInfinity;
        if (span is "-Infinity") return double.NegativeInfinity;
        if (span.StartsWith("0x", StringComparison.Ordinal)) return Digits(span[2..], 16);
        if (span.StartsWith("0o", StringComparison.Ordinal)) return Digits(span[2..], 8);
        if (span.ContainsAnyExcept(Decimal)) return double.NaN;
        const NumberStyles Styles = NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint | NumberStyles.AllowExponent;
        return double.TryParse(span, Styles, CultureInfo.InvariantCulture, out var number) ? number : double.NaN;
    }

    /// <summary>A number as text: up to 15 significant digits, exponential from 1E+15 and below 0.0001.</summary>
    public static string Format(double number)
        => number == 0 ? "0" : number.ToString("G15", CultureInfo.InvariantCulture);

    private static double Digits(ReadOnlySpan<char> digits, int radix)
    {
        if (digits.IsEmpty) return double.NaN;
        var number = 0.0;
        foreach (var digit in digits)
        {
            var value = char.IsAsciiHexDigit(digit) ? Convert.ToInt32(digit.ToString(), 16) : radix;
            if (value >= radix) return double.NaN;
            number = number * radix + value;
        }
        return number;
    }
}
