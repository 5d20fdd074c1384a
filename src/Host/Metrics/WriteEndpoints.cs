using Fairway.Metrics.Ingest;
using Fairway.Metrics.Otlp;
using Fairway.Metrics.RemoteWrite;
using Fairway.Metrics.Storage;
using Microsoft.AspNetCore.Http;

namespace Fairway.Metrics;

/// <summary>What others write: remote write, OTLP over HTTP and over gRPC.</summary>
/// <param name="store">Where samples go.</param>
/// <param name="time">For forgetting who writes no more.</param>
internal sealed class WriteEndpoints(ISampleStore store, TimeProvider time)
{
    /// <summary>Bytes of a request's body as it comes.</summary>
    public const int MostBytes = 64 << 20;

    private readonly RemoteWriteReceiver _remote = new(store, time, new());
    private readonly OtlpReceiver _otlp = new(store, time, new());

    /// <summary>Remote write 1.0 and 2.0.</summary>
    public async Task RemoteWriteAsync(HttpContext context)
    {
        var body = await BodyAsync(context);
        var answer = _remote.Receive(body, context.Request.ContentType, context.Request.Headers.ContentEncoding);
        foreach (var (name, value) in answer.Headers()) context.Response.Headers[name] = value;
        await ApiAnswer.TextAsync(context, answer.Status, answer.Error);
    }

    /// <summary>OTLP over HTTP.</summary>
    public async Task OtlpAsync(HttpContext context)
    {
        var body = await BodyAsync(context);
        var answer = _otlp.Receive(body, context.Request.ContentType, context.Request.Headers.ContentEncoding);
        context.Response.StatusCode = answer.Status;
        context.Response.ContentType = answer.ContentType;
        await context.Response.Body.WriteAsync(answer.Body, context.RequestAborted);
    }

    /// <summary>OTLP over gRPC: one message in, one out, the result in the trailers.</summary>
    public async Task GrpcAsync(HttpContext context)
    {
        if (context.Request.Path != GrpcFrames.MetricsPath || !HttpMethods.IsPost(context.Request.Method))
        {
            await EndAsync(context, 12, $"only {GrpcFrames.MetricsPath} is served here", []);
            return;
        }

        var answer = Take(await BodyAsync(context), context.Request.Headers["grpc-encoding"]);
        await EndAsync(context, GrpcFrames.Status(answer.Status), answer.Status == 200 ? "" : answer.Message, answer.Body);
    }

    private OtlpAnswer Take(byte[] body, string? encoding)
    {
        try
        {
            if (GrpcFrames.Read(body, MostBytes, out var packed, out var message) == 0) return new(400, "", [], 0, "the request has no whole message");
            return _otlp.Receive(message.ToArray(), OtlpReceiver.Protobuf, packed ? encoding : null);
        }
        catch (BodyTooLargeException e)
        {
            return new(413, "", [], 0, e.Message);
        }
        catch (FormatException e)
        {
            return new(400, "", [], 0, e.Message);
        }
    }

    private static async Task EndAsync(HttpContext context, int status, string message, byte[] body)
    {
        context.Response.ContentType = GrpcFrames.ContentType;
        context.Response.DeclareTrailer("grpc-status");
        context.Response.DeclareTrailer("grpc-message");
        if (status == 0) await context.Response.Body.WriteAsync(GrpcFrames.Write(body), context.RequestAborted);
        context.Response.AppendTrailer("grpc-status", status.ToString(System.Globalization.CultureInfo.InvariantCulture));
        context.Response.AppendTrailer("grpc-message", Uri.EscapeDataString(message));
    }

    private static async Task<byte[]> BodyAsync(HttpContext context)
    {
        // Kestrel ends the reading with 413 at the limit; room is made for what comes, not for what is announced.
        using var body = new MemoryStream((int)Math.Min(context.Request.ContentLength ?? 0, 1 << 20));
        await context.Request.Body.CopyToAsync(body, context.RequestAborted);
        return body.ToArray();
    }
}
