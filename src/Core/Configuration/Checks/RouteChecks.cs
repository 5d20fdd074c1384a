using Fairway.Traffic;

namespace Fairway.Configuration;

/// <summary>Checks of routes across services: each request belongs to one.</summary>
internal static class RouteChecks
{
    /// <summary>A service in an environment, as far as it could be read.</summary>
    /// <param name="Environment">The environment.</param>
    /// <param name="Name">The service.</param>
    /// <param name="NameAt">Where it is declared.</param>
    /// <param name="Routes">Its routes.</param>
    /// <param name="Written">Whether they are written, and not the default.</param>
    /// <param name="Sources">Where its parts stand.</param>
    public sealed record Routed(string Environment, string Name, SourcePosition NameAt, ImmutableArray<RouteMatch> Routes, bool Written, SourceMap Sources);

    /// <summary>Reports routes that are claimed twice and services that nothing reaches.</summary>
    public static void Check(IEnumerable<Routed> services, DiagnosticList diagnostics)
    {
        var all = services.ToArray();
        var owners = new Dictionary<(string Environment, string Route), (Routed Service, int Index)>();
        var anywhere = new Dictionary<string, (Routed Service, int Index)>(StringComparer.Ordinal);
        foreach (var service in all)
        {
            for (var i = 0; i < service.Routes.Length; i++)
            {
                var route = Identity(service.Routes[i]);
                if (!owners.TryAdd((service.Environment, route), (service, i))) ReportConflict(service, i, owners[(service.Environment, route)], diagnostics);
                else if (!anywhere.TryAdd(route, (service, i)) && anywhere[route].Service.Environment != service.Environment) ReportShared(service, i, anywhere[route].Service, diagnostics);
            }
        }
        foreach (var environment in all.GroupBy(service => service.Environment, StringComparer.Ordinal).Where(group => group.Count() > 1))
            foreach (var service in environment.Where(service => !service.Written))
                diagnostics.Warning(DiagnosticCodes.NoRoutes, service.NameAt, $"{service.Name} has no routes, so no request reaches it", "routes, or routes: [] when that is meant");
    }

    private static void ReportConflict(Routed service, int index, (Routed Service, int Index) first, DiagnosticList diagnostics)
    {
        var what = Describe(service.Routes[index]);
        diagnostics.Error(DiagnosticCodes.RouteConflict, At(service, index), first.Service.Name == service.Name ? $"{service.Name} claims {what} twice" : $"{service.Name} and {first.Service.Name} both claim {what}",
            "each request to belong to one service", null, new RelatedPlace(At(first.Service, first.Index), "claimed here first"));
    }

    private static void ReportShared(Routed service, int index, Routed first, DiagnosticList diagnostics)
        => diagnostics.Warning(DiagnosticCodes.SharedRoutes, At(service, index),
            $"{service.Name} claims {Describe(service.Routes[index])} in {first.Environment} and in {service.Environment}, which one edge cannot tell apart",
            $"other routes under environments.{service.Environment}.services.{service.Name}, or an edge for each");

    private static SourcePosition At(Routed service, int index) => service.Written && service.Sources.Find($"routes[{index}]") is { } at ? at : service.NameAt;

    private static string Identity(RouteMatch route)
        => $"{route.Host}\n{route.PathPrefix}\n{string.Join('\n', route.Headers.Select(header => $"{header.Key.ToLowerInvariant()}: {header.Value}").Order(StringComparer.Ordinal))}";

    private static string Describe(RouteMatch route)
        => (route, route.Headers.IsEmpty) switch
        {
            ({ Host: null, PathPrefix: "/" }, true) => "every request",
            _ => $"{route.Host ?? "any host"}{(route.Host is null ? " with " : "")}{route.PathPrefix}{string.Concat(route.Headers.Select(header => $" with {header.Key}"))}",
        };
}
