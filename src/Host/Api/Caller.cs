using Fairway.Access;
using Fairway.Rollouts;

namespace Fairway.Api;

/// <summary>Who makes a call, and what they may. One for each call.</summary>
/// <param name="who">As recognized from the connection, the session or the token; never from what the request claims.</param>
/// <param name="grants">What was granted for a time, and is in force now.</param>
/// <param name="csrfToken">Of the browser's session; null without one.</param>
public sealed class Caller(Principal who, ImmutableArray<GrantInForce> grants = default, string? csrfToken = null)
{
    private readonly ImmutableArray<GrantInForce> _grants = grants.IsDefault ? [] : grants;

    /// <summary>Nobody known: sees what is public and nothing else.</summary>
    public static Caller Anonymous => new(Principal.Anonymous);

    /// <summary>Who it is.</summary>
    public Principal Who => who;

    /// <summary>For records.</summary>
    public string Name => who.Name;

    /// <summary>Grants in force.</summary>
    public ImmutableArray<GrantInForce> Grants => _grants;

    /// <summary>What a form of this session must carry in its field <c>csrf</c>, or a script in <c>X-Csrf-Token</c>; null without a browser's session.</summary>
    public string? CsrfToken => csrfToken;

    /// <summary>The grant without which the last demand had been refused; null when the roles sufficed.</summary>
    public string? GrantUsed { get; private set; }

    /// <summary>Whether the caller may do that there.</summary>
    /// <param name="permission">What.</param>
    /// <param name="environment">Where; null asks for every environment.</param>
    public bool May(Permission permission, string? environment) => permission == Permission.None || (who.IsKnown
        && (permission == Permission.SignedIn || who.Roles.Any(role => role.Allows(permission, environment)) || GrantFor(permission, environment) is not null));

    /// <summary>Whether the caller may do that in at least one environment.</summary>
    public bool MaySomewhere(Permission permission) => May(permission, null)
        || (who.IsKnown && who.Roles.Concat(_grants.Select(grant => grant.Role)).Any(role => role.Role.May(permission)));

    /// <summary>Notes that a call goes on by this permission, so that what it decides names the grant behind it.</summary>
    internal void Use(Permission permission, string? environment)
    {
        if (permission is Permission.None or Permission.SignedIn || who.Roles.Any(role => role.Allows(permission, environment))) return;
        if (GrantFor(permission, environment) is { } grant) GrantUsed = grant.Id;
    }

    /// <summary>The caller as the actor of a decision, with the grant it was allowed by.</summary>
    public Actor As(string? reason) => new(Name, string.IsNullOrWhiteSpace(reason) ? null : reason.Trim(), GrantUsed);

    private GrantInForce? GrantFor(Permission permission, string? environment) => _grants.FirstOrDefault(grant => grant.Role.Allows(permission, environment));
}
