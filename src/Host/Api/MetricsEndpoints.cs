using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace Fairway.Api;

/// <summary><c>/prometheus</c>: the metrics engine, as a Prometheus server that Grafana, promtool and others can be pointed at.</summary>
internal static class MetricsEndpoints
{
    private const string Prefix = "/prometheus";
    private const long MostBytes = 64 << 20;

    // What clients send in a body because it is too long for an address; all other bodies bring samples.
    private static readonly HashSet<string> Questions =
        ["/api/v1/query", "/api/v1/query_range", "/api/v1/query_exemplars", "/api/v1/series", "/api/v1/labels", "/api/v1/format_query"];

    /// <summary>Maps them.</summary>
    public static void Map(ApiRoutes routes, ControlPlaneServices services)
    {
        if (services.Metrics is not { } metrics) return;
        routes.MapForeign(Prefix, Writes, context =>
        {
            if (context.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } limit) limit.MaxRequestBodySize = MostBytes;
            return metrics(context);
        });
    }

    private static bool Writes(HttpRequest request)
        => !(HttpMethods.IsGet(request.Method) || HttpMethods.IsHead(request.Method) || Questions.Contains(request.Path.Value ?? ""));
}
