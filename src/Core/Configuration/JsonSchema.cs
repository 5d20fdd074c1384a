using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Fairway.Configuration;

/// <summary>The JSON Schema (draft 2020-12) of <c>fairway.yaml</c>, made from the same declarations that read it.</summary>
public static class JsonSchema
{
    /// <summary>Ends the name of a definition that lacks what must be given elsewhere.</summary>
    internal const string OverrideSuffix = "Override";

    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>The schema as indented JSON.</summary>
    public static string Write()
    {
        var root = ConfigurationDeclaration.Root.Declaration;
        var definitions = new JsonObject();
        foreach (var record in Declarations().Skip(1))
        {
            definitions[DefinitionName(record.Title)] = Definition(record, whole: true);
            if (record.Title == ConfigurationDeclaration.Service.Declaration.Title)
                definitions[DefinitionName(record.Title) + OverrideSuffix] = Definition(record, whole: false);
        }
        var schema = new JsonObject
        {
            ["$schema"] = "https://json-schema.org/draft/2020-12/schema",
            ["$id"] = "urn:fairway:configuration",
            ["title"] = "fairway.yaml",
        };
        foreach (var (name, value) in Definition(root, whole: true).ToArray()) schema[name] = value?.DeepClone();
        schema["$defs"] = definitions;
        return schema.ToJsonString(Indented) + "\n";
    }

    /// <summary>Every record that can be met from the root, each once, the outer before the inner.</summary>
    internal static IEnumerable<RecordDeclaration> Declarations()
    {
        var seen = new HashSet<string>(StringComparer.Ordinal);
        var waiting = new Queue<RecordDeclaration>([ConfigurationDeclaration.Root.Declaration]);
        while (waiting.TryDequeue(out var record))
        {
            if (!seen.Add(record.Title)) continue;
            yield return record;
            foreach (var inner in record.Fields.SelectMany(field => field.Shape.Records)) waiting.Enqueue(inner);
        }
    }

    /// <summary>A record's name among the definitions: <c>Health check</c> is <c>healthCheck</c>.</summary>
    internal static string DefinitionName(string title)
    {
        var name = new StringBuilder();
        foreach (var word in title.Split(' '))
            name.Append(name.Length == 0 ? char.ToLowerInvariant(word[0]) : char.ToUpperInvariant(word[0])).Append(word.AsSpan(1));
        return name.ToString();
    }

    private static JsonObject Definition(RecordDeclaration record, bool whole)
    {
        var properties = new JsonObject();
        foreach (var field in record.Fields) properties[field.Name] = Of(field);
        var definition = new JsonObject { ["description"] = Plain(record.Description), ["type"] = "object",
            ["additionalProperties"] = false, ["properties"] = properties };
        if (record.Extensions) definition["patternProperties"] = new JsonObject { ["^x-"] = new JsonObject() };
        if (!whole) return definition;
        var required = record.Fields.Where(field => field.Required).Select(field => (JsonNode)field.Name).ToArray();
        if (required.Length > 0) definition["required"] = new JsonArray(required);
        if (record.Choices.Count > 0)
            definition["allOf"] = new JsonArray([.. record.Choices.Select(Choice)]);
        return definition;
    }

    private static JsonObject Of(Field field)
    {
        var schema = field.Shape.Schema();
        schema["description"] = Plain(field.Description)
            + (field.DefaultInWords is null ? "" : $" Default: {Plain(field.DefaultInWords)}.");
        if (field.Default is { } value) schema["default"] = value;
        if (!field.Examples.IsEmpty) schema["examples"] = new JsonArray([.. field.Examples.Select(example => (JsonNode)example)]);
        return schema;
    }

    private static JsonObject Choice(ImmutableArray<string> names)
    {
        JsonNode[] given = [.. names.Select(name => new JsonObject { ["required"] = new JsonArray(name) })];
        var none = new JsonObject { ["not"] = new JsonObject { ["anyOf"] = new JsonArray([.. given.Select(one => one.DeepClone())]) } };
        return new() { ["oneOf"] = new JsonArray([.. given, none]) };
    }

    /// <summary>Markdown's code marks mean nothing in most editors' tips.</summary>
    private static string Plain(string markdown) => markdown.Replace("`", "", StringComparison.Ordinal);
}
