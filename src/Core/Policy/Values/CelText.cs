using System.Globalization;
using System.Text;
using NodaTime;
using NodaTime.Text;

namespace Fairway.Policy;

/// <summary>Values as text: as they are written in an expression, and as <c>string(x)</c> gives them.</summary>
internal static class CelText
{
    private const int MostCharacters = 10_000;

    private static readonly LocalDateTimePattern Seconds = LocalDateTimePattern.CreateWithInvariantCulture("uuuu'-'MM'-'dd'T'HH':'mm':'ss;FFFFFFFFF");

    /// <summary>As it would be written in an expression.</summary>
    /// <param name="value">The value.</param>
    /// <param name="cut">Whether a very long text is cut.</param>
    public static string Of(CelValue value, bool cut = true)
    {
        var text = new StringBuilder();
        Write(value, text);
        return cut && text.Length > MostCharacters ? text.ToString(0, MostCharacters) + "…" : text.ToString();
    }

    /// <summary>The same in at most 60 characters, for messages.</summary>
    public static string Brief(CelValue value)
    {
        var text = Of(value);
        return text.Length <= 60 ? text : text[..(char.IsHighSurrogate(text[56]) ? 56 : 57)] + "…";
    }

    /// <summary>A double as <c>string(x)</c> gives it: the shortest text that reads back the same.</summary>
    public static string Of(double number)
    {
        if (double.IsNaN(number)) return "NaN";
        if (double.IsInfinity(number)) return number > 0 ? "Infinity" : "-Infinity";
        if (number == 0) return double.IsNegative(number) ? "-0" : "0";
        var (digits, exponent) = Digits(number);
        var sign = number < 0 ? "-" : "";
        if (exponent is < -4 or >= 21)
            return $"{sign}{digits[0]}{(digits.Length > 1 ? "." + digits[1..] : "")}e{(exponent < 0 ? '-' : '+')}{Math.Abs(exponent):00}";
        return sign + Plain(digits, exponent);
    }

    /// <summary>A double without an exponent.</summary>
    public static string Plain(double number)
    {
        if (number == 0) return double.IsNegative(number) ? "-0" : "0";
        var (digits, exponent) = Digits(number);
        return (number < 0 ? "-" : "") + Plain(digits, exponent);
    }

    /// <summary>An instant by RFC 3339 in UTC, with as many decimals as it needs.</summary>
    public static string Of(Instant instant) => Seconds.Format(instant.InUtc().LocalDateTime) + "Z";

    /// <summary>A length of time in seconds: <c>90.5s</c>.</summary>
    public static string OfDuration(long nanoseconds) => OfSeconds(nanoseconds) + "s";

    /// <summary>A length of time in seconds: <c>90.5</c>.</summary>
    public static string OfSeconds(long nanoseconds)
    {
        var (whole, rest) = Int128.DivRem(Int128.Abs(nanoseconds), 1_000_000_000);
        var text = (nanoseconds < 0 ? "-" : "") + whole.ToString(CultureInfo.InvariantCulture);
        return rest == 0 ? text : text + "." + rest.ToString("000000000", CultureInfo.InvariantCulture).TrimEnd('0');
    }

    // Significant digits and the exponent of the first of them.
    private static (string Digits, int Exponent) Digits(double number)
    {
        var shortest = Math.Abs(number).ToString("R", CultureInfo.InvariantCulture);
        var mark = shortest.IndexOf('E', StringComparison.Ordinal);
        var mantissa = mark < 0 ? shortest : shortest[..mark];
        var point = mantissa.IndexOf('.', StringComparison.Ordinal);
        var whole = point < 0 ? mantissa : mantissa[..point];
        var digits = mantissa.Replace(".", "", StringComparison.Ordinal).TrimStart('0').TrimEnd('0');
        var exponent = whole.TrimStart('0').Length > 0 ? whole.Length - 1
            : -(mantissa.Length - point - 1 - mantissa[(point + 1)..].TrimStart('0').Length) - 1;
        if (mark >= 0) exponent += int.Parse(shortest[(mark + 1)..], CultureInfo.InvariantCulture);
        return (digits, exponent);
    }

    private static string Plain(string digits, int exponent)
        => exponent < 0 ? "0." + new string('0', -exponent - 1) + digits
            : digits.Length <= exponent + 1 ? digits + new string('0', exponent + 1 - digits.Length)
            : $"{digits[..(exponent + 1)]}.{digits[(exponent + 1)..]}";

    private static void Write(CelValue value, StringBuilder text)
    {
        if (text.Length > MostCharacters) return;
        switch (value)
        {
            case CelNull: text.Append("null"); break;
            case CelBool { Value: var truth }: text.Append(truth ? "true" : "false"); break;
            case CelInt { Value: var number }: text.Append(number.ToString(CultureInfo.InvariantCulture)); break;
            case CelUint { Value: var number }: text.Append(number.ToString(CultureInfo.InvariantCulture)).Append('u'); break;
            case CelDouble { Value: var number }: text.Append(Literal(number)); break;
            case CelString { Value: var letters }: text.Append(CodePointText.Quote(letters)); break;
            case CelBytes { Value: var bytes }: text.Append(CodePointText.Quote(bytes.AsSpan())); break;
            case CelTimestamp { Value: var instant }: text.Append("timestamp(\"").Append(Of(instant)).Append("\")"); break;
            case CelDuration { Nanoseconds: var nanoseconds }: text.Append("duration(\"").Append(OfDuration(nanoseconds)).Append("\")"); break;
            case CelTypeValue { Value: var type }: text.Append(type.Name); break;
            case CelOptional { Value: null }: text.Append("optional.none()"); break;
            case CelOptional { Value: var inner }: Wrap(text, "optional.of(", ")", [inner], (one, to) => Write(one, to)); break;
            case CelList { Items: var items }: Wrap(text, "[", "]", items, Write); break;
            case CelMap { Entries: var entries }: Wrap(text, "{", "}", entries, (entry, to) => Pair(entry.Key, entry.Value, to)); break;
            case CelRecord record:
                Wrap(text, record.RecordType.Name + "{", "}", record.Fields, (field, to) => Write(field.Value, to.Append(field.Key).Append(": ")));
                break;
            default: text.Append(value); break;
        }
    }

    private static void Pair(CelValue key, CelValue value, StringBuilder text)
    {
        Write(key, text);
        text.Append(": ");
        Write(value, text);
    }

    private static string Literal(double number)
        => double.IsNaN(number) ? "double(\"NaN\")" : double.IsInfinity(number) ? number > 0 ? "double(\"Infinity\")" : "double(\"-Infinity\")"
            : Of(number) is var text && text.AsSpan().IndexOfAny('.', 'e') < 0 ? text + ".0" : Of(number);

    private static void Wrap<T>(StringBuilder text, string open, string close, IEnumerable<T> parts, Action<T, StringBuilder> write)
    {
        text.Append(open);
        var first = true;
        foreach (var part in parts)
        {
            if (!first) text.Append(", ");
            first = false;
            write(part, text);
            if (text.Length > MostCharacters) return;
        }
        text.Append(close);
    }
}
