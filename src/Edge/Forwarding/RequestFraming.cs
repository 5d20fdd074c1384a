using System.Buffers;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Net.Http.Headers;

namespace Fairway.Edge.Forwarding;

/// <summary>How a request's body reaches the instance.</summary>
internal enum BodyFraming
{
    /// <summary>There is none.</summary>
    None,

    /// <summary>Its length is known.</summary>
    Sized,

    /// <summary>In chunks.</summary>
    Chunked,
}

/// <summary>
/// The gaps that the server in front leaves: requests that it can read, but that another reader may read in a different way. They are refused, so that where
/// one request ends and the next begins is never a matter of opinion (RFC 9112 §11.2).
/// </summary>
internal static class RequestFraming
{
    private static readonly SearchValues<char> NotInTarget = SearchValues.Create([.. Enumerable.Range(0, 33).Select(c => (char)c), '\x7f']);

    /// <summary>Has every server of this process that starts from now on refuse lines that end in a bare line feed.</summary>
    public static void RefuseBareLineFeeds() => AppContext.SetSwitch("Microsoft.AspNetCore.Server.Kestrel.DisableHttp1LineFeedTerminators", true);

    /// <summary>Why the request is refused; null when it is clear. Notes how its body is framed.</summary>
    public static EdgeProblem? Check(Exchange exchange)
    {
        var (context, request) = (exchange.Context, exchange.Request);
        var headers = request.Headers;
        var coding = headers.TransferEncoding;
        var length = headers.ContentLength;
        if (exchange.IsHttp1)
        {
            if (request.RawTarget.AsSpan().ContainsAny(NotInTarget)) return EdgeProblem.BadRequest;
            if (coding.Count > 0)
            {
                // The server drops a Content-Length beside a coding and keeps it under another name.
                if (length is not null || headers.ContainsKey("X-Content-Length") || request.Protocol == "HTTP/1.0") return EdgeProblem.BadRequest;
                if (coding.Count != 1 || !string.Equals(coding[0], "chunked", StringComparison.OrdinalIgnoreCase)) return EdgeProblem.UnknownCoding;
                exchange.Framing = BodyFraming.Chunked;
            }
            else if (length > 0)
            {
                exchange.Framing = BodyFraming.Sized;
            }
        }
        else if (context.Features.Get<IHttpRequestBodyDetectionFeature>() is { CanHaveBody: true })
        {
            exchange.Framing = length is null ? BodyFraming.Chunked : BodyFraming.Sized;
        }
        if (headers.Expect.Count > 0 && !IsContinue(headers)) return EdgeProblem.UnknownExpectation;
        return HttpMethods.IsConnect(request.Method) && context.Features.Get<IHttpExtendedConnectFeature>() is not { IsExtendedConnect: true, Protocol: "websocket" }
            ? EdgeProblem.NoTunnel
            : null;
    }

    /// <summary>The client waits for word before it sends its body.</summary>
    public static bool IsContinue(IHeaderDictionary headers) =>
        headers.Expect is [{ } expectation] && expectation.Equals("100-continue", StringComparison.OrdinalIgnoreCase);

    /// <summary>Whether a list field has this member.</summary>
    public static bool Names(Microsoft.Extensions.Primitives.StringValues values, string member)
    {
        foreach (var value in values)
        {
            foreach (var part in value.AsSpan().Split(','))
            {
                var item = value.AsSpan(part);
                var parameters = item.IndexOf(';');
                if ((parameters < 0 ? item : item[..parameters]).Trim().Equals(member, StringComparison.OrdinalIgnoreCase)) return true;
            }
        }
        return false;
    }
}
