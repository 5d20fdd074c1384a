using Fairway.Access;

namespace Fairway.Configuration;

/// <summary>The section <c>access</c>.</summary>
internal static class AccessDeclaration
{
    private static readonly OidcSettings Usual = new("", "", "roles", "sub", []);

    private static ScalarShape<RoleBinding> Role => new("role", $"one of {Roles.Known}, alone or as role@environment", ParseRole, value => value.ToString(),
        () => new() { ["type"] = "string", ["pattern"] = $@"^({string.Join('|', Roles.All.Select(Roles.NameOf))})(@[a-z0-9-]+)?$|\$\{{" });

    private static ScalarShape<string> Issuer => new("URL", "an https URL such as https://login.example.com", ParseIssuer, value => value,
        () => new() { ["type"] = "string", ["pattern"] = @"^https?://|\$\{" });

    /// <summary>The declaration.</summary>
    public static RecordShape<AccessSettings> Declare() => new RecordShape<AccessSettings>("Access",
            "Who may call besides this machine's own user, tokens of `fairway token create` and browsers that opened a link of `fairway login`.", new())
        .Optional("oidc", DeclareOidc(), "An OpenID Connect issuer whose tokens (`Authorization: Bearer`) are accepted.", "none",
            (access, value) => access with { Oidc = value }).Not("jwt", "oauth", "sso");

    private static RecordShape<OidcSettings> DeclareOidc() => new RecordShape<OidcSettings>("OIDC",
            "An OpenID Connect issuer: its keys are found by discovery, and only tokens signed with RS256, PS256 or ES256 count.", Usual)
        .Required("issuer", Issuer, "Its address, exactly as in the `iss` of its tokens.", (oidc, value) => oidc with { Issuer = value }).Like("https://login.example.com").Not("url", "authority")
        .Required("audience", Scalars.Word("the audience of its tokens for Fairway"), "What the `aud` of a token must hold.", (oidc, value) => oidc with { Audience = value })
            .Like("fairway").Not("aud", "clientId", "client")
        .Field("rolesClaim", Scalars.Word("a claim's name"), "The claim whose values give roles; dots lead into objects.", oidc => oidc.RolesClaim, (oidc, value) => oidc with { RolesClaim = value })
            .Like("groups", "realm_access.roles").Not("claim", "groupsClaim")
        .Field("nameClaim", Scalars.Word("a claim's name"), "The claim that names a person in records. It must be one that people cannot choose for themselves.", oidc => oidc.NameClaim,
            (oidc, value) => oidc with { NameClaim = value }).Like("email")
        .Required("roles", new MapShape<ImmutableArray<RoleBinding>>("roles by the claim's value", NameRules.Claims, new ListShape<RoleBinding>(Role, orOne: true)) { AtLeast = 1 },
            "Which role, or roles, each value of the claim gives.", (oidc, value) => oidc with { Roles = value }).Like("{ platform: admin, developers: [viewer, deployer@staging] }");

    private static Parsed<RoleBinding> ParseRole(string text)
    {
        if (RoleBinding.TryParse(text, out var role)) return Parsed.Value(role);
        var at = text.IndexOf('@', StringComparison.Ordinal);
        return Parsed.Malformed<RoleBinding>(NearestName.Of(at < 0 ? text : text[..at], Roles.All.Select(Roles.NameOf)) is { } near ? near + (at < 0 ? "" : text[at..]) : null);
    }

    private static Parsed<string> ParseIssuer(string text)
    {
        if (!Uri.TryCreate(text, UriKind.Absolute, out var url)) return Parsed.Malformed<string>(problem: "is no URL");
        if (!OidcSettings.IsSafe(url)) return Parsed.OutOfRange<string>("is neither https nor on this machine");
        return url.Query.Length > 0 || url.Fragment.Length > 0 || url.UserInfo.Length > 0 ? Parsed.OutOfRange<string>("holds more than an address") : Parsed.Value(text);
    }
}
