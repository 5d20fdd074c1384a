namespace Fairway.Client.Wire;

/// <summary>Answer of <c>GET /api/access/me</c>.</summary>
/// <param name="Name">As in records.</param>
/// <param name="Kind"><c>local</c>, <c>session</c>, <c>token</c> or <c>oidc</c>.</param>
/// <param name="Roles">Such as <c>deployer@staging</c>, or <c>viewer</c> for everywhere.</param>
/// <param name="Grants">In force now.</param>
/// <param name="Until">When the session or token ends; null when it does not by itself.</param>
/// <param name="CsrfToken">For the <c>X-Csrf-Token</c> header; null without a browser's session.</param>
public sealed record MeInfo(string Name, string Kind, IReadOnlyList<string> Roles, IReadOnlyList<GrantInfo> Grants, DateTimeOffset? Until, string? CsrfToken);

/// <summary>A program's token; never its secret.</summary>
/// <param name="Id">Its own; the part of the token that may be shown.</param>
/// <param name="Name">For people.</param>
/// <param name="Roles">What it may.</param>
/// <param name="CreatedAt">When it was made.</param>
/// <param name="CreatedBy">By whom.</param>
/// <param name="ExpiresAt">When it ends.</param>
/// <param name="LastUsedAt">Since the control plane started; null is not.</param>
public sealed record TokenInfo(
    string Id, string Name, IReadOnlyList<string> Roles, DateTimeOffset CreatedAt, string CreatedBy, DateTimeOffset ExpiresAt, DateTimeOffset? LastUsedAt);

/// <summary>Body of <c>POST /api/access/tokens</c>.</summary>
/// <param name="Name">For people; unique.</param>
/// <param name="Roles">Such as <c>deployer@staging</c>.</param>
/// <param name="LifeSeconds">How long; null is 30 days.</param>
public sealed record TokenRequest(string Name, IReadOnlyList<string> Roles, long? LifeSeconds);

/// <summary>A token just made.</summary>
/// <param name="Token">What is known of it later.</param>
/// <param name="Secret">The token itself, shown this once.</param>
public sealed record CreatedToken(TokenInfo Token, string Secret);

/// <summary>Body of <c>POST /api/access/links</c>: who is to be signed in.</summary>
/// <param name="Name">Null is the caller, with their own roles.</param>
/// <param name="Roles">Of somebody else.</param>
public sealed record LinkRequest(string? Name, IReadOnlyList<string>? Roles);

/// <summary>A link that signs in once.</summary>
/// <param name="Url">To open in a browser; null when the control plane has no console.</param>
/// <param name="Code">For the sign-in page, where the link cannot be opened.</param>
/// <param name="Name">Whom it signs in.</param>
/// <param name="Roles">What they may.</param>
/// <param name="ExpiresAt">When it ends.</param>
public sealed record LinkInfo(string? Url, string Code, string Name, IReadOnlyList<string> Roles, DateTimeOffset ExpiresAt);

/// <summary>A browser's session.</summary>
/// <param name="Id">Its own.</param>
/// <param name="Name">Who.</param>
/// <param name="Roles">What they may.</param>
/// <param name="SignedInAt">Since when.</param>
/// <param name="ExpiresAt">Until when at most.</param>
/// <param name="LastUsedAt">Since the control plane started; null is not.</param>
/// <param name="Address">From where.</param>
/// <param name="Agent">What the browser calls itself.</param>
/// <param name="IsThis">Whether it is the caller's own.</param>
public sealed record SessionInfo(
    string Id, string Name, IReadOnlyList<string> Roles, DateTimeOffset SignedInAt, DateTimeOffset ExpiresAt, DateTimeOffset? LastUsedAt, string? Address, string? Agent,
    bool IsThis);

/// <summary>A role for a time.</summary>
/// <param name="Id">Its own.</param>
/// <param name="For">Whose.</param>
/// <param name="Role">Such as <c>deployer@production</c>.</param>
/// <param name="Reason">Why.</param>
/// <param name="Phase"><c>requested</c>, <c>active</c>, <c>denied</c>, <c>revoked</c> or <c>ended</c>.</param>
/// <param name="RequestedAt">When it was asked for, or taken.</param>
/// <param name="Until">When it ends by itself: the request, and then the grant.</param>
/// <param name="LengthSeconds">For how long, from the approval.</param>
/// <param name="IsBreakGlass">Taken at once, without an approval.</param>
/// <param name="DecidedBy">Who approved, denied or revoked it.</param>
/// <param name="DecidedReason">What they said.</param>
/// <param name="DecidedAt">When.</param>
public sealed record GrantInfo(
    string Id, string For, string Role, string Reason, string Phase, DateTimeOffset RequestedAt, DateTimeOffset Until, long LengthSeconds, bool IsBreakGlass,
    string? DecidedBy, string? DecidedReason, DateTimeOffset? DecidedAt);

/// <summary>Body of <c>POST /api/access/grants</c>.</summary>
/// <param name="Role">Such as <c>deployer@production</c>.</param>
/// <param name="Reason">Why.</param>
/// <param name="LengthSeconds">For how long; null is an hour.</param>
/// <param name="BreakGlass">Take it at once; everybody hears of it.</param>
public sealed record GrantRequest(string Role, string? Reason, long? LengthSeconds, bool BreakGlass = false);

/// <summary>Body of <c>POST /api/access/grants/{id}/approve</c>, <c>deny</c> and <c>revoke</c>.</summary>
/// <param name="Reason">In their own words; may be left out.</param>
public sealed record GrantDecision(string? Reason);

/// <summary>What became of a grant.</summary>
/// <param name="Grant">As it is now.</param>
/// <param name="Why">In words.</param>
public sealed record GrantAnswer(GrantInfo Grant, WhyInfo Why);

/// <summary>A page of the ledger.</summary>
/// <param name="Records">In the order asked for.</param>
/// <param name="Cursor">Of the next page; null when this is the last one.</param>
public sealed record EventPage(IReadOnlyList<EventInfo> Records, long? Cursor);
