using System.Buffers;
using System.Net;
using Fairway.Edge.Upstream;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Primitives;

namespace Fairway.Edge.Forwarding;

/// <summary>
/// Writes a request's head as the instance gets it: hop-by-hop fields removed (RFC 9110 §7.6.1), where it came from and its trace added, its framing written
/// anew from what was understood rather than copied from what was sent.
/// </summary>
internal static class RequestHead
{
    private static readonly SearchValues<char> NotInValue = SearchValues.Create("\r\n\0");
    private static readonly SearchValues<char> InToken =
        SearchValues.Create("!#$%&'*+-.^_`|~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz");

    /// <summary>Writes it; false when it holds what must not go on a wire.</summary>
    public static bool TryWrite(WireBuffer wire, Exchange exchange)
    {
        var request = exchange.Request;
        if (!TryWriteLine(wire, exchange)) return false;
        var headers = request.Headers;
        wire.Write("\r\nHost: "u8);
        wire.Write(exchange.Host.Length > 0 ? exchange.Host : exchange.Instance!.Host);
        wire.Write("\r\n"u8);
        var named = headers.Connection;
        foreach (var (name, values) in headers)
        {
            switch (RequestFields.FateOf(name))
            {
                case FieldFate.Keep:
                    if (named.Count > 0 && !IsPlain(named) && RequestFraming.Names(named, name)) break;
                    if (!TryWriteField(wire, name, values)) return false;
                    break;
                case FieldFate.Provenance when exchange.Options.TrustForwarded:
                case FieldFate.TraceState when exchange.Trace.Continued:
                case FieldFate.Fairway when name.Equals(exchange.Policy.PreviewHeader, StringComparison.OrdinalIgnoreCase):
                    if (!TryWriteField(wire, name, values)) return false;
                    break;
                case FieldFate.Cookie:
                    if (OwnCookies.Without(values) is { } cookies && !TryWriteField(wire, "Cookie", cookies)) return false;
                    break;
            }
        }
        WriteProvenance(wire, exchange);
        WriteFraming(wire, exchange);
        return true;
    }

    private static bool TryWriteLine(WireBuffer wire, Exchange exchange)
    {
        var request = exchange.Request;
        if (exchange.Upgrade == UpgradeKind.ExtendedConnect) wire.Write("GET "u8);
        else if (!request.Method.AsSpan().ContainsAnyExcept(InToken)) wire.Write(request.Method);
        else return false;
        if (exchange.Upgrade != UpgradeKind.ExtendedConnect) wire.Write(" "u8);
        wire.Write(TargetOf(request.RawTarget, request.Method));
        wire.Write(" HTTP/1.1"u8);
        return true;
    }

    // A server in front of instances is asked in absolute-form only by clients that take it for a forward proxy; the instance is asked in origin-form.
    private static ReadOnlySpan<char> TargetOf(string target, string method)
    {
        if (target.Length > 0 && target[0] is '/' or '*') return target;
        var authority = target.IndexOf("://", StringComparison.Ordinal);
        if (authority < 0) return target;
        var path = target.AsSpan(authority + 3).IndexOfAny('/', '?');
        if (path < 0) return HttpMethods.IsOptions(method) ? "*" : "/";
        var origin = target.AsSpan(authority + 3 + path);
        return origin[0] == '/' ? origin : string.Concat("/", origin);
    }

    private static bool IsPlain(StringValues connection) =>
        connection is [{ } only] && (only.Equals("keep-alive", StringComparison.OrdinalIgnoreCase) || only.Equals("close", StringComparison.OrdinalIgnoreCase));

    private static bool TryWriteField(WireBuffer wire, string name, StringValues values)
    {
        if (name.AsSpan().ContainsAnyExcept(InToken)) return false;
        for (var i = 0; i < values.Count; i++)
        {
            var value = values[i].AsSpan();
            if (value.ContainsAny(NotInValue)) return false;
            wire.WriteField(name, value);
        }
        return true;
    }

    private static void WriteProvenance(WireBuffer wire, Exchange exchange)
    {
        var headers = exchange.Request.Headers;
        wire.Write("X-Forwarded-For: "u8);
        foreach (var earlier in headers["X-Forwarded-For"])
        {
            if (string.IsNullOrEmpty(earlier) || earlier.AsSpan().ContainsAny(NotInValue)) continue;
            wire.Write(earlier);
            wire.Write(", "u8);
        }
        WriteAddress(wire, exchange.Context.Connection.RemoteIpAddress);
        if (!exchange.Options.TrustForwarded || !headers.ContainsKey("X-Forwarded-Proto"))
        {
            wire.Write("\r\nX-Forwarded-Proto: "u8);
            wire.Write(exchange.Request.Scheme);
        }
        if (exchange.Host.Length > 0 && (!exchange.Options.TrustForwarded || !headers.ContainsKey("X-Forwarded-Host")))
        {
            wire.Write("\r\nX-Forwarded-Host: "u8);
            wire.Write(exchange.Host);
        }
        wire.Write("\r\nX-Request-Id: "u8);
        exchange.WriteRequestId(wire);
        wire.Write("\r\ntraceparent: "u8);
        exchange.Trace.Write(wire);
        wire.Write("\r\n"u8);
    }

    private static void WriteAddress(WireBuffer wire, IPAddress? address)
    {
        if (address is null)
        {
            // A Unix socket has no address (RFC 7239 §6).
            wire.Write("unknown"u8);
            return;
        }
        if (address.IsIPv4MappedToIPv6) address = address.MapToIPv4();
        address.TryFormat(wire.Room(64), out var written);
        wire.Advance(written);
    }

    private static void WriteFraming(WireBuffer wire, Exchange exchange)
    {
        var request = exchange.Request;
        if (exchange.Upgrade != UpgradeKind.None)
        {
            wire.Write("Connection: Upgrade\r\nUpgrade: "u8);
            wire.Write(exchange.Upgrade == UpgradeKind.ExtendedConnect ? "websocket" : request.Headers.Upgrade.ToString());
            wire.Write("\r\n"u8);
            if (exchange.WebSocketKey is { } key) wire.WriteField("Sec-WebSocket-Key", key);
        }
        else if (RequestFraming.Names(request.Headers.TE, "trailers"))
        {
            wire.Write("TE: trailers\r\nConnection: TE\r\n"u8);
        }
        switch (exchange.Framing)
        {
            case BodyFraming.Sized:
                wire.Write("Content-Length: "u8);
                wire.WriteDecimal(request.Headers.ContentLength ?? 0);
                wire.Write("\r\n"u8);
                break;
            case BodyFraming.Chunked:
                wire.Write("Transfer-Encoding: chunked\r\n"u8);
                foreach (var trailer in request.Headers.Trailer) wire.WriteField("Trailer", trailer);
                break;
            case BodyFraming.None when request.Headers.ContentLength is not null || MayHaveContent(request.Method):
                wire.Write("Content-Length: 0\r\n"u8);
                break;
        }
        if (exchange.ExpectsContinue) wire.Write("Expect: 100-continue\r\n"u8);
        wire.Write("\r\n"u8);
    }

    // RFC 9110 §8.6: a method that anticipates content says so when there is none.
    private static bool MayHaveContent(string method) => HttpMethods.IsPost(method) || HttpMethods.IsPut(method) || HttpMethods.IsPatch(method);
}
