using System.Text.Json.Nodes;

namespace Fairway.Configuration;

/// <summary>What is declared of a record, for the reference and the schema.</summary>
/// <param name="Title">The reference's heading; also names the definition in the schema.</param>
/// <param name="Description">What it is for, in Markdown.</param>
/// <param name="Fields">Its fields, in the order of the reference.</param>
/// <param name="Choices">Groups of fields of which at most one is given.</param>
/// <param name="Extensions">Whether names that begin with <c>x-</c> are the user's own.</param>
internal sealed record RecordDeclaration(
    string Title, string Description, IReadOnlyList<Field> Fields, IReadOnlyList<ImmutableArray<string>> Choices, bool Extensions);

/// <summary>A mapping with fields that Fairway knows, read as a <typeparamref name="T"/>.</summary>
/// <param name="title">Name of the definition in the schema, and the reference's heading.</param>
/// <param name="description">What it is for.</param>
/// <param name="defaults">The record when nothing is written: where every field's default comes from.</param>
internal sealed class RecordShape<T>(string title, string description, T defaults) : Shape<T>
{
    private readonly List<Field<T>> _fields = [];
    private readonly List<ImmutableArray<string>> _choices = [];
    private readonly List<Action<T, MappingNode, Binder>> _checks = [];
    private readonly List<Action<MappingNode, Binder>> _inspections = [];

    public override string Expected
        => $"a mapping with {Listing(_fields.Where(known => known.Required).DefaultIfEmpty(_fields[0]).Select(known => known.Name))}";

    public override string Label => $"[{title}](#{title.ToLowerInvariant().Replace(' ', '-')})";

    public override bool HoldsParts => true;

    public override IEnumerable<RecordDeclaration> Records => [Declaration];

    /// <summary>What is declared.</summary>
    public RecordDeclaration Declaration => new(title, description, _fields, _choices, Extensions);

    /// <summary>Whether its fields may be spread over several files.</summary>
    public bool Open { get; init; }

    /// <summary>Whether names that begin with <c>x-</c> are the user's own.</summary>
    public bool Extensions { get; init; }

    /// <summary>A field whose default is the one of the record.</summary>
    public RecordShape<T> Field<TValue>(string name, Shape<TValue> shape, string text, Func<T, TValue> get, Func<T, TValue, T> set)
        => Add(new Field<T, TValue>(shape, set) 
        {
            Name = name,
            Description = text,
            WriteDefault = () => get(defaults) is { } value ? shape.Write(value) : null,
        });

    /// <summary>A field without a default, or with one that only words can say.</summary>
    public RecordShape<T> Optional<TValue>(string name, Shape<TValue> shape, string text, string? otherwise, Func<T, TValue, T> set)
        => Add(new Field<T, TValue>(shape, set) { Name = name, Description = text, DefaultInWords = otherwise });

    /// <summary>A field that must be given.</summary>
    public RecordShape<T> Required<TValue>(string name, Shape<TValue> shape, string text, Func<T, TValue, T> set)
        => Add(new Field<T, TValue>(shape, set) { Name = name, Description = text, Required = true });

    /// <summary>Examples for the field added last.</summary>
    public RecordShape<T> Like(params ImmutableArray<string> examples)
    {
        _fields[^1].Examples = examples;
        return this;
    }

    /// <summary>What other tools call the field added last.</summary>
    public RecordShape<T> Not(params ImmutableArray<string> otherNames)
    {
        _fields[^1].OtherNames = otherNames;
        return this;
    }

    /// <summary>At most one of these fields is given; an environment's choice replaces the base's.</summary>
    public RecordShape<T> OneOf(params ImmutableArray<string> names)
    {
        _choices.Add(names);
        return this;
    }

    /// <summary>Checks several fields together, when all of them could be read and nothing is missing.</summary>
    public RecordShape<T> Check(Action<T, MappingNode, Binder> check)
    {
        _checks.Add(check);
        return this;
    }

    /// <summary>Looks at what is written, also when some of it could not be read.</summary>
    public RecordShape<T> Inspect(Action<MappingNode, Binder> inspection)
    {
        _inspections.Add(inspection);
        return this;
    }

    public override bool TryBind(ConfigurationNode node, Binder binder, out T value)
    {
        value = defaults;
        if (node is not MappingNode mapping) return binder.WrongKind(node, Expected);
        var ok = true;
        foreach (var entry in mapping.Entries)
        {
            if (_fields.Find(field => field.Name == entry.Name) is { } field)
                ok &= entry.Value.IsNull || field.TryBind(ref value, entry, binder);
            else ok &= (Extensions && entry.Name.StartsWith("x-", StringComparison.Ordinal)) || Unknown(entry, binder);
        }
        if (binder.Partial) return ok;
        ok &= Complete(mapping, binder);
        foreach (var inspect in _inspections) inspect(mapping, binder);
        if (ok)
            foreach (var check in _checks) check(value, mapping, binder);
        return ok;
    }

    public override JsonNode? Write(T value) => null;

    public override ConfigurationNode Merge(ConfigurationNode below, ConfigurationNode above)
        => below is MappingNode under && above is MappingNode over ? Entries.Merge(under, over, ShapeOf, RivalsOf) : above;

    public override MappingEntry Unite(MappingEntry first, MappingEntry second, DiagnosticList diagnostics)
        => Open && first.Value is MappingNode one && second.Value is MappingNode other
            ? first with { Value = Unite(one, other, diagnostics) }
            : first.Value.IsNull ? second : second.Value.IsNull ? first : base.Unite(first, second, diagnostics);

    /// <summary>Fields of two files together.</summary>
    public MappingNode Unite(MappingNode first, MappingNode second, DiagnosticList diagnostics)
        => Entries.Unite(first, second, ShapeOf, diagnostics);

    public override JsonObject Schema() => new() { ["$ref"] = $"#/$defs/{JsonSchema.DefinitionName(title)}" };

    private RecordShape<T> Add(Field<T> field)
    {
        _fields.Add(field);
        return this;
    }

    private Shape? ShapeOf(string name) => _fields.Find(field => field.Name == name)?.Shape;

    private ImmutableArray<string> RivalsOf(string name)
        => [.. _choices.Where(names => names.Contains(name, StringComparer.Ordinal)).SelectMany(names => names)
        .Where(other => other != name)];

    private bool Complete(MappingNode mapping, Binder binder)
    {
        var ok = true;
        var at = binder.Owner ?? mapping.At;
        foreach (var field in _fields.Where(field => field.Required))
        {
            if (mapping.Find(field.Name) is { Value.IsNull: false } || OtherNameGiven(field, mapping)) continue;
            binder.Diagnostics.Error(DiagnosticCodes.MissingField, at, $"{binder.Name} has no {field.Name}", field.Shape.Expected);
            ok = false;
        }
        foreach (var names in _choices)
        {
            var given = names.Where(name => mapping.Find(name) is { Value.IsNull: false }).ToArray();
            if (given.Length <= 1) continue;
            binder.Diagnostics.Error(DiagnosticCodes.ChooseOne, mapping.Find(given[1])!.Key.At, $"{Listing(given)} exclude each other",
                $"one of {Listing(names)}", null,
                new RelatedPlace(mapping.Find(given[0])!.Key.At, "the other one"));
            ok = false;
        }
        return ok;
    }

    /// <summary>A missing field is not reported as well when it is there under another tool's name or a misspelt one.</summary>
    private bool OtherNameGiven(Field field, MappingNode mapping)
        => mapping.Entries.Any(entry => ShapeOf(entry.Name) is null
            && (field.OtherNames.Contains(entry.Name, StringComparer.OrdinalIgnoreCase) || Nearest(entry.Name) == field.Name));

    private string? Nearest(string name)
    {
        if (_fields.Find(field => field.OtherNames.Contains(name, StringComparer.OrdinalIgnoreCase)) is { } called) return called.Name;
        if (NearestName.Of(name, _fields.Select(field => field.Name)) is { } near) return near;
        return NearestName.Of(name, _fields.SelectMany(field => field.OtherNames)) is { } other
            ? _fields.Find(field => field.OtherNames.Contains(other, StringComparer.Ordinal))!.Name : null;
    }

    private bool Unknown(MappingEntry entry, Binder binder)
    {
        var deeper = Deeper(Declaration, entry.Name, 0);
        var nearest = Nearest(entry.Name);
        if (deeper is not null && nearest is null)
            binder.Diagnostics.Error(DiagnosticCodes.UnknownField, entry.Key.At, $"{binder.Name} has no field {entry.Name}",
                $"it under {deeper}");
        else
            binder.Diagnostics.Error(DiagnosticCodes.UnknownField, entry.Key.At, $"{binder.Name} has no field {entry.Name}",
                nearest is null ? $"one of {Listing(_fields.Select(field => field.Name))}" : null, nearest);
        return false;
    }

    /// <summary>Where below a record a field of that name is, as a path; null when nowhere.</summary>
    private static string? Deeper(RecordDeclaration record, string name, int depth)
    {
        if (depth > 3) return null;
        foreach (var field in record.Fields)
        {
            foreach (var inner in field.Shape.Records)
            {
                if (inner.Fields.Any(found => found.Name == name)) return field.Name;
                if (Deeper(inner, name, depth + 1) is { } path) return $"{field.Name}.{path}";
            }
        }
        return null;
    }

    private static string Listing(IEnumerable<string> names)
    {
        var all = names.ToArray();
        return all.Length < 2 ? string.Concat(all) : $"{string.Join(", ", all[..^1])} and {all[^1]}";
    }
}
