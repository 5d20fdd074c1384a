using NodaTime;

namespace Fairway.Access;

/// <summary>Login links and sessions: made, opened once, ended.</summary>
public static class SignInDecider
{
    /// <summary>Somebody wants a link that signs in once: themselves with their own roles, or, as an admin, somebody else.</summary>
    /// <param name="by">Who.</param>
    /// <param name="secret">Freshly made.</param>
    /// <param name="name">Whom it signs in; null is themselves.</param>
    /// <param name="roles">What somebody else may; empty for themselves.</param>
    /// <param name="limits">How long.</param>
    /// <param name="now">Now.</param>
    public static AccessDecision Offer(Standing by, Secret secret, string? name, ImmutableArray<RoleBinding> roles, AccessLimits limits, Instant now)
    {
        var expires = now + limits.Link;
        if (name is null && roles.IsEmpty)
        {
            if (by.Who.Roles.IsEmpty) return AccessDecision.No(AccessRefusal.Forbidden, "not-allowed", "{name} has no role", ("name", by.Who.Name));
            return Made(new(
                secret.Id, by.Who.Name, by.Who.Person, by.Who.Roles, secret.Hash, expires, by.Who.Until, by.Who.Kind == PrincipalKind.Token ? by.Who.Credential : null,
                new(by.Who.Name), now));
        }
        if (!AccessNames.IsName(name))
            return AccessDecision.No(
                AccessRefusal.Invalid, "sign-in-name", "\"{name}\" cannot be a person's name; expected {expected}", ("name", name ?? ""), ("expected", AccessNames.Expected));
        if (roles.IsEmpty) return AccessDecision.No(AccessRefusal.Invalid, "sign-in-roles", "{name} has no role; say which", ("name", name!));
        if (Delegation.Refuse(by, roles) is { } refusal) return refusal;
        return Made(new(secret.Id, name!, name!, roles, secret.Hash, expires, null, null, Delegation.DeedOf(by, roles), now));
    }

    /// <summary>Somebody opened a link.</summary>
    /// <param name="signIn">The link; null when there is none of that id.</param>
    /// <param name="link">What they brought.</param>
    /// <param name="session">The session's secret, freshly made, with the same id.</param>
    /// <param name="address">From where.</param>
    /// <param name="agent">What the browser calls itself.</param>
    /// <param name="limits">How long.</param>
    /// <param name="now">Now.</param>
    public static AccessDecision Open(SignIn? signIn, Secret link, Secret session, string? address, string? agent, AccessLimits limits, Instant now)
    {
        // One answer for all who have no right link: nobody learns which ids exist.
        if (signIn is null || !link.Matches(signIn.LinkHash))
            return AccessDecision.No(AccessRefusal.Forbidden, "link-unknown", "this link is not known; `fairway login` prints a new one");
        if (signIn.SessionHash is not null)
            return AccessDecision.No(AccessRefusal.Forbidden, "link-used", "this link was used already: each works once; `fairway login` prints a new one");
        if (signIn.IsOver || now >= signIn.ExpiresAt)
            return AccessDecision.No(AccessRefusal.Forbidden, "link-expired", "this link is too old; `fairway login` prints a new one");
        var expires = now + limits.Session;
        if (signIn.NotAfter is { } latest && latest < expires) expires = latest;
        if (expires <= now) return AccessDecision.No(AccessRefusal.Forbidden, "link-expired", "what this link was made with has ended");
        return AccessDecision.Yes(
            new AccessEvent.SignedIn(session.Hash, expires, address, agent, new(signIn.Name), now), "signed-in", "{name} is signed in until {until}",
            ("name", signIn.Name), ("until", expires));
    }

    /// <summary>Somebody ends a session or withdraws a link: their own, or as who administers all it may.</summary>
    public static AccessDecision End(Standing by, SignIn signIn, Instant now)
    {
        if (by.Who.Person != signIn.Person && Delegation.Refuse(by, signIn.Roles) is { } refusal) return refusal;
        if (signIn.IsOver) return AccessDecision.No(AccessRefusal.Conflict, "session-ended", "this session of {name} is over already", ("name", signIn.Name));
        var end = by.Who.Credential == signIn.Id ? SignInEnd.SignedOut : SignInEnd.Revoked;
        return AccessDecision.Yes(new AccessEvent.SignInEnded(end, Delegation.DeedOf(by, []), now), "session-ended", "the session of {name} is over", ("name", signIn.Name));
    }

    /// <summary>Whether a session may go on.</summary>
    /// <param name="signIn">The session.</param>
    /// <param name="lastSeen">Its last request.</param>
    /// <param name="limits">How long.</param>
    /// <param name="now">Now.</param>
    /// <returns>Why it is over; null when it goes on.</returns>
    public static SignInEnd? EndOf(SignIn signIn, Instant lastSeen, AccessLimits limits, Instant now) => signIn switch
    {
        { End: { } end } => end,
        { SessionHash: null } => now >= signIn.ExpiresAt ? SignInEnd.LinkExpired : null,
        _ when now >= signIn.ExpiresAt => SignInEnd.Expired,
        _ when now - lastSeen >= limits.SessionIdle => SignInEnd.Idle,
        _ => null,
    };

    private static AccessDecision Made(AccessEvent.LinkCreated link)
        => AccessDecision.Yes(link, "link-created", "the link signs in {name} once, until {until}", ("name", link.Name), ("until", link.ExpiresAt));
}
