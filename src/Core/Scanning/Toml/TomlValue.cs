namespace Fairway.Scanning;

/// <summary>A value of a TOML 1.0 document.</summary>
public abstract record TomlValue;

/// <summary>A string.</summary>
public sealed record TomlText(string Value) : TomlValue;

/// <summary>A 64-bit integer.</summary>
public sealed record TomlInteger(long Value) : TomlValue;

/// <summary>A float.</summary>
public sealed record TomlNumber(double Value) : TomlValue;

/// <summary>True or false.</summary>
public sealed record TomlTruth(bool Value) : TomlValue;

/// <summary>A date, a time or both, as it was written.</summary>
public sealed record TomlMoment(string Written) : TomlValue;

/// <summary>A list of values.</summary>
public sealed record TomlArray : TomlValue
{
    /// <summary>Its items, in order.</summary>
    public List<TomlValue> Items { get; } = [];

    /// <summary>Made by <c>[[name]]</c>, and so open to more of them.</summary>
    internal bool OfTables { get; init; }
}

/// <summary>Names with values.</summary>
public sealed record TomlTable : TomlValue
{
    /// <summary>Its values by name.</summary>
    public Dictionary<string, TomlValue> Values { get; } = new(StringComparer.Ordinal);

    /// <summary>The line on which it begins, from 1.</summary>
    public int Line { get; init; }

    /// <summary>Nothing may be added: an inline table is whole.</summary>
    internal bool Closed { get; set; }

    /// <summary>Its header was written, and may not be again.</summary>
    internal bool Declared { get; set; }

    /// <summary>Made by a dotted key, and so not open to a header.</summary>
    internal bool Dotted { get; set; }

    /// <summary>A text; null when there is none of that name.</summary>
    /// <exception cref="FormatException">It is something else.</exception>
    public string? Text(string name) => Find(name) switch
    {
        null => null,
        TomlText text => text.Value,
        _ => throw Wrong(name, "a string"),
    };

    /// <summary>A number; null when there is none of that name.</summary>
    /// <exception cref="FormatException">It is something else.</exception>
    public double? Number(string name) => Find(name) switch
    {
        null => null,
        TomlInteger whole => whole.Value,
        TomlNumber number => number.Value,
        _ => throw Wrong(name, "a number"),
    };

    /// <summary>True or false; null when there is none of that name.</summary>
    /// <exception cref="FormatException">It is something else.</exception>
    public bool? Truth(string name) => Find(name) switch
    {
        null => null,
        TomlTruth truth => truth.Value,
        _ => throw Wrong(name, "true or false"),
    };

    /// <summary>A list of texts; empty when there is none of that name.</summary>
    /// <exception cref="FormatException">It is something else.</exception>
    public ImmutableArray<string> Texts(string name) => Find(name) switch
    {
        null => [],
        TomlArray list => [.. list.Items.Select(item => item is TomlText text ? text.Value : throw Wrong(name, "a list of strings"))],
        _ => throw Wrong(name, "a list of strings"),
    };

    /// <summary>A table; null when there is none of that name.</summary>
    /// <exception cref="FormatException">It is something else.</exception>
    public TomlTable? Table(string name) => Find(name) switch
    {
        null => null,
        TomlTable table => table,
        _ => throw Wrong(name, "a table"),
    };

    /// <summary>Tables; empty when there is none of that name. One table is a list of one.</summary>
    /// <exception cref="FormatException">It is something else.</exception>
    public ImmutableArray<TomlTable> Tables(string name) => Find(name) switch
    {
        null => [],
        TomlTable table => [table],
        TomlArray list => [.. list.Items.Select(item => item as TomlTable ?? throw Wrong(name, "a list of tables"))],
        _ => throw Wrong(name, "a list of tables"),
    };

    // Files found in the wild write secretGroup and secretgroup: a name is found in any case, the exact one first.
    private TomlValue? Find(string name)
    {
        if (Values.TryGetValue(name, out var exact)) return exact;
        foreach (var (other, value) in Values)
            if (string.Equals(other, name, StringComparison.OrdinalIgnoreCase)) return value;
        return null;
    }

    private FormatException Wrong(string name, string expected) => new($"line {Line}: {name} must be {expected}");
}
