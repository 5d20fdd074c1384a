using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace Fairway.Configuration;

/// <summary>The schema that editors complete from says the same as the reader.</summary>
public sealed class SchemaTests
{
    private static readonly JsonObject Schema = (JsonObject)JsonNode.Parse(JsonSchema.Write())!;

    public static TheoryData<string> Valid => ["minimal", "every-field", "anchors", "yaml-traps", "interpolation"];

    [Theory]
    [MemberData(nameof(Valid))]
    public void What_the_reader_accepts_the_schema_accepts(string name)
        => Assert.Empty(SchemaValidator.Validate(Schema,
            YamlAsJson.Read(File.ReadAllText(Path.Combine(Given.Case(name), "fairway.yaml")))));

    [Theory]
    [InlineData("services: { shop: { run: ./shop, prot: 1 } }")]
    [InlineData("services: { shop: { instances: 1 } }")]
    [InlineData("services: { shop: { run: ./shop, instances: 0 } }")]
    [InlineData("services: { shop: { run: ./shop, instances: two } }")]
    [InlineData("services: { shop: { run: ./shop, memory: 256MB } }")]
    [InlineData("services: { shop: { run: ./shop, ready: { interval: 5 } } }")]
    [InlineData("services: { shop: { run: ./shop, ready: { http: /, tcp: true } } }")]
    [InlineData("services: { shop: { run: ./shop, ready: healthz } }")]
    [InlineData("services: { shop: { run: ./shop, rollout: { strategy: bluegreen } } }")]
    [InlineData("services: { shop: { run: ./shop, rollout: { steps: [1] } } }")]
    [InlineData("services: { shop: { run: ./shop, rollout: { steps: [] } } }")]
    [InlineData("services: { shop: { run: ./shop, secrets: { A: hunter2 } } }")]
    [InlineData("services: { Shop: { run: ./shop } }")]
    [InlineData("services: { shop: { run: ./shop, traffic: { sticky: header } } }")]
    [InlineData("services: {}")]
    [InlineData("edge: { http: 70000 }\nservices: { shop: { run: ./shop } }")]
    public void What_the_reader_refuses_of_a_field_the_schema_refuses(string yaml)
    {
        Assert.Contains(Given.Text(yaml).Diagnostics, diagnostic => diagnostic.Severity == DiagnosticSeverity.Error);
        Assert.NotEmpty(SchemaValidator.Validate(Schema, YamlAsJson.Read(yaml)));
    }

    [Fact]
    public void An_override_need_not_say_what_the_base_says()
        => Assert.Empty(SchemaValidator.Validate(Schema,
            YamlAsJson.Read("environments: { staging: { services: { shop: { instances: 1 } } } }\nservices: { shop: { run: ./shop } }")));

    [Fact]
    public void Every_definition_is_used_and_every_reference_leads_to_one()
    {
        var definitions = ((JsonObject)Schema["$defs"]!).Select(definition => $"#/$defs/{definition.Key}")
            .ToHashSet(StringComparer.Ordinal);
        var references = All(Schema).OfType<JsonObject>().Select(node => node["$ref"]?.GetValue<string>()).OfType<string>()
            .ToHashSet(StringComparer.Ordinal);
        Assert.Equal(definitions.Order(StringComparer.Ordinal), references.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Every_field_is_described_and_its_default_and_examples_fit()
    {
        var fields = All(Schema).OfType<JsonObject>().Where(node => node["properties"] is JsonObject)
            .SelectMany(node => (JsonObject)node["properties"]!).ToArray();
        Assert.True(fields.Length > 60);
        foreach (var (name, field) in fields)
        {
            Assert.False(string.IsNullOrWhiteSpace(field!["description"]?.GetValue<string>()), $"{name} has no description");
            foreach (var value in (field["examples"] as JsonArray ?? []).Append(field["default"]).Where(value => value is not null))
                if (name is not ("env" or "secrets" or "ready" or "live" or "cpus" or "tcp" or "host"))
                    Assert.True(!SchemaValidator.Validate(Schema, value, (JsonObject)field).Any(), $"{name}: {value} does not fit");
        }
    }

    private static IEnumerable<JsonNode> All(JsonNode node)
    {
        yield return node;
        var inner = node switch { JsonObject members => members.Select(member => member.Value), JsonArray items => items, _ => [] };
        foreach (var child in inner.OfType<JsonNode>().SelectMany(All)) yield return child;
    }
}

/// <summary>Validates by the keywords of draft 2020-12 that our schema uses; an unknown keyword fails.</summary>
internal static class SchemaValidator
{
    public static IEnumerable<string> Validate(JsonObject root, JsonNode? value) => Validate(root, value, root);

    public static IEnumerable<string> Validate(JsonObject root, JsonNode? value, JsonObject schema)
        => schema.SelectMany(keyword => Check(root, value, schema, keyword.Key, keyword.Value!));

    private static IEnumerable<string> Check(JsonObject root, JsonNode? value, JsonObject schema, string keyword, JsonNode rule)
    {
        IEnumerable<string> When(bool bad) => bad ? [$"{value?.ToJsonString()} breaks {keyword}: {rule.ToJsonString()}"] : [];
        bool Fits(JsonNode? other) => !Validate(root, value, (JsonObject)other!).Any();
        var number = value is JsonValue numeric && numeric.GetValueKind() == System.Text.Json.JsonValueKind.Number
            ? numeric.GetValue<double>() : (double?)null;
        var text = value is JsonValue textual && textual.GetValueKind() == System.Text.Json.JsonValueKind.String
            ? textual.GetValue<string>() : null;
        return keyword switch
        {
            "$schema" or "$id" or "$defs" or "title" or "description" or "default" or "examples" or "patternProperties" => [],
            "$ref" => Validate(root, value, (JsonObject)root["$defs"]![rule.GetValue<string>()["#/$defs/".Length..]]!),
            "type" => When(!(rule is JsonArray types ? types.Select(type => type!.GetValue<string>()) : [rule.GetValue<string>()])
                .Any(type => IsType(value, type))),
            "enum" => When(!((JsonArray)rule).Any(word => JsonNode.DeepEquals(word, value))),
            "pattern" => When(text is not null && !Regex.IsMatch(text, rule.GetValue<string>(), RegexOptions.ECMAScript,
                TimeSpan.FromSeconds(1))),
            "minLength" => When(text is not null && text.Length < rule.GetValue<int>()),
            "minimum" => When(number < rule.GetValue<double>()),
            "maximum" => When(number > rule.GetValue<double>()),
            "exclusiveMinimum" => When(number <= rule.GetValue<double>()),
            "minItems" => When(value is JsonArray few && few.Count < rule.GetValue<int>()),
            "minProperties" => When(value is JsonObject small && small.Count < rule.GetValue<int>()),
            "items" => value is JsonArray list ? list.SelectMany(item => Validate(root, item, (JsonObject)rule)) : [],
            "properties" => value is JsonObject members ? members.Where(member => rule[member.Key] is not null)
                .SelectMany(member => Validate(root, member.Value, (JsonObject)rule[member.Key]!)) : [],
            "propertyNames" => value is JsonObject named
                ? named.SelectMany(member => Validate(root, JsonValue.Create(member.Key), (JsonObject)rule)) : [],
            "additionalProperties" => value is JsonObject more
                ? more.Where(member => schema["properties"]?[member.Key] is null
                && !(schema["patternProperties"] is not null && member.Key.StartsWith("x-", StringComparison.Ordinal)))
                .SelectMany(member => rule is JsonObject additional ? Validate(root, member.Value, additional)
                    : [$"{member.Key} is not known"]) : [],
            "required" => value is JsonObject has ? ((JsonArray)rule).Where(name => has[name!.GetValue<string>()] is null)
                .Select(name => $"{name} is missing") : [],
            "anyOf" => When(!((JsonArray)rule).Any(Fits)),
            "oneOf" => When(((JsonArray)rule).Count(Fits) != 1),
            "allOf" => When(!((JsonArray)rule).All(Fits)),
            "not" => When(Fits(rule)),
            _ => throw new InvalidOperationException($"unknown keyword {keyword}"),
        };
    }

    private static bool IsType(JsonNode? value, string type) => type switch
    {
        "object" => value is JsonObject,
        "array" => value is JsonArray,
        "string" => value?.GetValueKind() == System.Text.Json.JsonValueKind.String,
        "boolean" => value?.GetValueKind() is System.Text.Json.JsonValueKind.True or System.Text.Json.JsonValueKind.False,
        "number" => value?.GetValueKind() == System.Text.Json.JsonValueKind.Number,
        "integer" => value?.GetValueKind() == System.Text.Json.JsonValueKind.Number && value.GetValue<double>() % 1 == 0,
        _ => throw new InvalidOperationException($"unknown type {type}"),
    };
}
