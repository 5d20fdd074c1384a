using Fairway.Access;
using Fairway.Rollouts;

namespace Fairway.Api;

/// <summary>Who makes a call, and what they may. One for each call.</summary>
/// <param name="standing">As recognized from the connection, the session or the token; never from what the request claims.</param>
/// <param name="csrfToken">Of the browser's session; null without one.</param>
public sealed class Caller(Standing standing, string? csrfToken = null)
{
    /// <summary>Nobody known: sees what is public and nothing else.</summary>
    public static Caller Anonymous => new(Standing.Anonymous);

    /// <summary>Who it is with everything they may, for the commands of <see cref="AccessDesk"/>.</summary>
    public Standing Standing => standing;

    /// <summary>Who it is.</summary>
    public Principal Who => standing.Who;

    /// <summary>For records.</summary>
    public string Name => standing.Who.Name;

    /// <summary>What a form of this session must carry in its field <c>csrf</c>, or a script in <c>X-Csrf-Token</c>; null without a browser's session.</summary>
    public string? CsrfToken => csrfToken;

    /// <summary>The grant without which this call had been refused; null when the roles sufficed.</summary>
    public string? GrantUsed { get; private set; }

    /// <summary>Whether the caller may do that there.</summary>
    /// <param name="permission">What.</param>
    /// <param name="environment">Where; null asks for every environment.</param>
    public bool May(Permission permission, string? environment) => standing.May(permission, environment);

    /// <summary>Whether the caller may do that in at least one environment.</summary>
    public bool MaySomewhere(Permission permission) => standing.MaySomewhere(permission);

    /// <summary>The caller as the actor of a decision, with the grant it was allowed by.</summary>
    public Actor As(string? reason) => new(Name, string.IsNullOrWhiteSpace(reason) ? null : reason.Trim(), GrantUsed)
    {
        Person = standing.Who.Person == Name ? null : standing.Who.Person,
        Roles = [.. standing.Who.Roles.Concat(standing.Grants.Select(grant => grant.Role)).Select(role => role.ToString()).Distinct(StringComparer.Ordinal)],
    };

    /// <summary>Notes that the call goes on by this permission, so that what it decides names the grant behind it.</summary>
    internal void Use(Permission permission, string? environment) => GrantUsed = standing.Needed(permission, environment)?.Id ?? GrantUsed;
}
