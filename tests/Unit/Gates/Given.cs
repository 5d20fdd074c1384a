using Fairway.Access;
using Fairway.Catalog;
using NodaTime;

namespace Fairway.Gates;

/// <summary>Requests, settings and facts with usual values.</summary>
internal static class Given
{
    public static readonly Instant Now = Instant.FromUtc(2026, 3, 4, 10, 0);

    public static GateRequest Request(string release = "sha256:one", string person = "anna", bool automatic = false) => new()
    {
        Key = new ServiceKey("production", "shop"), Release = release, Version = "1.1", Artifact = "sha256:files", By = person, Person = person, Automatic = automatic,
    };

    public static Approval Approval(string person, string release = "sha256:one", Role role = Role.Approver, Duration? ago = null, string? by = null)
        => new(release, by ?? person, person, [role], "looks good", Now - (ago ?? Duration.FromHours(1)), Now - (ago ?? Duration.FromHours(1)) + Duration.FromHours(24));

    public static GateSettings Approvals(int count, Role role = Role.Approver, params ApprovalsNeeded[] and)
        => GateSettings.Open with { Approvals = [new(count, role), .. and] };

    public static RuleVerdict Rule(GateVerdict verdict, string id) => verdict.Rules.Single(rule => rule.Rule == id);

    public static Standing Standing(string person, string roles, string? name = null)
        => new(new(name ?? person, person, PrincipalKind.Session, [.. roles.Split(' ').Select(text => RoleBinding.TryParse(text, out var role) ? role : throw new ArgumentException(text))]), []);
}
