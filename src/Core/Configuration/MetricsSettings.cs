using NodaTime;

namespace Fairway.Configuration;

/// <summary>Where metrics are asked for: any server that speaks Prometheus' HTTP API.</summary>
public sealed record MetricsSettings
{
    /// <summary>Its address, without <c>/api/v1/query</c>; no user, query or fragment.</summary>
    public required Uri Url { get; init; }

    /// <summary>For all queries of one look together.</summary>
    public Duration Timeout { get; init; } = Duration.FromSeconds(5);

    /// <summary>File with a bearer token, relative to the main file's folder; null sends none.</summary>
    public string? BearerFile { get; init; }
}
