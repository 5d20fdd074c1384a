using NodaTime;

namespace Fairway.Configuration;

/// <summary>The section <c>metrics</c>.</summary>
internal static class MetricsDeclaration
{
    private static readonly MetricsSettings Usual = new() { Url = new("http://127.0.0.1:9090") };

    private static ScalarShape<Uri> Url => new("URL", "a URL such as http://127.0.0.1:9090", Parse, value => value.OriginalString,
        () => new() { ["type"] = "string", ["pattern"] = @"^https?://|\$\{" }) { Secret = true };

    /// <summary>The declaration.</summary>
    public static RecordShape<MetricsSettings> Declare() => new RecordShape<MetricsSettings>("Metrics",
            "A server that speaks Prometheus' HTTP API (Prometheus, Mimir, Thanos, VictoriaMetrics). Fairway asks it for the `queries` that releases are judged by.",
            Usual)
        .Required("url", Url, "The server's address, with the path under which its `/api/v1/query` is.", (metrics, value) => metrics with { Url = value })
            .Like("http://127.0.0.1:9090", "https://mimir.example.com/prometheus").Not("address", "endpoint", "server")
        .Field("timeout", Scalars.Time(zero: false).Where("a duration from 1ms to 1m",
                value => value <= Duration.FromMinutes(1) ? null : ("is longer than a minute", null)),
            "For all queries of one look together.", metrics => metrics.Timeout, (metrics, value) => metrics with { Timeout = value })
        .Optional("bearerFile", Scalars.Path("the path of a file"),
            "A file that holds a bearer token, relative to this one. It is read again for each look, and its text is never shown.", "no token",
            (metrics, value) => metrics with { BearerFile = value }).Like("/run/secrets/metrics-token").Not("bearer", "token", "tokenFile");

    private static Parsed<Uri> Parse(string text)
    {
        if (!Uri.TryCreate(text, UriKind.Absolute, out var url) || (url.Scheme != Uri.UriSchemeHttp && url.Scheme != Uri.UriSchemeHttps))
            return Parsed.Malformed<Uri>(problem: "is no http or https URL");
        if (url.UserInfo.Length > 0) return Parsed.OutOfRange<Uri>("holds a user, and is not kept secret; use bearerFile");
        return url.Query.Length > 0 || url.Fragment.Length > 0 ? Parsed.OutOfRange<Uri>("holds a query") : Parsed.Value(url);
    }
}
