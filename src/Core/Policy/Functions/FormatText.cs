using System.Globalization;
using System.Text;

namespace Fairway.Policy;

/// <summary>
/// <c>"…".format([…])</c>: clauses <c>%[.precision]</c> and one of <c>s d f e x X o b</c>, and <c>%%</c>
/// (github.com/google/cel-spec, doc/extensions/strings.md). A precision is at most 100.
/// </summary>
internal sealed class FormatText(CelMeter meter, string format, ImmutableArray<CelValue> arguments)
{
    private const int MostDigits = 100;

    private readonly StringBuilder _text = new();

    /// <summary>The text, or what is wrong.</summary>
    public CelValue Format()
    {
        meter.ChargeText(format.Length);
        var next = 0;
        for (var at = 0; at < format.Length; at++)
        {
            if (format[at] != '%')
            {
                _text.Append(format[at]);
                continue;
            }
            if (++at >= format.Length) return Wrong("a % stands at the end; %% is a percent sign");
            if (format[at] == '%')
            {
                _text.Append('%');
                continue;
            }
            var precision = 6;
            if (format[at] == '.')
            {
                var start = ++at;
                while (at < format.Length && char.IsAsciiDigit(format[at])) at++;
                if (at == start || at >= format.Length) return Wrong("a precision needs digits and a clause, such as %.2f");
                if (at - start > 3 || (precision = int.Parse(format.AsSpan(start, at - start), CultureInfo.InvariantCulture)) > MostDigits)
                    return Wrong($"a precision is at most {MostDigits}");
            }
            if (next >= arguments.Length) return Wrong($"argument {next + 1} is missing");
            if (Clause(format[at], precision, arguments[next++]) is { } problem) return problem;
        }
        return new CelString(_text.ToString());
    }

    private static CelError Wrong(string what) => CelError.Of(CelErrorKind.InvalidArgument, "format: " + what);

    private CelError? Clause(char clause, int precision, CelValue value)
    {
        var text = clause switch
        {
            's' => Text(value),
            'd' => Decimal(value),
            'f' or 'e' => Real(value) is { } real ? real(clause == 'f', precision) : null,
            'x' => Hexadecimal(value),
            'X' => Hexadecimal(value)?.ToUpperInvariant(),
            'o' => Whole(value, 8),
            'b' => value is CelBool ? value.IsTrue ? "1" : "0" : Whole(value, 2),
            _ => "",
        };
        if (text is null) return Wrong($"%{clause} cannot write a {value.Type.Name}");
        if ("sdfexXob".IndexOf(clause, StringComparison.Ordinal) < 0) return Wrong($"there is no clause %{clause}");
        meter.ChargeText(text.Length);
        _text.Append(text);
        return null;
    }

    private string? Text(CelValue value)
    {
        meter.Charge(1);
        switch (value)
        {
            case CelString { Value: var text }: return text;
            case CelBool { Value: var truth }: return truth ? "true" : "false";
            case CelNull: return "null";
            case CelInt or CelUint or CelDouble: return Decimal(value);
            case CelBytes { Value: var bytes }: return Collapsed(bytes);
            case CelDuration { Nanoseconds: var nanoseconds }: return CelText.OfDuration(nanoseconds);
            case CelTimestamp { Value: var instant }: return CelText.Of(instant);
            case CelTypeValue { Value: var type }: return type.Name;
            case CelList { Items: var items }:
                var parts = items.Select(Text).ToArray();
                meter.ChargeText(parts.Sum(part => (long)(part?.Length ?? 0)));
                return Array.TrueForAll(parts, part => part is not null) ? $"[{string.Join(", ", parts)}]" : null;
            case CelMap { Entries: var entries }:
                var pairs = entries.Select(entry => (Key: Text(entry.Key), Value: Text(entry.Value))).ToArray();
                meter.ChargeText(pairs.Sum(pair => (long)(pair.Key?.Length ?? 0) + (pair.Value?.Length ?? 0)));
                if (!Array.TrueForAll(pairs, pair => pair.Key is not null && pair.Value is not null)) return null;
                Array.Sort(pairs, static (one, other) => CodePointText.Compare(one.Key!, other.Key!));
                return $"{{{string.Join(", ", pairs.Select(pair => $"{pair.Key}: {pair.Value}"))}}}";
            default: return null;
        }
    }

    // Neighbouring sequences that are not UTF-8 become one replacement character.
    private static string Collapsed(ImmutableArray<byte> bytes)
    {
        var text = new StringBuilder();
        var rest = bytes.AsSpan();
        var replaced = false;
        while (!rest.IsEmpty)
        {
            var isValid = Rune.DecodeFromUtf8(rest, out var rune, out var consumed) == System.Buffers.OperationStatus.Done;
            if (isValid || !replaced) text.Append(rune.ToString());
            replaced = !isValid;
            rest = rest[Math.Max(1, consumed)..];
        }
        return text.ToString();
    }

    private static string? Decimal(CelValue value) => value switch
    {
        CelInt { Value: var number } => number.ToString(CultureInfo.InvariantCulture),
        CelUint { Value: var number } => number.ToString(CultureInfo.InvariantCulture),
        CelDouble { Value: var number } => Special(number) ?? CelText.Plain(number),
        _ => null,
    };

    private static string? Special(double number) => double.IsNaN(number) ? "NaN" : double.IsInfinity(number) ? number > 0 ? "Infinity" : "-Infinity" : null;

    private static Func<bool, int, string>? Real(CelValue value) => value switch
    {
        CelInt { Value: var number } => (isFixed, precision) => isFixed ? ExactDecimal.Fixed((Int128)number, precision) : ExactDecimal.Scientific((Int128)number, precision),
        CelUint { Value: var number } => (isFixed, precision) => isFixed ? ExactDecimal.Fixed((Int128)number, precision) : ExactDecimal.Scientific((Int128)number, precision),
        CelDouble { Value: var number } => (isFixed, precision) => Special(number)
            ?? (isFixed ? ExactDecimal.Fixed(number, precision) : ExactDecimal.Scientific(number, precision)),
        _ => null,
    };

    private static string? Hexadecimal(CelValue value) => value switch
    {
        CelString { Value: var text } => Convert.ToHexStringLower(Encoding.UTF8.GetBytes(text)),
        CelBytes { Value: var bytes } => Convert.ToHexStringLower(bytes.AsSpan()),
        _ => Whole(value, 16),
    };

    private static string? Whole(CelValue value, uint radix) => value switch
    {
        CelInt { Value: var number } => (number < 0 ? "-" : "") + Digits(number < 0 ? (ulong)-(number + 1) + 1 : (ulong)number, radix),
        CelUint { Value: var number } => Digits(number, radix),
        _ => null,
    };

    private static string Digits(ulong number, uint radix)
    {
        var digits = new StringBuilder();
        do digits.Insert(0, "0123456789abcdef"[(int)(number % radix)]);
        while ((number /= radix) > 0);
        return digits.ToString();
    }
}
