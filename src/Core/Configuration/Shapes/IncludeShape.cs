using System.Text.Json.Nodes;

namespace Fairway.Configuration;

/// <summary>A file or pattern to include, with its place for what is found out only when it is followed.</summary>
internal sealed class IncludeShape : Shape<(string Pattern, SourcePosition At)>
{
    private static readonly ScalarShape<string> Pattern = Scalars.Word("a file or pattern such as services/*.yaml", "file or pattern");

    public override string Expected => Pattern.Expected;

    public override string Label => Pattern.Label;

    public override JsonObject Schema() => Pattern.Schema();

    public override bool TryBind(ConfigurationNode node, Binder binder, out (string Pattern, SourcePosition At) value)
    {
        var ok = Pattern.TryBind(node, binder, out var pattern);
        value = (pattern, node.At);
        return ok;
    }

    public override JsonNode? Write((string Pattern, SourcePosition At) value) => value.Pattern;
}
