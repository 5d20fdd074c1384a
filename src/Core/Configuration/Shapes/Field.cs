using System.Text.Json.Nodes;

namespace Fairway.Configuration;

/// <summary>A field of a record: everything there is to know of it, in one place.</summary>
internal abstract class Field
{
    /// <summary>As it is written.</summary>
    public required string Name { get; init; }

    /// <summary>What it means, in a sentence or two of Markdown.</summary>
    public required string Description { get; init; }

    /// <summary>Whether it must be there.</summary>
    public bool Required { get; init; }

    /// <summary>The default as it would be written; null when there is none or it is said in words.</summary>
    public JsonNode? Default => WriteDefault?.Invoke();

    /// <summary>Makes <see cref="Default"/>: nobody needs it to read a file.</summary>
    public Func<JsonNode?>? WriteDefault { get; init; }

    /// <summary>The default in words, where no value says it.</summary>
    public string? DefaultInWords { get; init; }

    /// <summary>Values a user may start from.</summary>
    public ImmutableArray<string> Examples { get; set; } = [];

    /// <summary>What other tools call it: answered with a "did you mean".</summary>
    public ImmutableArray<string> OtherNames { get; set; } = [];

    /// <summary>What may stand there.</summary>
    public abstract Shape Shape { get; }
}

/// <summary>A field of a <typeparamref name="T"/>.</summary>
internal abstract class Field<T> : Field
{
    /// <summary>Reads it into the record. False when a mistake was reported.</summary>
    public abstract bool TryBind(ref T record, MappingEntry entry, Binder binder);
}

/// <summary>A field of a <typeparamref name="T"/> that holds a <typeparamref name="TValue"/>.</summary>
internal sealed class Field<T, TValue>(Shape<TValue> shape, Func<T, TValue, T> set) : Field<T>
{
    public override Shape Shape => shape;

    public override bool TryBind(ref T record, MappingEntry entry, Binder binder)
    {
        var ok = binder.Bind(shape, entry.Value, entry.Name, entry.Key.At, out var value);
        if (ok || (shape.HoldsParts && value is not null)) record = set(record, value);
        return ok;
    }
}
