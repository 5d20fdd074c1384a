using System.Text.Json.Nodes;

namespace Fairway.Configuration;

/// <summary>A mapping that another reader reads, with its places.</summary>
/// <param name="expected">What is expected.</param>
/// <param name="label">Its name in the reference.</param>
internal sealed class TreeShape(string expected, string label) : Shape<ConfigurationNode>
{
    public override string Expected => expected;

    public override string Label => label;

    public override bool TryBind(ConfigurationNode node, Binder binder, out ConfigurationNode value)
    {
        value = node;
        return node is MappingNode || binder.WrongKind(node, Expected);
    }

    public override JsonNode? Write(ConfigurationNode value) => null;

    public override JsonObject Schema() => new() { ["type"] = "object" };
}
