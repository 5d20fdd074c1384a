using System.Globalization;
using System.Numerics;

namespace Fairway.Metrics.PromQl.Syntax;

/// <summary>Numbers as Go reads and writes them.</summary>
public static class GoNumber
{
    /// <summary>Reads a literal: decimal, hexadecimal, octal with a leading 0, underscores between digits, Inf and NaN in any case.</summary>
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
        if (digits.Equals("inf", StringComparison.OrdinalIgnoreCase) || digits.Equals("infinity", StringComparison.OrdinalIgnoreCase)) value = double.PositiveInfinity;
        else if (digits.Equals("nan", StringComparison.OrdinalIgnoreCase)) value = BitConverter.Int64BitsToDouble(Model.StaleMarker.OrdinaryNaNBits);
        else if (digits.StartsWith("0x", StringComparison.OrdinalIgnoreCase))
        {
            if (!BigInteger.TryParse("0" + digits[2..], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var hex) || digits.Length < 3) return false;
            value = (double)hex;
        }
        else if (digits.Length > 1 && digits[0] == '0' && digits.Length < 22 && digits.All(c => c is >= '0' and <= '7'))
        {
            value = digits.Aggregate(0.0, (sum, c) => (sum * 8) + (c - '0'));
        }
        else if (!char.IsAsciiDigit(digits[0]) && digits[0] != '.') return false;
        else if (!double.TryParse(digits, NumberStyles.AllowDecimalPoint | NumberStyles.AllowExponent, CultureInfo.InvariantCulture, out value)) return false;
        value *= sign;
        return true;
    }

    /// <summary>The shortest digits that read back the same, never with an exponent (strconv, 'f', -1).</summary>
    public static string Plain(double value)
    {
        if (double.IsNaN(value)) return "NaN";
        if (double.IsInfinity(value)) return value > 0 ? "+Inf" : "-Inf";
        var text = value.ToString("R", CultureInfo.InvariantCulture);
        var e = text.IndexOf('E', StringComparison.Ordinal);
        if (e < 0) return text;
        var exponent = int.Parse(text.AsSpan(e + 1), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture);
        var sign = text[0] == '-' ? "-" : "";
        var digits = text[sign.Length..e];
        var point = digits.IndexOf('.', StringComparison.Ordinal);
        var before = point < 0 ? digits.Length : point;
        digits = digits.Replace(".", "", StringComparison.Ordinal);
        var at = before + exponent;
        if (at <= 0) return sign + "0." + new string('0', -at) + digits;
        return at >= digits.Length ? sign + digits + new string('0', at - digits.Length) : sign + digits[..at] + "." + digits[at..];
    }

    /// <summary>Shortest, with an exponent below 1e-4 and from 1e21 on (strconv, 'g', -1), as Go's %g.</summary>
    public static string General(double value)
    {
        var size = Math.Abs(value);
        return size != 0 && (size < 1e-4 || size >= 1e21) && double.IsFinite(value) ? Scientific(value) : Plain(value);
    }

    /// <summary>Shortest, with an exponent of at least two digits (strconv, 'e', -1).</summary>
    public static string Scientific(double value)
    {
        if (!double.IsFinite(value)) return Plain(value);
        var shortest = Math.Abs(value).ToString("R", CultureInfo.InvariantCulture);
        var e = shortest.IndexOf('E', StringComparison.Ordinal);
        var mantissa = e < 0 ? shortest : shortest[..e];
        var point = mantissa.IndexOf('.', StringComparison.Ordinal);
        var whole = mantissa.Replace(".", "", StringComparison.Ordinal);
        var digits = whole.TrimStart('0');
        // The place of the first digit that counts, and how far the shortest form had moved the point already.
        var exponent = (point < 0 ? whole.Length : point) - (whole.Length - digits.Length) - 1;
        if (e >= 0) exponent += int.Parse(shortest.AsSpan(e + 1), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture);
        digits = digits.TrimEnd('0');
        if (digits.Length == 0) (digits, exponent) = ("0", 0);
        var sign = double.IsNegative(value) ? "-" : "";
        var fraction = digits.Length > 1 ? "." + digits[1..] : "";
        return string.Create(CultureInfo.InvariantCulture, $"{sign}{digits[0]}{fraction}e{(exponent < 0 ? '-' : '+')}{Math.Abs(exponent):00}");
    }
}
