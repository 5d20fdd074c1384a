using Microsoft.Extensions.Primitives;

namespace Fairway.Edge.Forwarding;

/// <summary>
/// The console's session cookies, <c>fairway-PORT</c> and <c>__Host-fairway</c>. A browser sends them to every port of a host name (RFC 6265 §8.5), and so to
/// services that the edge serves under it: they are kept from them.
/// </summary>
internal static class OwnCookies
{
    private const string Mark = "fairway";
    private const string Secure = "__Host-fairway";
    private const string WithPort = "fairway-";

    /// <summary>The fields as one, without what is the console's; null when nothing is left.</summary>
    public static string? Without(StringValues fields)
    {
        var line = fields.Count == 1 ? fields[0] ?? "" : string.Join("; ", fields.ToArray());
        if (!line.Contains(Mark, StringComparison.Ordinal)) return line;
        var pairs = line.Split(';');
        if (!Array.Exists(pairs, IsOwn)) return line;
        var kept = string.Join(';', pairs.Where(pair => !IsOwn(pair))).Trim(' ');
        return kept.Length == 0 ? null : kept;
    }

    private static bool IsOwn(string pair)
    {
        var name = pair.AsSpan();
        if (name.IndexOf('=') is >= 0 and var end) name = name[..end];
        name = name.Trim(" \t");
        return name.SequenceEqual(Secure) || (name.StartsWith(WithPort, StringComparison.Ordinal) && name.Length > WithPort.Length && !name[WithPort.Length..].ContainsAnyExceptInRange('0', '9'));
    }
}
