using System.Globalization;
using System.Text.RegularExpressions;

namespace Fairway.Scanning;

/// <summary>How TOML 1.0 writes numbers, dates and times.</summary>
internal static partial class TomlNumbers
{
    /// <summary>An integer: decimal, or with <c>0x</c>, <c>0o</c>, <c>0b</c>; null when it is none, or too large.</summary>
    public static long? Integer(string word)
    {
        if (Decimal().IsMatch(word))
            return long.TryParse(Plain(word), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var value) ? value : null;
        if (!Based().IsMatch(word)) return null;
        var radix = word[1] switch { 'x' => 16, 'o' => 8, _ => 2 };
        long sum = 0;
        foreach (var digit in Plain(word)[2..])
        {
            var number = Convert.ToInt32(digit.ToString(), 16);
            if (number >= radix || sum > (long.MaxValue - number) / radix) return null;
            sum = (sum * radix) + number;
        }
        return sum;
    }

    /// <summary>A float; null when it is none.</summary>
    public static double? Float(string word)
        => Fraction().IsMatch(word) && double.TryParse(Plain(word), NumberStyles.Float, CultureInfo.InvariantCulture, out var value) ? value : null;

    /// <summary>Whether it has the form of a date, a time or both (RFC 3339).</summary>
    public static bool IsMoment(string word) => DateAndTime().IsMatch(word);

    private static string Plain(string word) => word.Replace("_", "", StringComparison.Ordinal);

    [GeneratedRegex(@"^[+-]?(0|[1-9](_?[0-9])*)\z", RegexOptions.ExplicitCapture | RegexOptions.NonBacktracking)]
    private static partial Regex Decimal();

    [GeneratedRegex(@"^0[xob][0-9A-Fa-f](_?[0-9A-Fa-f])*\z", RegexOptions.ExplicitCapture | RegexOptions.NonBacktracking)]
    private static partial Regex Based();

    [GeneratedRegex(@"^[+-]?(0|[1-9](_?[0-9])*)(\.[0-9](_?[0-9])*)?([eE][+-]?[0-9](_?[0-9])*)?\z", RegexOptions.ExplicitCapture | RegexOptions.NonBacktracking)]
    private static partial Regex Fraction();

    [GeneratedRegex(@"^([0-9]{4}-[0-9]{2}-[0-9]{2}([Tt ][0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]+)?([Zz]|[+-][0-9]{2}:[0-9]{2})?)?|[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]+)?)\z",
        RegexOptions.ExplicitCapture | RegexOptions.NonBacktracking)]
    private static partial Regex DateAndTime();
}
