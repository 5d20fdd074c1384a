using System.Text.Json.Nodes;
using System.Text.Json.Serialization.Metadata;

namespace Fairway.Api;

/// <summary>A parameter of an endpoint, in its query or a header.</summary>
/// <param name="Name">As it is written.</param>
/// <param name="In"><c>query</c> or <c>header</c>.</param>
/// <param name="Text">What it means.</param>
/// <param name="Schema">JSON Schema of its value.</param>
/// <param name="IsRequired">Whether it must be there.</param>
public sealed record EndpointParameter(string Name, string In, string Text, Func<JsonObject> Schema, bool IsRequired);

/// <summary>What an endpoint says of itself: the OpenAPI document is made of it. Contracts and schemas are functions, for a start has no time to make them.</summary>
public sealed class EndpointDescription
{
    private readonly List<EndpointParameter> _parameters = [];

    /// <summary>In a line; empty until it is said.</summary>
    public string Summary { get; set; } = "";

    /// <summary>Parameters besides those of the path.</summary>
    public IReadOnlyList<EndpointParameter> Parameters => _parameters;

    /// <summary>Media type of the body; null when there is none.</summary>
    public string? BodyMedia { get; set; }

    /// <summary>What a JSON body holds.</summary>
    public Func<JsonTypeInfo>? Body { get; set; }

    /// <summary>Status of a good answer.</summary>
    public int Status { get; set; } = 200;

    /// <summary>Media type of a good answer; null when it has no body.</summary>
    public string? AnswerMedia { get; set; }

    /// <summary>What a JSON answer, or each item of a stream, holds.</summary>
    public Func<JsonTypeInfo>? Answer { get; set; }

    /// <summary>Whether the answer has an <c>ETag</c>.</summary>
    public bool HasTag { get; set; }

    /// <summary>Whether its answer holds a secret that is shown once, and so is not kept to be repeated.</summary>
    public bool GivesSecret { get; set; }

    /// <summary>Whether an <c>Idempotency-Key</c> is heeded; a body of any length is not kept in memory for it.</summary>
    public bool TakesKey { get; set; } = true;

    internal void Add(EndpointParameter parameter) => _parameters.Add(parameter);
}

/// <summary>Says what an endpoint is, beside where it is mapped.</summary>
public static class EndpointDescriptions
{
    /// <summary>In a line.</summary>
    public static DeclaredEndpoint Says(this DeclaredEndpoint endpoint, string summary) => Set(endpoint, description => description.Summary = summary);

    /// <summary>A query parameter that is text.</summary>
    public static DeclaredEndpoint Asks(this DeclaredEndpoint endpoint, string name, string text, bool required = false)
        => Asks(endpoint, name, text, () => new JsonObject { ["type"] = "string", ["maxLength"] = ApiRequest.LongestValue }, required);

    /// <summary>A query parameter that is a whole number.</summary>
    public static DeclaredEndpoint AsksNumber(this DeclaredEndpoint endpoint, string name, string text, long least, long most, long? otherwise = null)
        => Asks(endpoint, name, text, () =>
        {
            var schema = new JsonObject { ["type"] = "integer", ["minimum"] = least, ["maximum"] = most };
            if (otherwise is not null) schema["default"] = otherwise;
            return schema;
        }, required: false);

    /// <summary>A query parameter that is true or false.</summary>
    public static DeclaredEndpoint AsksFlag(this DeclaredEndpoint endpoint, string name, string text)
        => Asks(endpoint, name, text, () => new JsonObject { ["type"] = "boolean", ["default"] = false }, required: false);

    /// <summary>A query parameter that is one of a few words.</summary>
    public static DeclaredEndpoint AsksWord(this DeclaredEndpoint endpoint, string name, string text, params ImmutableArray<string> words)
        => Asks(endpoint, name, text, () => new JsonObject { ["enum"] = Words(words) }, required: false);

    /// <summary>The cursor and the limit of a page.</summary>
    public static DeclaredEndpoint Pages(this DeclaredEndpoint endpoint, int most, int otherwise)
        => endpoint.Asks("cursor", "Of the page before; none is the first page.").AsksNumber("limit", "Rows on a page.", 1, most, otherwise);

    /// <summary>A header.</summary>
    public static DeclaredEndpoint AsksHeader(this DeclaredEndpoint endpoint, string name, string text, bool required = false)
        => Set(endpoint, description => description.Add(new(name, "header", text, () => new() { ["type"] = "string" }, required)));

    /// <summary>A JSON body.</summary>
    public static DeclaredEndpoint Takes(this DeclaredEndpoint endpoint, Func<JsonTypeInfo> type)
        => Set(endpoint, description => (description.BodyMedia, description.Body) = ("application/json", type));

    /// <summary>Another body. One of any length is not kept for an idempotency key.</summary>
    public static DeclaredEndpoint TakesBytes(this DeclaredEndpoint endpoint, string media, bool isEndless)
        => Set(endpoint, description => (description.BodyMedia, description.TakesKey) = (media, !isEndless));

    /// <summary>A JSON answer.</summary>
    public static DeclaredEndpoint Gives(this DeclaredEndpoint endpoint, Func<JsonTypeInfo> type, int status = 200)
        => Set(endpoint, description => (description.AnswerMedia, description.Answer, description.Status) = ("application/json", type, status));

    /// <summary>A stream of items, or an answer that is no JSON.</summary>
    public static DeclaredEndpoint GivesStream(this DeclaredEndpoint endpoint, string media, Func<JsonTypeInfo>? item)
        => Set(endpoint, description => (description.AnswerMedia, description.Answer) = (media, item));

    /// <summary>An answer without a body.</summary>
    public static DeclaredEndpoint GivesNothing(this DeclaredEndpoint endpoint) => Set(endpoint, description => description.Status = 204);

    /// <summary>The answer has an <c>ETag</c>, and <c>If-None-Match</c> is heeded.</summary>
    public static DeclaredEndpoint IsTagged(this DeclaredEndpoint endpoint)
        => Set(endpoint, description => description.HasTag = true).AsksHeader("If-None-Match", "An ETag: 304 when the answer is still the same.");

    /// <summary>The answer holds a secret that is shown once.</summary>
    public static DeclaredEndpoint ShowsSecretOnce(this DeclaredEndpoint endpoint) => Set(endpoint, description => description.GivesSecret = true);

    private static DeclaredEndpoint Asks(DeclaredEndpoint endpoint, string name, string text, Func<JsonObject> schema, bool required)
        => Set(endpoint, description => description.Add(new(name, "query", text, schema, required)));

    private static JsonArray Words(ImmutableArray<string> words)
    {
        var array = new JsonArray();
        foreach (var word in words) array.Add((JsonNode)word);
        return array;
    }

    private static DeclaredEndpoint Set(DeclaredEndpoint endpoint, Action<EndpointDescription> set)
    {
        set(endpoint.Description);
        return endpoint;
    }
}
