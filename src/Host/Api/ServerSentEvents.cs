using System.Buffers;
using System.Globalization;
using System.IO.Pipelines;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Microsoft.AspNetCore.Http;

namespace Fairway.Api;

/// <summary>
/// Writes a <c>text/event-stream</c> (WHATWG HTML, server-sent events). Each item is one line of JSON; a comment keeps a quiet stream
/// alive.
/// </summary>
public sealed class ServerSentEvents
{
    private readonly HttpResponse _response;

    /// <summary>Begins the stream.</summary>
    public ServerSentEvents(ApiRequest request)
    {
        _response = request.Http.Response;
        _response.ContentType = "text/event-stream";
        _response.Headers.CacheControl = "no-store";
        // Proxies of the nginx family would hold the stream back.
        _response.Headers["X-Accel-Buffering"] = "no";
    }

    /// <summary>Sends the head now, so that the caller knows it is heard.</summary>
    public async Task StartAsync(CancellationToken cancellation)
    {
        await _response.StartAsync(cancellation);
        // Started is not sent: who may see none of the first records would wait for a sign of life.
        await _response.BodyWriter.FlushAsync(cancellation);
    }

    /// <summary>Writes one item and sends it.</summary>
    public async Task SendAsync<T>(T item, JsonTypeInfo<T> type, long? id, string? name, CancellationToken cancellation)
    {
        var body = _response.BodyWriter;
        if (id is { } number) Write(body, "id: " + number.ToString(CultureInfo.InvariantCulture) + "\n");
        if (name is not null) Write(body, "event: " + name + "\n");
        body.Write("data: "u8);
        body.Write(JsonSerializer.SerializeToUtf8Bytes(item, type));
        body.Write("\n\n"u8);
        await body.FlushAsync(cancellation);
    }

    /// <summary>Shows that the stream lives.</summary>
    public async Task KeepAliveAsync(CancellationToken cancellation)
    {
        _response.BodyWriter.Write(":\n\n"u8);
        await _response.BodyWriter.FlushAsync(cancellation);
    }

    private static void Write(PipeWriter writer, string text) => Encoding.UTF8.GetBytes(text, writer);
}
