namespace Fairway.Configuration;

/// <summary>A part of a configuration file as it was written, before it means anything.</summary>
/// <param name="at">Where it stands.</param>
public abstract class ConfigurationNode(SourcePosition at)
{
    /// <summary>Where it stands.</summary>
    public SourcePosition At { get; } = at;

    /// <summary>What it is, for messages: <c>a list</c>.</summary>
    public abstract string Kind { get; }

    /// <summary>Whether it was left empty or written as <c>null</c> or <c>~</c>: the same as not written.</summary>
    public virtual bool IsNull => false;
}

/// <summary>A single value. Its type is what the field expects; <c>off</c>, <c>08</c> or <c>1e3</c> mean nothing by themselves.</summary>
/// <param name="at">Where it stands.</param>
/// <param name="value">The text after quotes, folds and <c>${NAME}</c> are resolved.</param>
/// <param name="written">The same before <c>${NAME}</c> was replaced: what messages may show.</param>
/// <param name="plain">Written without quotes.</param>
public sealed class ScalarNode(SourcePosition at, string value, string written, bool plain) : ConfigurationNode(at)
{
    /// <summary>The text to read a value from.</summary>
    public string Value { get; } = value;

    /// <summary>The text as it stands in the file; equal to <see cref="Value"/> unless it was interpolated.</summary>
    public string Written { get; } = written;

    /// <summary>Written without quotes.</summary>
    public bool Plain { get; } = plain;

    /// <summary>
    /// Whether a part of it came from the environment. The value may be secret then: messages show <see cref="Written"/>.
    /// </summary>
    public bool Interpolated => !ReferenceEquals(Value, Written);

    /// <inheritdoc/>
    public override string Kind => IsNull ? "nothing" : "a single value";

    /// <inheritdoc/>
    public override bool IsNull => Plain && !Interpolated && (Value is "" or "~" or "null" or "Null" or "NULL");
}

/// <summary>Names with values, in the order of the file.</summary>
/// <param name="at">Where it stands.</param>
/// <param name="entries">Its entries; names are unique.</param>
public sealed class MappingNode(SourcePosition at, ImmutableArray<MappingEntry> entries) : ConfigurationNode(at)
{
    /// <summary>Its entries; names are unique.</summary>
    public ImmutableArray<MappingEntry> Entries { get; } = entries;

    /// <inheritdoc/>
    public override string Kind => "a mapping";

    /// <summary>The entry with that name; null when there is none.</summary>
    public MappingEntry? Find(string name)
    {
        foreach (var entry in Entries)
            if (entry.Name == name) return entry;
        return null;
    }

    /// <summary>The same mapping without one name.</summary>
    public MappingNode Without(string name) => new(At, Entries.RemoveAll(entry => entry.Name == name));
}

/// <summary>A name and its value.</summary>
/// <param name="Key">The name, with its position.</param>
/// <param name="Value">The value.</param>
public sealed record MappingEntry(ScalarNode Key, ConfigurationNode Value)
{
    /// <summary>The name.</summary>
    public string Name => Key.Value;
}

/// <summary>A list.</summary>
/// <param name="at">Where it stands.</param>
/// <param name="items">Its items.</param>
public sealed class SequenceNode(SourcePosition at, ImmutableArray<ConfigurationNode> items) : ConfigurationNode(at)
{
    /// <summary>Its items.</summary>
    public ImmutableArray<ConfigurationNode> Items { get; } = items;

    /// <inheritdoc/>
    public override string Kind => "a list";
}
