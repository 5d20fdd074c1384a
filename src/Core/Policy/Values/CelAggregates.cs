namespace Fairway.Policy;

/// <summary>An ordered list.</summary>
public sealed class CelList : CelValue
{
    /// <summary>A list of these.</summary>
    public CelList(ImmutableArray<CelValue> items)
    {
        Items = items;
        var (weight, depth) = (1L, 0);
        foreach (var item in items)
        {
            weight = Sizes.Add(weight, item.Weight);
            depth = Math.Max(depth, item.Depth);
        }
        (Weight, Depth) = (weight, depth + 1);
    }

    /// <summary>No items.</summary>
    public static CelList Empty { get; } = new([]);

    /// <summary>Its items, in order.</summary>
    public ImmutableArray<CelValue> Items { get; }

    /// <inheritdoc/>
    public override CelKind Kind => CelKind.List;

    /// <inheritdoc/>
    public override CelType Type => CelType.AnyList;

    internal override long Weight { get; }

    internal override int Depth { get; }
}

/// <summary>An associative array with keys of <c>int</c>, <c>uint</c>, <c>bool</c> or <c>string</c>, in the order in which it was made.</summary>
public sealed class CelMap : CelValue
{
    private readonly Dictionary<CelValue, int> _places;

    private CelMap(ImmutableArray<KeyValuePair<CelValue, CelValue>> entries, Dictionary<CelValue, int> places)
    {
        (Entries, _places) = (entries, places);
        var (weight, depth) = (1L, 0);
        foreach (var (key, value) in entries)
        {
            weight = Sizes.Add(weight, Sizes.Add(key.Weight, value.Weight));
            depth = Math.Max(depth, value.Depth);
        }
        (Weight, Depth) = (weight, depth + 1);
    }

    /// <summary>No entries.</summary>
    public static CelMap Empty { get; } = new([], []);

    /// <summary>Its entries.</summary>
    public ImmutableArray<KeyValuePair<CelValue, CelValue>> Entries { get; }

    /// <inheritdoc/>
    public override CelKind Kind => CelKind.Map;

    /// <inheritdoc/>
    public override CelType Type => CelType.AnyMap;

    internal override long Weight { get; }

    internal override int Depth { get; }

    /// <summary>A map of these entries, or an error: a key twice (1 and 1u are the same key), or of a type that cannot be one.</summary>
    public static CelValue Of(ImmutableArray<KeyValuePair<CelValue, CelValue>> entries)
    {
        var places = new Dictionary<CelValue, int>(entries.Length, CelKeys.Comparer);
        foreach (var (index, (key, _)) in entries.Index())
        {
            if (!CelKeys.CanBe(key)) return CelError.Of(CelErrorKind.InvalidArgument, $"a {key.Type.Name} cannot be a key of a map");
            if (!places.TryAdd(key, index)) return CelError.Of(CelErrorKind.InvalidArgument, $"the key {CelText.Brief(key)} is there twice");
        }
        return new CelMap(entries, places);
    }

    /// <summary>A map with text for keys.</summary>
    /// <exception cref="ArgumentException">A key is there twice.</exception>
    public static CelMap OfText(IEnumerable<KeyValuePair<string, CelValue>> entries)
        => Of([.. entries.Select(entry => KeyValuePair.Create<CelValue, CelValue>(new CelString(entry.Key), entry.Value))]) as CelMap
            ?? throw new ArgumentException("a key is there twice", nameof(entries));

    /// <summary>The value of a key; null when it is not there. A number finds the key that is the same number, whatever its type.</summary>
    public CelValue? Find(CelValue key)
        => CelKeys.Normal(key) is { } normal && _places.TryGetValue(normal, out var index) ? Entries[index].Value : null;

    /// <summary>The value of a text; null when it is not there.</summary>
    public CelValue? Find(string key) => Find(new CelString(key));
}

/// <summary>A value of a declared record type.</summary>
public sealed class CelRecord : CelValue
{
    private readonly ImmutableSortedDictionary<string, CelValue> _fields;

    /// <summary>A record with those fields set.</summary>
    /// <exception cref="ArgumentException">The type has no such field.</exception>
    public CelRecord(CelRecordType recordType, IEnumerable<KeyValuePair<string, CelValue>> fields)
    {
        RecordType = recordType;
        _fields = fields.ToImmutableSortedDictionary(StringComparer.Ordinal);
        var (weight, depth) = (1L, 0);
        foreach (var (name, value) in _fields)
        {
            if (recordType.Find(name) is null) throw new ArgumentException($"{recordType.Name} has no field {name}", nameof(fields));
            weight = Sizes.Add(weight, value.Weight);
            depth = Math.Max(depth, value.Depth);
        }
        (Weight, Depth) = (weight, depth + 1);
    }

    /// <summary>Its type.</summary>
    public CelRecordType RecordType { get; }

    /// <summary>The fields that are set.</summary>
    public IReadOnlyDictionary<string, CelValue> Fields => _fields;

    /// <inheritdoc/>
    public override CelKind Kind => CelKind.Record;

    /// <inheritdoc/>
    public override CelType Type => RecordType.Type;

    internal override long Weight { get; }

    internal override int Depth { get; }

    /// <summary>The value of a field that is set; null when it is not.</summary>
    public CelValue? Find(string name) => _fields.GetValueOrDefault(name);
}

/// <summary>A value that may be absent.</summary>
public sealed class CelOptional : CelValue
{
    private CelOptional(CelValue? value) => Value = value;

    /// <summary>Absent.</summary>
    public static CelOptional None { get; } = new(null);

    /// <summary>The value; null when it is absent.</summary>
    public CelValue? Value { get; }

    /// <inheritdoc/>
    public override CelKind Kind => CelKind.Optional;

    /// <inheritdoc/>
    public override CelType Type => CelType.Optional(CelType.Dyn);

    internal override long Weight => Sizes.Add(1, Value?.Weight ?? 0);

    internal override int Depth => 1 + (Value?.Depth ?? 0);

    /// <summary>Present.</summary>
    public static CelOptional Of(CelValue value) => new(value);
}

/// <summary>Sums of sizes that stay at the greatest number instead of wrapping.</summary>
internal static class Sizes
{
    public static long Add(long one, long other) => one > long.MaxValue - other ? long.MaxValue : one + other;
}
