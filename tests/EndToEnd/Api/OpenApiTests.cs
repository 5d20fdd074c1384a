using System.Globalization;
using System.Net;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Fairway.Client.Wire;

namespace Fairway.Api;

/// <summary>docs/reference/openapi.json says what the API does. <c>FAIRWAY_UPDATE=1</c> writes it anew.</summary>
public sealed partial class OpenApiTests
{
    [Fact]
    public async Task Every_endpoint_is_in_it_with_all_its_parts()
    {
        await using var house = await ApiHouse.OpenAsync();
        var document = await DocumentAsync(house);
        var endpoints = house.Endpoints.Where(endpoint => endpoint.Kind == EndpointKind.Api).ToArray();
        Assert.NotEmpty(endpoints);
        foreach (var endpoint in endpoints)
        {
            var operation = document["paths"]![endpoint.Pattern]?[endpoint.Method.ToLowerInvariant()];
            Assert.True(operation is not null, $"{endpoint} is not in the document");
            Assert.True(operation["summary"]!.GetValue<string>().Length > 0, $"{endpoint} says nothing of itself");
            Assert.True(endpoint.Description.Status == 204 || endpoint.Description.AnswerMedia is not null, $"{endpoint} does not say what it answers");
            Assert.NotNull(operation["x-permission"]);
            Assert.NotNull(operation["responses"]!["default"]);
            var named = Part().Matches(endpoint.Pattern).Select(part => part.Groups[1].Value);
            Assert.Equal(named, Parameters(operation).Where(parameter => parameter["in"]!.GetValue<string>() == "path").Select(Name));
        }
        var ids = document["paths"]!.AsObject().SelectMany(path => path.Value!.AsObject()).Select(operation => operation.Value!["operationId"]!.GetValue<string>()).ToArray();
        Assert.Equal(ids.Length, ids.Distinct(StringComparer.Ordinal).Count());
    }

    [Fact]
    public async Task The_query_parameters_it_names_are_those_that_are_heeded()
    {
        await using var house = await ApiHouse.OpenWithFileAsync("services:\n  shop:\n    run: ./shop\n");
        foreach (var (path, operations) in (await DocumentAsync(house))["paths"]!.AsObject())
        {
            if (operations!["get"] is not { } get || path is "/api/healthz") continue;
            var named = Parameters(get).Where(parameter => parameter["in"]!.GetValue<string>() == "query").Select(Name).Order(StringComparer.Ordinal).ToArray();
            using var answer = await house.Raw.GetAsync(Filled(path) + "?certainly-unknown=1");
            // What is asked for first is whether the thing is there.
            if (answer.StatusCode == HttpStatusCode.NotFound) continue;
            Assert.True(answer.StatusCode == HttpStatusCode.BadRequest, $"{path} takes any query: {(int)answer.StatusCode}");
            var problem = JsonSerializer.Deserialize(await answer.Content.ReadAsStringAsync(), WireJson.Default.ProblemInfo)!;
            var known = problem.Mend!["known: ".Length..].Split(", ").Where(name => name != "none").Order(StringComparer.Ordinal);
            Assert.True(named.SequenceEqual(known, StringComparer.Ordinal), $"{path}: the document names {string.Join(' ', named)}, the endpoint knows {string.Join(' ', known)}");
        }
    }

    [Fact]
    public async Task Every_reference_leads_somewhere_and_every_schema_is_used()
    {
        await using var house = await ApiHouse.OpenAsync();
        var document = await DocumentAsync(house);
        var references = References(document).ToHashSet(StringComparer.Ordinal);
        Assert.NotEmpty(references);
        foreach (var reference in references)
            Assert.True(Resolve(document, reference) is not null, $"{reference} leads nowhere");
        foreach (var (name, _) in document["components"]!["schemas"]!.AsObject())
            Assert.True(references.Contains("#/components/schemas/" + name), $"{name} is used by nothing");
    }

    [Fact]
    public async Task What_is_answered_is_what_it_says()
    {
        await using var house = await ApiHouse.OpenAsync();
        await house.ServingAsync("1.0");
        await house.Client.SubscribeAsync(new("mail", "anna@example.com"), default);
        var document = await DocumentAsync(house);
        var seen = 0;
        foreach (var (path, operations) in document["paths"]!.AsObject())
        {
            if (operations!["get"] is not { } get || get["responses"]!["200"]?["content"]?["application/json"]?["schema"] is not { } schema || path == "/api/openapi.json") continue;
            using var answer = await house.Raw.GetAsync(Filled(path) + (path == "/api/releases" ? "?service=shop" : ""));
            var body = JsonNode.Parse(await answer.Content.ReadAsStringAsync())!;
            var good = answer.IsSuccessStatusCode;
            var expected = good ? schema : Resolve(document, "#/components/schemas/ProblemInfo")!;
            Assert.True(SchemaCheck.Find(document, expected, body, "$") is not { } wrong, $"{path} ({(int)answer.StatusCode}): {SchemaCheck.Find(document, expected, body, "$")}");
            if (good) seen++;
        }
        Assert.True(seen >= 10, $"only {seen} endpoints answered");
    }

    [Fact]
    public async Task The_document_in_the_manual_is_in_step()
    {
        await using var house = await ApiHouse.OpenAsync();
        var file = Path.Combine(Root(), "docs", "reference", "openapi.json");
        var document = System.Text.Encoding.UTF8.GetString(OpenApiEndpoints.Write(house.Endpoints, "1"));
        if (Environment.GetEnvironmentVariable("FAIRWAY_UPDATE") == "1") await System.IO.File.WriteAllTextAsync(file, document);
        Assert.True(System.IO.File.Exists(file) && await System.IO.File.ReadAllTextAsync(file) == document,
            "docs/reference/openapi.json is out of step with the API: FAIRWAY_UPDATE=1 ./test endtoend -class Fairway.Api.OpenApiTests");
    }

    private static async Task<JsonNode> DocumentAsync(ApiHouse house) => JsonNode.Parse(await house.Raw.GetStringAsync("openapi.json"))!;

    private static IEnumerable<JsonNode> Parameters(JsonNode operation) => operation["parameters"]?.AsArray().Select(parameter => parameter!) ?? [];

    private static string Name(JsonNode parameter) => parameter["name"]!.GetValue<string>();

    private static string Filled(string path) => path.Replace("/api/", "", StringComparison.Ordinal).Replace("{environment}", "production", StringComparison.Ordinal)
        .Replace("{service}", "shop", StringComparison.Ordinal).Replace("{number}", "1", StringComparison.Ordinal).Replace("{id}", "none", StringComparison.Ordinal)
        .Replace("{seq}", "1", StringComparison.Ordinal);

    private static IEnumerable<string> References(JsonNode? node) => node switch
    {
        JsonObject members => members.SelectMany(member => member.Key == "$ref" ? [member.Value!.GetValue<string>()] : References(member.Value)),
        JsonArray items => items.SelectMany(References),
        _ => [],
    };

    internal static JsonNode? Resolve(JsonNode document, string reference)
    {
        if (!reference.StartsWith("#/", StringComparison.Ordinal)) return null;
        JsonNode? at = document;
        foreach (var part in reference[2..].Split('/')) at = at?[part];
        return at;
    }

    private static string Root()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!System.IO.File.Exists(Path.Combine(folder.FullName, "Fairway.slnx"))) folder = folder.Parent!;
        return folder.FullName;
    }

    [GeneratedRegex(@"\{([A-Za-z]+)\}")]
    private static partial Regex Part();
}

/// <summary>Checks a value by the part of JSON Schema that the document uses; a keyword that it does not know is a mistake here.</summary>
internal static class SchemaCheck
{
    private static readonly HashSet<string> Known = ["$ref", "type", "properties", "required", "items", "enum", "additionalProperties", "default", "format", "pattern"];

    public static string? Find(JsonNode document, JsonNode schema, JsonNode? value, string path)
    {
        if (schema is JsonValue allowed && allowed.TryGetValue<bool>(out var any)) return any ? null : $"{path} must not be there";
        var rules = schema.AsObject();
        if (rules["$ref"] is { } reference) return Find(document, OpenApiTests.Resolve(document, reference.GetValue<string>())!, value, path);
        if (rules.Select(rule => rule.Key).FirstOrDefault(rule => !Known.Contains(rule)) is { } unknown) return $"{path}: the check does not know {unknown}";
        if (rules["type"] is { } type && !Types(type).Contains(KindOf(value), StringComparer.Ordinal) && !(KindOf(value) == "integer" && Types(type).Contains("number", StringComparer.Ordinal)))
            return string.Create(CultureInfo.InvariantCulture, $"{path} is {KindOf(value)}, expected {string.Join(" or ", Types(type))}");
        return value switch
        {
            JsonObject members => InObject(document, rules, members, path),
            JsonArray items when rules["items"] is { } item => items.Select((one, i) => Find(document, item, one, string.Create(CultureInfo.InvariantCulture, $"{path}[{i}]"))).FirstOrDefault(wrong => wrong is not null),
            _ => null,
        };
    }

    private static string? InObject(JsonNode document, JsonObject rules, JsonObject members, string path)
    {
        foreach (var name in rules["required"]?.AsArray().Select(name => name!.GetValue<string>()) ?? [])
            if (!members.ContainsKey(name)) return $"{path}.{name} is missing";
        if (rules["properties"]?.AsObject() is not { } properties) return null;
        foreach (var (name, member) in members)
        {
            if (properties[name] is not { } property) return $"{path}.{name} is not described";
            if (Find(document, property, member, $"{path}.{name}") is { } wrong) return wrong;
        }
        return null;
    }

    private static IEnumerable<string> Types(JsonNode type) => type is JsonArray several ? several.Select(one => one!.GetValue<string>()) : [type.GetValue<string>()];

    private static string KindOf(JsonNode? value) => value?.GetValueKind() switch
    {
        null or JsonValueKind.Null => "null",
        JsonValueKind.Object => "object",
        JsonValueKind.Array => "array",
        JsonValueKind.String => "string",
        JsonValueKind.Number => value.AsValue().TryGetValue<long>(out _) ? "integer" : "number",
        _ => "boolean",
    };
}
