using System.Text.Json;
using Fairway.Metrics.PromQl.Json;
using Fairway.Metrics.PromQl.Syntax;
using Microsoft.AspNetCore.Http;

namespace Fairway.Metrics;

/// <summary>Answers of the Prometheus API.</summary>
internal static class ApiAnswer
{
    /// <summary>Said when a limit cut the answer.</summary>
    public const string Truncated = "results truncated due to limit";

    /// <summary><c>{"status":"success","data":…}</c>.</summary>
    /// <param name="context">The request.</param>
    /// <param name="data">Writes the value of <c>data</c>.</param>
    /// <param name="truncated">Whether a limit cut it.</param>
    public static Task SuccessAsync(HttpContext context, Action<Utf8JsonWriter> data, bool truncated = false) => WriteAsync(context, 200, json =>
    {
        json.WriteStartObject();
        json.WriteString("status"u8, "success"u8);
        json.WritePropertyName("data"u8);
        data(json);
        if (truncated)
        {
            json.WriteStartArray("warnings"u8);
            json.WriteStringValue(Truncated);
            json.WriteEndArray();
        }

        json.WriteEndObject();
    });

    /// <summary><c>{"status":"error","errorType":…,"error":…}</c>.</summary>
    public static Task ErrorAsync(HttpContext context, PromQlException error) =>
        WriteAsync(context, QueryJson.HttpStatus(error.Kind), json => QueryJson.WriteError(json, error.Kind, error.Message));

    /// <summary>A list of texts, cut to a limit.</summary>
    public static Task ListAsync(HttpContext context, IReadOnlyCollection<string> texts, int limit) => SuccessAsync(context, json =>
    {
        json.WriteStartArray();
        foreach (var text in texts.Take(limit)) json.WriteStringValue(text);
        json.WriteEndArray();
    }, texts.Count > limit);

    /// <summary>JSON.</summary>
    public static async Task WriteAsync(HttpContext context, int status, Action<Utf8JsonWriter> write)
    {
        context.Response.StatusCode = status;
        context.Response.ContentType = "application/json";
        await using (var json = new Utf8JsonWriter(context.Response.BodyWriter, QueryJson.WriterOptions))
        {
            write(json);
            json.Flush();
        }

        await context.Response.BodyWriter.FlushAsync(context.RequestAborted);
    }

    /// <summary>A line of text.</summary>
    public static async Task TextAsync(HttpContext context, int status, string text)
    {
        context.Response.StatusCode = status;
        if (text.Length == 0) return;
        context.Response.ContentType = "text/plain; charset=utf-8";
        await context.Response.WriteAsync(text + "\n", context.RequestAborted);
    }
}
