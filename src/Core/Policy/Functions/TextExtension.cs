using System.Text;

namespace Fairway.Policy;

/// <summary>The extension for strings and the one for encodings. Positions count code points.</summary>
internal static class TextExtension
{
    public static IEnumerable<CelFunction> All { get; } =
    [
        CelFunction.Of("string.charAt(int) -> string", (meter, a) => CharAt(Points(meter, a[0]), Operators.Long(a[1]))),
        CelFunction.Of("string.indexOf(string) -> int", (meter, a) => IndexOf(meter, a[0], a[1], 0)),
        CelFunction.Of("string.indexOf(string, int) -> int", (meter, a) => IndexOf(meter, a[0], a[1], Operators.Long(a[2]))),
        CelFunction.Of("string.lastIndexOf(string) -> int", (meter, a) => LastIndexOf(meter, a[0], a[1], null)),
        CelFunction.Of("string.lastIndexOf(string, int) -> int", (meter, a) => LastIndexOf(meter, a[0], a[1], Operators.Long(a[2]))),
        CelFunction.Of("list(string).join() -> string", (meter, a) => Join(meter, (CelList)a[0], "")),
        CelFunction.Of("list(string).join(string) -> string", (meter, a) => Join(meter, (CelList)a[0], TextFunctions.Text(a[1]))),
        CelFunction.Of("string.lowerAscii() -> string", (meter, a) => Each(meter, a[0], letter => char.IsAsciiLetterUpper(letter) ? (char)(letter | 0x20) : letter)),
        CelFunction.Of("string.upperAscii() -> string", (meter, a) => Each(meter, a[0], letter => char.IsAsciiLetterLower(letter) ? (char)(letter & ~0x20) : letter)),
        CelFunction.Of("string.replace(string, string) -> string", (meter, a) => Replace(meter, a, -1)),
        CelFunction.Of("string.replace(string, string, int) -> string", (meter, a) => Replace(meter, a, Operators.Long(a[3]))),
        CelFunction.Of("string.split(string) -> list(string)", (meter, a) => Split(meter, a, -1)),
        CelFunction.Of("string.split(string, int) -> list(string)", (meter, a) => Split(meter, a, Operators.Long(a[2]))),
        CelFunction.Of("string.substring(int) -> string", (meter, a) => Substring(Points(meter, a[0]), Operators.Long(a[1]), null)),
        CelFunction.Of("string.substring(int, int) -> string", (meter, a) => Substring(Points(meter, a[0]), Operators.Long(a[1]), Operators.Long(a[2]))),
        CelFunction.Of("string.trim() -> string", (meter, a) => Trim(meter, TextFunctions.Text(a[0]))),
        CelFunction.Of("string.reverse() -> string", (meter, a) => new CelString(Write(Points(meter, a[0]).Reverse()))),
        CelFunction.Of("string.format(list(dyn)) -> string", (meter, a) => new FormatText(meter, TextFunctions.Text(a[0]), ((CelList)a[1]).Items).Format()),
        CelFunction.Of("strings.quote(string) -> string", (meter, a) => new CelString(CodePointText.Quote(Paid(meter, a[0]), controls: false))),
        CelFunction.Of("base64.encode(bytes) -> string", (meter, a) => Encode(meter, ((CelBytes)a[0]).Value)),
        CelFunction.Of("base64.decode(string) -> bytes", (meter, a) => Decode(Paid(meter, a[0]))),
    ];

    private static string Paid(CelMeter meter, CelValue value)
    {
        var text = TextFunctions.Text(value);
        meter.ChargeText(text.Length);
        return text;
    }

    private static int[] Points(CelMeter meter, CelValue value) => CodePointText.Split(Paid(meter, value));

    private static string Write(IEnumerable<int> points)
    {
        var text = new StringBuilder();
        foreach (var point in points) text.Append(char.ConvertFromUtf32(point));
        return text.ToString();
    }

    private static CelError OutOfRange(long index) => CelError.Of(CelErrorKind.IndexOutOfRange, $"the string has no position {index}");

    private static CelValue CharAt(int[] points, long index) => index < 0 || index > points.Length ? OutOfRange(index)
        : index == points.Length ? new CelString("") : new CelString(char.ConvertFromUtf32(points[index]));

    private static CelValue Substring(int[] points, long start, long? until)
    {
        var end = until ?? points.Length;
        if (start < 0 || start > points.Length) return OutOfRange(start);
        if (end < 0 || end > points.Length) return OutOfRange(end);
        return start > end ? CelError.Of(CelErrorKind.InvalidArgument, $"the substring would end at {end}, before it starts at {start}")
            : new CelString(Write(points[(int)start..(int)end]));
    }

    private static CelValue IndexOf(CelMeter meter, CelValue whole, CelValue part, long from)
    {
        var text = TextFunctions.Charged(meter, [whole, part]);
        var length = ((CelString)whole).Length;
        if (from < 0 || from > length) return OutOfRange(from);
        var at = text.IndexOf(TextFunctions.Text(part), CodePointText.Unit(text, (int)from), StringComparison.Ordinal);
        return CelInt.Of(at < 0 ? -1 : CodePointText.Count(text[..at]));
    }

    private static CelValue LastIndexOf(CelMeter meter, CelValue whole, CelValue part, long? last)
    {
        var (text, wanted) = (TextFunctions.Charged(meter, [whole, part]), TextFunctions.Text(part));
        var length = ((CelString)whole).Length;
        if (last < 0 || last > length) return OutOfRange(last.Value);
        for (var at = Math.Min(last is { } most ? CodePointText.Unit(text, (int)most) : text.Length, text.Length - wanted.Length); at >= 0; at--)
            if (string.CompareOrdinal(text, at, wanted, 0, wanted.Length) == 0) return CelInt.Of(CodePointText.Count(text[..at]));
        return CelInt.Of(-1);
    }

    private static CelValue Join(CelMeter meter, CelList list, string between)
    {
        var text = new StringBuilder();
        foreach (var (index, item) in list.Items.Index())
        {
            if (item is not CelString part) return CelError.Of(CelErrorKind.NoMatchingOverload, $"join takes strings, and item {index} is {item.Type.Name}");
            meter.ChargeText(part.Value.Length + between.Length);
            if (index > 0) text.Append(between);
            text.Append(part.Value);
        }
        return new CelString(text.ToString());
    }

    private static CelString Each(CelMeter meter, CelValue value, Func<char, char> change)
        => new(string.Create(Paid(meter, value).Length, (TextFunctions.Text(value), change), static (to, state) =>
        {
            for (var i = 0; i < to.Length; i++) to[i] = state.change(state.Item1[i]);
        }));

    private static CelString Replace(CelMeter meter, ReadOnlySpan<CelValue> arguments, long limit)
    {
        var (text, old, by) = (TextFunctions.Charged(meter, arguments), TextFunctions.Text(arguments[1]), TextFunctions.Text(arguments[2]));
        var result = new StringBuilder();
        var at = 0;
        for (var count = 0L; limit < 0 || count < limit; count++)
        {
            // Nothing is found before each code point and at the end.
            var step = old.Length > 0 || count == 0 ? 0 : at < text.Length ? char.IsHighSurrogate(text[at]) ? 2 : 1 : text.Length + 1;
            var found = at + step > text.Length ? -1 : text.IndexOf(old, at + step, StringComparison.Ordinal);
            if (found < 0) break;
            meter.ChargeText(found - at + by.Length);
            result.Append(text, at, found - at).Append(by);
            at = found + old.Length;
        }
        return new CelString(result.Append(text, at, text.Length - at).ToString());
    }

    private static CelList Split(CelMeter meter, ReadOnlySpan<CelValue> arguments, long limit)
    {
        var (text, separator) = (TextFunctions.Charged(meter, arguments), TextFunctions.Text(arguments[1]));
        if (limit == 0) return CelList.Empty;
        var parts = ImmutableArray.CreateBuilder<CelValue>();
        var at = 0;
        while (limit < 0 || parts.Count < limit - 1)
        {
            meter.Charge(1);
            var letter = at < text.Length && char.IsHighSurrogate(text[at]) ? 2 : 1;
            var found = separator.Length > 0 ? text.IndexOf(separator, at, StringComparison.Ordinal) : at + letter < text.Length ? at + letter : -1;
            if (found < 0) break;
            parts.Add(new CelString(text[at..found]));
            at = found + separator.Length;
        }
        if (separator.Length > 0 || at < text.Length) parts.Add(new CelString(text[at..]));
        return new CelList(parts.ToImmutable());
    }

    private static CelString Trim(CelMeter meter, string text)
    {
        meter.ChargeText(text.Length);
        var (start, end) = (0, text.Length);
        while (start < end && CodePointText.IsSpace(text[start])) start++;
        while (end > start && CodePointText.IsSpace(text[end - 1])) end--;
        return new CelString(text[start..end]);
    }

    private static CelString Encode(CelMeter meter, ImmutableArray<byte> bytes)
    {
        meter.ChargeText(bytes.Length);
        return new CelString(Convert.ToBase64String(bytes.AsSpan()));
    }

    // With or without padding.
    private static CelValue Decode(string text)
    {
        var padded = text.Length % 4 is 2 or 3 && !text.EndsWith('=') ? text + new string('=', 4 - (text.Length % 4)) : text;
        var bytes = new byte[padded.Length];
        return !text.Any(char.IsWhiteSpace) && Convert.TryFromBase64String(padded, bytes, out var written) ? new CelBytes([.. bytes.AsSpan(0, written)])
            : CelError.Of(CelErrorKind.InvalidArgument, $"{CelText.Brief(new CelString(text))} is not base64");
    }
}
