using System.Text.Json.Nodes;

namespace Fairway.Configuration;

/// <summary>
/// A record that will be merged with others before it is whole: its fields are checked here, what is missing only after the merge.
/// </summary>
/// <param name="record">The whole record's shape.</param>
/// <param name="isOverride">Whether the schema leaves out what must be given, because the base gives it.</param>
internal sealed class PartialShape<T>(RecordShape<T> record, bool isOverride) : Shape<ConfigurationNode>
{
    public override string Expected => isOverride ? "a mapping with the fields to override" : record.Expected;

    public override string Label => record.Label;

    public override bool HoldsParts => true;

    public override IEnumerable<RecordDeclaration> Records => record.Records;

    public override bool TryBind(ConfigurationNode node, Binder binder, out ConfigurationNode value)
    {
        value = node;
        if (node is not MappingNode) return binder.WrongKind(node, Expected);
        return binder.BindPart(record, node);
    }

    public override JsonNode? Write(ConfigurationNode value) => null;

    public override JsonObject Schema()
        => isOverride ? new() { ["$ref"] = $"#/$defs/{JsonSchema.DefinitionName(record.Declaration.Title)}{JsonSchema.OverrideSuffix}" }
        : record.Schema();

    public override ConfigurationNode Merge(ConfigurationNode below, ConfigurationNode above) => record.Merge(below, above);
}
