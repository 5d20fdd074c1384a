using System.Text.Json.Nodes;
using Fairway.Traffic;

namespace Fairway.Configuration;

/// <summary>The section <c>traffic</c>.</summary>
internal static class TrafficDeclaration
{
    /// <summary>The declaration.</summary>
    public static RecordShape<TrafficPolicy> Declare()
        => new RecordShape<TrafficPolicy>("Traffic", "How the edge treats the service's requests.", new())
        .Field("sticky", Sticky,
            "What keeps a user on one release while two share the traffic: `cookie`, `cookie:NAME`, `header:NAME`, or `none`.",
            traffic => (Source: traffic.Sticky, Name: traffic.StickyName),
            (traffic, value) => traffic with { Sticky = value.Source, StickyName = value.Name }).Like("cookie", "header:X-User", "none")
                .Not("stickiness", "affinity", "session")
        .Field("previewHeader", Scalars.Word("a header's name").Where("a header's name", name => NameRules.Headers.Fits(name) ? null
            : ("is not a header's name", NameRules.Headers.Suggest(name))),
            "A request with this header set to `candidate` reaches the new release before it gets traffic.",
                traffic => traffic.PreviewHeader, (traffic, value) => traffic with { PreviewHeader = value })
        .Field("maxConcurrency", Scalars.Whole(1, 1_000_000), "Requests at the same time; further ones wait.",
            traffic => traffic.MaxConcurrency,
            (traffic, value) => traffic with { MaxConcurrency = value }).Not("concurrency", "maxRequests", "maxConnections")
        .Field("maxQueue", Scalars.Whole(0, 1_000_000), "Requests that may wait; one more is answered 503.", traffic => traffic.MaxQueue,
            (traffic, value) => traffic with { MaxQueue = value }).Not("queue", "queueSize", "maxPending")
        .Field("queueTimeout", Scalars.Time(), "How long one may wait before it is answered 503.", traffic => traffic.QueueTimeout,
            (traffic, value) => traffic with { QueueTimeout = value })
        .Field("responseTimeout", Scalars.Time(zero: false), "From the request's end to the response's first byte; then 504.",
            traffic => traffic.ResponseTimeout,
            (traffic, value) => traffic with { ResponseTimeout = value }).Not("timeout", "requestTimeout")
        .Field("connectTimeout", Scalars.Time(zero: false), "To connect to an instance.", traffic => traffic.ConnectTimeout,
            (traffic, value) => traffic with { ConnectTimeout = value })
        .Field("retries", Scalars.Whole(0, 10), "Further instances tried for an idempotent request that failed before its response began.",
            traffic => traffic.Retries,
            (traffic, value) => traffic with { Retries = value }).Not("retry", "maxRetries", "attempts")
        .Optional("maxBody", Scalars.Size, "Largest request body; a larger one is answered 413.", "no limit",
            (traffic, value) => traffic with { MaxBodyBytes = value })
            .Like("10Mi").Not("bodyLimit", "maxBodySize", "maxBodyBytes", "clientMaxBodySize")
        .Field("ejectAfter", Scalars.Whole(1, 1_000),
            "Failures in a row (connect, reset, time-out) after which an instance is passed over for a while.",
            traffic => traffic.EjectAfter,
            (traffic, value) => traffic with { EjectAfter = value }).Not("maxFails", "consecutiveErrors")
        .Field("ejectFor", Scalars.Time(zero: false), "For how long; doubles with every time in a row, to ten times.",
            traffic => traffic.EjectFor, (traffic, value) => traffic with { EjectFor = value })
            .Not("failTimeout", "baseEjectionTime")
        .Field("breakAt", Scalars.Ratio.Where("a percentage above 0 such as 90%",
            ratio => ratio > 0 ? null : ("would never let a request through", null)),
            "Share of failed exchanges within ten seconds, of at least 20, that opens the circuit; `100%` never does.",
                traffic => traffic.BreakAt,
            (traffic, value) => traffic with { BreakAt = value }).Not("circuitBreaker")
        .Field("breakFor", Scalars.Time(zero: false), "How long the circuit stays open before a request may try.",
            traffic => traffic.BreakFor, (traffic, value) => traffic with { BreakFor = value })
        .Field("drainTimeout", Scalars.Time(), "Time that an instance which is going has for its requests and WebSockets.",
            traffic => traffic.DrainTimeout,
            (traffic, value) => traffic with { DrainTimeout = value }).Not("drain", "drainTime");

    private static ScalarShape<(StickySource Source, string Name)> Sticky
        => new("`cookie`, `cookie:NAME`, `header:NAME` or `none`", "cookie, cookie:NAME, header:NAME or none", ParseSticky,
        ((StickySource Source, string Name) value) => value.Source switch
        {
            StickySource.Cookie => value.Name == new TrafficPolicy().StickyName ? "cookie" : $"cookie:{value.Name}",
            StickySource.Header => $"header:{value.Name}",
            StickySource.None => "none",
            _ => null,
        },
        () => new() { ["type"] = "string", ["pattern"] = @"^(cookie|none|(cookie|header):[A-Za-z0-9!#$%&'*+.^_`|~-]+)$|\$\{",
            ["examples"] = new JsonArray("cookie", "none") });

    private static Parsed<(StickySource Source, string Name)> ParseSticky(string text)
    {
        var colon = text.IndexOf(':', StringComparison.Ordinal);
        var (source, name) = colon < 0 ? (text, "") : (text[..colon], text[(colon + 1)..].Trim());
        return (source, name.Length > 0 && NameRules.Headers.Fits(name)) switch
        {
            ("none", false) when colon < 0 => Parsed.Value((StickySource.None, new TrafficPolicy().StickyName)),
            ("cookie", false) when colon < 0 => Parsed.Value((StickySource.Cookie, new TrafficPolicy().StickyName)),
            ("cookie", true) => Parsed.Value((StickySource.Cookie, name)),
            ("header", true) => Parsed.Value((StickySource.Header, name)),
            ("header", false) => Parsed.Malformed<(StickySource, string)>("header:X-User", "does not name the header"),
            _ => Parsed.Malformed<(StickySource, string)>(text is "off" or "no" or "false" ? "none" : text is "on" or "yes" or "true"
                ? "cookie" : NearestName.Of(text, ["cookie", "none"])),
        };
    }
}
