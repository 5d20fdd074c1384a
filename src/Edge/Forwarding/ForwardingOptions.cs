namespace Fairway.Edge.Forwarding;

/// <summary>How requests are passed on.</summary>
public sealed record ForwardingOptions
{
    /// <summary>
    /// The edge stands behind a proxy that is trusted: its <c>X-Forwarded-*</c>, <c>Forwarded</c> and <c>X-Real-IP</c> are kept. By default they are the
    /// client's word and are replaced (<c>X-Forwarded-For</c> is appended to either way, so the last address is always the edge's own).
    /// </summary>
    public bool TrustForwarded { get; init; }

    /// <summary>Share of the traces begun here that are marked as sampled, 0 to 1. Traces begun by the caller keep the caller's mark.</summary>
    public double TraceSampleRate { get; init; } = 1;

    /// <summary>How long a request with <c>Expect: 100-continue</c> waits for the instance's word before its body is sent all the same (RFC 9110 §10.1.1).</summary>
    public TimeSpan ContinueTimeout { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>Where finished requests are written down; null is nowhere.</summary>
    public AccessLog? AccessLog { get; init; }
}
