using System.Buffers;

namespace Fairway.Traffic;

/// <summary>How hosts and path prefixes of a <see cref="RouteMatch"/> are written so that equal ones are equal text.</summary>
public static class RoutePattern
{
    private const int LongestHost = 253;
    private const string Alphanumeric = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
    private static readonly SearchValues<char> NameCharacters = SearchValues.Create(Alphanumeric + "-._");
    private static readonly SearchValues<char> AddressCharacters = SearchValues.Create("0123456789abcdefABCDEF:.%");
    private static readonly SearchValues<char> NotInPaths = SearchValues.Create("?# \t\r\n\0");
    private static readonly SearchValues<char> TokenCharacters = SearchValues.Create(Alphanumeric + "!#$%&'*+-.^_`|~");

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

    /// <summary>Whether a pattern's host can be one: <c>shop.example.com</c>, <c>*.example.com</c>, <c>[::1]</c>, <c>*</c>; a port is ignored.</summary>
    public static bool IsHost(string pattern) => Host(pattern) is not { } host || IsAddress(host.StartsWith("*.", StringComparison.Ordinal) ? host[2..] : host);

    /// <summary>Whether it is a host name or an address literal, with or without brackets.</summary>
    public static bool IsAddress(string? host)
    {
        if (string.IsNullOrEmpty(host) || host.Length > LongestHost) return false;
        if (host.Contains(':')) return host.AsSpan().Trim("[]").IndexOfAnyExcept(AddressCharacters) < 0;
        return host.AsSpan().IndexOfAnyExcept(NameCharacters) < 0 && !host.Contains("..", StringComparison.Ordinal) && host[0] != '.';
    }

    /// <summary>Whether it can be a path prefix: a path without query, fragment, spaces.</summary>
    public static bool IsPrefix(string? prefix) => prefix is ['/', ..] && prefix.AsSpan().IndexOfAny(NotInPaths) < 0;

    /// <summary>Whether it is a token of RFC 9110 §5.6.2, as header and cookie names are.</summary>
    public static bool IsToken(string? name) => !string.IsNullOrEmpty(name) && name.AsSpan().IndexOfAnyExcept(TokenCharacters) < 0;
}
