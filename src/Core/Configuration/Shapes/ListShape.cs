using System.Text.Json.Nodes;

namespace Fairway.Configuration;

/// <summary>A list of items of one shape.</summary>
/// <param name="item">The items' shape.</param>
/// <param name="orOne">Whether a single item may stand there without being a list.</param>
internal sealed class ListShape<T>(Shape<T> item, bool orOne = false) : Shape<ImmutableArray<T>>
{
    public override string Expected => orOne ? $"{item.Expected}, or a list of such" : $"a list; each item is {item.Expected}";

    public override string Label => orOne ? $"{item.Label}, or a list" : $"list of {item.Label}";

    public override IEnumerable<RecordDeclaration> Records => item.Records;

    /// <summary>Checks all items together; those with a mistake hold what could be read.</summary>
    public Action<ImmutableArray<T>, SequenceNode, Binder>? Check { get; init; }

    /// <summary>Fewest items.</summary>
    public int AtLeast { get; init; }

    public override bool TryBind(ConfigurationNode node, Binder binder, out ImmutableArray<T> value)
    {
        value = [];
        if (node is not SequenceNode sequence)
        {
            if (!orOne || node is MappingNode || node.IsNull) return binder.WrongKind(node, Expected);
            if (!item.TryBind(node, binder, out var one)) return false;
            value = [one];
            return true;
        }
        var items = ImmutableArray.CreateBuilder<T>(sequence.Items.Length);
        var ok = true;
        for (var i = 0; i < sequence.Items.Length; i++)
        {
            var read = binder.Bind(item, sequence.Items[i], $"[{i}]", null, out var bound);
            if (read || (item.HoldsParts && bound is not null)) items.Add(bound);
            ok &= read;
        }
        value = items.ToImmutable();
        if (ok && sequence.Items.Length < AtLeast) ok = binder.Empty(node, Expected);
        if (!binder.Partial && value.Length > 0 && value.Length == sequence.Items.Length) Check?.Invoke(value, sequence, binder);
        return ok;
    }

    public override JsonNode? Write(ImmutableArray<T> value)
    {
        var items = value.Select(item.Write).ToArray();
        return Array.TrueForAll(items, written => written is not null) ? orOne && items.Length == 1 ? items[0] : new JsonArray(items)
            : null;
    }

    public override JsonObject Schema()
    {
        var list = new JsonObject { ["type"] = "array", ["items"] = item.Schema() };
        if (AtLeast > 0) list["minItems"] = AtLeast;
        return orOne ? new JsonObject { ["anyOf"] = new JsonArray(item.Schema(), list) } : list;
    }
}
