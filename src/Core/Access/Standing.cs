namespace Fairway.Access;

/// <summary>Somebody with everything they may at this moment: roles of their own, and what was granted for a time.</summary>
/// <param name="Who">Who.</param>
/// <param name="Grants">Grants in force now.</param>
public sealed record Standing(Principal Who, ImmutableArray<GrantInForce> Grants)
{
    /// <summary>Nobody known: sees what is public and nothing else.</summary>
    public static Standing Anonymous { get; } = new(Principal.Anonymous, []);

    /// <summary>Whether they may do that there.</summary>
    /// <param name="permission">What.</param>
    /// <param name="environment">Where; null asks for every environment.</param>
    public bool May(Permission permission, string? environment) => permission switch
    {
        Permission.None => true,
        // Who has no role at all is known, and nobody.
        Permission.SignedIn => Who.IsKnown && !(Who.Roles.IsEmpty && Grants.IsEmpty),
        _ => Who.IsKnown && (ByRole(permission, environment) || GrantFor(permission, environment) is not null),
    };

    /// <summary>Whether they may do that in at least one environment.</summary>
    public bool MaySomewhere(Permission permission)
        => May(permission, null) || (Who.IsKnown && Who.Roles.Concat(Grants.Select(grant => grant.Role)).Any(role => role.Role.May(permission)));

    /// <summary>The grant without which it were refused; null when their own roles suffice, or nothing does.</summary>
    public GrantInForce? Needed(Permission permission, string? environment) => ByRole(permission, environment) ? null : GrantFor(permission, environment);

    private bool ByRole(Permission permission, string? environment) => Who.Roles.Any(role => role.Allows(permission, environment));

    private GrantInForce? GrantFor(Permission permission, string? environment) => Grants.FirstOrDefault(grant => grant.Role.Allows(permission, environment));
}
