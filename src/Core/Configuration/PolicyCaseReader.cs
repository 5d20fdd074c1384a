using System.Globalization;
using System.Text.Json.Nodes;
using Fairway.Policy;

namespace Fairway.Configuration;

/// <summary>Reads files of policy test cases, and data for expressions, from YAML (of which JSON is a part).</summary>
public static class PolicyCaseReader
{
    private const int MostCases = 10_000;

    private static RecordShape<PolicyCase> Case => new RecordShape<PolicyCase>("Policy case", "An input, and what is expected.", new())
        .Required("name", Scalars.Word("a sentence"), "What it shows.", (one, value) => one with { Name = value })
        .Optional("input", new AnyShape(), "Variables and their fields; over `given`.", null, (one, value) => one).Not("data", "with")
        .Required("expect", Scalars.OneOf(("allow", PolicyVerdict.Allow), ("hold", PolicyVerdict.Hold), ("deny", PolicyVerdict.Deny)), "The answer.",
            (one, value) => one with { Expect = value }).Not("expected", "answer", "verdict")
        .Optional("rules", new ListShape<string>(Scalars.Word("a rule's name", "name"), orOne: true), "The rules that do not allow it.", null,
            (one, value) => one with { Rules = value }).Not("rule", "policies")
        .Optional("message", Scalars.Word("a part of a message"), "What one of them says.", null, (one, value) => one with { Message = value });

    private static RecordShape<ImmutableArray<PolicyCase>> File => new RecordShape<ImmutableArray<PolicyCase>>("Policy cases", "Test cases of policies.", [])
        .Optional("given", new AnyShape(), "What all inputs share.", null, (cases, _) => cases).Not("defaults", "base")
        .Required("cases", new ListShape<PolicyCase>(Case) { AtLeast = 1 }, "The cases.", (_, value) => value).Not("tests");

    /// <summary>The cases of a file. Mistakes go to <paramref name="diagnostics"/>.</summary>
    public static ImmutableArray<PolicyCase> Read(MappingNode file, DiagnosticList diagnostics)
    {
        var binder = new Binder(diagnostics, partial: false);
        if (!binder.BindWhole(File, file, "the file", file.At, out var cases) || file.Find("cases")?.Value is not SequenceNode written) return [];
        if (cases.Length > MostCases) diagnostics.Error(DiagnosticCodes.TooComplex, written.At, $"there are {cases.Length} cases", $"at most {MostCases}");
        var given = file.Find("given")?.Value;
        return [.. cases.Zip(written.Items, (one, node) => one with
        {
            At = node.At.ToString(),
            Input = Merge(Variables(given), Variables((node as MappingNode)?.Find("input")?.Value)),
        })];
    }

    /// <summary>Values of policies' variables as JSON: each scalar is what its field's type says.</summary>
    public static JsonObject Variables(ConfigurationNode? node)
    {
        var variables = new JsonObject();
        foreach (var entry in (node as MappingNode)?.Entries ?? [])
            variables[entry.Name] = Json(entry.Value, PolicyVariables.Declarations.Variables.GetValueOrDefault(entry.Name)?.Type ?? CelType.Dyn);
        return variables;
    }

    /// <summary>A part of a file as JSON, where nothing is known of its type: plain scalars are what YAML's core schema says.</summary>
    public static JsonNode? Json(ConfigurationNode node) => Json(node, CelType.Dyn);

    private static JsonNode? Json(ConfigurationNode node, CelType type)
    {
        switch (node)
        {
            case MappingNode mapping:
                var members = new JsonObject();
                var record = type.Kind == CelKind.Record ? PolicyVariables.Declarations.Records.GetValueOrDefault(type.Name) : null;
                foreach (var entry in mapping.Entries)
                    members[entry.Name] = Json(entry.Value, record?.Find(entry.Name)?.Type ?? (type.Kind == CelKind.Map ? type.Parameters[1] : CelType.Dyn));
                return members;
            case SequenceNode list:
                return new JsonArray([.. list.Items.Select(item => Json(item, type.Kind == CelKind.List ? type.Parameters[0] : CelType.Dyn))]);
            case ScalarNode { IsNull: true }:
                return null;
            default:
                var scalar = (ScalarNode)node;
                var isText = !scalar.Plain || type.Kind is CelKind.String or CelKind.Timestamp or CelKind.Duration or CelKind.Bytes;
                return isText ? JsonValue.Create(scalar.Value) : Plain(scalar.Value);
        }
    }

    // YAML 1.2, 10.3.2.
    private static JsonValue Plain(string text) => text switch
    {
        "true" or "True" or "TRUE" => JsonValue.Create(true),
        "false" or "False" or "FALSE" => JsonValue.Create(false),
        _ when long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var whole) => JsonValue.Create(whole),
        _ when text.Length > 0 && (char.IsAsciiDigit(text[^1]) || text[^1] == '.') && double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var real)
            && double.IsFinite(real) => JsonValue.Create(real),
        _ => JsonValue.Create(text),
    };

    private static JsonObject Merge(JsonObject below, JsonObject above)
    {
        foreach (var (name, value) in above.ToArray())
        {
            if (below[name] is JsonObject under && value is JsonObject over) below[name] = Merge(under.DeepClone().AsObject(), over.DeepClone().AsObject());
            else below[name] = value?.DeepClone();
        }
        return below;
    }
}

/// <summary>Whatever stands there.</summary>
internal sealed class AnyShape : Shape<ConfigurationNode>
{
    public override string Expected => "a mapping";

    public override string Label => "anything";

    public override JsonObject Schema() => [];

    public override JsonNode? Write(ConfigurationNode value) => null;

    public override bool TryBind(ConfigurationNode node, Binder binder, out ConfigurationNode value)
    {
        value = node;
        return node is MappingNode || binder.WrongKind(node, Expected);
    }
}
