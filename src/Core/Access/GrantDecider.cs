using NodaTime;

namespace Fairway.Access;

/// <summary>Roles for a time: asked for, approved by another, taken when it burns, ended.</summary>
public static class GrantDecider
{
    /// <summary>Somebody asks for a role.</summary>
    /// <param name="by">Who.</param>
    /// <param name="id">Of the grant, fresh.</param>
    /// <param name="role">What, and where.</param>
    /// <param name="length">For how long; null is the usual.</param>
    /// <param name="reason">Why.</param>
    /// <param name="existing">Grants there are.</param>
    /// <param name="limits">How long at most.</param>
    /// <param name="now">Now.</param>
    public static AccessDecision Request(
        Standing by, string id, RoleBinding role, Duration? length, string? reason, IEnumerable<Grant> existing, AccessLimits limits, Instant now)
    {
        var wanted = length ?? limits.Grant;
        if (Malformed(wanted, limits.LongestGrant, reason) is { } malformed) return malformed;
        if (existing.Any(grant => grant.For == by.Who.Name && grant.Role == role && !grant.IsOver && now < grant.Until))
            return AccessDecision.No(AccessRefusal.Conflict, "grant-exists", "{name} has asked for {role} already, or has it", ("name", by.Who.Name), ("role", role));
        return AccessDecision.Yes(
            new AccessEvent.GrantRequested(id, by.Who.Name, by.Who.Person, role, wanted, new(by.Who.Name, reason!.Trim()), now), "grant-requested",
            "{name} asks for {role} for {minutes|minute}: {reason}", ("name", by.Who.Name), ("role", role), ("minutes", (long)wanted.TotalMinutes), ("reason", reason!.Trim()));
    }

    /// <summary>Another person agrees; the time begins now.</summary>
    public static AccessDecision Approve(Standing by, Grant grant, string? reason, Instant now)
    {
        if (Undecidable(by, grant, now) is { } no) return no;
        return AccessDecision.Yes(
            new AccessEvent.GrantApproved(now + grant.Length, DeedOf(by, grant, reason), now), "grant-approved", "{name} has {role} until {until}",
            ("name", grant.For), ("role", grant.Role), ("until", now + grant.Length));
    }

    /// <summary>Another person does not agree.</summary>
    public static AccessDecision Deny(Standing by, Grant grant, string? reason, Instant now)
    {
        if (Undecidable(by, grant, now) is { } no) return no;
        return AccessDecision.Yes(
            new AccessEvent.GrantDenied(DeedOf(by, grant, reason), now), "grant-denied", "{name} does not get {role}", ("name", grant.For), ("role", grant.Role));
    }

    /// <summary>Somebody ends a grant, or withdraws a request: their own, or as who may approve it.</summary>
    public static AccessDecision Revoke(Standing by, Grant grant, string? reason, Instant now)
    {
        if (by.Who.Person != grant.Person && !by.May(Permission.Approve, grant.Role.Environment)) return NotAllowed(by, Permission.Approve, grant.Role);
        if (grant.IsOver || now >= grant.Until) return AccessDecision.No(AccessRefusal.Conflict, "grant-over", "{role} of {name} is over already", ("role", grant.Role), ("name", grant.For));
        return AccessDecision.Yes(
            new AccessEvent.GrantRevoked(DeedOf(by, grant, reason), now), "grant-revoked", "{name} no longer has {role}", ("name", grant.For), ("role", grant.Role));
    }

    /// <summary>Somebody who may respond takes a role at once. Everybody hears of it.</summary>
    public static AccessDecision BreakGlass(Standing by, string id, RoleBinding role, Duration? length, string? reason, AccessLimits limits, Instant now)
    {
        var wanted = length ?? limits.LongestBreakGlass;
        if (Malformed(wanted, limits.LongestBreakGlass, reason) is { } malformed) return malformed;
        if (!by.May(Permission.Respond, role.Environment)) return NotAllowed(by, Permission.Respond, role);
        return AccessDecision.Yes(
            new AccessEvent.GlassBroken(
                id, by.Who.Name, by.Who.Person, role, now + wanted, new(by.Who.Name, reason!.Trim(), by.Needed(Permission.Respond, role.Environment)?.Id), now),
            "glass-broken", "{name} took {role} without an approval until {until}: {reason}",
            ("name", by.Who.Name), ("role", role), ("until", now + wanted), ("reason", reason!.Trim()));
    }

    private static AccessDecision? Malformed(Duration length, Duration most, string? reason)
    {
        if (string.IsNullOrWhiteSpace(reason)) return AccessDecision.No(AccessRefusal.Invalid, "reason-missing", "say why: whoever approves or reviews it reads the reason");
        if (reason.Length > AccessNames.LongestReason)
            return AccessDecision.No(AccessRefusal.Invalid, "reason-too-long", "the reason is longer than {most} characters", ("most", AccessNames.LongestReason));
        return length <= Duration.Zero || length > most
            ? AccessDecision.No(AccessRefusal.Invalid, "grant-length", "it lasts from a moment to {minutes|minute}", ("minutes", (long)most.TotalMinutes))
            : null;
    }

    private static AccessDecision? Undecidable(Standing by, Grant grant, Instant now)
    {
        // The reason for four eyes: also an admin, and also by a token of theirs.
        if (by.Who.Person == grant.Person)
            return AccessDecision.No(AccessRefusal.Forbidden, "own-request", "{name} asked for it: another person decides", ("name", grant.For));
        // Who may approve cannot make admins.
        var needs = grant.Role.Role == Role.Admin ? Permission.Administer : Permission.Approve;
        if (!by.May(needs, grant.Role.Environment)) return NotAllowed(by, needs, grant.Role);
        if (grant.Phase != GrantPhase.Requested)
            return AccessDecision.No(AccessRefusal.Conflict, "grant-decided", "it is decided already: {role} of {name} is {phase}",
                ("role", grant.Role), ("name", grant.For), ("phase", grant.Phase.ToString().ToLowerInvariant()));
        return now >= grant.Until
            ? AccessDecision.No(AccessRefusal.Conflict, "grant-over", "the request of {name} for {role} is too old", ("name", grant.For), ("role", grant.Role))
            : null;
    }

    private static Deed DeedOf(Standing by, Grant grant, string? reason)
        => new(by.Who.Name, AccessNames.Tame(reason, AccessNames.LongestReason), by.Needed(Permission.Approve, grant.Role.Environment)?.Id);

    private static AccessDecision NotAllowed(Standing by, Permission needs, RoleBinding role) => AccessDecision.No(
        AccessRefusal.Forbidden, "not-allowed", "{name} may not {needs} {where}", ("name", by.Who.Name), ("needs", needs.ToString().ToLowerInvariant()),
        ("where", role.Environment is { } environment ? $"in {environment}" : "in every environment"));
}
