using System.Net.Security;
using System.Security.Cryptography.X509Certificates;

namespace Fairway.Cli.Load;

/// <summary>What is sent, how often, and for how long.</summary>
public sealed record LoadPlan
{
    /// <summary>Addresses asked in turn; all of one origin.</summary>
    public required ImmutableArray<Uri> Urls { get; init; }

    /// <summary>Arrivals a second, kept whether or not earlier ones were answered. 0 sends none (WebSockets only).</summary>
    public required double Rate { get; init; }

    /// <summary>How long arrivals go on; null is until cancelled.</summary>
    public TimeSpan? Duration { get; init; }

    /// <summary>Connections kept open and used in turn. An arrival that finds all of them busy (HTTP/1.1) waits, and its wait counts.</summary>
    public int Connections { get; init; } = 64;

    /// <summary>HTTP/2 instead of HTTP/1.1: by ALPN for https, with prior knowledge for http.</summary>
    public bool Http2 { get; init; }

    /// <summary>WebSockets held open besides.</summary>
    public int WebSockets { get; init; }

    /// <summary>Path the WebSockets ask for; null is the first address's own.</summary>
    public string? WebSocketPath { get; init; }

    /// <summary>HTTP method.</summary>
    public string Method { get; init; } = "GET";

    /// <summary>Headers sent with each request, in order.</summary>
    public ImmutableArray<KeyValuePair<string, string>> Headers { get; init; } = [];

    /// <summary>Body sent with each request; empty is none.</summary>
    public ReadOnlyMemory<byte> Body { get; init; }

    /// <summary>An exchange without its last byte this long after its scheduled start has failed.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Response header whose value the answers are grouped by; null is one group.</summary>
    public string? GroupByHeader { get; init; }

    /// <summary>Accept any server certificate.</summary>
    public bool Insecure { get; init; }

    /// <summary>What <see cref="Insecure"/> asks of a certificate: that there is one.</summary>
    internal static bool AnyCertificate(object sender, X509Certificate? certificate, X509Chain? chain, SslPolicyErrors errors) => certificate is not null;
}
