using NodaTime;

namespace Fairway.Access;

/// <summary>A role that somebody has for a time.</summary>
/// <param name="Id">The grant, for records.</param>
/// <param name="Role">What, and where.</param>
/// <param name="Until">When it ends by itself.</param>
/// <param name="IsBreakGlass">Taken at once, without an approval.</param>
public sealed record GrantInForce(string Id, RoleBinding Role, Instant Until, bool IsBreakGlass);
