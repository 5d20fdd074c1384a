using Fairway.Kernel;

namespace Fairway.Access;

/// <summary>What each event makes of a token, a sign-in or a grant.</summary>
public static class AccessEvolver
{
    /// <summary>The state after one more event; null when the event belongs to no state, such as a refused sign-in.</summary>
    /// <param name="state">Null before the first.</param>
    /// <param name="happened">What happened.</param>
    /// <param name="version">Of the event's record in its stream.</param>
    public static AccessRecord? Apply(AccessRecord? state, AccessEvent happened, long version) => (state, happened) switch
    {
        (null, AccessEvent.TokenCreated e) => new AccessToken(e.Id, version)
        {
            Name = e.Name, Roles = e.Roles, Hash = e.Hash, CreatedAt = e.At, ExpiresAt = e.ExpiresAt, CreatedBy = e.By.Name, Person = e.Person,
        },
        (AccessToken token, AccessEvent.TokenRevoked or AccessEvent.TokenExpired) => token with { Version = version, Ended = true },
        (null, AccessEvent.LinkCreated e) => new SignIn(e.Id, version)
        {
            Name = e.Name, Person = e.Person, Roles = e.Roles, LinkHash = e.Hash, CreatedAt = e.At, CreatedBy = e.By.Name, ExpiresAt = e.ExpiresAt,
            NotAfter = e.NotAfter, Through = e.Through,
        },
        (SignIn signIn, AccessEvent.SignedIn e) => signIn with
        {
            Version = version, SessionHash = e.Hash, ExpiresAt = e.ExpiresAt, SignedInAt = e.At, Address = e.Address, Agent = e.Agent,
        },
        (SignIn signIn, AccessEvent.SignInEnded e) => signIn with { Version = version, End = e.End },
        (null, AccessEvent.SignInRefused) => null,
        (null, AccessEvent.GrantRequested e) => new Grant(e.Id, version)
        {
            For = e.For, Person = e.Person, Role = e.Role, Reason = e.By.Reason ?? "", Length = e.Length, RequestedAt = e.At,
            Until = e.At + AccessLimits.Usual.Request,
        },
        (null, AccessEvent.GlassBroken e) => new Grant(e.Id, version)
        {
            For = e.For, Person = e.Person, Role = e.Role, Reason = e.By.Reason ?? "", Length = e.Until - e.At, RequestedAt = e.At, Until = e.Until,
            Phase = GrantPhase.Active, IsBreakGlass = true,
        },
        (Grant grant, AccessEvent.GrantApproved e) => Decided(grant, e, GrantPhase.Active, version) with { Until = e.Until },
        (Grant grant, AccessEvent.GrantDenied) => Decided(grant, happened, GrantPhase.Denied, version),
        (Grant grant, AccessEvent.GrantRevoked) => Decided(grant, happened, GrantPhase.Revoked, version),
        (Grant grant, AccessEvent.GrantEnded) => grant with { Version = version, Phase = GrantPhase.Ended },
        _ => throw new InvariantBrokenException($"{happened.GetType().Name} cannot happen to {state?.Stream ?? "nothing"}"),
    };

    private static Grant Decided(Grant grant, AccessEvent happened, GrantPhase phase, long version)
        => grant with { Version = version, Phase = phase, DecidedBy = happened.By.Name, DecidedReason = happened.By.Reason, DecidedAt = happened.At };
}
