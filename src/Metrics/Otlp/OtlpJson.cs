using System.Buffers.Text;
using System.Globalization;
using System.Text;
using System.Text.Json;
using Fairway.Metrics.Protobuf;

namespace Fairway.Metrics.Otlp;

/// <summary>Turns the JSON form of a metrics request into its protobuf form, so that both are understood by the same code (OTLP
/// specification, "JSON Protobuf Encoding").</summary>
internal static class OtlpJson
{
    /// <summary>Turns a request.</summary>
    /// <exception cref="FormatException">It is no JSON, or a value has another type than the protocol says.</exception>
    public static void ToProtobuf(ReadOnlySpan<byte> json, ProtobufWriter into)
    {
        var reader = new Utf8JsonReader(json, new JsonReaderOptions { MaxDepth = 64, CommentHandling = JsonCommentHandling.Disallow });
        try
        {
            if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject) throw new FormatException("JSON: expected an object");
            Message(ref reader, OtlpSchema.Request, into);
            if (reader.Read()) throw new FormatException("JSON: text after the request");
        }
        catch (JsonException e)
        {
            throw new FormatException($"JSON: {e.Message}", e);
        }
        catch (InvalidOperationException e)
        {
            // A text that is not UTF-8, or half a surrogate pair.
            throw new FormatException($"JSON: {e.Message}", e);
        }
    }

    private static void Message(ref Utf8JsonReader reader, OtlpSchema schema, ProtobufWriter into)
    {
        while (reader.Read() && reader.TokenType != JsonTokenType.EndObject)
        {
            var field = schema.Find(ref reader);
            reader.Read();
            if (field is null || reader.TokenType == JsonTokenType.Null) reader.Skip();
            else if (!field.Repeated) Value(ref reader, field, into);
            else if (reader.TokenType != JsonTokenType.StartArray) throw Bad(ref reader, field, "a list");
            else Values(ref reader, field, into);
        }
    }

    private static void Values(ref Utf8JsonReader reader, OtlpField field, ProtobufWriter into)
    {
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            if (reader.TokenType == JsonTokenType.Null) throw Bad(ref reader, field, "a value");
            Value(ref reader, field, into);
        }
    }

    private static void Value(ref Utf8JsonReader reader, OtlpField field, ProtobufWriter into)
    {
        switch (field.Kind)
        {
            case OtlpFieldKind.Message:
                if (reader.TokenType != JsonTokenType.StartObject) throw Bad(ref reader, field, "an object");
                var begun = into.Begin(field.Number);
                Message(ref reader, field.Schema!, into);
                into.End(begun);
                break;
            case OtlpFieldKind.Text:
                if (reader.TokenType != JsonTokenType.String) throw Bad(ref reader, field, "a text");
                into.Text(field.Number, reader.GetString()!);
                break;
            case OtlpFieldKind.Bool:
                if (reader.TokenType is not (JsonTokenType.True or JsonTokenType.False)) throw Bad(ref reader, field, "true or false");
                into.Varint(field.Number, reader.GetBoolean() ? 1UL : 0);
                break;
            case OtlpFieldKind.Bytes:
                if (reader.TokenType != JsonTokenType.String || !reader.TryGetBytesFromBase64(out var bytes)) throw Bad(ref reader, field, "bytes in base64");
                into.Bytes(field.Number, bytes);
                break;
            case OtlpFieldKind.Double:
                into.Double(field.Number, Double(ref reader, field));
                break;
            case OtlpFieldKind.Fixed64:
                into.Fixed64(field.Number, Integer(ref reader, field));
                break;
            case OtlpFieldKind.ZigZag:
                into.SInt64(field.Number, (long)Integer(ref reader, field));
                break;
            case OtlpFieldKind.Temporality when reader.TokenType == JsonTokenType.String && reader.ValueSpan.Length > 2:
                into.Varint(field.Number, reader.ValueTextEquals("AGGREGATION_TEMPORALITY_DELTA") ? 1UL : reader.ValueTextEquals("AGGREGATION_TEMPORALITY_CUMULATIVE") ? 2UL : 0);
                break;
            default:
                into.Varint(field.Number, Integer(ref reader, field));
                break;
        }
    }

    private static ulong Integer(ref Utf8JsonReader reader, OtlpField field)
    {
        if (reader.TokenType is not (JsonTokenType.Number or JsonTokenType.String)) throw Bad(ref reader, field, "a whole number");
        var text = reader.ValueSpan;
        if (Utf8Parser.TryParse(text, out ulong unsigned, out var used) && used == text.Length) return unsigned;
        if (Utf8Parser.TryParse(text, out long signed, out used) && used == text.Length) return (ulong)signed;
        // Writers in JavaScript say 1e3.
        if (Utf8Parser.TryParse(text, out double real, out used) && used == text.Length && real == Math.Truncate(real) && Math.Abs(real) < 9e15) return (ulong)(long)real;
        throw Bad(ref reader, field, "a whole number");
    }

    private static double Double(ref Utf8JsonReader reader, OtlpField field)
    {
        if (reader.TokenType == JsonTokenType.Number) return reader.GetDouble();
        if (reader.TokenType != JsonTokenType.String) throw Bad(ref reader, field, "a number");
        if (reader.ValueTextEquals("NaN")) return BitConverter.Int64BitsToDouble(Model.StaleMarker.OrdinaryNaNBits);
        if (reader.ValueTextEquals("Infinity")) return double.PositiveInfinity;
        if (reader.ValueTextEquals("-Infinity")) return double.NegativeInfinity;
        return double.TryParse(reader.ValueSpan, NumberStyles.Float, CultureInfo.InvariantCulture, out var value) ? value : throw Bad(ref reader, field, "a number");
    }

    private static FormatException Bad(ref Utf8JsonReader reader, OtlpField field, string expected) =>
        new($"JSON: {field.Name}: expected {expected}, found {Shown(reader.ValueSpan, reader.TokenType)} (byte {reader.TokenStartIndex})");

    private static string Shown(ReadOnlySpan<byte> text, JsonTokenType type) =>
        text.IsEmpty ? type.ToString() : Encoding.UTF8.GetString(text[..Math.Min(60, text.Length)]);
}
