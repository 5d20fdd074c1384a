using System.Text.Json.Nodes;

namespace Fairway.Configuration;

/// <summary>
/// What may stand somewhere in the file: how it is read, merged, described to editors and to readers. One declaration does all of it.
/// </summary>
internal abstract class Shape
{
    /// <summary>What is expected, as it follows "expected": <c>a duration such as 90s</c>.</summary>
    public abstract string Expected { get; }

    /// <summary>The type's name in the reference's tables; a link when it is a section of its own.</summary>
    public abstract string Label { get; }

    /// <summary>Records that this shape is made of, for the reference and for JSON Schema's definitions.</summary>
    public virtual IEnumerable<RecordDeclaration> Records => [];

    /// <summary>Whether a value with a mistake in it still holds the parts that could be read.</summary>
    public virtual bool HoldsParts => false;

    /// <summary>JSON Schema for it (draft 2020-12).</summary>
    public abstract JsonObject Schema();

    /// <summary>What holds when an environment overrides it: the later one, unless it has parts.</summary>
    public virtual ConfigurationNode Merge(ConfigurationNode below, ConfigurationNode above) => above;

    /// <summary>What holds when two files define it: a mistake, unless it has parts that may be spread over files.</summary>
    public virtual MappingEntry Unite(MappingEntry first, MappingEntry second, DiagnosticList diagnostics)
    {
        diagnostics.Error(DiagnosticCodes.DefinedTwice, second.Key.At, $"{second.Name} is already defined in {first.Key.At.File.Name}",
            null, null,
            new RelatedPlace(first.Key.At, "first defined here"));
        return first;
    }
}

/// <summary>A shape that is read as a <typeparamref name="T"/>.</summary>
internal abstract class Shape<T> : Shape
{
    /// <summary>Reads it. False when a mistake was reported; the value is then what could be read of it.</summary>
    public abstract bool TryBind(ConfigurationNode node, Binder binder, out T value);

    /// <summary>The value as it may be written, for defaults; null when it has no short form.</summary>
    public abstract JsonNode? Write(T value);

    /// <summary>The same shape read as another type.</summary>
    public Shape<TOther> To<TOther>(Func<T, TOther> to, Func<TOther, T> from) => new MappedShape<T, TOther>(this, to, from);
}

/// <summary>A shape whose value is turned into another type after reading.</summary>
internal sealed class MappedShape<TInner, T>(Shape<TInner> inner, Func<TInner, T> to, Func<T, TInner> from) : Shape<T>
{
    public override string Expected => inner.Expected;

    public override string Label => inner.Label;

    public override IEnumerable<RecordDeclaration> Records => inner.Records;

    public override JsonObject Schema() => inner.Schema();

    public override ConfigurationNode Merge(ConfigurationNode below, ConfigurationNode above) => inner.Merge(below, above);

    public override MappingEntry Unite(MappingEntry first, MappingEntry second, DiagnosticList diagnostics)
        => inner.Unite(first, second, diagnostics);

    public override bool TryBind(ConfigurationNode node, Binder binder, out T value)
    {
        var ok = inner.TryBind(node, binder, out var read);
        value = ok ? to(read) : default!;
        return ok;
    }

    public override JsonNode? Write(T value) => inner.Write(from(value));
}
