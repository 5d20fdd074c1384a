using System.Globalization;
using System.Text;
using System.Text.Unicode;
using NodaTime;

namespace Fairway.Policy;

/// <summary>Conversions between types. One whose result would be outside the range of its type is an error.</summary>
internal static class Conversions
{
    public static IEnumerable<CelFunction> All { get; } =
    [
        Same("bool"), Same("int"), Same("uint"), Same("double"), Same("string"), Same("bytes"), Same("timestamp"), Same("duration"),
        CelFunction.Of("dyn(A) -> dyn", (_, a) => a[0]),
        CelFunction.Of("type(A) -> type(A)", (_, a) => new CelTypeValue(a[0].Type)),

        CelFunction.Of("bool(string) -> bool", (_, a) => Bool(((CelString)a[0]).Value)),

        CelFunction.Of("int(uint) -> int", (_, a) => Operators.Int(Operators.Unsigned(a[0]))),
        CelFunction.Of("int(double) -> int", (_, a) => Operators.Real(a[0]) is > -9223372036854775808.0 and < 9223372036854775808.0 and var number
            ? CelInt.Of((long)number) : OutOf("int", a[0])),
        CelFunction.Of("int(string) -> int", (_, a) => Int(((CelString)a[0]).Value)),
        CelFunction.Of("int(timestamp) -> int", (_, a) => CelInt.Of(((CelTimestamp)a[0]).Value.ToUnixTimeSeconds())),
        CelFunction.Of("int(duration) -> int", (_, a) => CelInt.Of(((CelDuration)a[0]).Nanoseconds)),

        CelFunction.Of("uint(int) -> uint", (_, a) => Operators.Long(a[0]) is >= 0 and var number ? new CelUint((ulong)number) : OutOf("uint", a[0])),
        CelFunction.Of("uint(double) -> uint", (_, a) => Operators.Real(a[0]) is >= 0 and < 18446744073709551616.0 and var number
            ? new CelUint((ulong)number) : OutOf("uint", a[0])),
        CelFunction.Of("uint(string) -> uint", (_, a) => Uint(((CelString)a[0]).Value)),

        CelFunction.Of("double(int) -> double", (_, a) => new CelDouble(Operators.Long(a[0]))),
        CelFunction.Of("double(uint) -> double", (_, a) => new CelDouble(Operators.Unsigned(a[0]))),
        CelFunction.Of("double(string) -> double", (_, a) => Double(((CelString)a[0]).Value)),

        CelFunction.Of("string(bool) -> string", (_, a) => new CelString(a[0].IsTrue ? "true" : "false")),
        CelFunction.Of("string(int) -> string", (_, a) => new CelString(Operators.Long(a[0]).ToString(CultureInfo.InvariantCulture))),
        CelFunction.Of("string(uint) -> string", (_, a) => new CelString(Operators.Unsigned(a[0]).ToString(CultureInfo.InvariantCulture))),
        CelFunction.Of("string(double) -> string", (_, a) => new CelString(CelText.Of(Operators.Real(a[0])))),
        CelFunction.Of("string(bytes) -> string", (meter, a) => Text(meter, ((CelBytes)a[0]).Value)),
        CelFunction.Of("string(timestamp) -> string", (_, a) => new CelString(CelText.Of(((CelTimestamp)a[0]).Value))),
        CelFunction.Of("string(duration) -> string", (_, a) => new CelString(CelText.OfDuration(((CelDuration)a[0]).Nanoseconds))),

        CelFunction.Of("bytes(string) -> bytes", (meter, a) => Data(meter, ((CelString)a[0]).Value)),

        CelFunction.Of("timestamp(string) -> timestamp", (_, a) => TimeText.ParseTimestamp(((CelString)a[0]).Value)),
        CelFunction.Of("timestamp(int) -> timestamp", (_, a) => Operators.Long(a[0]) is >= -62135596800 and <= 253402300799 and var seconds
            ? new CelTimestamp(Instant.FromUnixTimeSeconds(seconds)) : OutOf("timestamp", a[0])),
        CelFunction.Of("duration(string) -> duration", (_, a) => TimeText.ParseDuration(((CelString)a[0]).Value)),
        CelFunction.Of("duration(int) -> duration", (_, a) => new CelDuration(Operators.Long(a[0]))),
    ];

    private static CelFunction Same(string type) => CelFunction.Of($"{type}({type}) -> {type}", (_, a) => a[0]);

    private static CelError OutOf(string type, CelValue value) => CelError.Of(CelErrorKind.Overflow, $"{CelText.Brief(value)} is outside the range of {type}");

    private static CelError Malformed(string text, string type) => CelError.Of(CelErrorKind.InvalidArgument, $"{CelText.Brief(new CelString(text))} is no {type}");

    private static CelValue Bool(string text) => text switch
    {
        "1" or "t" or "T" or "true" or "TRUE" or "True" => CelBool.True,
        "0" or "f" or "F" or "false" or "FALSE" or "False" => CelBool.False,
        _ => Malformed(text, "bool"),
    };

    private static CelValue Int(string text)
        => long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) ? CelInt.Of(number) : Malformed(text, "int");

    private static CelValue Uint(string text)
        => ulong.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? new CelUint(number) : Malformed(text, "uint");

    private static CelValue Double(string text)
    {
        var unsigned = text.TrimStart('+', '-');
        if (text.Length - unsigned.Length > 1) return Malformed(text, "double");
        double? special = unsigned.ToLowerInvariant() switch
        {
            "inf" or "infinity" => text[0] == '-' ? double.NegativeInfinity : double.PositiveInfinity,
            "nan" => double.NaN,
            _ => null,
        };
        if (special is { } named) return new CelDouble(named);
        const NumberStyles Styles = NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint | NumberStyles.AllowExponent;
        return unsigned.Length > 0 && unsigned[0] is '.' or (>= '0' and <= '9') && double.TryParse(text, Styles, CultureInfo.InvariantCulture, out var number) && double.IsFinite(number)
            ? new CelDouble(number) : Malformed(text, "double");
    }

    private static CelValue Text(CelMeter meter, ImmutableArray<byte> bytes)
    {
        meter.ChargeText(bytes.Length);
        return Utf8.IsValid(bytes.AsSpan()) ? new CelString(Encoding.UTF8.GetString(bytes.AsSpan()))
            : CelError.Of(CelErrorKind.InvalidArgument, "the bytes are not UTF-8");
    }

    private static CelBytes Data(CelMeter meter, string text)
    {
        meter.ChargeText(text.Length);
        return new CelBytes([.. Encoding.UTF8.GetBytes(text)]);
    }
}
