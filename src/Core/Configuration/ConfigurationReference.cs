using System.Text;
using System.Text.Json.Nodes;

namespace Fairway.Configuration;

/// <summary>The manual's reference of <c>fairway.yaml</c>, made from the same declarations that read it.</summary>
public static class ConfigurationReference
{
    /// <summary>Every record with its fields, as Markdown.</summary>
    public static string Fields() => Fields(JsonSchema.Declarations());

    /// <summary>Records with their fields, as Markdown.</summary>
    internal static string Fields(IEnumerable<RecordDeclaration> records)
    {
        var text = new StringBuilder();
        foreach (var record in records)
        {
            text.Append("### ").Append(record.Title).Append("\n\n").Append(record.Description)
                .Append("\n\n| field | value | default | meaning |\n| --- | --- | --- | --- |\n");
            foreach (var field in record.Fields)
                text.Append("| `").Append(field.Name).Append("` | ").Append(Cell(field.Shape.Label)).Append(" | ")
                    .Append(Cell(Default(field))).Append(" | ").Append(Cell(Meaning(field))).Append(" |\n");
            text.Append('\n');
        }
        return text.ToString();
    }

    /// <summary>Every kind of mistake, as Markdown.</summary>
    public static string Codes()
    {
        var text = new StringBuilder("| code | what | what to do |\n| --- | --- | --- |\n");
        foreach (var code in DiagnosticCodes.All)
            text.Append("| ").Append(code.Id).Append(" | ").Append(Cell(code.Title)).Append(" | ").Append(Cell(code.Remedy)).Append(" |\n");
        return text.ToString();
    }

    private static string Default(Field field)
        => field.Required ? "**required**" : field.Default is { } value ? $"`{Short(value)}`" : field.DefaultInWords ?? "";

    private static string Meaning(Field field)
        => field.Examples.IsEmpty ? field.Description
            : $"{field.Description} Such as {string.Join(", ", field.Examples.Select(example => $"`{example}`"))}.";

    private static string Short(JsonNode value) => value switch
    {
        JsonArray list => $"[{string.Join(", ", list.Select(item => Short(item!)))}]",
        JsonValue text when text.GetValueKind() == System.Text.Json.JsonValueKind.String => text.GetValue<string>(),
        _ => value.ToJsonString(),
    };

    private static string Cell(string text) => text.Replace("|", "\\|", StringComparison.Ordinal);
}
