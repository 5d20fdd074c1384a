using Fairway.Traffic;

namespace Fairway.Verification;

/// <summary>What a request must say so that the edge takes it for the service's, and the service for a user's.</summary>
public static class CheckRoute
{
    /// <summary>What stands for "any name" in a host such as <c>*.example.com</c>.</summary>
    public const string AnyName = "verify";

    /// <summary>The check with the headers of the route that it goes by, and the host that it names; null is any.</summary>
    /// <param name="check">As declared.</param>
    /// <param name="routes">The service's routes. The one with the longest path that covers the check's is used, of equal ones the first.</param>
    public static (CheckSpec Check, string? Host) Of(CheckSpec check, ImmutableArray<RouteMatch> routes)
    {
        if (check.Http is not { } http) return (check, null);
        var path = http.Path.AsSpan();
        if (path.IndexOfAny('?', '#') is >= 0 and var end) path = path[..end];
        RouteMatch? best = null;
        foreach (var route in routes)
            if (Covers(route, path, http.Host) && (best is null || route.PathPrefix.Length > best.PathPrefix.Length)) best = route;
        best ??= routes.FirstOrDefault();
        var headers = http.Headers;
        foreach (var (name, value) in best?.Headers ?? ImmutableSortedDictionary<string, string>.Empty)
            if (!headers.ContainsKey(name.ToLowerInvariant())) headers = headers.Add(name.ToLowerInvariant(), value);
        var host = http.Host ?? (best?.Host is { } named && named.StartsWith("*.", StringComparison.Ordinal) ? AnyName + named[1..] : best?.Host);
        return (check with { Http = http with { Headers = headers } }, host);
    }

    private static bool Covers(RouteMatch route, ReadOnlySpan<char> path, string? host)
    {
        if (host is not null && route.Host is { } named && !(named.StartsWith("*.", StringComparison.Ordinal) ? host.EndsWith(named[1..], StringComparison.OrdinalIgnoreCase)
            : host.Equals(named, StringComparison.OrdinalIgnoreCase))) return false;
        return route.PathPrefix == "/" || (path.StartsWith(route.PathPrefix, StringComparison.Ordinal) && (path.Length == route.PathPrefix.Length || path[route.PathPrefix.Length] == '/'));
    }
}
