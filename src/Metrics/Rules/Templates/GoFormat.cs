using System.Globalization;
using System.Text;
using Fairway.Metrics.PromQl.Syntax;

namespace Fairway.Metrics.Rules.Templates;

/// <summary>Values as Go's fmt prints them.</summary>
internal static class GoFormat
{
    /// <summary>As <c>%v</c>.</summary>
    public static string Print(object? value) => value switch
    {
        null => "<no value>",
        string text => text,
        bool truth => truth ? "true" : "false",
        long whole => whole.ToString(CultureInfo.InvariantCulture),
        double number => GoNumber.General(number),
        DateTimeOffset time => time.UtcDateTime.ToString("yyyy-MM-dd HH:mm:ss.FFFFFFF", CultureInfo.InvariantCulture) + " +0000 UTC",
        IReadOnlyDictionary<string, string> labels => $"map[{string.Join(' ', labels.OrderBy(l => l.Key, StringComparer.Ordinal).Select(l => $"{l.Key}:{l.Value}"))}]",
        IReadOnlyDictionary<string, object?> map => $"map[{string.Join(' ', map.OrderBy(l => l.Key, StringComparer.Ordinal).Select(l => $"{l.Key}:{Print(l.Value)}"))}]",
        IReadOnlyList<object?> list => $"[{string.Join(' ', list.Select(Print))}]",
        TemplateSample sample => $"{{{Print(sample.Labels)} {Print(sample.Value)}}}",
        _ => value.ToString() ?? "",
    };

    /// <summary>Whether <c>if</c> takes it: neither zero nor empty.</summary>
    public static bool IsTrue(object? value) => value switch
    {
        null => false,
        string text => text.Length > 0,
        bool truth => truth,
        long whole => whole != 0,
        double number => number != 0,
        IReadOnlyDictionary<string, string> labels => labels.Count > 0,
        IReadOnlyDictionary<string, object?> map => map.Count > 0,
        IReadOnlyList<object?> list => list.Count > 0,
        _ => true,
    };

    /// <summary>As Printf: flags, width, precision and the verbs <c>v s d f F e E g G q x X t c %</c>.</summary>
    public static string Printf(string format, IReadOnlyList<object?> arguments)
    {
        var text = new StringBuilder();
        var next = 0;
        for (var at = 0; at < format.Length; at++)
        {
            if (format[at] != '%')
            {
                text.Append(format[at]);
                continue;
            }

            var spec = Read(format, ref at, arguments, ref next);
            if (spec.Verb == '%') text.Append('%');
            else if (spec.Verb == '\0') text.Append("%!(NOVERB)");
            else if (next >= arguments.Count) text.Append(CultureInfo.InvariantCulture, $"%!{spec.Verb}(MISSING)");
            else text.Append(Padded(Verb(spec, arguments[next++]), spec));
        }

        if (next < arguments.Count) text.Append(CultureInfo.InvariantCulture, $"%!(EXTRA {string.Join(", ", arguments.Skip(next).Select(a => $"{TypeOf(a)}={Print(a)}"))})");
        return text.ToString();
    }

    private static Spec Read(string format, ref int at, IReadOnlyList<object?> arguments, ref int next)
    {
        var (minus, plus, zero, sharp, space) = (false, false, false, false, false);
        for (at++; at < format.Length && format[at] is '-' or '+' or '0' or '#' or ' '; at++)
        {
            minus |= format[at] == '-';
            plus |= format[at] == '+';
            zero |= format[at] == '0';
            sharp |= format[at] == '#';
            space |= format[at] == ' ';
        }

        var width = Number(format, ref at, arguments, ref next) ?? 0;
        int? precision = null;
        if (at < format.Length && format[at] == '.')
        {
            at++;
            precision = Number(format, ref at, arguments, ref next) ?? 0;
        }

        return new(at < format.Length ? format[at] : '\0', width, precision, minus, plus, zero && !minus, sharp, space);
    }

    private static int? Number(string format, ref int at, IReadOnlyList<object?> arguments, ref int next)
    {
        const int Most = 1_000;
        if (at < format.Length && format[at] == '*')
        {
            at++;
            return next < arguments.Count && arguments[next++] is long given ? (int)Math.Clamp(given, 0, Most) : null;
        }

        int? number = null;
        for (; at < format.Length && char.IsAsciiDigit(format[at]); at++) number = Math.Min(((number ?? 0) * 10) + format[at] - '0', Most);
        return number;
    }

    private static string Verb(Spec spec, object? value)
    {
        var text = (spec.Verb, value) switch
        {
            ('v', double number) => GoNumber.General(number),
            ('v', null) => "<nil>",
            ('v', _) => Print(value),
            ('s', string plain) => spec.Precision is { } most && most < plain.Length ? plain[..most] : plain,
            ('q', string plain) => Quoted(plain),
            ('t', bool) => Print(value),
            ('d', long whole) => whole.ToString(CultureInfo.InvariantCulture),
            ('x', long whole) => whole < 0 ? "-" + (-whole).ToString("x", CultureInfo.InvariantCulture) : whole.ToString("x", CultureInfo.InvariantCulture),
            ('X', long whole) => whole < 0 ? "-" + (-whole).ToString("X", CultureInfo.InvariantCulture) : whole.ToString("X", CultureInfo.InvariantCulture),
            ('c', long whole) when Rune.IsValid((int)whole) => new Rune((int)whole).ToString(),
            ('x', string plain) => Convert.ToHexStringLower(Encoding.UTF8.GetBytes(plain)),
            ('f' or 'F' or 'e' or 'E' or 'g' or 'G', double number) => Float(spec, number),
            ('s' or 'q', IReadOnlyList<object?> or IReadOnlyDictionary<string, string>) => Print(value),
            _ => $"%!{spec.Verb}({(value is null ? "<nil>" : $"{TypeOf(value)}={Print(value)}")})",
        };
        if (value is not (double or long) || text.StartsWith('-') || text.StartsWith('%')) return text;
        return spec.Plus && !text.StartsWith('+') ? "+" + text : spec.Space ? " " + text : text;
    }

    private static string Float(Spec spec, double number)
    {
        if (!double.IsFinite(number)) return GoNumber.Plain(number);
        var text = spec.Verb switch
        {
            'f' or 'F' => number.ToString("F" + (spec.Precision ?? 6).ToString(CultureInfo.InvariantCulture), CultureInfo.InvariantCulture),
            'e' or 'E' => Exponent(number, spec.Precision ?? 6),
            _ when spec.Precision is null => GoNumber.General(number),
            _ => Significant(number, Math.Max(1, spec.Precision ?? 6)),
        };
        return spec.Verb is 'E' or 'G' ? text.ToUpperInvariant() : text;
    }

    private static string Exponent(double number, int precision)
    {
        var text = number.ToString("e" + precision.ToString(CultureInfo.InvariantCulture), CultureInfo.InvariantCulture);
        // .NET writes three digits of the exponent, Go two.
        var at = text.IndexOf('e', StringComparison.Ordinal) + 2;
        return text[at..].Length == 3 && text[at] == '0' ? text[..at] + text[(at + 1)..] : text;
    }

    /// <summary>As <c>%.4g</c>: so many significant digits, without zeros at the end.</summary>
    public static string Significant(double number, int digits)
    {
        if (!double.IsFinite(number)) return GoNumber.Plain(number);
        if (number == 0) return double.IsNegative(number) ? "-0" : "0";
        var scientific = Exponent(number, digits - 1);
        var exponent = int.Parse(scientific[(scientific.IndexOf('e', StringComparison.Ordinal) + 1)..], NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture);
        if (exponent < -4 || exponent >= digits)
        {
            var at = scientific.IndexOf('e', StringComparison.Ordinal);
            return Trimmed(scientific[..at]) + scientific[at..];
        }

        return Trimmed(number.ToString("F" + Math.Max(0, digits - 1 - exponent).ToString(CultureInfo.InvariantCulture), CultureInfo.InvariantCulture));
    }

    private static string Trimmed(string text) => text.Contains('.', StringComparison.Ordinal) ? text.TrimEnd('0').TrimEnd('.') : text;

    private static string Padded(string text, Spec spec)
    {
        if (text.Length >= spec.Width) return text;
        if (spec.Minus) return text.PadRight(spec.Width);
        if (!spec.Zero) return text.PadLeft(spec.Width);
        var sign = text.Length > 0 && text[0] is '+' or '-' ? 1 : 0;
        return text[..sign] + text[sign..].PadLeft(spec.Width - sign, '0');
    }

    /// <summary>In double quotes, with what cannot be seen escaped.</summary>
    public static string Quoted(string text)
    {
        var quoted = new StringBuilder("\"");
        foreach (var c in text)
        {
            _ = c switch
            {
                '"' => quoted.Append("\\\""),
                '\\' => quoted.Append("\\\\"),
                '\n' => quoted.Append("\\n"),
                '\t' => quoted.Append("\\t"),
                '\r' => quoted.Append("\\r"),
                < ' ' or '\x7f' => quoted.Append(CultureInfo.InvariantCulture, $"\\x{(int)c:x2}"),
                _ => quoted.Append(c),
            };
        }

        return quoted.Append('"').ToString();
    }

    /// <summary>A type as <c>%T</c>.</summary>
    public static string TypeOf(object? value) => value switch
    {
        string => "string",
        bool => "bool",
        long => "int",
        double => "float64",
        null => "<nil>",
        _ => "map[string]string",
    };

    private readonly record struct Spec(char Verb, int Width, int? Precision, bool Minus, bool Plus, bool Zero, bool Sharp, bool Space);
}
