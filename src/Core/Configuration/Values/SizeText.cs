using System.Globalization;

namespace Fairway.Configuration;

/// <summary>
/// Sizes in bytes: <c>256Mi</c>, <c>1G</c>, <c>512k</c>, <c>1.5Gi</c>, or plain bytes. <c>k M G T</c> are powers of 1,000 (SI), <c>Ki Mi Gi
/// Ti</c> of 1,024 (IEC 80000-13).
/// </summary>
public static class SizeText
{
    /// <summary>What is expected, for messages.</summary>
    public const string Expected = "a size such as 256Mi, 1G or 512k";

    private static readonly (string Unit, long Bytes)[] Units =
        [("Ti", 1L << 40), ("T", 1_000_000_000_000), ("Gi", 1L << 30), ("G", 1_000_000_000), ("Mi", 1L << 20), ("M", 1_000_000),
            ("Ki", 1L << 10), ("k", 1_000), ("", 1)];

    /// <summary>Reads a size of at most 8,000 Ti.</summary>
    public static Parsed<long> Parse(string text)
    {
        var digits = 0;
        while (digits < text.Length && (char.IsAsciiDigit(text[digits]) || text[digits] == '.')) digits++;
        if (!decimal.TryParse(text.AsSpan(0, digits), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var number))
            return Parsed.Malformed<long>();
        foreach (var (unit, size) in Units)
        {
            if (text.AsSpan(digits) is var written && !written.SequenceEqual(unit)) continue;
            if (number > 8_000m * (1L << 40) / size) return Parsed.OutOfRange<long>("is more than 8000Ti");
            var bytes = number * size;
            return bytes == decimal.Truncate(bytes) ? Parsed.Value((long)bytes) : Parsed.OutOfRange<long>("is not a whole number of bytes");
        }
        return Parsed.Malformed<long>(Guess(text[..digits], text[digits..].Trim()));
    }

    /// <summary>An exact form with the greatest unit that divides it.</summary>
    public static string Format(long bytes)
    {
        if (bytes == 0) return "0";
        foreach (var (unit, size) in Units)
            if (bytes % size == 0) return string.Create(CultureInfo.InvariantCulture, $"{bytes / size}{unit}");
        return bytes.ToString(CultureInfo.InvariantCulture);
    }

    private static string? Guess(string number, string unit)
    {
        var letters = unit.EndsWith("bytes", StringComparison.OrdinalIgnoreCase) ? unit[..^5] : unit.EndsWith('b') || unit.EndsWith('B')
            ? unit[..^1] : unit;
        foreach (var (known, _) in Units)
            if (letters.Equals(known, StringComparison.OrdinalIgnoreCase)) return number + known;
        return null;
    }
}
