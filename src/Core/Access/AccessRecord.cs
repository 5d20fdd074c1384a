using System.Text.Json.Serialization;
using NodaTime;

namespace Fairway.Access;

/// <summary>The state of a token, a sign-in or a grant: the fold of its stream.</summary>
/// <param name="Id">Its own.</param>
/// <param name="Version">Records in its stream.</param>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "kind")]
[JsonDerivedType(typeof(AccessToken), "token")]
[JsonDerivedType(typeof(SignIn), "sign-in")]
[JsonDerivedType(typeof(Grant), "grant")]
public abstract record AccessRecord(string Id, long Version)
{
    /// <summary>Prefix of every stream of access.</summary>
    public const string StreamPrefix = "access/";

    /// <summary>The stream that holds it, such as <c>access/token/4f1c</c>.</summary>
    public abstract string Stream { get; }

    /// <summary>Whether nothing more can come of it.</summary>
    public abstract bool IsOver { get; }

    /// <summary>When it ends by itself, unless something happens before; null when it is over.</summary>
    public abstract Instant? EndsAt { get; }
}

/// <summary>A program's right to call.</summary>
public sealed record AccessToken(string Id, long Version) : AccessRecord(Id, Version)
{
    /// <summary>For people; its principal is <c>token:</c> and this.</summary>
    public required string Name { get; init; }

    /// <summary>What it may.</summary>
    public required ImmutableArray<RoleBinding> Roles { get; init; }

    /// <summary>SHA-256 of its secret.</summary>
    public required string Hash { get; init; }

    /// <summary>When it was made.</summary>
    public required Instant CreatedAt { get; init; }

    /// <summary>When it ends.</summary>
    public required Instant ExpiresAt { get; init; }

    /// <summary>Who made it.</summary>
    public required string CreatedBy { get; init; }

    /// <summary>Who answers for it.</summary>
    public required string Person { get; init; }

    /// <summary>Whether it was revoked, or ended.</summary>
    public bool Ended { get; init; }

    /// <summary>The stream of a token.</summary>
    public static string StreamOf(string id) => $"{StreamPrefix}token/{id}";

    /// <inheritdoc/>
    [JsonIgnore]
    public override string Stream => StreamOf(Id);

    /// <inheritdoc/>
    [JsonIgnore]
    public override bool IsOver => Ended;

    /// <inheritdoc/>
    [JsonIgnore]
    public override Instant? EndsAt => Ended ? null : ExpiresAt;

    /// <summary>Whom it stands for.</summary>
    public Principal AsPrincipal() => new("token:" + Name, Person, PrincipalKind.Token, Roles) { Credential = Id, Until = ExpiresAt };
}

/// <summary>A one-time link, and the browser's session that came of it.</summary>
public sealed record SignIn(string Id, long Version) : AccessRecord(Id, Version)
{
    /// <summary>Whom it signs in.</summary>
    public required string Name { get; init; }

    /// <summary>Who answers for it.</summary>
    public required string Person { get; init; }

    /// <summary>What they may.</summary>
    public required ImmutableArray<RoleBinding> Roles { get; init; }

    /// <summary>SHA-256 of the link's secret.</summary>
    public required string LinkHash { get; init; }

    /// <summary>When the link was made.</summary>
    public required Instant CreatedAt { get; init; }

    /// <summary>Who made the link.</summary>
    public required string CreatedBy { get; init; }

    /// <summary>When the link ends, and then the session.</summary>
    public required Instant ExpiresAt { get; init; }

    /// <summary>When the session must end at the latest.</summary>
    public Instant? NotAfter { get; init; }

    /// <summary>The token that it does not outlive.</summary>
    public string? Through { get; init; }

    /// <summary>SHA-256 of the session's secret; null while the link is not opened.</summary>
    public string? SessionHash { get; init; }

    /// <summary>When the link was opened.</summary>
    public Instant? SignedInAt { get; init; }

    /// <summary>From where.</summary>
    public string? Address { get; init; }

    /// <summary>What the browser calls itself.</summary>
    public string? Agent { get; init; }

    /// <summary>How it ended.</summary>
    public SignInEnd? End { get; init; }

    /// <summary>The stream of a sign-in.</summary>
    public static string StreamOf(string id) => $"{StreamPrefix}sign-in/{id}";

    /// <inheritdoc/>
    [JsonIgnore]
    public override string Stream => StreamOf(Id);

    /// <inheritdoc/>
    [JsonIgnore]
    public override bool IsOver => End is not null;

    /// <inheritdoc/>
    [JsonIgnore]
    public override Instant? EndsAt => IsOver ? null : ExpiresAt;

    /// <summary>Whom it stands for.</summary>
    public Principal AsPrincipal() => new(Name, Person, PrincipalKind.Session, Roles) { Credential = Id, Until = ExpiresAt };
}

/// <summary>Where a grant is.</summary>
public enum GrantPhase
{
    /// <summary>Asked for.</summary>
    Requested,

    /// <summary>In force.</summary>
    Active,

    /// <summary>Another person did not agree.</summary>
    Denied,

    /// <summary>Ended before its time, or withdrawn.</summary>
    Revoked,

    /// <summary>Its time is over, or nobody decided in time.</summary>
    Ended,
}

/// <summary>A role for a time.</summary>
public sealed record Grant(string Id, long Version) : AccessRecord(Id, Version)
{
    /// <summary>Whose it is.</summary>
    public required string For { get; init; }

    /// <summary>Who answers for them.</summary>
    public required string Person { get; init; }

    /// <summary>What, and where.</summary>
    public required RoleBinding Role { get; init; }

    /// <summary>Why, in their words.</summary>
    public required string Reason { get; init; }

    /// <summary>For how long.</summary>
    public required Duration Length { get; init; }

    /// <summary>When it was asked for, or taken.</summary>
    public required Instant RequestedAt { get; init; }

    /// <summary>When it ends by itself: the request, and then the grant.</summary>
    public required Instant Until { get; init; }

    /// <summary>Where it is.</summary>
    public GrantPhase Phase { get; init; }

    /// <summary>Taken at once, without an approval.</summary>
    public bool IsBreakGlass { get; init; }

    /// <summary>Who approved, denied or revoked it.</summary>
    public string? DecidedBy { get; init; }

    /// <summary>What they said.</summary>
    public string? DecidedReason { get; init; }

    /// <summary>When.</summary>
    public Instant? DecidedAt { get; init; }

    /// <summary>The stream of a grant.</summary>
    public static string StreamOf(string id) => $"{StreamPrefix}grant/{id}";

    /// <inheritdoc/>
    [JsonIgnore]
    public override string Stream => StreamOf(Id);

    /// <inheritdoc/>
    [JsonIgnore]
    public override bool IsOver => Phase is GrantPhase.Denied or GrantPhase.Revoked or GrantPhase.Ended;

    /// <inheritdoc/>
    [JsonIgnore]
    public override Instant? EndsAt => IsOver ? null : Until;

    /// <summary>Whether it counts at a moment.</summary>
    public bool IsInForce(Instant now) => Phase == GrantPhase.Active && now < Until;
}
