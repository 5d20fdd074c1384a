namespace Fairway.Policy;

/// <summary>The values of variables, by name.</summary>
public sealed class CelBindings
{
    private readonly ImmutableDictionary<string, CelValue> _values;

    private CelBindings(ImmutableDictionary<string, CelValue> values) => _values = values;

    /// <summary>No variable has a value.</summary>
    public static CelBindings Empty { get; } = new(ImmutableDictionary.Create<string, CelValue>(StringComparer.Ordinal));

    /// <summary>Names of the variables that have a value, in no order.</summary>
    public IEnumerable<string> Names => _values.Keys;

    /// <summary>The same with one value more. It may be a <see cref="CelError"/>: reading the variable is then that error.</summary>
    public CelBindings With(string name, CelValue value) => new(_values.SetItem(name, value));

    /// <summary>The value of a variable; null when it has none.</summary>
    public CelValue? Find(string name) => _values.GetValueOrDefault(name);
}
