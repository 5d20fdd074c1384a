using System.Collections.Frozen;
using Fairway.Traffic;
using Microsoft.AspNetCore.Http;

namespace Fairway.Edge.Routing;

/// <summary>Every match of a table, by host: exact, then wildcards from the longest, then any. Nothing is allocated while matching.</summary>
internal sealed class HostRoutes
{
    private readonly FrozenDictionary<string, PathRoutes>.AlternateLookup<ReadOnlySpan<char>> _exact;
    private readonly FrozenDictionary<string, PathRoutes>.AlternateLookup<ReadOnlySpan<char>> _wildcard;
    private readonly bool _hasExact;
    private readonly bool _hasWildcard;
    private readonly PathRoutes? _any;

    public HostRoutes(IEnumerable<ServiceEntry> services)
    {
        var byHost = services
            .SelectMany(entry => entry.Routes.Matches, (entry, match) => (Host: RoutePattern.Host(match.Host), Rule: new RouteRule(match, entry)))
            .ToLookup(pair => pair.Host, pair => pair.Rule, StringComparer.Ordinal);
        var exact = byHost.Where(group => group.Key is not (null or ['*', ..])).ToDictionary(group => group.Key!, group => new PathRoutes(group), StringComparer.Ordinal);
        // Kept with their leading dot: "*.example.com" is looked up as ".example.com".
        var wildcard = byHost.Where(group => group.Key is ['*', ..]).ToDictionary(group => group.Key![1..], group => new PathRoutes(group), StringComparer.Ordinal);
        _hasExact = exact.Count > 0;
        _hasWildcard = wildcard.Count > 0;
        _exact = exact.ToFrozenDictionary(StringComparer.OrdinalIgnoreCase).GetAlternateLookup<ReadOnlySpan<char>>();
        _wildcard = wildcard.ToFrozenDictionary(StringComparer.OrdinalIgnoreCase).GetAlternateLookup<ReadOnlySpan<char>>();
        _any = byHost.Contains(null) ? new PathRoutes(byHost[null]) : null;
    }

    public ServiceEntry? Match(ReadOnlySpan<char> authority, ReadOnlySpan<char> path, IHeaderDictionary headers)
    {
        var host = RoutePattern.HostOf(authority);
        if (_hasExact && _exact.TryGetValue(host, out var routes) && routes.Match(path, headers) is { } exact) return exact;
        if (_hasWildcard && MatchWildcard(host, path, headers) is { } wildcard) return wildcard;
        return _any?.Match(path, headers);
    }

    private ServiceEntry? MatchWildcard(ReadOnlySpan<char> host, ReadOnlySpan<char> path, IHeaderDictionary headers)
    {
        // A wildcard stands for one label or more, so the search starts behind the first label.
        for (var dot = host.IndexOf('.'); dot > 0;)
        {
            host = host[dot..];
            if (_wildcard.TryGetValue(host, out var routes) && routes.Match(path, headers) is { } found) return found;
            var next = host[1..].IndexOf('.');
            dot = next < 0 ? -1 : next + 1;
        }
        return null;
    }
}

/// <summary>One match of one service.</summary>
internal sealed class RouteRule(RouteMatch match, ServiceEntry entry)
{
    private readonly KeyValuePair<string, string>[] _headers = [.. match.Headers];

    /// <summary>The service.</summary>
    public ServiceEntry Entry => entry;

    /// <summary>Normal form of its path prefix.</summary>
    public string Prefix { get; } = RoutePattern.Prefix(match.PathPrefix);

    /// <summary>Number of header conditions.</summary>
    public int HeaderCount => _headers.Length;

    /// <summary>Orders rules of the same prefix that ask for equally many headers.</summary>
    public string Identity { get; } = RoutePattern.Identity(match);

    /// <summary>Whether the request has every header asked for.</summary>
    public bool Accepts(IHeaderDictionary headers)
    {
        foreach (var (name, value) in _headers)
        {
            if (!headers.TryGetValue(name, out var values)) return false;
            var found = false;
            for (var i = 0; i < values.Count && !found; i++) found = string.Equals(values[i], value, StringComparison.Ordinal);
            if (!found) return false;
        }
        return true;
    }
}
