using Fairway.Access;

namespace Fairway.Configuration;

/// <summary>Who else may call: bearers of another issuer's tokens.</summary>
public sealed record AccessSettings
{
    /// <summary>The issuer; null is none.</summary>
    public OidcSettings? Oidc { get; init; }
}
