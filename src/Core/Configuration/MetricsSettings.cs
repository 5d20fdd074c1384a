using NodaTime;

namespace Fairway.Configuration;

/// <summary>Fairway's own metrics engine, and another server to ask in its place.</summary>
public sealed record MetricsSettings
{
    /// <summary>
    /// A server that is asked in place of our own engine, by Prometheus' HTTP API: its address, without <c>/api/v1/query</c>; no user, query or fragment. Null
    /// asks our own.
    /// </summary>
    public Uri? Url { get; init; }

    /// <summary>For all queries of one look together.</summary>
    public Duration Timeout { get; init; } = Duration.FromSeconds(5);

    /// <summary>File with a bearer token, relative to the main file's folder; null sends none.</summary>
    public string? BearerFile { get; init; }

    /// <summary>How long our own engine keeps samples.</summary>
    public Duration Retention { get; init; } = Duration.FromDays(15);

    /// <summary>A <c>prometheus.yml</c>, relative to the main file's folder: what our own engine scrapes, and where it writes on; null for nothing more.</summary>
    public string? File { get; init; }

    /// <summary>Where our own engine serves Prometheus' HTTP API at the root, for others to write to; null for nowhere.</summary>
    public ListenAddress? Listen { get; init; }

    /// <summary>Where our own engine takes OTLP over gRPC; null for nowhere.</summary>
    public ListenAddress? OtlpGrpc { get; init; }
}
