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
    public sealed record Routed(string Environment, string Name, SourcePosition NameAt, ImmutableArray<RouteMatch> Routes, bool Written,
        SourceMap Sources);

    /// <summary>Reports routes that are claimed twice and services that nothing reaches.</summary>
    public static void Check(IEnumerable<Routed> services, DiagnosticList diagnostics)
    {
        var all = services.ToArray();
        var owners = new Dictionary<(string Environment, string Route), (Routed Service, int Index)>();
        var anywhere = new Dictionary<string, Routed>(StringComparer.Ordinal);
        var shared = new HashSet<string>(StringComparer.Ordinal);
        foreach (var service in all)
        {
            for (var i = 0; i < service.Routes.Length; i++)
            {
                var route = Identity(service.Routes[i]);
                if (!owners.TryAdd((service.Environment, route), (service, i)))
                    ReportConflict(service, i, owners[(service.Environment, route)], diagnostics);
                else if (!anywhere.TryAdd(route, service) && anywhere[route].Environment != service.Environment
                    && shared.Add(service.Environment))
                    ReportShared(service, i, anywhere[route], diagnostics);
            }
        }
        foreach (var environment in all.GroupBy(service => service.Environment, StringComparer.Ordinal).Where(group => group.Count() > 1))
            foreach (var service in environment.Where(service => !service.Written))
                diagnostics.Warning(DiagnosticCodes.NoRoutes, service.NameAt, $"{service.Name} has no routes, so no request reaches it",
                    "routes, or routes: [] when that is meant");
    }

    private static void ReportConflict(Routed service, int index, (Routed Service, int Index) first, DiagnosticList diagnostics)
    {
        var what = Describe(service.Routes[index]);
        diagnostics.Error(DiagnosticCodes.RouteConflict, At(service, index),
            first.Service.Name == service.Name ? $"{service.Name} claims {what} twice"
            : $"{service.Name} and {first.Service.Name} both claim {what}",
            "each request to belong to one service", null, new RelatedPlace(At(first.Service, first.Index), "claimed here first"));
    }

    /// <summary>Once for an environment: usually all of its services are meant to have other routes, or none.</summary>
    private static void ReportShared(Routed service, int index, Routed first, DiagnosticList diagnostics)
        => diagnostics.Warning(DiagnosticCodes.SharedRoutes, At(service, index),
            $"{first.Environment} and {service.Environment} both claim {Describe(service.Routes[index])}, and one edge cannot tell them apart",
            $"other routes under environments.{service.Environment}.services.{service.Name}, or an edge for each");

    private static SourcePosition At(Routed service, int index) => service.Written && service.Sources.Find($"routes[{index}]") is { } at
        ? at : service.NameAt;

    private static string Identity(RouteMatch route)
    {
        var headers = route.Headers.Select(header => $"{header.Key.ToLowerInvariant()}: {header.Value}").Order(StringComparer.Ordinal);
        return $"{route.Host}\n{route.PathPrefix}\n{string.Join('\n', headers)}";
    }

    private static string Describe(RouteMatch route)
    {
        var where = route is { Host: null, PathPrefix: "/" } ? "every request" : route.Host is null ? $"{route.PathPrefix} on any host"
            : route.Host + route.PathPrefix;
        return route.Headers.IsEmpty ? where : $"{where} with {string.Join(" and ", route.Headers.Keys)}";
    }
}
