namespace Fairway.Policy;

/// <summary>What a function computes. Arguments are values, never errors; an error is returned as a value.</summary>
/// <param name="meter">Pays for work beyond a fixed amount, before it is done.</param>
/// <param name="arguments">The arguments, the receiver first.</param>
public delegate CelValue CelBody(CelMeter meter, ReadOnlySpan<CelValue> arguments);

/// <summary>An overload of a function.</summary>
/// <param name="Signature">What it takes and gives.</param>
/// <param name="Body">What it computes.</param>
/// <param name="IsFallback">Whether a checker looks at it only when no other overload fits.</param>
public sealed record CelFunction(CelSignature Signature, CelBody Body, bool IsFallback = false)
{
    /// <summary>An overload with its signature as it is written.</summary>
    /// <exception cref="FormatException">It is no signature.</exception>
    public static CelFunction Of(string signature, CelBody body) => new(CelSignature.Parse(signature), body);
}

/// <summary>A variable that expressions may use.</summary>
/// <param name="Name">Its name; dots are part of it.</param>
/// <param name="Type">Its type.</param>
/// <param name="Description">What it is, for the manual; may be empty.</param>
public sealed record CelVariable(string Name, CelType Type, string Description = "");

/// <summary>What expressions may use: variables, record types, constants, functions, and the container in which names are looked up first.</summary>
public sealed record CelDeclarations
{
    private ImmutableDictionary<string, ImmutableArray<CelFunction>>? _functionsByName;

    /// <summary>The standard definitions and extensions, and nothing else.</summary>
    public static CelDeclarations Standard { get; } = new();

    /// <summary>Variables by name.</summary>
    public ImmutableSortedDictionary<string, CelVariable> Variables { get; init; } = ImmutableSortedDictionary.Create<string, CelVariable>(StringComparer.Ordinal);

    /// <summary>Record types by full name.</summary>
    public ImmutableSortedDictionary<string, CelRecordType> Records { get; init; } = ImmutableSortedDictionary.Create<string, CelRecordType>(StringComparer.Ordinal);

    /// <summary>Constants (values of enumerations) by full name.</summary>
    public ImmutableSortedDictionary<string, CelValue> Constants { get; init; } = ImmutableSortedDictionary.Create<string, CelValue>(StringComparer.Ordinal);

    /// <summary>Functions besides the standard ones.</summary>
    public ImmutableArray<CelFunction> Functions { get; init; } = [];

    /// <summary>Where names are looked up first, such as <c>fairway.policy</c>; empty is the root.</summary>
    public string Container { get; init; } = "";

    /// <summary>The same with a variable more.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="type">Its type.</param>
    /// <param name="description">What it is.</param>
    public CelDeclarations WithVariable(string name, CelType type, string description = "")
        => this with { Variables = Variables.SetItem(name, new CelVariable(name, type, description)) };

    /// <summary>The same with a record type more.</summary>
    public CelDeclarations WithRecord(CelRecordType type) => this with { Records = Records.SetItem(type.Name, type) };

    /// <summary>The same with a function more.</summary>
    public CelDeclarations WithFunction(CelFunction function) => this with { Functions = Functions.Add(function), _functionsByName = null };

    /// <summary>Overloads of a function by its full name; none when there is no such function.</summary>
    internal ImmutableArray<CelFunction> Overloads(string name)
    {
        var standard = StandardLibrary.Functions.GetValueOrDefault(name, []);
        if (Functions.IsEmpty) return standard;
        _functionsByName ??= Functions.GroupBy(function => function.Signature.Name, StringComparer.Ordinal)
            .ToImmutableDictionary(group => group.Key, group => group.ToImmutableArray(), StringComparer.Ordinal);
        return _functionsByName.TryGetValue(name, out var own) ? standard.AddRange(own) : standard;
    }

    /// <summary>Names of all functions.</summary>
    internal IEnumerable<string> FunctionNames => StandardLibrary.Functions.Keys.Concat(Functions.Select(function => function.Signature.Name));

    /// <summary>A record type by its full name: declared here or well known.</summary>
    internal CelRecordType? Record(string name) => Records.GetValueOrDefault(name);

    /// <summary>Full names that a name may mean, in the order in which they are tried.</summary>
    internal IEnumerable<string> Candidates(string name, bool rooted)
    {
        if (!rooted)
            for (var container = Container; container.Length > 0; container = container.LastIndexOf('.') is > 0 and var dot ? container[..dot] : "")
                yield return $"{container}.{name}";
        yield return name;
    }
}
