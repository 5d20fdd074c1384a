using System.Net;
using Fairway.Edge.Forwarding;

namespace Fairway.Edge.Hosting;

/// <summary>How an edge runs. Every limit has a stated default.</summary>
public sealed record EdgeOptions
{
    /// <summary>Folder for the table and the admin socket; made when missing.</summary>
    public required string DataFolder { get; init; }

    /// <summary>Where plain HTTP/1.1 and HTTP/2 with prior knowledge (h2c) are served; port 0 is any free one, reported.</summary>
    public ImmutableArray<IPEndPoint> Http { get; init; } = [];

    /// <summary>Where HTTP/1.1 and HTTP/2 over TLS are served; needs <see cref="Certificate"/>.</summary>
    public ImmutableArray<IPEndPoint> Https { get; init; } = [];

    /// <summary>PEM file with the certificate and its chain, leaf first; read again when it changes.</summary>
    public string? Certificate { get; init; }

    /// <summary>PEM file with the private key; null when it is in <see cref="Certificate"/>.</summary>
    public string? CertificateKey { get; init; }

    /// <summary>The admin API's Unix socket; null is <c>admin.sock</c> in the data folder.</summary>
    public string? AdminSocket { get; init; }

    /// <summary>Loopback address where <c>/metrics</c> is also served; null is the admin socket only.</summary>
    public IPEndPoint? Metrics { get; init; }

    /// <summary>Share of requests written to standard output as access log, 0 to 1; 0 is off.</summary>
    public double AccessLogRate { get; init; }

    /// <summary>How requests are passed on.</summary>
    public ForwardingOptions Forwarding { get; init; } = new();

    /// <summary>What clients may ask of it.</summary>
    public EdgeLimits Limits { get; init; } = new();

    /// <summary>How long a drain of the whole edge waits for what is in flight.</summary>
    public TimeSpan DrainTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>First part of a drain: still accepting, but every answer says <c>Connection: close</c>, so that busy clients leave without a broken connection.</summary>
    public TimeSpan DrainNotice { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>Where the admin socket really is.</summary>
    internal string AdminSocketPath => AdminSocket ?? Path.Combine(DataFolder, "admin.sock");

    /// <summary>Refuses what cannot work.</summary>
    internal void Validate()
    {
        if (Http.IsDefaultOrEmpty && Https.IsDefaultOrEmpty) throw new EdgeStartException("no address to listen on; give one with --http ADDRESS:PORT or --https ADDRESS:PORT");
        if (Metrics is { } metrics && !IPAddress.IsLoopback(metrics.Address))
            throw new EdgeStartException($"metrics are served on loopback only, and {metrics.Address} is not; use 127.0.0.1 or [::1]");
        if (AccessLogRate is not (>= 0 and <= 1)) throw new EdgeStartException($"the access log's rate is {AccessLogRate}; expected 0 (off) to 1 (every request)");
    }
}

/// <summary>Limits against slow, huge and hostile clients.</summary>
public sealed record EdgeLimits
{
    /// <summary>Bytes of all request headers together; more is answered 431.</summary>
    public int HeaderBytes { get; init; } = 32 * 1024;

    /// <summary>Number of request headers; more is answered 431.</summary>
    public int HeaderCount { get; init; } = 100;

    /// <summary>Bytes of the request line; more is answered 414.</summary>
    public int RequestLineBytes { get; init; } = 8 * 1024;

    /// <summary>Time for a request's headers to arrive; then the connection is closed.</summary>
    public TimeSpan HeadersTimeout { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>Bytes per second that a request body must arrive with, after <see cref="RateGrace"/>; 0 is no limit.</summary>
    public double MinRequestRate { get; init; } = 240;

    /// <summary>Bytes per second that a client must read a response with, after <see cref="RateGrace"/>; 0 is no limit.</summary>
    public double MinResponseRate { get; init; } = 240;

    /// <summary>How long a client may be slower than the minimum rates.</summary>
    public TimeSpan RateGrace { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>An idle connection is kept for this long.</summary>
    public TimeSpan KeepAlive { get; init; } = TimeSpan.FromSeconds(130);

    /// <summary>Open client connections; more are refused.</summary>
    public long MaxConnections { get; init; } = 20_000;

    /// <summary>HTTP/2 streams at the same time on one connection.</summary>
    public int MaxStreams { get; init; } = 250;
}
