namespace Fairway.Policy;

/// <summary>The value that each type has when none is given.</summary>
internal static class Zeros
{
    /// <summary>The zero of a type.</summary>
    public static CelValue Of(CelType type, CelDeclarations declarations) => type.Kind switch
    {
        CelKind.Bool => CelBool.False,
        CelKind.Int => CelInt.Of(0),
        CelKind.Uint => new CelUint(0),
        CelKind.Double => new CelDouble(0),
        CelKind.String => new CelString(""),
        CelKind.Bytes => new CelBytes([]),
        CelKind.List => CelList.Empty,
        CelKind.Map => CelMap.Empty,
        CelKind.Timestamp => new CelTimestamp(NodaTime.Instant.FromUnixTimeSeconds(0)),
        CelKind.Duration => new CelDuration(0),
        CelKind.Optional => CelOptional.None,
        CelKind.Record when declarations.Record(type.Name) is { } record => new CelRecord(record, []),
        _ => CelNull.Value,
    };

    /// <summary>Whether it is the zero of its type.</summary>
    public static bool IsZero(CelValue value) => value switch
    {
        CelNull => true,
        CelBool { Value: var truth } => !truth,
        CelInt { Value: var number } => number == 0,
        CelUint { Value: var number } => number == 0,
        CelDouble { Value: var number } => number == 0,
        CelString { Value: var text } => text.Length == 0,
        CelBytes { Value: var bytes } => bytes.IsEmpty,
        CelList { Items: var items } => items.IsEmpty,
        CelMap { Entries: var entries } => entries.IsEmpty,
        CelTimestamp { Value: var instant } => instant == NodaTime.Instant.FromUnixTimeSeconds(0),
        CelDuration { Nanoseconds: var nanoseconds } => nanoseconds == 0,
        CelOptional { Value: var inner } => inner is null,
        CelRecord { Fields.Count: var count } => count == 0,
        _ => false,
    };
}
