namespace Fairway.Policy;

/// <summary>What may be a key of a map, and when two keys are the same.</summary>
internal static class CelKeys
{
    /// <summary>Two keys are the same when they are equal values: 1 and 1u are.</summary>
    public static IEqualityComparer<CelValue> Comparer { get; } = new KeyComparer();

    /// <summary>Whether it may be a key.</summary>
    public static bool CanBe(CelValue key) => key is CelInt or CelUint or CelBool or CelString;

    /// <summary>What to look up for a key; null when no map can have it.</summary>
    public static CelValue? Normal(CelValue key) => key switch
    {
        CelDouble { Value: var number } => Whole(number),
        _ => CanBe(key) ? key : null,
    };

    /// <summary>A hash that equal values share.</summary>
    public static int Hash(CelValue value) => value switch
    {
        CelInt { Value: var number } => HashCode.Combine(number),
        CelUint { Value: <= long.MaxValue and var number } => HashCode.Combine((long)number),
        CelUint { Value: var number } => HashCode.Combine(number, 1),
        CelDouble { Value: var number } => Whole(number) is { } whole ? Hash(whole) : HashCode.Combine(number),
        CelBool { Value: var truth } => truth ? 1 : 2,
        CelString { Value: var text } => text.GetHashCode(StringComparison.Ordinal),
        CelBytes { Value: var bytes } => HashCode.Combine(bytes.Length),
        CelTimestamp { Value: var instant } => instant.GetHashCode(),
        CelDuration { Nanoseconds: var nanoseconds } => HashCode.Combine(nanoseconds, 2),
        CelList { Items.Length: var count } => HashCode.Combine(count, 3),
        CelMap { Entries.Length: var count } => HashCode.Combine(count, 4),
        _ => (int)value.Kind,
    };

    private static CelValue? Whole(double number)
        => number != Math.Floor(number) ? null
            : number is >= -9223372036854775808.0 and < 9223372036854775808.0 ? CelInt.Of((long)number)
            : number is >= 9223372036854775808.0 and < 18446744073709551616.0 ? new CelUint((ulong)number) : null;

    private sealed class KeyComparer : IEqualityComparer<CelValue>
    {
        public bool Equals(CelValue? x, CelValue? y) => (x, y) switch
        {
            (CelString one, CelString other) => one.Value == other.Value,
            (CelInt one, CelInt other) => one.Value == other.Value,
            (CelUint one, CelUint other) => one.Value == other.Value,
            (CelInt one, CelUint other) => one.Value >= 0 && (ulong)one.Value == other.Value,
            (CelUint one, CelInt other) => other.Value >= 0 && (ulong)other.Value == one.Value,
            (CelBool one, CelBool other) => one.Value == other.Value,
            _ => false,
        };

        public int GetHashCode(CelValue obj) => Hash(obj);
    }
}
