namespace Fairway.Access;

/// <summary>How somebody was recognized.</summary>
public enum PrincipalKind
{
    /// <summary>Not at all.</summary>
    Anonymous,

    /// <summary>A process on this machine, by its Unix socket.</summary>
    Local,

    /// <summary>A browser, by its session.</summary>
    Session,

    /// <summary>A program, by its token.</summary>
    Token,

    /// <summary>A bearer of an OIDC issuer's token.</summary>
    Oidc,
}

/// <summary>Who calls, and what they may of themselves; grants come on top.</summary>
/// <param name="Name">For records, such as <c>anna</c>, <c>token:ci</c> or <c>oidc:anna@example.com</c>.</param>
/// <param name="Person">Who answers for it: nobody approves what they asked for themselves, also not by a token of theirs.</param>
/// <param name="Kind">How they were recognized.</param>
/// <param name="Roles">What they may.</param>
public sealed record Principal(string Name, string Person, PrincipalKind Kind, ImmutableArray<RoleBinding> Roles)
{
    /// <summary>Nobody known.</summary>
    public static Principal Anonymous { get; } = new("anonymous", "anonymous", PrincipalKind.Anonymous, []);

    /// <summary>The session or token it came by; null for other kinds.</summary>
    public string? Credential { get; init; }

    /// <summary>When it stops being known; null when it does not by itself.</summary>
    public NodaTime.Instant? Until { get; init; }

    /// <summary>Whether it is known at all.</summary>
    public bool IsKnown => Kind != PrincipalKind.Anonymous;
}
