using System.Security.Cryptography;
using System.Text;
using Fairway.Edge.Forwarding;
using Fairway.Edge.Upstream;
using Microsoft.AspNetCore.Http.Features;

namespace Fairway.Edge.WebSockets;

/// <summary>Requests that ask to leave HTTP, and answers that grant it.</summary>
internal static class UpgradeRequest
{
    /// <summary>How the request asks to leave HTTP.</summary>
    public static UpgradeKind KindOf(Exchange exchange)
    {
        var features = exchange.Context.Features;
        if (!exchange.IsHttp1)
            return features.Get<IHttpExtendedConnectFeature>() is { IsExtendedConnect: true } ? UpgradeKind.ExtendedConnect : UpgradeKind.None;
        var protocol = exchange.Request.Headers.Upgrade;
        // A request with a body, and one for h2c (RFC 9113 §3.1 retired it), is served without the upgrade; a server may always do that.
        return protocol.Count > 0 && exchange.Framing == BodyFraming.None && !RequestFraming.Names(protocol, "h2c")
            && features.Get<IHttpUpgradeFeature>() is { IsUpgradableRequest: true }
            ? UpgradeKind.Http1
            : UpgradeKind.None;
    }

    /// <summary>Whether the tunnel carries WebSocket frames of the known version.</summary>
    public static bool IsWebSocket(Exchange exchange) =>
        exchange.Upgrade == UpgradeKind.ExtendedConnect
        || (RequestFraming.Names(exchange.Request.Headers.Upgrade, "websocket") && exchange.Request.Headers.SecWebSocketVersion == "13");

    /// <summary>A key for a handshake of the edge's own.</summary>
    public static string NewKey() => Convert.ToBase64String(RandomNumberGenerator.GetBytes(16));

    /// <summary>Whether a 101 answers what was asked for.</summary>
    public static bool Accepts(Exchange exchange, ResponseHead head)
    {
        if (exchange.Upgrade == UpgradeKind.None || head.Chunked || head.ContentLength > 0) return false;
        string? protocol = null;
        string? accept = null;
        foreach (var field in head.Fields)
        {
            if (field.Name.Equals("Upgrade", StringComparison.OrdinalIgnoreCase)) protocol = field.Value;
            else if (field.Name.Equals("Sec-WebSocket-Accept", StringComparison.OrdinalIgnoreCase)) accept = field.Value;
        }
        if (protocol is null) return false;
        if (exchange.WebSocketKey is { } key)
            return protocol.Equals("websocket", StringComparison.OrdinalIgnoreCase) && string.Equals(accept, AcceptOf(key), StringComparison.Ordinal);
        return RequestFraming.Names(exchange.Request.Headers.Upgrade, protocol);
    }

    // RFC 6455 §4.2.2 prescribes SHA-1 here; it protects nothing, it only proves that the other side speaks WebSocket.
    private static string AcceptOf(string key)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA1);
        hash.AppendData(Encoding.ASCII.GetBytes(key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"));
        return Convert.ToBase64String(hash.GetHashAndReset());
    }
}
