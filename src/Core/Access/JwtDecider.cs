using System.Text.Json;
using NodaTime;

namespace Fairway.Access;

/// <summary>Whether the claims of a token, whose signature is right, make its bearer somebody here (RFC 7519 4.1, RFC 9068 4).</summary>
public static class JwtDecider
{
    /// <summary>How far the issuer's clock may be from ours.</summary>
    public static Duration ClockSkew { get; } = Duration.FromMinutes(1);

    /// <summary>The bearer, or a sentence why not.</summary>
    /// <param name="jwt">With a right signature.</param>
    /// <param name="settings">What is expected.</param>
    /// <param name="now">Now.</param>
    public static (Principal? Who, string? Problem) Decide(Jwt jwt, OidcSettings settings, Instant now)
    {
        var claims = jwt.Claims;
        if (Jwt.Text(claims, "iss") != settings.Issuer) return (null, "the token is of another issuer");
        if (!Values(claims, "aud").Contains(settings.Audience, StringComparer.Ordinal)) return (null, "the token is for another audience");
        if (Moment(claims, "exp") is not { } expires) return (null, "the token does not say when it ends (exp)");
        if (now >= expires + ClockSkew) return (null, "the token has expired");
        if (claims.TryGetProperty("nbf", out _) && (Moment(claims, "nbf") is not { } from || now < from - ClockSkew)) return (null, "the token is not valid yet");
        if (Jwt.Text(claims, "sub") is not { Length: > 0 and <= 255 } subject) return (null, "the token does not say whose it is (sub)");
        // Two people must not share a name in records, so what is not plain is the subject again.
        var name = Jwt.Text(claims, settings.NameClaim) is { } named && AccessNames.IsName(named) ? named : AccessNames.Tame(subject, AccessNames.Longest)!;
        var roles = Find(claims, settings.RolesClaim) is { } found ? Values(found).ToHashSet(StringComparer.Ordinal) : [];
        ImmutableArray<RoleBinding> given = [.. settings.Roles.Where(pair => roles.Contains(pair.Key)).SelectMany(pair => pair.Value).Distinct()];
        return (new("oidc:" + name, "oidc:" + subject, PrincipalKind.Oidc, given) { Until = expires }, null);
    }

    private static JsonElement? Find(JsonElement claims, string path)
    {
        // A claim's name may hold dots itself, such as https://example.com/roles.
        if (claims.TryGetProperty(path, out var whole)) return whole;
        var at = claims;
        foreach (var part in path.Split('.'))
            if (at.ValueKind != JsonValueKind.Object || !at.TryGetProperty(part, out at)) return null;
        return at;
    }

    private static IEnumerable<string> Values(JsonElement claims, string name) => claims.TryGetProperty(name, out var value) ? Values(value) : [];

    private static IEnumerable<string> Values(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.String => [value.GetString()!],
        JsonValueKind.Array => value.EnumerateArray().Where(item => item.ValueKind == JsonValueKind.String).Select(item => item.GetString()!),
        _ => [],
    };

    private static Instant? Moment(JsonElement claims, string name)
        => claims.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.Number && value.TryGetDouble(out var seconds) && seconds is > 0 and < 253_000_000_000
            ? Instant.FromUnixTimeMilliseconds((long)(seconds * 1000)) : null;
}
