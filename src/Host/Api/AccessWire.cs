using Fairway.Access;
using Fairway.Client.Wire;
using NodaTime;

namespace Fairway.Api;

/// <summary>Tokens, sessions and grants as the API writes them, and roles as it reads them.</summary>
internal static class AccessWire
{
    public static TokenInfo Of(AccessToken token, AccessBook book)
        => new(token.Id, token.Name, Of(token.Roles), RolloutWire.At(token.CreatedAt), token.CreatedBy, RolloutWire.At(token.ExpiresAt), At(book.LastUsed(token.Id)));

    public static SessionInfo Of(SignIn signIn, AccessBook book, Caller caller) => new(
        signIn.Id, signIn.Name, Of(signIn.Roles), RolloutWire.At(signIn.SignedInAt!.Value), RolloutWire.At(signIn.ExpiresAt), At(book.LastUsed(signIn.Id)), signIn.Address,
        signIn.Agent, caller.Who.Credential == signIn.Id);

    public static GrantInfo Of(Grant grant) => new(
        grant.Id, grant.For, grant.Role.ToString(), grant.Reason, RolloutWire.Name(grant.Phase), RolloutWire.At(grant.RequestedAt), RolloutWire.At(grant.Until),
        (long)grant.Length.TotalSeconds, grant.IsBreakGlass, grant.DecidedBy, grant.DecidedReason, At(grant.DecidedAt));

    public static MeInfo Of(Caller caller, AccessBook book) => new(
        caller.Name, RolloutWire.Name(caller.Who.Kind), Of(caller.Who.Roles),
        [.. book.Grants.Where(grant => caller.Standing.Grants.Any(inForce => inForce.Id == grant.Id)).Select(Of)], At(caller.Who.Until), caller.CsrfToken);

    public static IReadOnlyList<string> Of(ImmutableArray<RoleBinding> roles) => [.. roles.Select(role => role.ToString())];

    /// <summary>Reads a role; says which there are when it is none, and refuses an environment that is not configured.</summary>
    public static RoleBinding Role(string? text, ControlPlaneServices services)
    {
        if (!RoleBinding.TryParse(text, out var role))
            throw ApiException.Unprocessable("unknown-role", $"\"{AccessNames.Tame(text, 80)}\" is not a role", $"known: {Roles.Known}; with an environment, deployer@staging");
        var environments = services.Configuration.Environments;
        if (role.Environment is { } environment && !environments.IsEmpty && !environments.Contains(environment, StringComparer.Ordinal))
            throw ApiException.Unprocessable("unknown-environment", $"there is no environment {environment}", $"known: {string.Join(", ", environments)}");
        return role;
    }

    /// <summary>A length of time; a nonsense one is refused by who decides.</summary>
    public static Duration? Seconds(long? seconds) => seconds is { } given ? Duration.FromSeconds(Math.Clamp(given, -1, 1_000_000_000L)) : null;

    /// <summary>The reply when it is a yes; otherwise a problem.</summary>
    public static AccessReply Done(AccessReply? reply, string what)
    {
        if (reply is null) throw ApiException.NotFound("unknown-" + what, $"there is no such {what}", null);
        return reply.Refused is null ? reply : throw new ApiException(Problem(reply));
    }

    /// <summary>A no as a problem.</summary>
    public static ProblemInfo Problem(AccessReply reply)
    {
        var (title, status) = reply switch
        {
            { RetryAfter: not null } => ("Too many attempts", 429),
            { Refused: AccessRefusal.Invalid } => ("Unprocessable", 422),
            { Refused: AccessRefusal.Conflict } => ("Conflict", 409),
            _ => ("Forbidden", 403),
        };
        return new(title, status, reply.Why.Code, reply.Why.Sentence, null, null, RolloutWire.Of(reply.Why), Refused: reply.Refused == AccessRefusal.Forbidden);
    }

    private static DateTimeOffset? At(Instant? at) => at is { } given ? RolloutWire.At(given) : null;
}
