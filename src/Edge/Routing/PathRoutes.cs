using System.Collections.Frozen;
using Fairway.Traffic;
using Microsoft.AspNetCore.Http;

namespace Fairway.Edge.Routing;

/// <summary>
/// The rules of one host, by path prefix. A look-up costs one probe for each distinct prefix length, however many rules there are and however long the path.
/// </summary>
internal sealed class PathRoutes
{
    private readonly int[] _lengths;
    private readonly FrozenDictionary<string, RouteRule[]>.AlternateLookup<ReadOnlySpan<char>> _byPrefix;
    private readonly RouteRule[]? _root;

    public PathRoutes(IEnumerable<RouteRule> rules)
    {
        var byPrefix = rules
            .GroupBy(rule => rule.Prefix, StringComparer.Ordinal)
            .ToDictionary(group => group.Key, InOrder, StringComparer.Ordinal);
        _root = byPrefix.GetValueOrDefault("");
        _lengths = [.. byPrefix.Keys.Select(prefix => prefix.Length).Where(length => length > 0).Distinct().OrderDescending()];
        _byPrefix = byPrefix.ToFrozenDictionary(StringComparer.Ordinal).GetAlternateLookup<ReadOnlySpan<char>>();
    }

    public ServiceEntry? Match(ReadOnlySpan<char> path, IHeaderDictionary headers)
    {
        foreach (var length in _lengths)
        {
            if (length > path.Length || (length < path.Length && path[length] != '/')) continue;
            if (_byPrefix.TryGetValue(path[..length], out var rules) && FirstOf(rules, headers) is { } found) return found;
        }
        return _root is null ? null : FirstOf(_root, headers);
    }

    private static RouteRule[] InOrder(IEnumerable<RouteRule> rules)
        => [.. rules.OrderByDescending(rule => rule.HeaderCount).ThenBy(rule => rule.Identity, StringComparer.Ordinal)];

    private static ServiceEntry? FirstOf(RouteRule[] rules, IHeaderDictionary headers)
    {
        foreach (var rule in rules)
            if (rule.Accepts(headers)) return rule.Entry;
        return null;
    }
}
