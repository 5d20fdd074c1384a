using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Schema;
using System.Text.Json.Serialization.Metadata;
using System.Text.RegularExpressions;
using Fairway.Access;
using Fairway.Client.Wire;

namespace Fairway.Api;

/// <summary>
/// The API in OpenAPI 3.1 (spec.openapis.org/oas/v3.1.1), made of what each endpoint declares where it is mapped and of the same contracts
/// that its JSON is written by.
/// </summary>
internal sealed partial class OpenApiDocument
{
    private readonly SortedDictionary<string, JsonNode> _schemas = new(StringComparer.Ordinal);
    private readonly Dictionary<Type, string> _names = [];

    private OpenApiDocument()
    {
    }

    /// <summary>The document.</summary>
    /// <param name="endpoints">Every endpoint; pages and foreign APIs are left out.</param>
    /// <param name="version">The program's.</param>
    public static JsonObject Of(IEnumerable<DeclaredEndpoint> endpoints, string version) => new OpenApiDocument().Write(endpoints, version);

    private JsonObject Write(IEnumerable<DeclaredEndpoint> endpoints, string version)
    {
        var paths = new SortedDictionary<string, JsonObject>(StringComparer.Ordinal);
        foreach (var endpoint in endpoints.Where(endpoint => endpoint.Kind == EndpointKind.Api).OrderBy(endpoint => endpoint.ToString(), StringComparer.Ordinal))
        {
            var path = Constraint().Replace(endpoint.Pattern, "{${name}}");
            if (!paths.TryGetValue(path, out var operations)) paths[path] = operations = [];
            operations[endpoint.Method.ToLowerInvariant()] = Operation(endpoint, path);
        }
        var problem = Reference(WireJson.Default.ProblemInfo);
        return new()
        {
            ["openapi"] = "3.1.1",
            ["info"] = new JsonObject { ["title"] = "Fairway", ["version"] = version, ["description"] = "Ships services and keeps them up. See docs/reference/api.md." },
            ["servers"] = new JsonArray(new JsonObject { ["url"] = "/" }),
            ["security"] = new JsonArray(new JsonObject { ["token"] = new JsonArray() }, new JsonObject { ["session"] = new JsonArray() }),
            ["paths"] = new JsonObject(paths.Select(row => KeyValuePair.Create(row.Key, (JsonNode?)row.Value))),
            ["components"] = new JsonObject
            {
                ["schemas"] = new JsonObject(_schemas.Select(row => KeyValuePair.Create(row.Key, (JsonNode?)row.Value))),
                ["responses"] = new JsonObject
                {
                    ["Problem"] = new JsonObject
                    {
                        ["description"] = "An error, with a code, what happened and how to mend it (RFC 9457).",
                        ["content"] = new JsonObject { ["application/problem+json"] = new JsonObject { ["schema"] = problem } },
                    },
                },
                ["securitySchemes"] = new JsonObject
                {
                    ["token"] = new JsonObject { ["type"] = "http", ["scheme"] = "bearer", ["description"] = "From `fairway token create`, or a JWT of the configured issuer." },
                    ["session"] = new JsonObject { ["type"] = "apiKey", ["in"] = "cookie", ["name"] = "fairway-session", ["description"] = "A browser's, from `fairway login`." },
                },
            },
        };
    }

    private JsonObject Operation(DeclaredEndpoint endpoint, string path)
    {
        var description = endpoint.Description;
        var operation = new JsonObject
        {
            ["operationId"] = IdOf(endpoint.Method, path),
            ["summary"] = description.Summary,
            ["tags"] = new JsonArray((JsonNode)path.Split('/')[2]),
            ["x-permission"] = JsonNamingPolicy.CamelCase.ConvertName(endpoint.Needs.ToString()),
        };
        if (endpoint.Needs == Permission.None) operation["security"] = new JsonArray();
        var parameters = new JsonArray();
        foreach (Match part in Part().Matches(path))
            parameters.Add(new JsonObject
            {
                ["name"] = part.Groups["name"].Value, ["in"] = "path", ["required"] = true, ["schema"] = new JsonObject { ["type"] = "string" },
            });
        foreach (var parameter in description.Parameters) parameters.Add(Parameter(parameter));
        if (endpoint.Method == "POST" && description.TakesKey)
            parameters.Add(Parameter(new(IdempotencyKeys.Header, "header", "The same key and the same request within 24 hours give the same answer, and it is done once.",
                () => new() { ["type"] = "string", ["maxLength"] = IdempotencyKeys.LongestKey }, IsRequired: false)));
        if (parameters.Count > 0) operation["parameters"] = parameters;
        if (description.BodyMedia is { } media)
            operation["requestBody"] = new JsonObject
            {
                ["required"] = true,
                ["content"] = new JsonObject { [media] = new JsonObject { ["schema"] = description.Body is { } body ? Reference(body()) : Bytes(media) } },
            };
        operation["responses"] = Responses(endpoint);
        return operation;
    }

    private JsonObject Responses(DeclaredEndpoint endpoint)
    {
        var description = endpoint.Description;
        var good = new JsonObject { ["description"] = description.AnswerMedia is null ? "Done." : "The answer." };
        if (description.HasTag)
            good["headers"] = new JsonObject { ["ETag"] = new JsonObject { ["description"] = "Changes when the answer does.", ["schema"] = new JsonObject { ["type"] = "string" } } };
        if (description.AnswerMedia is { } media)
            good["content"] = new JsonObject { [media] = new JsonObject { ["schema"] = description.Answer is { } answer ? Reference(answer()) : new JsonObject { ["type"] = "string" } } };
        var responses = new JsonObject { [description.Status.ToString(CultureInfo.InvariantCulture)] = good };
        if (description.HasTag) responses["304"] = new JsonObject { ["description"] = "Still the same." };
        responses["default"] = new JsonObject { ["$ref"] = "#/components/responses/Problem" };
        return responses;
    }

    private static JsonObject Parameter(EndpointParameter parameter)
    {
        var written = new JsonObject { ["name"] = parameter.Name, ["in"] = parameter.In, ["description"] = parameter.Text, ["schema"] = parameter.Schema() };
        if (parameter.IsRequired) written["required"] = true;
        return written;
    }

    private static JsonObject Bytes(string media) => media.EndsWith("yaml", StringComparison.Ordinal)
        ? new JsonObject { ["type"] = "string" } : new JsonObject { ["type"] = "string", ["contentMediaType"] = media };

    private static string IdOf(string method, string path) => method.ToLowerInvariant() + string.Concat(path.Split('/', StringSplitOptions.RemoveEmptyEntries).Skip(1)
        .Select(part => string.Concat(part.Trim('{', '}').Split('-', '.').Select(word => word.Length == 0 ? "" : char.ToUpperInvariant(word[0]) + word[1..]))));

    /// <summary>A reference to a record's schema, which is written once; other shapes stand where they are used.</summary>
    private JsonNode Reference(JsonTypeInfo type)
    {
        if (type.Kind != JsonTypeInfoKind.Object) return Export(type);
        if (!_names.TryGetValue(type.Type, out var name))
        {
            name = type.Type.Name;
            // First its name: a record may hold others of its kind.
            _names[type.Type] = name;
            _schemas[name] = Export(type);
        }
        return new JsonObject { ["$ref"] = "#/components/schemas/" + name };
    }

    private JsonNode Export(JsonTypeInfo type)
    {
        var options = new JsonSchemaExporterOptions { TreatNullObliviousAsNonNullable = true, TransformSchemaNode = Transform };
        return JsonSchemaExporter.GetJsonSchemaAsNode(type, options);

        JsonNode Transform(JsonSchemaExporterContext context, JsonNode schema)
        {
            if (context.TypeInfo.Type == typeof(JsonElement)) return new JsonObject();
            if (context.TypeInfo.Kind != JsonTypeInfoKind.Object) return schema;
            if (context.TypeInfo.Type != type.Type) return Reference(context.TypeInfo);
            return Whole(context.TypeInfo, schema.AsObject());
        }
    }

    // What is never null is always written; what has a default need not be sent.
    private static JsonObject Whole(JsonTypeInfo type, JsonObject schema)
    {
        var required = new JsonArray();
        foreach (var property in type.Properties)
            if (property.Get is not null && !property.IsGetNullable && Nullable.GetUnderlyingType(property.PropertyType) is null && property.AssociatedParameter is not { HasDefaultValue: true })
                required.Add((JsonNode)property.Name);
        schema["type"] = "object";
        schema.Remove("required");
        if (required.Count > 0) schema["required"] = required;
        return schema;
    }

    [GeneratedRegex(@"\{\**(?<name>[A-Za-z]+)[^}]*\}", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture | RegexOptions.NonBacktracking)]
    private static partial Regex Constraint();

    [GeneratedRegex(@"\{(?<name>[A-Za-z]+)\}", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture | RegexOptions.NonBacktracking)]
    private static partial Regex Part();
}
