using System.Collections.Frozen;
using Fairway.Catalog;
using Fairway.Traffic;
using Microsoft.AspNetCore.Http;

namespace Fairway.Edge.Routing;

/// <summary>A table compiled for matching: one immutable snapshot.</summary>
public sealed class RoutingTable
{
    private readonly LiveTable _live;
    private readonly HostRoutes _hosts;
    private readonly FrozenDictionary<ServiceKey, ServiceEntry> _services;

    internal RoutingTable(LiveTable live, RouteTable table, Func<RoutingTable, ServiceRoutes, ServiceEntry> compile)
    {
        _live = live;
        Source = table;
        var entries = table.Services.Select(routes => compile(this, routes)).ToArray();
        _services = entries.ToFrozenDictionary(entry => entry.Runtime.Key);
        _hosts = new HostRoutes(entries);
    }

    /// <summary>What it was compiled from.</summary>
    public RouteTable Source { get; }

    /// <summary>The services in it.</summary>
    public ImmutableArray<ServiceEntry> Services => _services.Values;

    /// <summary>
    /// The service that a request belongs to: exact host before the longest wildcard before any host, then the longest path prefix, then the most headers.
    /// </summary>
    /// <param name="host">The Host header or :authority, with or without port.</param>
    /// <param name="path">Decoded path, starting with a slash.</param>
    /// <param name="headers">The request's headers.</param>
    public ServiceEntry? Match(string host, string path, IHeaderDictionary headers)
    {
        var found = _hosts.Match(host, path, headers);
        if (found is null) _live.CountUnrouted();
        return found;
    }

    /// <summary>Whether it is the one in force.</summary>
    internal bool IsCurrent => ReferenceEquals(_live.Current, this);

    /// <summary>The service's entry in the table in force.</summary>
    internal ServiceEntry? LatestOf(ServiceKey key) => _live.Current.Find(key);

    /// <summary>The service's entry here.</summary>
    internal ServiceEntry? Find(ServiceKey key) => _services.GetValueOrDefault(key);
}
