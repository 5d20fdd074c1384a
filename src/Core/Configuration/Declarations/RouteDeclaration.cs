using Fairway.Traffic;

namespace Fairway.Configuration;

/// <summary>The items of <c>routes</c>.</summary>
internal static class RouteDeclaration
{
    /// <summary>The declaration.</summary>
    public static RecordShape<RouteMatch> Declare() => new RecordShape<RouteMatch>("Route",
        "Which requests are the service's. All parts that are given must match.",
            new(null, "/", ImmutableSortedDictionary<string, string>.Empty))
        .Optional("host", RouteHost,
            "Exact host without a port, or `\"*.example.com\"` for every name below (quoted: a bare `*` means something else in YAML).",
            "any host",
            (route, value) => route with { Host = value }).Like("shop.example.com", "*.example.com").Not("hostname", "domain", "hosts")
        .Field("path", RoutePath, "Path prefix of whole segments: `/api` is `/api` and `/api/x`, not `/apis`.", route => route.PathPrefix,
            (route, value) => route with { PathPrefix = value }).Like("/", "/api").Not("prefix", "pathPrefix", "url")
        .Optional("headers", new MapShape<string>("values by header name", NameRules.Headers, Scalars.Text("a single value")),
            "Headers that must have these values.", "none",
            (route, value) => route with { Headers = ByName(value) }).Not("header")
        .Inspect(InspectHeaders);

    private static ImmutableSortedDictionary<string, string> ByName(ImmutableArray<KeyValuePair<string, string>> headers)
    {
        var byName = ImmutableSortedDictionary.CreateBuilder<string, string>(StringComparer.OrdinalIgnoreCase);
        foreach (var (name, value) in headers) byName[name] = value;
        return byName.ToImmutable();
    }

    /// <summary>Names of headers are the same in any case, which YAML does not know.</summary>
    private static void InspectHeaders(MappingNode route, Binder binder)
    {
        var first = new Dictionary<string, MappingEntry>(StringComparer.OrdinalIgnoreCase);
        foreach (var entry in (route.Find("headers")?.Value as MappingNode)?.Entries ?? [])
            if (!first.TryAdd(entry.Name, entry))
                binder.Diagnostics.Error(DiagnosticCodes.DuplicateKey, entry.Key.At, $"{entry.Name} is already given: headers have no case",
                    null, null, new RelatedPlace(first[entry.Name].Key.At, "first given here"));
    }

    private static ScalarShape<string> RouteHost
        => new("host", "a host such as shop.example.com or \"*.example.com\"", ParseHost, value => value,
        () => new() { ["type"] = "string", ["minLength"] = 1 });

    private static ScalarShape<string> RoutePath
        => new("path", "a path prefix such as /api", ParsePath, value => value,
        () => new() { ["type"] = "string", ["pattern"] = @"^/[^?#*\s]*$|\$\{" });

    private static Parsed<string> ParseHost(string text)
    {
        var scheme = text.IndexOf("://", StringComparison.Ordinal);
        var bare = scheme >= 0 ? text[(scheme + 3)..] : text;
        var end = bare.IndexOfAny([':', '/']);
        if (scheme >= 0 || end >= 0) return Parsed.Malformed<string>(end < 0 ? bare : bare[..end], "has more than a host");
        var name = text.StartsWith("*.", StringComparison.Ordinal) ? text[2..] : text;
        var ok = name.Length is > 0 and <= 253 && name.Split('.').All(IsLabel);
        return ok ? Parsed.Value(text.ToLowerInvariant()) : Parsed.Malformed<string>(text == "*" ? "no host at all, which is any" : null);
    }

    private static bool IsLabel(string label)
        => label.Length is > 0 and <= 63 && label.All(letter => char.IsAsciiLetterOrDigit(letter) || letter is '-' or '_');

    private static Parsed<string> ParsePath(string text)
    {
        if (text.Length == 0 || text[0] != '/')
            return Parsed.Malformed<string>(text.Contains("://", StringComparison.Ordinal) ? PathOfUrl(text)
                : text.Contains(' ', StringComparison.Ordinal) ? null : "/" + text);
        var star = text.IndexOf('*', StringComparison.Ordinal);
        if (star >= 0)
            return Parsed.Malformed<string>(star > 0 ? text[..star].TrimEnd('/') is { Length: > 0 } prefix ? prefix : "/" : null,
            "has a *, but every path is a prefix already");
        if (text.IndexOfAny(['?', '#']) is > 0 and var query) return Parsed.Malformed<string>(text[..query], "has more than a path");
        if (text.Any(char.IsWhiteSpace)) return Parsed.Malformed<string>(problem: "has a blank");
        return Parsed.Value(text.Length > 1 ? text.TrimEnd('/') is { Length: > 0 } path ? path : "/" : text);
    }

    /// <summary>The path of an absolute URL, with its query.</summary>
    public static string PathOfUrl(string url)
    {
        var slash = url.IndexOf('/', url.IndexOf("://", StringComparison.Ordinal) + 3);
        return slash < 0 ? "/" : url[slash..];
    }
}
