namespace Fairway.Policy;

/// <summary>Parts of values: fields, keys and indexes.</summary>
internal static class Access
{
    /// <summary>An item of a list. A double or uint that is a whole number will do.</summary>
    public static CelValue At(CelList list, CelValue index) => Position(index) is not { } at
        ? CelError.Of(CelErrorKind.NoMatchingOverload, $"a list has no index {CelText.Brief(index)}")
        : at >= 0 && at < list.Items.Length ? list.Items[(int)at]
        : CelError.Of(CelErrorKind.IndexOutOfRange, $"the list has no index {at}, it has {list.Items.Length} items");

    /// <summary>The value of a key.</summary>
    public static CelValue At(CelMeter meter, CelMap map, CelValue key) => Find(meter, map, key) ?? NoSuchKey(key);

    /// <summary>The value of a key; null when it is not there.</summary>
    public static CelValue? Find(CelMeter meter, CelMap map, CelValue key)
    {
        if (key is CelString { Value.Length: var length }) meter.ChargeText(length);
        return map.Find(key);
    }

    /// <summary>Whether a list has an item that equals a value.</summary>
    public static bool Contains(CelMeter meter, CelList list, CelValue wanted)
    {
        foreach (var item in list.Items)
            if (CelEquality.AreEqual(item, wanted, meter)) return true;
        return false;
    }

    /// <summary>What an index or key finds; null when it finds nothing; an error when there can be nothing.</summary>
    public static CelValue? TryIndex(CelMeter meter, CelValue operand, CelValue index) => operand switch
    {
        CelList list => Position(index) is { } at ? at >= 0 && at < list.Items.Length ? list.Items[(int)at] : null
            : CelError.Of(CelErrorKind.NoMatchingOverload, $"a list has no index {CelText.Brief(index)}"),
        CelMap map => Find(meter, map, index),
        CelOptional { Value: null } => null,
        CelOptional { Value: var inner } => TryIndex(meter, inner, index),
        _ => CelError.Of(CelErrorKind.NoMatchingOverload, $"a {operand.Type.Name} has no index"),
    };

    /// <summary>What a field holds; null when it is not set or the key is not there; an error when there can be no such field.</summary>
    public static CelValue? TryField(CelMeter meter, CelValue operand, string field) => operand switch
    {
        CelMap map => Find(meter, map, new CelString(field)),
        CelRecord record => record.RecordType.Find(field) is null ? NoSuchField(record, field) : record.Find(field),
        CelOptional { Value: null } => null,
        CelOptional { Value: var inner } => TryField(meter, inner, field),
        _ => CelError.Of(CelErrorKind.NoMatchingOverload, $"a {operand.Type.Name} has no field {field}"),
    };

    /// <summary>What <c>operand.field</c> is. Of an optional value it is optional again.</summary>
    public static CelValue Field(CelMeter meter, CelValue operand, string field, CelDeclarations declarations)
    {
        if (operand is CelOptional)
            return TryField(meter, operand, field) is { } present ? present is CelError ? present : CelOptional.Of(present) : CelOptional.None;
        if (TryField(meter, operand, field) is { } found) return found;
        if (operand is not CelRecord record) return NoSuchKey(new CelString(field));
        return record.RecordType.HasDefaults ? Zeros.Of(record.RecordType.Find(field)!.Type, declarations)
            : CelError.Of(CelErrorKind.NoSuchField, $"{field} is not known here; has() asks whether it is");
    }

    /// <summary>Whether a field counts as set.</summary>
    public static bool IsSet(CelRecord record, string field) => record.Find(field) is { } value && (!record.RecordType.HasDefaults || value is CelRecord || !Zeros.IsZero(value));

    public static CelError NoSuchKey(CelValue key) => CelError.Of(CelErrorKind.NoSuchKey, $"the map has no key {CelText.Brief(key)}");

    private static CelError NoSuchField(CelRecord record, string field) => CelError.Of(CelErrorKind.NoSuchField, $"{record.RecordType.Name} has no field {field}");

    private static long? Position(CelValue index) => CelKeys.Normal(index) switch
    {
        CelInt { Value: var at } => at,
        CelUint { Value: <= long.MaxValue and var at } => (long)at,
        CelUint => long.MaxValue,
        _ => null,
    };
}
