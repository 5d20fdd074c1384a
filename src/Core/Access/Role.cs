using System.Collections.Frozen;
using System.Diagnostics.CodeAnalysis;

namespace Fairway.Access;

/// <summary>What somebody is, in one environment or in all.</summary>
public enum Role
{
    /// <summary>Sees.</summary>
    Viewer,

    /// <summary>Ships and steers.</summary>
    Deployer,

    /// <summary>Approves what others ask for.</summary>
    Approver,

    /// <summary>Steers, and may take another role at once when it burns.</summary>
    Responder,

    /// <summary>Everything.</summary>
    Admin,
}

/// <summary>What each role may: the one table.</summary>
public static class Roles
{
    private static readonly FrozenDictionary<Role, FrozenSet<Permission>> Allowed = new Dictionary<Role, FrozenSet<Permission>>
    {
        [Role.Viewer] = Set(Permission.View),
        [Role.Deployer] = Set(Permission.View, Permission.Steer, Permission.Deploy),
        [Role.Approver] = Set(Permission.View, Permission.Approve),
        [Role.Responder] = Set(Permission.View, Permission.Steer, Permission.Respond),
        [Role.Admin] = Set(Permission.View, Permission.Steer, Permission.Deploy, Permission.Approve, Permission.Respond, Permission.Administer),
    }.ToFrozenDictionary();

    /// <summary>Every role, the least first.</summary>
    public static ImmutableArray<Role> All { get; } = [Role.Viewer, Role.Deployer, Role.Approver, Role.Responder, Role.Admin];

    /// <summary>Names as people write them.</summary>
    public static string Known { get; } = string.Join(", ", All.Select(NameOf));

    /// <summary>Whether a role may do that.</summary>
    public static bool May(this Role role, Permission permission) => permission is Permission.None or Permission.SignedIn || Allowed[role].Contains(permission);

    /// <summary>As people write it: <c>deployer</c>.</summary>
    public static string NameOf(Role role) => role switch
    {
        Role.Viewer => "viewer",
        Role.Deployer => "deployer",
        Role.Approver => "approver",
        Role.Responder => "responder",
        Role.Admin => "admin",
        _ => throw new System.Diagnostics.UnreachableException(role.ToString()),
    };

    /// <summary>A role by its name; false when there is none of that name.</summary>
    public static bool TryParse([NotNullWhen(true)] string? text, out Role role)
    {
        foreach (var known in All)
        {
            role = known;
            if (NameOf(known) == text) return true;
        }
        role = default;
        return false;
    }

    private static FrozenSet<Permission> Set(params Permission[] permissions) => permissions.ToFrozenSet();
}
