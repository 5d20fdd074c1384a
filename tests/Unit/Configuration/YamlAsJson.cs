using System.Globalization;
using System.Text.Json.Nodes;
using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace Fairway.Configuration;

/// <summary>YAML as an editor's language server gives it to a schema validator: by the core schema of YAML 1.2 (§10.3).</summary>
internal static class YamlAsJson
{
    public static JsonNode? Read(string yaml)
    {
        var stream = new YamlStream();
        stream.Load(new Parser(new StringReader(yaml)));
        return Convert(stream.Documents[0].RootNode);
    }

    private static JsonNode? Convert(YamlNode node) => node switch
    {
        YamlMappingNode mapping => Join(mapping),
        YamlSequenceNode sequence => new JsonArray([.. sequence.Children.Select(Convert)]),
        YamlScalarNode { Style: ScalarStyle.Plain, Value: var text } => Plain(text ?? ""),
        YamlScalarNode scalar => JsonValue.Create(scalar.Value),
        _ => throw new InvalidOperationException($"unknown node {node}"),
    };

    private static JsonObject Join(YamlMappingNode mapping)
    {
        var members = mapping.Children.ToLookup(pair => ((YamlScalarNode)pair.Key).Value == "<<", pair => pair);
        var joined = new JsonObject(members[false].Select(pair => KeyValuePair.Create(((YamlScalarNode)pair.Key).Value!,
            Convert(pair.Value))));
        foreach (var merged in members[true].SelectMany(pair => pair.Value is YamlSequenceNode list ? list.Children : [pair.Value])
            .Cast<YamlMappingNode>().SelectMany(Join))
            joined.TryAdd(merged.Key, merged.Value?.DeepClone());
        return joined;
    }

    private static JsonValue? Plain(string text) => text switch
    {
        "" or "~" or "null" or "Null" or "NULL" => null,
        "true" or "True" or "TRUE" => JsonValue.Create(true),
        "false" or "False" or "FALSE" => JsonValue.Create(false),
        _ => double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) && char.IsAsciiDigit(text[^1])
            ? JsonValue.Create(number) : JsonValue.Create(text),
    };
}
