namespace Fairway.Policy;

/// <summary>What sort of type or value it is.</summary>
public enum CelKind
{
    /// <summary>Any type: checked when it is evaluated.</summary>
    Dyn,

    /// <summary><c>null_type</c></summary>
    Null,

    /// <summary><c>bool</c></summary>
    Bool,

    /// <summary><c>int</c>: 64 bits, signed.</summary>
    Int,

    /// <summary><c>uint</c>: 64 bits, unsigned.</summary>
    Uint,

    /// <summary><c>double</c>: IEEE 754, 64 bits.</summary>
    Double,

    /// <summary><c>string</c>: Unicode code points.</summary>
    String,

    /// <summary><c>bytes</c></summary>
    Bytes,

    /// <summary><c>list(T)</c></summary>
    List,

    /// <summary><c>map(K, V)</c></summary>
    Map,

    /// <summary><c>type(T)</c></summary>
    Type,

    /// <summary><c>google.protobuf.Timestamp</c></summary>
    Timestamp,

    /// <summary><c>google.protobuf.Duration</c></summary>
    Duration,

    /// <summary><c>optional_type(T)</c></summary>
    Optional,

    /// <summary>A declared record type, by its name.</summary>
    Record,

    /// <summary>A primitive type or null (<c>google.protobuf.Int64Value</c> and the like).</summary>
    Wrapper,

    /// <summary>A type parameter of a function's signature, such as <c>A</c>.</summary>
    Parameter,

    /// <summary>In signatures: <c>int</c>, <c>uint</c> or <c>double</c>.</summary>
    Number,

    /// <summary>Of an expression that could not be checked; fits everything, so that one mistake is reported once. Of a value: an error.</summary>
    Error,
}

/// <summary>A type of the Common Expression Language. Two types are equal when they are written the same.</summary>
public sealed class CelType : IEquatable<CelType>
{
    private CelType(CelKind kind, string name, ImmutableArray<CelType> parameters)
    {
        (Kind, Name, Parameters) = (kind, name, parameters);
        Text = parameters.IsEmpty ? name : $"{name}({string.Join(", ", parameters.Select(parameter => parameter.Text))})";
    }

    /// <summary>Any type.</summary>
    public static CelType Dyn { get; } = new(CelKind.Dyn, "dyn", []);

    /// <summary>The type of <c>null</c>.</summary>
    public static CelType Null { get; } = new(CelKind.Null, "null_type", []);

    /// <summary>Truth values.</summary>
    public static CelType Bool { get; } = new(CelKind.Bool, "bool", []);

    /// <summary>Signed integers.</summary>
    public static CelType Int { get; } = new(CelKind.Int, "int", []);

    /// <summary>Unsigned integers.</summary>
    public static CelType Uint { get; } = new(CelKind.Uint, "uint", []);

    /// <summary>Floating-point numbers.</summary>
    public static CelType Double { get; } = new(CelKind.Double, "double", []);

    /// <summary>Text.</summary>
    public static CelType String { get; } = new(CelKind.String, "string", []);

    /// <summary>Octets.</summary>
    public static CelType Bytes { get; } = new(CelKind.Bytes, "bytes", []);

    /// <summary>Instants, to the nanosecond.</summary>
    public static CelType Timestamp { get; } = new(CelKind.Timestamp, "google.protobuf.Timestamp", []);

    /// <summary>Lengths of time, to the nanosecond.</summary>
    public static CelType Duration { get; } = new(CelKind.Duration, "google.protobuf.Duration", []);

    /// <summary>A list of anything.</summary>
    public static CelType AnyList { get; } = List(Dyn);

    /// <summary>A map of anything.</summary>
    public static CelType AnyMap { get; } = Map(Dyn, Dyn);

    internal static CelType Error { get; } = new(CelKind.Error, "error", []);

    internal static CelType Number { get; } = new(CelKind.Number, "number", []);

    /// <summary>What sort of type it is.</summary>
    public CelKind Kind { get; }

    /// <summary>Its name without parameters, such as <c>list</c>.</summary>
    public string Name { get; }

    /// <summary>Element type of a list, key and value type of a map, and the like.</summary>
    public ImmutableArray<CelType> Parameters { get; }

    /// <summary>As it is written: <c>map(string, list(int))</c>.</summary>
    public string Text { get; }

    /// <summary>A list of that.</summary>
    public static CelType List(CelType element) => new(CelKind.List, "list", [element]);

    /// <summary>A map from keys of one type to values of another.</summary>
    public static CelType Map(CelType key, CelType value) => new(CelKind.Map, "map", [key, value]);

    /// <summary>A value that may be absent.</summary>
    public static CelType Optional(CelType value) => new(CelKind.Optional, "optional_type", [value]);

    /// <summary>The type of a type.</summary>
    public static CelType TypeOf(CelType type) => new(CelKind.Type, "type", [type]);

    /// <summary>A primitive type or null.</summary>
    public static CelType Wrapper(CelType primitive) => new(CelKind.Wrapper, "wrapper", [primitive]);

    /// <summary>A record type by its full name.</summary>
    public static CelType Record(string name) => new(CelKind.Record, name, []);

    /// <summary>A type parameter of a signature.</summary>
    public static CelType Parameter(string name) => new(CelKind.Parameter, name, []);

    internal static CelType Of(CelKind kind, string name, ImmutableArray<CelType> parameters) => new(kind, name, parameters);

    /// <inheritdoc/>
    public bool Equals(CelType? other) => other is not null && (ReferenceEquals(this, other) || (Kind == other.Kind && Text == other.Text));

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as CelType);

    /// <inheritdoc/>
    public override int GetHashCode() => Text.GetHashCode(StringComparison.Ordinal);

    /// <inheritdoc/>
    public override string ToString() => Text;
}
