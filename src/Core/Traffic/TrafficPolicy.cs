using NodaTime;

namespace Fairway.Traffic;

/// <summary>Where the key that keeps a user on one arm is taken from.</summary>
public enum StickySource
{
    /// <summary>A cookie the edge sets itself when the request has none.</summary>
    Cookie,

    /// <summary>A request header such as a user id; a request without it is split at random.</summary>
    Header,

    /// <summary>Each request is split at random.</summary>
    None,
}

/// <summary>How the edge treats a service's traffic. Every limit has a stated default.</summary>
public sealed record TrafficPolicy
{
    /// <summary>What keeps a user on one arm of a split.</summary>
    public StickySource Sticky { get; init; } = StickySource.Cookie;

    /// <summary>Name of the cookie or header.</summary>
    public string StickyName { get; init; } = "fairway";

    /// <summary>A request with this header set to <c>candidate</c> reaches the preview arm.</summary>
    public string PreviewHeader { get; init; } = "Fairway-Preview";

    /// <summary>Requests to the service at the same time before they queue.</summary>
    public int MaxConcurrency { get; init; } = 1024;

    /// <summary>Requests that may wait for their turn; one more is answered 503.</summary>
    public int MaxQueue { get; init; } = 1024;

    /// <summary>How long one may wait in the queue before it is answered 503.</summary>
    public Duration QueueTimeout { get; init; } = Duration.FromSeconds(5);

    /// <summary>From the request's end to the response's first byte; then 504. WebSockets and streams have no limit after it.</summary>
    public Duration ResponseTimeout { get; init; } = Duration.FromSeconds(60);

    /// <summary>To connect to an instance.</summary>
    public Duration ConnectTimeout { get; init; } = Duration.FromSeconds(2);

    /// <summary>Further instances tried for an idempotent request that was refused or reset before the response's first byte.</summary>
    public int Retries { get; init; } = 2;

    /// <summary>Largest request body in bytes; null is no limit.</summary>
    public long? MaxBodyBytes { get; init; }

    /// <summary>Failures in a row (connect, reset, timeout) after which an instance is passed over for a while.</summary>
    public int EjectAfter { get; init; } = 5;

    /// <summary>For how long; doubles with every ejection in a row, to ten times.</summary>
    public Duration EjectFor { get; init; } = Duration.FromSeconds(5);

    /// <summary>Share of failed exchanges (connect, reset, timeout) within ten seconds, of at least 20, at which the service's circuit opens; 1 disables.</summary>
    public double BreakAt { get; init; } = 0.9;

    /// <summary>How long the circuit stays open before one request is let through to try.</summary>
    public Duration BreakFor { get; init; } = Duration.FromSeconds(2);

    /// <summary>Time that a draining instance has for the requests and WebSockets it still holds.</summary>
    public Duration DrainTimeout { get; init; } = Duration.FromSeconds(30);
}
