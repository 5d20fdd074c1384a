using NodaTime;

namespace Fairway.Configuration;

/// <summary>The section <c>metrics</c>.</summary>
internal static class MetricsDeclaration
{
    private static readonly MetricsSettings Usual = new();

    private static ScalarShape<Uri> Url => new("URL", "a URL such as http://127.0.0.1:9090", Parse, value => value.OriginalString,
        () => new() { ["type"] = "string", ["pattern"] = @"^https?://|\$\{" }) { Secret = true };

    /// <summary>The declaration.</summary>
    public static RecordShape<MetricsSettings> Declare() => new RecordShape<MetricsSettings>("Metrics",
            "Fairway measures by itself: its engine holds the edge's counts and the instances' CPU, memory and restarts, and answers Prometheus' HTTP API. Here it "
            + "is given more to hold, or another server (Prometheus, Mimir, Thanos, VictoriaMetrics) is asked in its place for the `queries` that releases are judged by.",
            Usual)
        .Optional("url", Url, "A server to ask in place of our own engine, with the path under which its `/api/v1/query` is.", "our own engine",
            (metrics, value) => metrics with { Url = value })
            .Like("http://127.0.0.1:9090", "https://mimir.example.com/prometheus").Not("address", "endpoint", "server")
        .Field("timeout", Scalars.Time(zero: false).Where("a duration from 1ms to 1m",
                value => value <= Duration.FromMinutes(1) ? null : ("is longer than a minute", null)),
            "For all queries of one look together.", metrics => metrics.Timeout, (metrics, value) => metrics with { Timeout = value })
        .Optional("bearerFile", Scalars.Path("the path of a file"),
            "A file that holds a bearer token, relative to this one. It is read again for each look, and its text is never shown.", "no token",
            (metrics, value) => metrics with { BearerFile = value }).Like("/run/secrets/metrics-token").Not("bearer", "token", "tokenFile")
        .Field("retention", Scalars.Time(zero: false).Where("a duration from 2h",
                value => value >= Duration.FromHours(2) ? null : ("is shorter than two hours", null)),
            "How long our own engine keeps samples.", metrics => metrics.Retention, (metrics, value) => metrics with { Retention = value })
        .Optional("file", Scalars.Path("the path of a prometheus.yml"),
            "A `prometheus.yml`, relative to this file: what our own engine scrapes besides, and where it writes on. It is read again on `SIGHUP`.", "nothing more",
            (metrics, value) => metrics with { File = value }).Like("prometheus.yml").Not("config", "prometheus", "scrape")
        .Optional("listen", Scalars.Listen,
            "Where our own engine serves Prometheus' HTTP API at the root, for whatever pushes (remote write, OTLP) or asks; whoever reaches it may do both.", "nowhere",
            (metrics, value) => metrics with { Listen = value }).Like("127.0.0.1:9090")
        .Optional("otlpGrpc", Scalars.Listen, "Where our own engine takes OTLP metrics over gRPC.", "nowhere",
            (metrics, value) => metrics with { OtlpGrpc = value }).Like("127.0.0.1:4317").Not("grpc", "otlp")
        .Inspect(InspectListeners);

    private static void InspectListeners(MappingNode metrics, Binder binder)
    {
        if (metrics.Find("otlpGrpc") is { } grpc && metrics.Find("listen") is null)
            binder.Diagnostics.Error(DiagnosticCodes.MissingField, grpc.Key.At, "otlpGrpc is served beside listen, which is not given", "listen: 127.0.0.1:9090 beside it");
    }

    private static Parsed<Uri> Parse(string text)
    {
        if (!Uri.TryCreate(text, UriKind.Absolute, out var url) || (url.Scheme != Uri.UriSchemeHttp && url.Scheme != Uri.UriSchemeHttps))
            return Parsed.Malformed<Uri>(problem: "is no http or https URL");
        if (url.UserInfo.Length > 0) return Parsed.OutOfRange<Uri>("holds a user, and is not kept secret; use bearerFile");
        return url.Query.Length > 0 || url.Fragment.Length > 0 ? Parsed.OutOfRange<Uri>("holds a query") : Parsed.Value(url);
    }
}
