using NodaTime;

namespace Fairway.Access;

/// <summary>Tokens: made, revoked, ended.</summary>
public static class TokenDecider
{
    /// <summary>Somebody wants a token for a program.</summary>
    /// <param name="by">Who.</param>
    /// <param name="secret">Freshly made.</param>
    /// <param name="name">For people.</param>
    /// <param name="roles">What it may.</param>
    /// <param name="life">How long; null is the usual.</param>
    /// <param name="existing">Tokens there are.</param>
    /// <param name="limits">How long at most.</param>
    /// <param name="now">Now.</param>
    public static AccessDecision Create(
        Standing by, Secret secret, string name, ImmutableArray<RoleBinding> roles, Duration? life, IEnumerable<AccessToken> existing, AccessLimits limits, Instant now)
    {
        if (!AccessNames.IsName(name)) return Invalid("token-name", "\"{name}\" cannot be a token's name; expected {expected}", ("name", name), ("expected", AccessNames.Expected));
        if (roles.IsEmpty) return Invalid("token-roles", "the token {name} has no role", ("name", name));
        var length = life ?? limits.Token;
        if (length <= Duration.Zero || length > limits.LongestToken)
            return Invalid("token-life", "a token lasts from a moment to {days} days", ("days", limits.LongestToken.Days));
        if (Delegation.Refuse(by, roles) is { } refusal) return refusal;
        if (existing.Any(token => !token.Ended && token.ExpiresAt > now && token.Name == name))
            return AccessDecision.No(AccessRefusal.Conflict, "token-exists", "there is a token {name} already; revoke it, or choose another name", ("name", name));
        return AccessDecision.Yes(
            new AccessEvent.TokenCreated(secret.Id, name, roles, secret.Hash, now + length, by.Who.Person, Delegation.DeedOf(by, roles), now),
            "token-created", "the token {name} may call as {roles} until {until}", ("name", name), ("roles", string.Join(", ", roles)), ("until", now + length));
    }

    /// <summary>Somebody ends a token: their own, or as who administers all it may.</summary>
    public static AccessDecision Revoke(Standing by, AccessToken token, string? reason, Instant now)
    {
        if (by.Who.Person != token.Person && Delegation.Refuse(by, token.Roles) is { } refusal) return refusal;
        if (token.Ended) return AccessDecision.No(AccessRefusal.Conflict, "token-ended", "the token {name} is over already", ("name", token.Name));
        return AccessDecision.Yes(new AccessEvent.TokenRevoked(new(by.Who.Name, reason), now), "token-revoked", "the token {name} is revoked", ("name", token.Name));
    }

    private static AccessDecision Invalid(string code, string template, params ReadOnlySpan<(string, object)> facts) => AccessDecision.No(AccessRefusal.Invalid, code, template, facts);
}

/// <summary>Giving roles to others.</summary>
internal static class Delegation
{
    /// <summary>Why somebody may not give these roles; null when they may: only who administers a place gives roles there.</summary>
    public static AccessDecision? Refuse(Standing by, ImmutableArray<RoleBinding> roles)
    {
        foreach (var role in roles)
            if (!by.May(Permission.Administer, role.Environment))
                return AccessDecision.No(
                    AccessRefusal.Forbidden, "not-allowed", "{name} may not give or take the role {role}: that needs an admin {where}",
                    ("name", by.Who.Name), ("role", role), ("where", role.Environment is { } environment ? $"of {environment}" : "of every environment"));
        return null;
    }

    /// <summary>The deed, with the grant it was allowed by.</summary>
    public static Deed DeedOf(Standing by, ImmutableArray<RoleBinding> roles, string? reason = null)
        => new(by.Who.Name, reason, roles.Select(role => by.Needed(Permission.Administer, role.Environment)?.Id).FirstOrDefault(id => id is not null));
}
