using System.Text.Json.Serialization;
using NodaTime;

namespace Fairway.Access;

/// <summary>Why a sign-in is over.</summary>
public enum SignInEnd
{
    /// <summary>Its owner signed out.</summary>
    SignedOut,

    /// <summary>Somebody else ended it.</summary>
    Revoked,

    /// <summary>It lasted as long as it may.</summary>
    Expired,

    /// <summary>Nobody used it for too long.</summary>
    Idle,

    /// <summary>Nobody opened the link in time.</summary>
    LinkExpired,
}

/// <summary>
/// What happened to a token, a sign-in or a grant. A closed set; the attribute list is the one table of type names. Holds hashes of secrets, never secrets.
/// </summary>
/// <param name="By">Who did it; <c>fairway</c> for what ended by itself.</param>
/// <param name="At">When.</param>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "type")]
[JsonDerivedType(typeof(TokenCreated), "token-created.v1")]
[JsonDerivedType(typeof(TokenRevoked), "token-revoked.v1")]
[JsonDerivedType(typeof(TokenExpired), "token-expired.v1")]
[JsonDerivedType(typeof(LinkCreated), "login-link-created.v1")]
[JsonDerivedType(typeof(SignedIn), "signed-in.v1")]
[JsonDerivedType(typeof(SignInEnded), "sign-in-ended.v1")]
[JsonDerivedType(typeof(SignInRefused), "sign-in-refused.v1")]
[JsonDerivedType(typeof(GrantRequested), "grant-requested.v1")]
[JsonDerivedType(typeof(GrantApproved), "grant-approved.v1")]
[JsonDerivedType(typeof(GrantDenied), "grant-denied.v1")]
[JsonDerivedType(typeof(GlassBroken), "glass-broken.v1")]
[JsonDerivedType(typeof(GrantRevoked), "grant-revoked.v1")]
[JsonDerivedType(typeof(GrantEnded), "grant-ended.v1")]
public abstract record AccessEvent(Deed By, Instant At)
{
    /// <summary>A program may call until <paramref name="ExpiresAt"/>.</summary>
    /// <param name="Id">Of the token.</param>
    /// <param name="Name">For people.</param>
    /// <param name="Roles">What it may.</param>
    /// <param name="Hash">SHA-256 of its secret, lower-case hex.</param>
    /// <param name="ExpiresAt">When it ends.</param>
    /// <param name="Person">Who answers for it.</param>
    /// <param name="By">Who made it.</param>
    /// <param name="At">When.</param>
    public sealed record TokenCreated(
        string Id, string Name, ImmutableArray<RoleBinding> Roles, string Hash, Instant ExpiresAt, string Person, Deed By, Instant At) : AccessEvent(By, At);

    /// <summary>Somebody ended it.</summary>
    public sealed record TokenRevoked(Deed By, Instant At) : AccessEvent(By, At);

    /// <summary>It ended by itself.</summary>
    public sealed record TokenExpired(Deed By, Instant At) : AccessEvent(By, At);

    /// <summary>Whoever opens a link once, in time, is signed in.</summary>
    /// <param name="Id">Of the sign-in.</param>
    /// <param name="Name">Whom it signs in.</param>
    /// <param name="Person">Who answers for it.</param>
    /// <param name="Roles">What they may.</param>
    /// <param name="Hash">SHA-256 of the link's secret, lower-case hex.</param>
    /// <param name="ExpiresAt">When the link ends.</param>
    /// <param name="NotAfter">When the session must end at the latest; null is when sessions end.</param>
    /// <param name="Through">The token it was made with, which it does not outlive.</param>
    /// <param name="By">Who made it.</param>
    /// <param name="At">When.</param>
    public sealed record LinkCreated(
        string Id, string Name, string Person, ImmutableArray<RoleBinding> Roles, string Hash, Instant ExpiresAt, Instant? NotAfter, string? Through,
        Deed By, Instant At) : AccessEvent(By, At);

    /// <summary>The link was opened; it is used up.</summary>
    /// <param name="Hash">SHA-256 of the session's secret, lower-case hex.</param>
    /// <param name="ExpiresAt">When the session ends at the latest.</param>
    /// <param name="Address">From where.</param>
    /// <param name="Agent">What the browser calls itself.</param>
    /// <param name="By">Who.</param>
    /// <param name="At">When.</param>
    public sealed record SignedIn(string Hash, Instant ExpiresAt, string? Address, string? Agent, Deed By, Instant At) : AccessEvent(By, At);

    /// <summary>The session, or the link that nobody opened, is over.</summary>
    public sealed record SignInEnded(SignInEnd End, Deed By, Instant At) : AccessEvent(By, At);

    /// <summary>Somebody tried and was not let in.</summary>
    /// <param name="Code">Why.</param>
    /// <param name="Address">From where.</param>
    /// <param name="By">Always <c>anonymous</c>.</param>
    /// <param name="At">When.</param>
    public sealed record SignInRefused(string Code, string? Address, Deed By, Instant At) : AccessEvent(By, At);

    /// <summary>Somebody asks for a role for a time.</summary>
    /// <param name="Id">Of the grant.</param>
    /// <param name="For">Whose it will be.</param>
    /// <param name="Person">Who answers for them.</param>
    /// <param name="Role">What, and where.</param>
    /// <param name="Length">For how long, from the approval.</param>
    /// <param name="By">Who asks; with the reason.</param>
    /// <param name="At">When.</param>
    public sealed record GrantRequested(string Id, string For, string Person, RoleBinding Role, Duration Length, Deed By, Instant At) : AccessEvent(By, At);

    /// <summary>Another person agreed.</summary>
    public sealed record GrantApproved(Instant Until, Deed By, Instant At) : AccessEvent(By, At);

    /// <summary>Another person did not agree.</summary>
    public sealed record GrantDenied(Deed By, Instant At) : AccessEvent(By, At);

    /// <summary>Somebody took a role at once, without an approval.</summary>
    public sealed record GlassBroken(string Id, string For, string Person, RoleBinding Role, Instant Until, Deed By, Instant At) : AccessEvent(By, At);

    /// <summary>Somebody ended it before its time, or withdrew the request.</summary>
    public sealed record GrantRevoked(Deed By, Instant At) : AccessEvent(By, At);

    /// <summary>Its time is over; or nobody decided the request in time.</summary>
    public sealed record GrantEnded(Deed By, Instant At) : AccessEvent(By, At);
}

/// <summary>Who did something, why, and by which grant.</summary>
/// <param name="Name">Who; <c>fairway</c> for what happens by itself.</param>
/// <param name="Reason">In their own words; null when none was given.</param>
/// <param name="Grant">The grant it was allowed by; null when their own roles sufficed.</param>
public sealed record Deed(string Name, string? Reason = null, string? Grant = null)
{
    /// <summary>What ends by itself.</summary>
    public static Deed OfFairway { get; } = new("fairway");
}
