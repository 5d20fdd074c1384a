using System.Buffers;
using System.Text;
using System.Text.Json;
using Fairway.Metrics.Exposition;
using Fairway.Metrics.Ingest;
using Fairway.Metrics.Protobuf;

namespace Fairway.Metrics.Otlp;

/// <summary>Attributes of OpenTelemetry (message KeyValue) as texts.</summary>
internal static class OtlpAttributes
{
    private const int MostDepth = 32;

    /// <summary>One attribute.</summary>
    /// <exception cref="FormatException">The message is torn.</exception>
    public static (string Key, string Value) Read(ReadOnlySpan<byte> keyValue, TextPool pool)
    {
        var (key, value) = ("", "");
        var reader = new ProtobufReader(keyValue);
        while (reader.Next())
        {
            if (reader.Field == 1) key = pool.Get(reader.Bytes());
            else if (reader.Field == 2) value = Text(reader.Bytes(), pool);
            else reader.Skip();
        }

        return (key, value);
    }

    /// <summary>Adds attributes as labels. Two that become the same label are joined with ";", in order of their keys.</summary>
    /// <param name="attributes">Sorted by this call.</param>
    /// <param name="naming">How names are made.</param>
    /// <param name="into">Labels in it already win.</param>
    public static void AddLabels(List<(string Key, string Value)> attributes, OtlpNaming naming, LabelDraft into)
    {
        attributes.Sort(static (a, b) => string.CompareOrdinal(a.Key, b.Key));
        var before = into.Count;
        foreach (var (key, value) in attributes)
        {
            var name = OtlpNames.Label(key, naming);
            if (name.Length == 0 || value.Length == 0) continue;
            var taken = Position(into, name);
            if (taken < 0) into.Set(name, value);
            else if (taken >= before) into.Set(name, into.Get(name) + ";" + value);
        }
    }

    private static int Position(LabelDraft draft, string name)
    {
        for (var i = 0; i < draft.Count; i++)
        {
            if (draft.All[i].Name == name) return i;
        }

        return -1;
    }

    // A plain text as it is; a list or a map as JSON (OpenTelemetry, "Mapping to non-OTLP formats").
    private static string Text(ReadOnlySpan<byte> anyValue, TextPool pool)
    {
        var reader = new ProtobufReader(anyValue);
        if (!Last(ref reader)) return "";
        switch (reader.Field)
        {
            case 1: return pool.Get(reader.Bytes());
            case 2: return reader.Int64() != 0 ? "true" : "false";
            case 3: return reader.Int64().ToString(System.Globalization.CultureInfo.InvariantCulture);
            case 4: return NumberText.ToText(reader.Double());
            case 7: return Convert.ToBase64String(reader.Bytes());
            default: return Json(anyValue);
        }
    }

    // Of the fields that exclude each other the last one counts (protobuf encoding, "Last One Wins").
    private static bool Last(ref ProtobufReader reader)
    {
        var last = reader;
        var found = false;
        while (reader.Next())
        {
            if (reader.Field is >= 1 and <= 7)
            {
                last = reader;
                found = true;
            }

            reader.Skip();
        }

        reader = last;
        return found;
    }

    private static string Json(ReadOnlySpan<byte> anyValue)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer)) Write(anyValue, json, 0);
        return Encoding.UTF8.GetString(buffer.WrittenSpan);
    }

    private static void Write(ReadOnlySpan<byte> anyValue, Utf8JsonWriter json, int depth)
    {
        if (depth > MostDepth) throw new FormatException($"an attribute is nested more than {MostDepth} deep");
        var reader = new ProtobufReader(anyValue);
        if (Last(ref reader)) WriteOne(ref reader, json, depth);
        else json.WriteNullValue();
    }

    private static void WriteOne(ref ProtobufReader reader, Utf8JsonWriter json, int depth)
    {
        switch (reader.Field)
        {
            case 1: json.WriteStringValue(TextPool.Decode(reader.Bytes())); break;
            case 2: json.WriteBooleanValue(reader.Int64() != 0); break;
            case 3: json.WriteNumberValue(reader.Int64()); break;
            case 4:
                var number = reader.Double();
                if (double.IsFinite(number)) json.WriteNumberValue(number);
                else json.WriteStringValue(NumberText.ToText(number));
                break;
            case 5:
                json.WriteStartArray();
                var values = new ProtobufReader(reader.Bytes());
                while (values.Next())
                {
                    if (values.Field == 1) Write(values.Bytes(), json, depth + 1);
                    else values.Skip();
                }

                json.WriteEndArray();
                break;
            case 6: WriteMap(reader.Bytes(), json, depth); break;
            default: json.WriteBase64StringValue(reader.Bytes()); break;
        }
    }

    private static void WriteMap(ReadOnlySpan<byte> map, Utf8JsonWriter json, int depth)
    {
        json.WriteStartObject();
        var entries = new ProtobufReader(map);
        while (entries.Next())
        {
            if (entries.Field != 1)
            {
                entries.Skip();
                continue;
            }

            var entry = new ProtobufReader(entries.Bytes());
            ReadOnlySpan<byte> key = default, value = default;
            while (entry.Next())
            {
                if (entry.Field == 1) key = entry.Bytes();
                else if (entry.Field == 2) value = entry.Bytes();
                else entry.Skip();
            }

            json.WritePropertyName(TextPool.Decode(key));
            Write(value, json, depth + 1);
        }

        json.WriteEndObject();
    }
}
