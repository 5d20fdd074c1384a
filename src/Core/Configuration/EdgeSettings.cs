namespace Fairway.Configuration;

/// <summary>Where and how the edge listens.</summary>
public sealed record EdgeSettings
{
    /// <summary>Plain HTTP/1.1 and HTTP/2 without TLS.</summary>
    public ImmutableArray<ListenAddress> Http { get; init; } = [new("*", 8080)];

    /// <summary>HTTP/1.1 and HTTP/2 with TLS; empty is none.</summary>
    public ImmutableArray<ListenAddress> Https { get; init; } = [];

    /// <summary>Certificate chain in PEM, relative to the main file's folder; null without TLS.</summary>
    public string? Certificate { get; init; }

    /// <summary>Its private key in PEM, relative to the main file's folder; null without TLS.</summary>
    public string? Key { get; init; }

    /// <summary>Share of requests written to the access log, 0 to 1.</summary>
    public double AccessLog { get; init; }
}
