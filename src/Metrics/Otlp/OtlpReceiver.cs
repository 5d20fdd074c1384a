using System.Collections.Concurrent;
using System.Globalization;
using System.Text.Json;
using Fairway.Metrics.Ingest;
using Fairway.Metrics.Protobuf;
using Fairway.Metrics.Storage;

namespace Fairway.Metrics.Otlp;

/// <summary>What to answer a sender.</summary>
/// <param name="Status">HTTP status: 200, 400, 413, 415, 503; <see cref="GrpcFrames.Status"/> for gRPC.</param>
/// <param name="ContentType">Of the body: the one the request had.</param>
/// <param name="Body">ExportMetricsServiceResponse, or google.rpc.Status when the request failed.</param>
/// <param name="Rejected">Points that were not taken although the request was.</param>
/// <param name="Message">What was wrong; empty when nothing was.</param>
public sealed record OtlpAnswer(int Status, string ContentType, byte[] Body, long Rejected, string Message);

/// <summary>Takes metrics of OpenTelemetry: OTLP over HTTP, in protobuf or JSON, and the messages of OTLP over gRPC. For any number of
/// threads.</summary>
/// <remarks>Sources: OTLP specification 1.x; OpenTelemetry, "Prometheus and OpenMetrics compatibility" and "Metrics data model".</remarks>
public sealed class OtlpReceiver
{
    /// <summary>Protobuf over HTTP.</summary>
    public const string Protobuf = "application/x-protobuf";

    /// <summary>JSON over HTTP.</summary>
    public const string Json = "application/json";

    private readonly ISampleStore _store;
    private readonly TimeProvider _time;
    private readonly OtlpOptions _options;
    private readonly OtlpResources _resources;
    private readonly ConcurrentBag<OtlpRequest> _idle = [];

    /// <param name="store">Where samples go.</param>
    /// <param name="time">For forgetting resources that are gone.</param>
    /// <param name="options">How metrics become series.</param>
    public OtlpReceiver(ISampleStore store, TimeProvider time, OtlpOptions options)
    {
        (_store, _time, _options) = (store, time, options);
        _resources = new(options);
    }

    /// <summary>Takes a request over HTTP.</summary>
    /// <param name="body">As it came.</param>
    /// <param name="contentType">Value of the header.</param>
    /// <param name="contentEncoding">Value of the header: gzip, deflate or none.</param>
    public OtlpAnswer Receive(byte[] body, string? contentType, string? contentEncoding)
    {
        var type = (contentType ?? "").Split(';')[0].Trim().ToLowerInvariant();
        if (type is not (Protobuf or Json)) return Failure(415, Json, $"content type \"{contentType}\" is neither {Protobuf} nor {Json}");
        if (!ContentCoding.IsKnown(contentEncoding)) return Failure(415, type, $"content encoding \"{contentEncoding}\" is neither gzip nor deflate");
        try
        {
            var message = ContentCoding.Unpack(body, contentEncoding, _options.MessageBytes).Span;
            if (type == Protobuf) return Take(message, type);
            var writer = new ProtobufWriter();
            OtlpJson.ToProtobuf(message, writer);
            return Take(writer.Written, type);
        }
        catch (BodyTooLargeException e)
        {
            return Failure(413, type, e.Message);
        }
        catch (FormatException e)
        {
            return Failure(400, type, e.Message);
        }
        catch (IOException e)
        {
            return Failure(503, type, $"the points could not be stored: {e.Message}");
        }
    }

    private OtlpAnswer Take(ReadOnlySpan<byte> message, string type)
    {
        if (!_idle.TryTake(out var request)) request = new(_options, _store, _resources);
        var committed = false;
        using var batch = _store.Begin();
        try
        {
            var tally = request.Take(message, batch, (long)_time.GetElapsedTime(0).TotalSeconds);
            batch.Commit();
            committed = true;
            return Success(type, tally.Rejected, tally.Describe());
        }
        finally
        {
            if (!committed) request.Undo();
            _idle.Add(request);
        }
    }

    private static OtlpAnswer Success(string type, long rejected, string message)
    {
        if (type == Json)
        {
            if (rejected == 0) return new(200, type, "{}"u8.ToArray(), 0, "");
            return new(200, type, JsonOf(json =>
            {
                json.WriteStartObject("partialSuccess");
                json.WriteString("rejectedDataPoints", rejected.ToString(CultureInfo.InvariantCulture));
                json.WriteString("errorMessage", message);
                json.WriteEndObject();
            }), rejected, message);
        }

        if (rejected == 0) return new(200, type, [], 0, "");
        var writer = new ProtobufWriter();
        var begun = writer.Begin(1);
        writer.Varint(1, (ulong)rejected);
        writer.Text(2, message);
        writer.End(begun);
        return new(200, type, writer.Written.ToArray(), rejected, message);
    }

    private static OtlpAnswer Failure(int status, string type, string message)
    {
        if (type == Json)
        {
            return new(status, type, JsonOf(json =>
            {
                json.WriteNumber("code", GrpcFrames.Status(status));
                json.WriteString("message", message);
            }), 0, message);
        }

        var writer = new ProtobufWriter();
        writer.Varint(1, (ulong)GrpcFrames.Status(status));
        writer.Text(2, message);
        return new(status, type, writer.Written.ToArray(), 0, message);
    }

    private static byte[] JsonOf(Action<Utf8JsonWriter> write)
    {
        var buffer = new System.Buffers.ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            write(json);
            json.WriteEndObject();
        }

        return buffer.WrittenSpan.ToArray();
    }
}
