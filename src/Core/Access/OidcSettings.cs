namespace Fairway.Access;

/// <summary>An issuer of tokens whose bearers may call (OpenID Connect Discovery 1.0, RFC 9068).</summary>
/// <param name="Issuer">Its address, exactly as in its tokens' <c>iss</c>.</param>
/// <param name="Audience">What <c>aud</c> must hold: this control plane's name with the issuer.</param>
/// <param name="RolesClaim">The claim whose values give roles; with dots it leads into objects, such as <c>realm_access.roles</c>.</param>
/// <param name="NameClaim">The claim that names a bearer in records; <c>sub</c> when it is absent.</param>
/// <param name="Roles">Which role a value of that claim gives.</param>
public sealed record OidcSettings(string Issuer, string Audience, string RolesClaim, string NameClaim, ImmutableArray<KeyValuePair<string, ImmutableArray<RoleBinding>>> Roles)
{
    /// <summary>Whether an address is good enough for keys: nobody on the way can change what comes from it.</summary>
    public static bool IsSafe(Uri address) => address.Scheme == Uri.UriSchemeHttps || (address.Scheme == Uri.UriSchemeHttp && address.IsLoopback);
}
