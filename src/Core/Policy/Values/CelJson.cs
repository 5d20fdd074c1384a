using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Fairway.Policy;

/// <summary>Values from and to JSON, by the table in the language definition.</summary>
public abstract partial class CelValue
{
    private const long Interoperable = (1L << 53) - 1;

    /// <summary>A value of JSON: numbers are <c>double</c>, objects are maps with text for keys. Of a name that is there twice the last counts.</summary>
    public static CelValue FromJson(JsonElement json) => json.ValueKind switch
    {
        JsonValueKind.True => CelBool.True,
        JsonValueKind.False => CelBool.False,
        JsonValueKind.Number => new CelDouble(json.GetDouble()),
        JsonValueKind.String => new CelString(json.GetString()!),
        JsonValueKind.Array => new CelList([.. json.EnumerateArray().Select(FromJson)]),
        JsonValueKind.Object => CelMap.OfText(Members(json).Select(member => KeyValuePair.Create(member.Key, FromJson(member.Value)))),
        _ => CelNull.Value,
    };

    /// <summary>A value of JSON that should be of a type.</summary>
    /// <param name="json">The JSON.</param>
    /// <param name="type">The type: an instant is written by RFC 3339, a length of time as <c>90s</c> or <c>1h30m</c>, bytes in base64.</param>
    /// <param name="declarations">Where record types are declared.</param>
    /// <returns>The value, or an error that says where in the JSON something else stands.</returns>
    public static CelValue FromJson(JsonElement json, CelType type, CelDeclarations declarations) => new CelJsonReader(declarations).Read(json, type, "");

    /// <summary>
    /// The value as JSON. An <c>int</c> or <c>uint</c> outside ±(2^53 − 1) is text in digits, infinities and NaN are text, bytes are base64. What the
    /// definition gives no JSON for is written as a person would read it: keys that are no text as text, an absent value as null, a type by its name.
    /// </summary>
    public JsonNode? ToJson() => this switch
    {
        CelBool { Value: var truth } => JsonValue.Create(truth),
        CelInt { Value: >= -Interoperable and <= Interoperable and var number } => JsonValue.Create(number),
        CelInt { Value: var number } => JsonValue.Create(number.ToString(CultureInfo.InvariantCulture)),
        CelUint { Value: <= (ulong)Interoperable and var number } => JsonValue.Create(number),
        CelUint { Value: var number } => JsonValue.Create(number.ToString(CultureInfo.InvariantCulture)),
        CelDouble { Value: var number } => double.IsFinite(number) ? JsonValue.Create(number) : JsonValue.Create(CelText.Of(number)),
        CelString { Value: var text } => JsonValue.Create(text),
        CelBytes { Value: var bytes } => JsonValue.Create(Convert.ToBase64String(bytes.AsSpan())),
        CelTimestamp { Value: var instant } => JsonValue.Create(CelText.Of(instant)),
        CelDuration { Nanoseconds: var nanoseconds } => JsonValue.Create(CelText.OfDuration(nanoseconds)),
        CelList { Items: var items } => new JsonArray([.. items.Select(item => item.ToJson())]),
        CelMap { Entries: var entries } => Object(entries.Select(entry => (entry.Key is CelString { Value: var key } ? key : CelText.Of(entry.Key), entry.Value))),
        CelRecord { Fields: var fields } => Object(fields.Select(field => (field.Key, field.Value))),
        CelOptional { Value: var inner } => inner?.ToJson(),
        CelTypeValue { Value: var type } => JsonValue.Create(type.Name),
        _ => null,
    };

    internal static IEnumerable<KeyValuePair<string, JsonElement>> Members(JsonElement json)
    {
        var members = new Dictionary<string, JsonElement>(StringComparer.Ordinal);
        foreach (var member in json.EnumerateObject()) members[member.Name] = member.Value;
        return members;
    }

    private static JsonObject Object(IEnumerable<(string Key, CelValue Value)> members)
    {
        var made = new JsonObject();
        foreach (var (key, value) in members) made[key] = value.ToJson();
        return made;
    }
}

/// <summary>Reads JSON as values of types.</summary>
internal sealed class CelJsonReader(CelDeclarations declarations)
{
    public CelValue Read(JsonElement json, CelType type, string path)
    {
        switch (type.Kind, json.ValueKind)
        {
            case (CelKind.Dyn, _):
                return CelValue.FromJson(json);
            case (CelKind.Null or CelKind.Wrapper, JsonValueKind.Null):
                return CelNull.Value;
            case (CelKind.Wrapper, _):
                return Read(json, type.Parameters[0], path);
            case (CelKind.Optional, JsonValueKind.Null):
                return CelOptional.None;
            case (CelKind.Optional, _):
                return Read(json, type.Parameters[0], path) is var inner && inner is CelError ? inner : CelOptional.Of(inner);
            case (CelKind.Bool, JsonValueKind.True or JsonValueKind.False):
                return CelBool.Of(json.GetBoolean());
            case (CelKind.Int, JsonValueKind.Number) when json.TryGetInt64(out var whole):
                return CelInt.Of(whole);
            case (CelKind.Uint, JsonValueKind.Number) when json.TryGetUInt64(out var whole):
                return new CelUint(whole);
            case (CelKind.Double, JsonValueKind.Number):
                return new CelDouble(json.GetDouble());
            case (CelKind.String, JsonValueKind.String):
                return new CelString(json.GetString()!);
            case (CelKind.Bytes, JsonValueKind.String) when json.TryGetBytesFromBase64(out var bytes):
                return new CelBytes([.. bytes]);
            case (CelKind.Timestamp, JsonValueKind.String):
                return At(TimeText.ParseTimestamp(json.GetString()!), path);
            case (CelKind.Duration, JsonValueKind.String):
                return At(TimeText.ParseDuration(json.GetString()!), path);
            case (CelKind.List, JsonValueKind.Array):
                return List(json, type.Parameters[0], path);
            case (CelKind.Map, JsonValueKind.Object):
                return Map(json, type, path);
            case (CelKind.Record, JsonValueKind.Object) when declarations.Record(type.Name) is { } record:
                return Record(json, record, path);
            default:
                return Wrong(path, $"is {Kind(json)}, and {Expected(type)} is expected");
        }
    }

    private static CelError Wrong(string path, string what) => CelError.Of(CelErrorKind.InvalidArgument, $"{(path.Length == 0 ? "the value" : path)} {what}");

    private static CelValue At(CelValue value, string path) => value is CelError error ? CelError.Of(error.ErrorKind, path.Length == 0 ? error.Message : $"{path}: {error.Message}") : value;

    private static string Kind(JsonElement json) => json.ValueKind switch
    {
        JsonValueKind.Object => "an object",
        JsonValueKind.Array => "a list",
        JsonValueKind.String => CelText.Brief(new CelString(json.GetString()!)),
        JsonValueKind.Null => "null",
        _ => json.GetRawText() is { Length: <= 40 } text ? text : "a number",
    };

    private static string Expected(CelType type) => type.Kind switch
    {
        CelKind.Timestamp => "an instant such as \"2026-01-31T23:59:59Z\"",
        CelKind.Duration => "a length of time such as \"1h30m\"",
        CelKind.Bytes => "base64",
        _ => type.Text,
    };

    private CelValue List(JsonElement json, CelType item, string path)
    {
        var items = ImmutableArray.CreateBuilder<CelValue>(json.GetArrayLength());
        foreach (var element in json.EnumerateArray())
        {
            var value = Read(element, item, $"{path}[{items.Count}]");
            if (value is CelError) return value;
            items.Add(value);
        }
        return new CelList(items.ToImmutable());
    }

    private CelValue Map(JsonElement json, CelType type, string path)
    {
        var entries = ImmutableArray.CreateBuilder<KeyValuePair<CelValue, CelValue>>();
        foreach (var (name, element) in CelValue.Members(json))
        {
            var value = Read(element, type.Parameters[1], Joined(path, name));
            if (value is CelError) return value;
            if (Key(name, type.Parameters[0]) is not { } key) return Wrong(Joined(path, name), $"is no {type.Parameters[0].Text}");
            entries.Add(new(key, value));
        }
        return At(CelMap.Of(entries.ToImmutable()), path);
    }

    private static CelValue? Key(string name, CelType type) => type.Kind switch
    {
        CelKind.Int => long.TryParse(name, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var whole) ? CelInt.Of(whole) : null,
        CelKind.Uint => ulong.TryParse(name, NumberStyles.None, CultureInfo.InvariantCulture, out var whole) ? new CelUint(whole) : null,
        CelKind.Bool => name is "true" or "false" ? CelBool.Of(name == "true") : null,
        _ => new CelString(name),
    };

    private CelValue Record(JsonElement json, CelRecordType record, string path)
    {
        var fields = new Dictionary<string, CelValue>(StringComparer.Ordinal);
        foreach (var (name, element) in CelValue.Members(json))
        {
            if (record.Find(name) is not { } field)
            {
                var near = NearestName.Of(name, record.Fields.Select(known => known.Name));
                return Wrong(Joined(path, name), "is not known" + (near is null ? $"; one of {string.Join(", ", record.Fields.Select(known => known.Name))} is expected" : $"; did you mean {near}?"));
            }
            if (element.ValueKind == JsonValueKind.Null) continue;
            var value = Read(element, field.Type, Joined(path, name));
            if (value is CelError) return value;
            fields[name] = value;
        }
        return new CelRecord(record, fields);
    }

    private static string Joined(string path, string name)
    {
        var shown = new StringBuilder(path.Length == 0 ? "" : path + ".");
        foreach (var letter in name.Length <= 80 ? name : name[..80]) shown.Append(char.IsControl(letter) ? '?' : letter);
        return shown.ToString();
    }
}
