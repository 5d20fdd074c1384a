using System.Text.Json.Nodes;

namespace Fairway.Configuration;

/// <summary>A command as argument vector.</summary>
internal sealed class CommandShape : Shape<ImmutableArray<string>>
{
    private static readonly ListShape<string> Words = new(Scalars.Text("a word of the command"));

    public override string Expected => CommandWords.Expected;

    public override string Label => "command";

    public override bool TryBind(ConfigurationNode node, Binder binder, out ImmutableArray<string> value)
    {
        value = [];
        if (node is SequenceNode sequence)
        {
            var ok = Words.TryBind(sequence, binder, out value);
            if (ok && (value.IsEmpty || value[0].Length == 0)) ok = binder.Empty(node, "at least the program's name");
            return ok;
        }
        if (node is not ScalarNode scalar || scalar.IsNull) return binder.WrongKind(node, Expected);
        var parsed = CommandWords.Split(scalar.Value);
        if (!parsed.IsValid) return binder.Wrong(scalar, parsed, Expected);
        value = parsed.Value;
        return true;
    }

    public override JsonNode? Write(ImmutableArray<string> value) => value.IsEmpty ? null : CommandWords.Join(value);

    public override JsonObject Schema() => new()
    {
        ["anyOf"] = new JsonArray(
            new JsonObject { ["type"] = "string", ["minLength"] = 1 },
            new JsonObject { ["type"] = "array", ["minItems"] = 1,
                ["items"] = new JsonObject { ["type"] = new JsonArray("string", "number", "boolean") } }),
    };
}
