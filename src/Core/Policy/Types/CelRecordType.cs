namespace Fairway.Policy;

/// <summary>A record's field.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Type">Its type.</param>
/// <param name="Description">What it is, for the manual and for messages; may be empty.</param>
public sealed record CelField(string Name, CelType Type, string Description = "");

/// <summary>A declared record type: what the language calls a message.</summary>
/// <param name="Name">Its full name, such as <c>fairway.Release</c>.</param>
/// <param name="Fields">Its fields.</param>
/// <param name="HasDefaults">
/// Whether a field that is not set reads as the zero of its type, as with protocol buffers. Without, reading it is an error: a decision is not
/// taken on something that nobody said.
/// </param>
public sealed record CelRecordType(string Name, ImmutableArray<CelField> Fields, bool HasDefaults = false)
{
    /// <summary>The type that expressions see.</summary>
    public CelType Type { get; } = CelType.Record(Name);

    /// <summary>The field with that name; null when there is none.</summary>
    public CelField? Find(string name)
    {
        foreach (var field in Fields)
            if (field.Name == name) return field;
        return null;
    }

    /// <inheritdoc/>
    public bool Equals(CelRecordType? other) => other is not null && Name == other.Name && Fields.SequenceEqual(other.Fields);

    /// <inheritdoc/>
    public override int GetHashCode() => Name.GetHashCode(StringComparison.Ordinal);
}
