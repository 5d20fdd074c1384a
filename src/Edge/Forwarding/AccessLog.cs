using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Threading.Channels;
using Fairway.Edge.Counters;
using Microsoft.AspNetCore.Http;

namespace Fairway.Edge.Forwarding;

/// <summary>
/// One line of JSON for a share of the requests. A request never waits for it: lines that do not fit the queue are dropped and counted. Query strings are
/// never written, as they hold tokens and personal data; nor are other fields of the request.
/// </summary>
public sealed class AccessLog : IAsyncDisposable
{
    private const int QueueLength = 8192;

    private readonly Stream _destination;
    private readonly double _rate;
    private readonly TimeProvider _time;
    private readonly Channel<Line> _queue;
    private readonly Task _writing;
    private long _dropped;

    /// <summary>A log that writes to this stream, and closes it in the end.</summary>
    /// <param name="destination">Where the lines go, UTF-8.</param>
    /// <param name="rate">Share of requests written, 0 to 1.</param>
    /// <param name="time">Where the time of a line comes from.</param>
    public AccessLog(Stream destination, double rate, TimeProvider time)
    {
        _destination = destination;
        _rate = rate;
        _time = time;
        _queue = Channel.CreateBounded<Line>(
            new BoundedChannelOptions(QueueLength) { SingleReader = true, FullMode = BoundedChannelFullMode.DropWrite }, _ => Interlocked.Increment(ref _dropped));
        _writing = Task.Run(WriteAsync);
    }

    /// <summary>Lines that did not fit the queue, or could not be written.</summary>
    public long Dropped => Interlocked.Read(ref _dropped);

    /// <summary>Writes what is queued, and closes the destination.</summary>
    public async ValueTask DisposeAsync()
    {
        _queue.Writer.TryComplete();
        await _writing;
        await _destination.DisposeAsync();
    }

    internal void Write(Exchange exchange)
    {
        if (!IsSampled(exchange.RequestId)) return;
        var context = exchange.Context;
        var elapsed = _time.GetElapsedTime(exchange.Began);
        _queue.Writer.TryWrite(new Line
        {
            Time = _time.GetUtcNow() - elapsed,
            RequestId = exchange.RequestId,
            TraceId = exchange.Trace.TraceId,
            Client = context.Connection.RemoteIpAddress?.ToString() ?? "unknown",
            Protocol = exchange.Request.Protocol,
            Method = exchange.Request.Method,
            Host = exchange.Host,
            Path = exchange.Request.Path,
            Status = StatusOf(exchange),
            BytesIn = exchange.Body?.BytesRead ?? 0,
            BytesOut = exchange.BytesOut,
            Milliseconds = elapsed.TotalMilliseconds,
            Service = exchange.Service?.Runtime.Key.ToString(),
            Version = exchange.Instance?.Row.Version,
            Instance = exchange.Instance?.Instance,
            Retries = exchange.Retries,
            Failure = exchange.Failure,
            Error = exchange.Problem?.Code,
        });
    }

    // By the id, so that all edges that see a request agree on it (FNV-1a).
    private bool IsSampled(string id)
    {
        if (_rate >= 1) return true;
        var hash = 2166136261u;
        foreach (var letter in id) hash = (hash ^ letter) * 16777619;
        hash ^= hash >> 15;
        return hash * 2246822519u < _rate * uint.MaxValue;
    }

    // 499 is what nginx calls a request whose client left before its answer.
    private static int StatusOf(Exchange exchange) =>
        exchange is { ClientGone: true, Problem: null } && !exchange.Context.Response.HasStarted
            ? StatusCodes.Status499ClientClosedRequest
            : exchange.Context.Response.StatusCode;

    private async Task WriteAsync()
    {
        var buffer = new ArrayBufferWriter<byte>(64 * 1024);
        using var json = new Utf8JsonWriter(buffer, new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, SkipValidation = true });
        while (await _queue.Reader.WaitToReadAsync())
        {
            var lines = 0;
            while (buffer.WrittenCount < 60 * 1024 && _queue.Reader.TryRead(out var line))
            {
                line.Write(json);
                json.Flush();
                json.Reset();
                buffer.Write("\n"u8);
                lines++;
            }
            try
            {
                await _destination.WriteAsync(buffer.WrittenMemory);
                await _destination.FlushAsync();
            }
            catch (IOException)
            {
                // A full disk costs lines of the log, never a request.
                Interlocked.Add(ref _dropped, lines);
            }
            buffer.ResetWrittenCount();
        }
    }

    private readonly struct Line
    {
        public DateTimeOffset Time { get; init; }

        public string RequestId { get; init; }

        public string TraceId { get; init; }

        public string Client { get; init; }

        public string Protocol { get; init; }

        public string Method { get; init; }

        public string Host { get; init; }

        public string Path { get; init; }

        public int Status { get; init; }

        public long BytesIn { get; init; }

        public long BytesOut { get; init; }

        public double Milliseconds { get; init; }

        public string? Service { get; init; }

        public string? Version { get; init; }

        public string? Instance { get; init; }

        public int Retries { get; init; }

        public FailureKind Failure { get; init; }

        public string? Error { get; init; }

        public void Write(Utf8JsonWriter json)
        {
            json.WriteStartObject();
            json.WriteString("time"u8, Time);
            json.WriteString("requestId"u8, RequestId);
            json.WriteString("traceId"u8, TraceId);
            json.WriteString("client"u8, Client);
            json.WriteString("protocol"u8, Protocol);
            json.WriteString("method"u8, Method);
            json.WriteString("host"u8, Host);
            json.WriteString("path"u8, Path);
            json.WriteNumber("status"u8, Status);
            json.WriteNumber("bytesIn"u8, BytesIn);
            json.WriteNumber("bytesOut"u8, BytesOut);
            json.WriteNumber("ms"u8, Math.Round(Milliseconds, 3));
            if (Service is not null) json.WriteString("service"u8, Service);
            if (Version is not null) json.WriteString("version"u8, Version);
            if (Instance is not null) json.WriteString("instance"u8, Instance);
            if (Retries > 0) json.WriteNumber("retries"u8, Retries);
            if (Failure != FailureKind.None) json.WriteString("failure"u8, Failure.ToString());
            if (Error is not null) json.WriteString("error"u8, Error);
            json.WriteEndObject();
        }
    }
}
