using System.Text.Json.Nodes;

namespace Fairway.Configuration;

/// <summary>A record that may be written as just one of its fields: <c>ready: /healthz</c> is <c>ready: { http: /healthz }</c>.</summary>
/// <param name="full">The record.</param>
/// <param name="field">The field that a single value (or list) stands for.</param>
/// <param name="short">That field's shape.</param>
internal sealed class ShorthandShape<T>(Shape<T> full, string field, Shape @short) : Shape<T>
{
    public override string Expected => $"{@short.Expected}; or {full.Expected}";

    public override string Label => $"{@short.Label}, or {full.Label}";

    /// <summary>The short form of a value, when it has one.</summary>
    public Func<T, JsonNode?>? Brief { get; init; }

    public override bool HoldsParts => full.HoldsParts;

    public override IEnumerable<RecordDeclaration> Records => full.Records;

    public override bool TryBind(ConfigurationNode node, Binder binder, out T value)
    {
        value = default!;
        return node.IsNull ? binder.WrongKind(node, Expected) : full.TryBind(Expand(node), binder, out value);
    }

    public override JsonNode? Write(T value) => Brief is null ? full.Write(value) : Brief(value);

    public override JsonObject Schema() => new() { ["anyOf"] = new JsonArray(@short.Schema(), full.Schema()) };

    public override ConfigurationNode Merge(ConfigurationNode below, ConfigurationNode above) => full.Merge(Expand(below), Expand(above));

    private ConfigurationNode Expand(ConfigurationNode node)
        => node is MappingNode || node.IsNull ? node
            : new MappingNode(node.At, [new MappingEntry(new ScalarNode(node.At, field, field, plain: true), node)]);
}
