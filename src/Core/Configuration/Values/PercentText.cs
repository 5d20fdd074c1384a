using System.Globalization;

namespace Fairway.Configuration;

/// <summary>Shares in percent: <c>10%</c>, <c>0.5%</c>, 0 to 100, with at most four decimals.</summary>
public static class PercentText
{
    /// <summary>What is expected, for messages.</summary>
    public const string Expected = "a percentage such as 10% or 0.5%";

    /// <summary>Reads a percentage.</summary>
    public static Parsed<decimal> Parse(string text)
    {
        if (!text.EndsWith('%')) return Parsed.Malformed<decimal>(Guess(text, share: true));
        if (!decimal.TryParse(text.AsSpan(0, text.Length - 1), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture,
            out var number))
            return Parsed.Malformed<decimal>(Guess(text[..^1], share: false));
        if (number > 100) return Parsed.OutOfRange<decimal>("is more than 100%");
        return number == decimal.Round(number, 4) ? Parsed.Value(number) : Parsed.OutOfRange<decimal>("has more than four decimals");
    }

    /// <summary>The shortest exact form.</summary>
    public static string Format(decimal percent) => percent.ToString("0.####", CultureInfo.InvariantCulture) + "%";

    /// <summary>The same number in percent; below 1 without a sign, a share is more likely meant.</summary>
    private static string? Guess(string text, bool share)
        => decimal.TryParse(text.Trim().Replace(',', '.'), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var number)
            && number <= 100
            ? Format(share && number > 0 && number < 1 ? decimal.Round(number * 100, 4) : decimal.Round(number, 4)) : null;
}
