using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Fairway.Access;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace Fairway.Api;

/// <summary>One call: its parts read with clear errors, its answer written.</summary>
public sealed class ApiRequest(HttpContext context, Caller caller)
{
    /// <summary>Longest query value or name that is read, in characters.</summary>
    public const int LongestValue = 512;

    /// <summary>Who calls.</summary>
    public Caller Caller { get; } = caller;

    /// <summary>ASP.NET's view of it, for streams.</summary>
    public HttpContext Http { get; } = context;

    /// <summary>Ends when the caller goes away or the control plane ends.</summary>
    public CancellationToken Aborted => Http.RequestAborted;

    /// <summary>Goes on only when the caller may do that, for what the path does not say: an environment in a body, a command that needs more.</summary>
    /// <param name="permission">What.</param>
    /// <param name="environment">Where; null asks for every environment.</param>
    /// <exception cref="ApiException">401 or 403.</exception>
    public void Demand(Permission permission, string? environment)
    {
        if (!Caller.May(permission, environment)) throw Gate.Refuse(Caller, permission, environment, "this");
        Caller.Use(permission, environment);
    }

    /// <summary>The fields of a form that a page sent.</summary>
    public Task<IFormCollection> FormAsync() => Gate.ReadFormAsync(Http);

    /// <summary>A part of the path.</summary>
    public string Route(string name) => (string)Http.Request.RouteValues[name]!;

    /// <summary>A query value; null when it is absent or empty.</summary>
    public string? Query(string name)
    {
        var values = Http.Request.Query[name];
        if (values.Count > 1) throw ApiException.BadRequest("query-repeated", $"?{name}= was given {values.Count} times", "give it once");
        var value = values.Count == 0 ? null : values[0];
        if (value?.Length > LongestValue) throw ApiException.BadRequest("query-too-long", $"?{name}= is longer than {LongestValue} characters");
        return string.IsNullOrEmpty(value) ? null : value;
    }

    /// <summary>A query value that must be there.</summary>
    public string RequiredQuery(string name) => Query(name) ?? throw ApiException.BadRequest("query-missing", $"?{name}= is missing");

    /// <summary>A whole number in a range.</summary>
    public long Query(string name, long otherwise, long least, long most)
    {
        if (Query(name) is not { } text) return otherwise;
        return long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var value) && value >= least && value <= most
            ? value
            : throw ApiException.BadRequest("query-invalid", $"?{name}={text} is not a whole number from {least} to {most}");
    }

    /// <summary>Yes or no.</summary>
    public bool QueryFlag(string name) => Query(name) switch
    {
        null or "false" or "0" => false,
        "true" or "1" => true,
        var other => throw ApiException.BadRequest("query-invalid", $"?{name}={other} is neither true nor false"),
    };

    /// <summary>Refuses query parameters that are not among those known: a misspelt filter must not show everything.</summary>
    public void OnlyQueries(params ReadOnlySpan<string> known)
    {
        foreach (var name in Http.Request.Query.Keys)
            if (!known.Contains(name)) throw ApiException.BadRequest("query-unknown", $"?{name}= is not known here", $"known: {(known.Length == 0 ? "none" : string.Join(", ", known))}");
    }

    /// <summary>The body as JSON.</summary>
    public async Task<T> ReadAsync<T>(JsonTypeInfo<T> type)
    {
        if (!Http.Request.HasJsonContentType())
            throw new ApiException(new("Unsupported media type", 415, "not-json", "the body must be application/json", "send `Content-Type: application/json`"));
        try
        {
            return await JsonSerializer.DeserializeAsync(Http.Request.Body, type, Aborted) ?? throw new JsonException("null where an object was expected");
        }
        catch (JsonException error)
        {
            var place = error.LineNumber is { } line
                ? string.Create(CultureInfo.InvariantCulture, $" at line {line + 1}, byte {error.BytePositionInLine + 1}{(error.Path is { Length: > 1 } path ? $" ({path})" : "")}")
                : "";
            // The parser's sentence repeats the position; the first sentence says what is wrong.
            throw ApiException.BadRequest("malformed-json", $"the body is not the JSON expected{place}: {error.Message.Split(" Path:")[0].Split(" LineNumber:")[0]}");
        }
    }

    /// <summary>Answers with JSON.</summary>
    public Task WriteAsync<T>(T value, JsonTypeInfo<T> type, int status = 200)
    {
        Http.Response.StatusCode = status;
        Http.Response.Headers.CacheControl = "no-store";
        return Http.Response.WriteAsJsonAsync(value, type, cancellationToken: Aborted);
    }

    /// <summary>A body may be of any length: whoever reads it has a limit of its own.</summary>
    public Stream UnlimitedBody()
    {
        if (Http.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } limit) limit.MaxRequestBodySize = null;
        if (Http.Features.Get<IHttpBodyControlFeature>() is { } control) control.AllowSynchronousIO = false;
        return Http.Request.Body;
    }
}
