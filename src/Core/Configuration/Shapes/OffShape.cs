using System.Text.Json.Nodes;

namespace Fairway.Configuration;

/// <summary>Something that may be switched off: <c>off</c>, or what it is.</summary>
/// <param name="whole">What it is when it is on.</param>
internal sealed class OffShape<T>(Shape<T> whole) : Shape<T?> where T : class
{
    private const string Off = "off";

    public override string Expected => $"{Off}; or {whole.Expected}";

    public override string Label => $"`{Off}`, or {whole.Label}";

    public override bool HoldsParts => whole.HoldsParts;

    public override IEnumerable<RecordDeclaration> Records => whole.Records;

    public override bool TryBind(ConfigurationNode node, Binder binder, out T? value)
    {
        value = null;
        if (node is ScalarNode { IsNull: false } scalar)
            return scalar.Value.ToLowerInvariant() is "off" or "false" or "no" || binder.WrongKind(node, Expected, Off);
        var ok = whole.TryBind(node, binder, out var read);
        value = read;
        return ok;
    }

    public override JsonNode? Write(T? value) => value is null ? Off : whole.Write(value);

    public override JsonObject Schema() => new()
    {
        ["anyOf"] = new JsonArray(new JsonObject { ["enum"] = new JsonArray("off", "no", "false", false) }, whole.Schema()),
    };

    public override ConfigurationNode Merge(ConfigurationNode below, ConfigurationNode above)
        => below is ScalarNode || above is ScalarNode ? above : whole.Merge(below, above);
}
