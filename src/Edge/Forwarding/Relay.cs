using System.Globalization;
using System.IO.Pipelines;
using System.Text;
using Fairway.Edge.Upstream;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Primitives;

namespace Fairway.Edge.Forwarding;

/// <summary>How a response's way to the client ended.</summary>
internal enum RelayEnd
{
    /// <summary>All of it is on its way.</summary>
    Whole,

    /// <summary>The instance broke it off, or spoke nonsense.</summary>
    Broken,
}

/// <summary>
/// Passes a response on. What has arrived goes out together; the client's stream is flushed whenever the instance pauses, so that events arrive at once and a
/// small response costs one write.
/// </summary>
internal static class Relay
{
    /// <summary>Writes the status and the header section.</summary>
    public static void WriteHead(Exchange exchange, ResponseHead head)
    {
        var response = exchange.Context.Features.GetRequiredFeature<IHttpResponseFeature>();
        response.StatusCode = head.Status;
        if (head.Reason is not null) response.ReasonPhrase = head.Reason;
        var headers = response.Headers;
        var named = head.Named;
        foreach (var field in head.Fields)
            if (field.Role == FieldRole.EndToEnd && (named is null || !named.Contains(field.Name))) Append(headers, field.Name, field.Value);
        if (exchange.Choice.SetCookie is { } cookie) Append(headers, "Set-Cookie", cookie);
    }

    /// <summary>Whether a response to this request with this head has a body (RFC 9112 §6.3).</summary>
    public static bool HasBody(Exchange exchange, ResponseHead head) =>
        !HttpMethods.IsHead(exchange.Request.Method) && head.Status is not (204 or 205 or 304);

    /// <summary>Passes the whole response on if all of it is here: one write, which the server flushes together with the head. The head must be written.</summary>
    public static bool TryWhole(Exchange exchange, UpstreamConnection connection)
    {
        var head = connection.Head;
        if (!HasBody(exchange, head))
        {
            // A length describes what a GET would have got; after 204 and 205 it would be a contradiction.
            if (head.Status is not (204 or 205)) exchange.Context.Response.ContentLength = head.ContentLength;
            return true;
        }
        if (head.Chunked || head.ContentLength is not { } length || connection.Received.Length < length) return false;
        var features = exchange.Context.Features;
        features.GetRequiredFeature<IHttpResponseFeature>().Headers.ContentLength = length;
        var body = features.GetRequiredFeature<IHttpResponseBodyFeature>();
        if (!body.StartAsync().IsCompletedSuccessfully) return false;
        Write(exchange, body.Writer, connection.Received.Span[..(int)length]);
        connection.Consume((int)length);
        return true;
    }

    /// <summary>Passes the body on as it comes. The head must be written.</summary>
    public static async ValueTask<RelayEnd> RunAsync(Exchange exchange, UpstreamConnection connection)
    {
        if (TryWhole(exchange, connection)) return RelayEnd.Whole;
        var head = connection.Head;
        var headers = exchange.Context.Response.Headers;
        var body = exchange.Context.Features.GetRequiredFeature<IHttpResponseBodyFeature>();
        if (!head.Chunked)
        {
            if (!exchange.Context.Response.HasStarted) headers.ContentLength = head.ContentLength;
            await body.StartAsync();
            return head.ContentLength is { } length
                ? await RelaySizedAsync(exchange, connection, body.Writer, length)
                : await RelayToEndAsync(exchange, connection, body.Writer);
        }
        var reframes = exchange.Request.Protocol == "HTTP/1.1";
        if (reframes) headers.TransferEncoding = "chunked";
        await body.StartAsync();
        return await RelayChunksAsync(exchange, connection, body, reframes);
    }

    private static async ValueTask<RelayEnd> RelaySizedAsync(Exchange exchange, UpstreamConnection connection, PipeWriter writer, long length)
    {
        while (true)
        {
            var piece = connection.Received;
            if (piece.Length > length) piece = piece[..(int)length];
            Write(exchange, writer, piece.Span);
            connection.Consume(piece.Length);
            length -= piece.Length;
            if (length == 0) return await EndAsync(writer);
            if (length > ushort.MaxValue / 4) connection.Enlarge();
            if (!await NextAsync(exchange, connection, writer)) return RelayEnd.Broken;
        }
    }

    private static async ValueTask<RelayEnd> RelayToEndAsync(Exchange exchange, UpstreamConnection connection, PipeWriter writer)
    {
        while (true)
        {
            var piece = connection.Received;
            Write(exchange, writer, piece.Span);
            connection.Consume(piece.Length);
            connection.Enlarge();
            if (await NextAsync(exchange, connection, writer)) continue;
            return connection.EndedInOrder ? await EndAsync(writer) : RelayEnd.Broken;
        }
    }

    private static async ValueTask<RelayEnd> RelayChunksAsync(
        Exchange exchange, UpstreamConnection connection, IHttpResponseBodyFeature body, bool reframes)
    {
        var chunks = connection.Chunks;
        chunks.Reset();
        while (true)
        {
            switch (Decode(exchange, connection, chunks, body.Writer, reframes))
            {
                case ChunkStep.End:
                    WriteTrailers(exchange, chunks, body.Writer, reframes);
                    return await EndAsync(body.Writer);
                case ChunkStep.Malformed:
                    return RelayEnd.Broken;
            }
            if (connection.Received.Length > 0 || exchange.BytesOut > ushort.MaxValue) connection.Enlarge();
            if (!await NextAsync(exchange, connection, body.Writer)) return RelayEnd.Broken;
        }
    }

    private static ChunkStep Decode(Exchange exchange, UpstreamConnection connection, ChunkDecoder chunks, PipeWriter writer, bool reframes)
    {
        while (true)
        {
            var step = chunks.Next(connection.Received.Span, out var consumed, out var data);
            if (step == ChunkStep.Data)
            {
                if (reframes) WriteSize(writer, data.Length);
                Write(exchange, writer, data);
                if (reframes) writer.Write("\r\n"u8);
            }
            connection.Consume(consumed);
            if (step != ChunkStep.Data) return step;
        }
    }

    // Waits for the instance; what was written goes out first when there is a wait.
    private static async ValueTask<bool> NextAsync(Exchange exchange, UpstreamConnection connection, PipeWriter writer)
    {
        connection.BeginReceive();
        if (!connection.HasReceived || writer is { CanGetUnflushedBytes: true, UnflushedBytes: > ushort.MaxValue }) await writer.FlushAsync();
        return connection.Accept(await connection.ReceiveAsync()) && !exchange.ClientGone;
    }

    // Once a response was flushed by hand, the server no longer flushes what follows of its own accord.
    private static async ValueTask<RelayEnd> EndAsync(PipeWriter writer)
    {
        await writer.FlushAsync();
        return RelayEnd.Whole;
    }

    private static void Write(Exchange exchange, PipeWriter writer, ReadOnlySpan<byte> piece)
    {
        if (piece.IsEmpty) return;
        writer.Write(piece);
        exchange.BytesOut += piece.Length;
    }

    private static void WriteSize(PipeWriter writer, int size)
    {
        var room = writer.GetSpan(10);
        size.TryFormat(room, out var digits, "x", CultureInfo.InvariantCulture);
        "\r\n"u8.CopyTo(room[digits..]);
        writer.Advance(digits + 2);
    }

    private static void WriteTrailers(Exchange exchange, ChunkDecoder chunks, PipeWriter writer, bool reframes)
    {
        if (reframes)
        {
            writer.Write("0\r\n"u8);
            foreach (var trailer in chunks.Trailers)
                if (MayTrail(trailer)) writer.Write(Encoding.Latin1.GetBytes($"{trailer.Name}: {trailer.Value}\r\n"));
            writer.Write("\r\n"u8);
        }
        else if (exchange.Context.Features.Get<IHttpResponseTrailersFeature>() is { } feature)
        {
            foreach (var trailer in chunks.Trailers)
                if (MayTrail(trailer)) Append(feature.Trailers, trailer.Name, trailer.Value);
        }
    }

    private static bool MayTrail(FieldLine trailer) => trailer.Role == FieldRole.EndToEnd && !trailer.Name.Equals("Set-Cookie", StringComparison.OrdinalIgnoreCase);

    private static void Append(IHeaderDictionary headers, string name, StringValues value) =>
        headers[name] = headers.TryGetValue(name, out var earlier) ? StringValues.Concat(earlier, value) : value;

    private static void Write(this PipeWriter writer, ReadOnlySpan<byte> bytes) => System.Buffers.BuffersExtensions.Write(writer, bytes);
}
