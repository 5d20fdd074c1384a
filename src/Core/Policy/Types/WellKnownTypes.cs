using NodaTime;

namespace Fairway.Policy;

/// <summary>
/// Messages of <c>google.protobuf</c> that the language turns into values of its own: wrappers, <c>Struct</c>, <c>Value</c>, <c>ListValue</c>,
/// <c>Timestamp</c> and <c>Duration</c>. They are written as message literals.
/// </summary>
internal static class WellKnownTypes
{
    private const string Package = "google.protobuf.";

    private static readonly Dictionary<string, (CelType Type, CelField[] Fields)> Known = new(StringComparer.Ordinal)
    {
        ["BoolValue"] = Wrapper(CelType.Bool),
        ["BytesValue"] = Wrapper(CelType.Bytes),
        ["DoubleValue"] = Wrapper(CelType.Double),
        ["FloatValue"] = Wrapper(CelType.Double),
        ["Int32Value"] = Wrapper(CelType.Int),
        ["Int64Value"] = Wrapper(CelType.Int),
        ["StringValue"] = Wrapper(CelType.String),
        ["UInt32Value"] = Wrapper(CelType.Uint),
        ["UInt64Value"] = Wrapper(CelType.Uint),
        ["ListValue"] = (CelType.AnyList, [new("values", CelType.AnyList)]),
        ["Struct"] = (CelType.Map(CelType.String, CelType.Dyn), [new("fields", CelType.Map(CelType.String, CelType.Dyn))]),
        ["Value"] = (CelType.Dyn, [new("null_value", CelType.Dyn), new("bool_value", CelType.Bool), new("number_value", CelType.Double),
            new("string_value", CelType.String), new("list_value", CelType.AnyList), new("struct_value", CelType.Map(CelType.String, CelType.Dyn))]),
        ["Timestamp"] = (CelType.Timestamp, [new("seconds", CelType.Int), new("nanos", CelType.Int)]),
        ["Duration"] = (CelType.Duration, [new("seconds", CelType.Int), new("nanos", CelType.Int)]),
    };

    /// <summary>Whether a literal of that name can be written.</summary>
    public static bool IsKnown(string name) => name.StartsWith(Package, StringComparison.Ordinal) && Known.ContainsKey(name[Package.Length..]);

    /// <summary>The type of such a literal, and its fields.</summary>
    public static (CelType Type, IReadOnlyList<CelField> Fields) Describe(string name) => Known[name[Package.Length..]];

    /// <summary>The value of a literal.</summary>
    /// <param name="name">A known name.</param>
    /// <param name="fields">The fields that are given; their names are known.</param>
    public static CelValue Make(string name, IReadOnlyDictionary<string, CelValue> fields)
    {
        var (type, known) = Known[name[Package.Length..]];
        foreach (var (field, value) in fields)
        {
            var expected = Array.Find(known, one => one.Name == field)!.Type;
            if (value is not CelNull && !Fit.Value(expected, value))
                return CelError.Of(CelErrorKind.NoMatchingOverload, $"{name}.{field} is a {expected.Text}, not a {value.Type.Name}");
        }
        return name[Package.Length..] switch
        {
            "Int32Value" => InRange(fields, int.MinValue, int.MaxValue),
            "UInt32Value" => fields.GetValueOrDefault("value") is CelUint { Value: > uint.MaxValue } ? OutOf(name) : Scalar(type, fields),
            "FloatValue" => Scalar(type, fields) is CelDouble { Value: var real } ? new CelDouble((float)real) : CelNull.Value,
            "ListValue" => fields.GetValueOrDefault("values") ?? CelList.Empty,
            "Struct" => StringKeyed(fields.GetValueOrDefault("fields") ?? CelMap.Empty),
            "Value" => Only(fields),
            "Timestamp" => Timestamp(Long(fields, "seconds"), Long(fields, "nanos")),
            "Duration" => CelDuration.Checked(((Int128)Long(fields, "seconds") * 1_000_000_000) + Long(fields, "nanos")),
            _ => Scalar(type, fields),
        };
    }

    private static (CelType, CelField[]) Wrapper(CelType type) => (CelType.Wrapper(type), [new("value", type)]);

    private static CelValue Scalar(CelType wrapper, IReadOnlyDictionary<string, CelValue> fields)
        => fields.GetValueOrDefault("value") ?? Zeros.Of(wrapper.Parameters[0], CelDeclarations.Standard);

    private static CelValue InRange(IReadOnlyDictionary<string, CelValue> fields, long least, long most)
        => fields.GetValueOrDefault("value") switch
        {
            CelInt { Value: var number } value => number >= least && number <= most ? value : OutOf("google.protobuf.Int32Value"),
            { } other => other,
            null => CelInt.Of(0),
        };

    private static CelError OutOf(string name) => CelError.Of(CelErrorKind.Overflow, $"the value is outside the range of {name}");

    private static CelValue StringKeyed(CelValue map) => map is CelMap { Entries: var entries } && entries.All(entry => entry.Key is CelString) ? map
        : CelError.Of(CelErrorKind.InvalidArgument, "the keys of google.protobuf.Struct are strings");

    private static CelValue Only(IReadOnlyDictionary<string, CelValue> fields) => fields.Count switch
    {
        0 => CelNull.Value,
        1 => fields.ContainsKey("null_value") ? CelNull.Value : fields.Values.Single(),
        _ => CelError.Of(CelErrorKind.InvalidArgument, "google.protobuf.Value has one field at most"),
    };

    private static long Long(IReadOnlyDictionary<string, CelValue> fields, string name) => fields.GetValueOrDefault(name) is CelInt { Value: var number } ? number : 0;

    private static CelValue Timestamp(long seconds, long nanoseconds)
        => seconds is < -62135596800 or > 253402300799 || nanoseconds is < 0 or > 999_999_999 ? OutOf("google.protobuf.Timestamp")
            : new CelTimestamp(Instant.FromUnixTimeSeconds(seconds).PlusNanoseconds(nanoseconds));
}

/// <summary>Whether a value may stand where a type is expected, as far as values know their types.</summary>
internal static class Fit
{
    public static bool Value(CelType type, CelValue value) => type.Kind switch
    {
        CelKind.Dyn or CelKind.Parameter or CelKind.Error => true,
        CelKind.Number => value is CelInt or CelUint or CelDouble,
        CelKind.Wrapper => value is CelNull || Value(type.Parameters[0], value),
        CelKind.Record => value is CelRecord record && record.RecordType.Name == type.Name,
        _ => type.Kind == value.Kind,
    };
}
