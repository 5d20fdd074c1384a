using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace Fairway.Edge.Forwarding;

/// <summary>An answer of the edge's own, as problem+json (RFC 9457), with its code in <c>Fairway-Error</c>. Instances cannot send that field.</summary>
/// <param name="Status">The status.</param>
/// <param name="Code">Stable, for programs.</param>
/// <param name="Title">One sentence, for people.</param>
internal sealed record EdgeProblem(int Status, string Code, string Title)
{
    /// <summary>No service in the table takes this host and path.</summary>
    public static readonly EdgeProblem NoRoute = new(404, "no-route", "No service takes this host and path.");

    /// <summary>The service has no instance that takes requests.</summary>
    public static readonly EdgeProblem NoInstance = new(503, "no-instance", "No instance of the service is ready.") { RetryAfterSeconds = 1 };

    /// <summary>The service's queue is full.</summary>
    public static readonly EdgeProblem QueueFull = new(503, "queue-full", "The service is at its limit and its queue is full.") { RetryAfterSeconds = 1 };

    /// <summary>The request waited for its turn in vain.</summary>
    public static readonly EdgeProblem QueueTimeout = new(503, "queue-timeout", "The service is at its limit and the wait was too long.") { RetryAfterSeconds = 1 };

    /// <summary>The service's circuit is open.</summary>
    public static readonly EdgeProblem CircuitOpen = new(503, "circuit-open", "The service failed too often and is left alone for a moment.") { RetryAfterSeconds = 2 };

    /// <summary>No connection to an instance.</summary>
    public static readonly EdgeProblem ConnectFailed = new(502, "connect-failed", "The service could not be reached.");

    /// <summary>The instance closed the connection before it answered.</summary>
    public static readonly EdgeProblem UpstreamReset = new(502, "upstream-reset", "The service closed the connection before it answered.");

    /// <summary>The instance's answer is not HTTP, or ambiguous.</summary>
    public static readonly EdgeProblem BadResponse = new(502, "bad-response", "The service's answer is not valid HTTP.");

    /// <summary>The instance did not answer in time.</summary>
    public static readonly EdgeProblem ResponseTimeout = new(504, "response-timeout", "The service did not answer in time.");

    /// <summary>The body is larger than the service allows.</summary>
    public static readonly EdgeProblem BodyTooLarge = new(413, "body-too-large", "The request body is larger than the service allows.") { Close = true };

    /// <summary>The request can be read in two ways, or not at all.</summary>
    public static readonly EdgeProblem BadRequest = new(400, "bad-request", "The request is malformed or ambiguous.") { Close = true };

    /// <summary>A transfer coding other than chunked.</summary>
    public static readonly EdgeProblem UnknownCoding = new(501, "unknown-transfer-coding", "The only transfer coding understood is chunked.") { Close = true };

    /// <summary>CONNECT for anything but WebSockets over HTTP/2.</summary>
    public static readonly EdgeProblem NoTunnel = new(501, "connect-refused", "CONNECT is understood for WebSockets over HTTP/2 only.") { Close = true };

    /// <summary>An expectation other than 100-continue.</summary>
    public static readonly EdgeProblem UnknownExpectation = new(417, "unknown-expectation", "The only expectation understood is 100-continue.") { Close = true };

    private readonly byte[] _start = Encoding.UTF8.GetBytes(
        $"{{\"type\":\"about:blank\",\"title\":\"{JavaScriptEncoder.UnsafeRelaxedJsonEscaping.Encode(Title)}\",\"status\":{Status},\"code\":\"{Code}\",\"requestId\":\"");

    /// <summary>When to try again; null says nothing.</summary>
    public int? RetryAfterSeconds { get; init; }

    /// <summary>The connection is not used again: where its next request begins is not certain, or not worth waiting for.</summary>
    public bool Close { get; init; }

    /// <summary>The problem that a body reader's refusal is; the client's fault.</summary>
    public static EdgeProblem Of(BadHttpRequestException refusal) => refusal.StatusCode switch
    {
        413 => BodyTooLarge,
        400 => BadRequest,
        408 => new(408, "request-timeout", "The request body arrived too slowly.") { Close = true },
        var status => new(status, "bad-request", "The request was refused.") { Close = true },
    };

    /// <summary>Answers with it. The response must not have started.</summary>
    public void Write(HttpContext context, string requestId)
    {
        var response = context.Features.GetRequiredFeature<IHttpResponseFeature>();
        response.StatusCode = Status;
        response.ReasonPhrase = null;
        var headers = response.Headers;
        headers.ContentType = "application/problem+json";
        headers.CacheControl = "no-store";
        headers["Fairway-Error"] = Code;
        headers["X-Request-Id"] = requestId;
        if (RetryAfterSeconds is { } seconds) headers.RetryAfter = seconds.ToString(CultureInfo.InvariantCulture);
        if (Close && context.Request.Protocol.StartsWith("HTTP/1", StringComparison.Ordinal)) headers.Connection = "close";
        headers.ContentLength = _start.Length + requestId.Length + 2;
        if (HttpMethods.IsHead(context.Request.Method)) return;
        var body = context.Response.BodyWriter;
        var room = body.GetSpan(_start.Length + requestId.Length + 2);
        _start.CopyTo(room);
        var length = _start.Length + Encoding.ASCII.GetBytes(requestId, room[_start.Length..]);
        "\"}"u8.CopyTo(room[length..]);
        body.Advance(length + 2);
    }
}
