using System.Text.Json.Nodes;

namespace Fairway.Configuration;

/// <summary>Values of one shape under names that the user chooses, in the order of the file.</summary>
/// <param name="label">What a name and its value are, for the reference.</param>
/// <param name="names">What the names must look like.</param>
/// <param name="item">The values' shape.</param>
internal sealed class MapShape<T>(string label, NameRule names, Shape<T> item) : Shape<ImmutableArray<KeyValuePair<string, T>>>
{
    public override string Expected => $"a mapping of {label}";

    public override string Label => $"mapping of {label}";

    public override bool HoldsParts => true;

    public override IEnumerable<RecordDeclaration> Records => item.Records;

    /// <summary>Whether its entries may be spread over several files.</summary>
    public bool Open { get; init; }

    /// <summary>Whether an entry may be empty, and what stands for it then.</summary>
    public Func<T>? Empty { get; init; }

    /// <summary>Fewest entries.</summary>
    public int AtLeast { get; init; }

    public override bool TryBind(ConfigurationNode node, Binder binder, out ImmutableArray<KeyValuePair<string, T>> value)
    {
        value = [];
        if (node is not MappingNode mapping) return binder.WrongKind(node, Expected);
        var entries = ImmutableArray.CreateBuilder<KeyValuePair<string, T>>(mapping.Entries.Length);
        var ok = true;
        foreach (var entry in mapping.Entries)
        {
            if (!names.Fits(entry.Name))
            {
                binder.Diagnostics.Error(DiagnosticCodes.BadName, entry.Key.At, $"\"{entry.Name}\" cannot be a name here", names.Expected,
                    names.Suggest(entry.Name));
                ok = false;
            }
            if (entry.Value.IsNull && (Empty is not null || binder.Partial))
            {
                if (Empty is not null) entries.Add(new(entry.Name, Empty()));
            }
            else
            {
                var read = binder.Bind(item, entry.Value, entry.Name, entry.Key.At, out var bound);
                if (read || (item.HoldsParts && bound is not null)) entries.Add(new(entry.Name, bound));
                ok &= read;
            }
        }
        if (mapping.Entries.Length < AtLeast && !binder.Partial) ok = binder.Empty(node, Expected);
        value = entries.ToImmutable();
        return ok;
    }

    public override JsonNode? Write(ImmutableArray<KeyValuePair<string, T>> value) => value.IsEmpty ? new JsonObject() : null;

    public override JsonObject Schema()
    {
        var schema = new JsonObject { ["type"] = "object", ["propertyNames"] = new JsonObject { ["pattern"] = names.Pattern },
            ["additionalProperties"] = item.Schema() };
        if (AtLeast > 0) schema["minProperties"] = AtLeast;
        return schema;
    }

    public override ConfigurationNode Merge(ConfigurationNode below, ConfigurationNode above)
        => below is MappingNode under && above is MappingNode over ? Entries.Merge(under, over, _ => item, null) : above;

    public override MappingEntry Unite(MappingEntry first, MappingEntry second, DiagnosticList diagnostics)
        => Open && first.Value is MappingNode one && second.Value is MappingNode other
            ? first with { Value = Entries.Unite(one, other, _ => item, diagnostics) }
            : first.Value.IsNull ? second : second.Value.IsNull ? first : base.Unite(first, second, diagnostics);
}

/// <summary>Mappings joined entry by entry.</summary>
internal static class Entries
{
    /// <summary>An environment's entries over the base's; one that is empty takes the base's away.</summary>
    /// <param name="below">The base.</param>
    /// <param name="above">What overrides it.</param>
    /// <param name="shapeOf">Shape of an entry; null when it is unknown.</param>
    /// <param name="rivals">Entries that the overriding one replaces as well.</param>
    public static MappingNode Merge(MappingNode below, MappingNode above, Func<string, Shape?> shapeOf,
        Func<string, ImmutableArray<string>>? rivals)
    {
        var merged = below.Entries.ToBuilder();
        foreach (var over in above.Entries)
        {
            if (rivals is not null && !over.Value.IsNull)
                foreach (var rival in rivals(over.Name))
                    if (above.Find(rival) is null) merged.RemoveAll(entry => entry.Name == rival);
            var index = merged.FindIndex(entry => entry.Name == over.Name);
            if (over.Value.IsNull)
            {
                if (index >= 0) merged.RemoveAt(index);
            }
            else if (index < 0) merged.Add(over);
            else merged[index] = over with { Value = shapeOf(over.Name)?.Merge(merged[index].Value, over.Value) ?? over.Value };
        }
        return new MappingNode(below.At, merged.ToImmutable());
    }

    /// <summary>Entries of two files together.</summary>
    public static MappingNode Unite(MappingNode first, MappingNode second, Func<string, Shape?> shapeOf, DiagnosticList diagnostics)
    {
        var united = first.Entries.ToBuilder();
        foreach (var entry in second.Entries)
        {
            var index = united.FindIndex(known => known.Name == entry.Name);
            if (index < 0) united.Add(entry);
            else if (shapeOf(entry.Name) is { } shape) united[index] = shape.Unite(united[index], entry, diagnostics);
        }
        return new MappingNode(first.At, united.ToImmutable());
    }

    private static int FindIndex(this ImmutableArray<MappingEntry>.Builder entries, Predicate<MappingEntry> match)
    {
        for (var i = 0; i < entries.Count; i++)
            if (match(entries[i])) return i;
        return -1;
    }
}
