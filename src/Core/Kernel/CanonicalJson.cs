using System.Buffers;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;

namespace Fairway.Kernel;

/// <summary>
/// JSON in the one form that can be hashed: RFC 8785 (JCS). Members sorted by the UTF-16 code units of their names, numbers as ECMAScript
/// writes them, the shortest string escapes, no white space, UTF-8.
/// </summary>
public static class CanonicalJson
{
    /// <summary>Deepest nesting that is read.</summary>
    public const int MaxDepth = 64;

    private static readonly JsonDocumentOptions Reading = new() { MaxDepth = MaxDepth };

    /// <summary>The canonical form of a JSON text. The canonical form of a canonical text is itself.</summary>
    /// <exception cref="JsonException">Malformed; deeper than <see cref="MaxDepth"/>; a member named twice; half of a surrogate pair; a
    /// number outside a double's range; or a whole number that a double cannot hold and that would silently become another (write it as a
    /// string).
    /// </exception>
    public static string Canonicalize(string json) => Encoding.UTF8.GetString(CanonicalizeToUtf8(json));

    /// <summary>The canonical form of a JSON text, as the UTF-8 bytes that are hashed.</summary>
    /// <exception cref="JsonException">As for <see cref="Canonicalize"/>.</exception>
    public static byte[] CanonicalizeToUtf8(string json)
    {
        ArgumentNullException.ThrowIfNull(json);
        var output = new ArrayBufferWriter<byte>(Math.Max(json.Length, 16));
        try
        {
            using var document = JsonDocument.Parse(json, Reading);
            Write(output, document.RootElement);
        }
        catch (Exception e) when (e is ArgumentException or InvalidOperationException)
        {
            // The reader's way to say that a text or an escape is half of a surrogate pair.
            throw new JsonException("a string holds half of a surrogate pair, which UTF-8 cannot carry", e);
        }
        return output.WrittenSpan.ToArray();
    }

    /// <summary>Writes a string with its quotes and the shortest escapes; bytes above 0x7F are copied as they are.</summary>
    public static void WriteString(IBufferWriter<byte> output, ReadOnlySpan<byte> utf8)
    {
        output.Write("\""u8);
        for (var start = 0; ;)
        {
            var length = IndexOfEscaped(utf8[start..]);
            if (length < 0)
            {
                output.Write(utf8[start..]);
                break;
            }
            output.Write(utf8.Slice(start, length));
            WriteEscape(output, utf8[start + length]);
            start += length + 1;
        }
        output.Write("\""u8);
    }

    /// <summary>A finite number as ECMAScript's <c>Number::toString</c> writes it (ECMA-262 §6.1.6.1.20).</summary>
    /// <exception cref="ArgumentOutOfRangeException">Not a number, or infinite.</exception>
    public static string FormatNumber(double value)
    {
        if (!double.IsFinite(value)) throw new ArgumentOutOfRangeException(nameof(value), "JSON has no such number");
        if (value == 0) return "0";
        var sign = value < 0 ? "-" : "";
        var (digits, point) = ShortestDigits(Math.Abs(value));
        if (point is > 21 or <= -6)
        {
            var exponent = point - 1;
            var fraction = digits.Length == 1 ? "" : "." + digits[1..];
            return $"{sign}{digits[0]}{fraction}e{(exponent < 0 ? '-' : '+')}{Math.Abs(exponent).ToString(CultureInfo.InvariantCulture)}";
        }
        if (point <= 0) return sign + "0." + new string('0', -point) + digits;
        return digits.Length <= point ? sign + digits.PadRight(point, '0') : sign + digits[..point] + "." + digits[point..];
    }

    /// <summary>The fewest digits that give back the same double, and where the decimal point stands: 0.digits × 10^point.</summary>
    private static (string Digits, int Point) ShortestDigits(double value)
    {
        var text = value.ToString("R", CultureInfo.InvariantCulture);
        var e = text.IndexOf('E', StringComparison.Ordinal);
        var mantissa = e < 0 ? text : text[..e];
        var exponent = e < 0 ? 0 : int.Parse(text.AsSpan(e + 1), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture);
        var dot = mantissa.IndexOf('.', StringComparison.Ordinal);
        var all = dot < 0 ? mantissa : mantissa.Remove(dot, 1);
        var significant = all.TrimStart('0');
        var point = (dot < 0 ? mantissa.Length : dot) - (all.Length - significant.Length) + exponent;
        return (significant.TrimEnd('0'), point);
    }

    private static void Write(ArrayBufferWriter<byte> output, JsonElement element)
    {
        switch (element.ValueKind)
        {
            case JsonValueKind.Object:
                WriteObject(output, element);
                break;
            case JsonValueKind.Array:
                output.Write("["u8);
                var first = true;
                foreach (var item in element.EnumerateArray())
                {
                    if (!first) output.Write(","u8);
                    first = false;
                    Write(output, item);
                }
                output.Write("]"u8);
                break;
            case JsonValueKind.String:
                WriteString(output, Encoding.UTF8.GetBytes(element.GetString()!));
                break;
            case JsonValueKind.Number:
                WriteNumber(output, element);
                break;
            case JsonValueKind.Undefined or JsonValueKind.True or JsonValueKind.False or JsonValueKind.Null:
            default:
                output.Write(JsonMarshal.GetRawUtf8Value(element));
                break;
        }
    }

    private static void WriteObject(ArrayBufferWriter<byte> output, JsonElement element)
    {
        var members = element.EnumerateObject().Select(member => (member.Name, member.Value)).ToArray();
        Array.Sort(members, static (left, right) => string.CompareOrdinal(left.Name, right.Name));
        output.Write("{"u8);
        for (var i = 0; i < members.Length; i++)
        {
            if (i > 0)
            {
                if (members[i].Name == members[i - 1].Name) throw new JsonException($"the member \"{members[i].Name}\" is there twice");
                output.Write(","u8);
            }
            WriteString(output, Encoding.UTF8.GetBytes(members[i].Name));
            output.Write(":"u8);
            Write(output, members[i].Value);
        }
        output.Write("}"u8);
    }

    private static void WriteNumber(ArrayBufferWriter<byte> output, JsonElement element)
    {
        var raw = JsonMarshal.GetRawUtf8Value(element);
        var whole = raw.IndexOfAny(".eE"u8) < 0;
        // Fifteen digits always fit a double, and a whole number has no other spelling but minus zero.
        if (whole && raw.Length <= 15 && !raw.SequenceEqual("-0"u8))
        {
            output.Write(raw);
            return;
        }
        var value = element.GetDouble();
        if (!double.IsFinite(value))
            throw new JsonException($"the number {Encoding.ASCII.GetString(raw)} is outside a double's range; write it as a string");
        var text = FormatNumber(value);
        if (whole && text != "0" && !Encoding.ASCII.GetString(raw).Equals(text, StringComparison.Ordinal))
            throw new JsonException($"the whole number {Encoding.ASCII.GetString(raw)} would become {text} as a double; write it as a "
                + "string");
        output.Write(Encoding.ASCII.GetBytes(text));
    }

    private static int IndexOfEscaped(ReadOnlySpan<byte> utf8)
    {
        for (var i = 0; i < utf8.Length; i++)
            if (utf8[i] is < 0x20 or (byte)'"' or (byte)'\\') return i;
        return -1;
    }

    private static void WriteEscape(IBufferWriter<byte> output, byte character)
    {
        switch (character)
        {
            case (byte)'"': output.Write("\\\""u8); break;
            case (byte)'\\': output.Write("\\\\"u8); break;
            case (byte)'\b': output.Write("\\b"u8); break;
            case (byte)'\t': output.Write("\\t"u8); break;
            case (byte)'\n': output.Write("\\n"u8); break;
            case (byte)'\f': output.Write("\\f"u8); break;
            case (byte)'\r': output.Write("\\r"u8); break;
            default:
                output.Write("\\u00"u8);
                output.Write([Hex(character >> 4), Hex(character & 0xF)]);
                break;
        }
    }

    private static byte Hex(int digit) => (byte)(digit < 10 ? '0' + digit : 'a' + digit - 10);
}
