using System.Globalization;
using System.Numerics;

namespace Fairway.Policy;

/// <summary>
/// Decimal digits of a number, rounded half to even on its exact value: .NET rounds half away from zero, and no decimal type holds every double.
/// </summary>
internal static class ExactDecimal
{
    /// <summary>A whole number with decimals: <c>1.00</c>.</summary>
    public static string Fixed(Int128 number, int precision) => Fixed(number < 0, (BigInteger)Int128.Abs(number), BigInteger.One, precision);

    /// <summary>A finite double with decimals.</summary>
    public static string Fixed(double number, int precision)
    {
        var (numerator, denominator) = Fraction(number);
        return Fixed(double.IsNegative(number), numerator, denominator, precision);
    }

    /// <summary>A whole number with one digit before the point: <c>1.00e+00</c>.</summary>
    public static string Scientific(Int128 number, int precision) => Scientific(number < 0, (BigInteger)Int128.Abs(number), BigInteger.One, precision);

    /// <summary>A finite double with one digit before the point.</summary>
    public static string Scientific(double number, int precision)
    {
        var (numerator, denominator) = Fraction(number);
        return Scientific(double.IsNegative(number), numerator, denominator, precision);
    }

    private static string Fixed(bool negative, BigInteger numerator, BigInteger denominator, int precision)
    {
        var digits = Round(numerator * BigInteger.Pow(10, precision), denominator).ToString(CultureInfo.InvariantCulture).PadLeft(precision + 1, '0');
        return (negative ? "-" : "") + Pointed(digits, digits.Length - precision);
    }

    private static string Scientific(bool negative, BigInteger numerator, BigInteger denominator, int precision)
    {
        var sign = negative ? "-" : "";
        if (numerator.IsZero) return $"{sign}{Pointed(new string('0', precision + 1), 1)}e+00";
        // From the sizes in bits, which is at most one too small.
        var exponent = (int)Math.Floor((BigInteger.Log10(numerator) - BigInteger.Log10(denominator)) + 1e-9) - 1;
        while (Scaled(numerator, denominator, exponent + 1, 0) is var (top, bottom) && top >= bottom) exponent++;
        var (up, down) = Scaled(numerator, denominator, exponent, precision);
        var digits = Round(up, down).ToString(CultureInfo.InvariantCulture);
        if (digits.Length > precision + 1) (digits, exponent) = (digits[..^1], exponent + 1);
        return $"{sign}{Pointed(digits, 1)}e{(exponent < 0 ? '-' : '+')}{Math.Abs(exponent):00}";
    }

    // The number times 10^(precision - exponent), as a fraction.
    private static (BigInteger Top, BigInteger Bottom) Scaled(BigInteger numerator, BigInteger denominator, int exponent, int precision)
        => precision >= exponent ? (numerator * BigInteger.Pow(10, precision - exponent), denominator) : (numerator, denominator * BigInteger.Pow(10, exponent - precision));

    private static (BigInteger Numerator, BigInteger Denominator) Fraction(double number)
    {
        var bits = BitConverter.DoubleToInt64Bits(number);
        var (exponent, mantissa) = ((int)((bits >> 52) & 0x7FF), bits & 0xF_FFFF_FFFF_FFFF);
        if (exponent == 0) exponent = 1;
        else mantissa |= 1L << 52;
        exponent -= 1075;
        return exponent >= 0 ? ((BigInteger)mantissa << exponent, BigInteger.One) : (mantissa, BigInteger.One << -exponent);
    }

    private static BigInteger Round(BigInteger numerator, BigInteger denominator)
    {
        var quotient = BigInteger.DivRem(numerator, denominator, out var rest);
        var order = (rest * 2).CompareTo(denominator);
        return order > 0 || (order == 0 && !quotient.IsEven) ? quotient + 1 : quotient;
    }

    private static string Pointed(string digits, int whole) => whole == digits.Length ? digits : $"{digits[..whole]}.{digits[whole..]}";
}
