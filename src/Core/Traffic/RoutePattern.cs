using System.Collections.Immutable;

namespace Fairway.Traffic;

/// <summary>How hosts and path prefixes of a <see cref="RouteMatch"/> are written so that equal ones are equal text.</summary>
public static class RoutePattern
{
    /// <summary>
    /// The host of a request or pattern without port, brackets of IPv6 kept, one trailing dot dropped: <c>shop.test:8080</c> is <c>shop.test</c>. Compare without
    /// regard to case.
    /// </summary>
    public static ReadOnlySpan<char> HostOf(ReadOnlySpan<char> authority)
    {
        if (authority.StartsWith('['))
        {
            var end = authority.IndexOf(']');
            return end < 0 ? authority : authority[..(end + 1)];
        }
        var colon = authority.IndexOf(':');
        // More than one colon without brackets is a bare IPv6 literal, which has no port.
        if (colon >= 0 && authority[(colon + 1)..].IndexOf(':') < 0) authority = authority[..colon];
        return authority is [.., '.'] ? authority[..^1] : authority;
    }

    /// <summary>A pattern's host in its one form: lower case, no port, IPv6 in brackets; null for any host.</summary>
    public static string? Host(string? pattern)
    {
        if (string.IsNullOrEmpty(pattern) || pattern == "*") return null;
        var host = HostOf(pattern).ToString().ToLowerInvariant();
        return host.Contains(':') && host[0] != '[' ? $"[{host}]" : host;
    }

    /// <summary>A prefix in its one form: no slash at its end, so that <c>/</c> is empty and matches every path.</summary>
    public static string Prefix(string prefix) => prefix.TrimEnd('/');

    /// <summary>Whether a prefix in that form covers a path, on segment boundaries.</summary>
    public static bool Covers(ReadOnlySpan<char> prefix, ReadOnlySpan<char> path)
        => path.StartsWith(prefix, StringComparison.Ordinal) && (path.Length == prefix.Length || prefix.IsEmpty || path[prefix.Length] == '/');

    /// <summary>A match's identity: two services with the same one could not be told apart.</summary>
    public static string Identity(RouteMatch match)
        => $"{Host(match.Host) ?? "*"} {Prefix(match.PathPrefix)} {string.Join('&', HeadersOf(match))}";

    /// <summary>Header conditions in their one form: lower-case names in ordinal order, as <c>name=value</c>.</summary>
    public static ImmutableArray<string> HeadersOf(RouteMatch match)
        => [.. match.Headers.Select(header => $"{header.Key.ToLowerInvariant()}={header.Value}").Order(StringComparer.Ordinal)];
}
