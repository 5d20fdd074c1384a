namespace Fairway.Policy;

/// <summary>The standard functions of strings, bytes, lists and maps.</summary>
internal static class TextFunctions
{
    public static IEnumerable<CelFunction> All { get; } =
    [
        .. Size("string", value => ((CelString)value).Length),
        .. Size("bytes", value => ((CelBytes)value).Value.Length),
        .. Size("list(A)", value => ((CelList)value).Items.Length),
        .. Size("map(A, B)", value => ((CelMap)value).Entries.Length),
        CelFunction.Of("string.contains(string) -> bool", (meter, a) => CelBool.Of(Charged(meter, a).Contains(Text(a[1]), StringComparison.Ordinal))),
        CelFunction.Of("string.startsWith(string) -> bool", (meter, a) => CelBool.Of(Charged(meter, a).StartsWith(Text(a[1]), StringComparison.Ordinal))),
        CelFunction.Of("string.endsWith(string) -> bool", (meter, a) => CelBool.Of(Charged(meter, a).EndsWith(Text(a[1]), StringComparison.Ordinal))),
        CelFunction.Of("string.matches(string) -> bool", (meter, a) => Matches(meter, Text(a[0]), Text(a[1]))),
        CelFunction.Of("matches(string, string) -> bool", (meter, a) => Matches(meter, Text(a[0]), Text(a[1]))),
    ];

    private static CelFunction[] Size(string type, Func<CelValue, int> size) =>
    [
        CelFunction.Of($"size({type}) -> int", (meter, a) => Sized(meter, a[0], size)),
        CelFunction.Of($"{type}.size() -> int", (meter, a) => Sized(meter, a[0], size)),
    ];

    private static CelInt Sized(CelMeter meter, CelValue value, Func<CelValue, int> size)
    {
        if (value is CelString text) meter.ChargeText(text.Value.Length);
        return CelInt.Of(size(value));
    }

    internal static string Text(CelValue value) => ((CelString)value).Value;

    // .NET's search for a substring takes the product of both lengths at worst.
    internal static string Charged(CelMeter meter, ReadOnlySpan<CelValue> arguments)
    {
        var (text, part) = (Text(arguments[0]), Text(arguments[1]));
        meter.ChargeText((long)text.Length * Math.Max(1, part.Length / 64));
        return text;
    }

    private static CelValue Matches(CelMeter meter, string text, string pattern)
    {
        meter.ChargeText(pattern.Length * 8L);
        try
        {
            return CelBool.Of(Pattern.Parse(pattern).IsIn(text, meter));
        }
        catch (FormatException mistake)
        {
            return CelError.Of(CelErrorKind.InvalidArgument, $"{CelText.Brief(new CelString(pattern))} is no regular expression: {mistake.Message}");
        }
    }
}
