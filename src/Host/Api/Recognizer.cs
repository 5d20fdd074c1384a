using Fairway.Access;
using Fairway.Kernel;
using Fairway.Ports;
using Microsoft.AspNetCore.Http;

namespace Fairway.Api;

/// <summary>Who calls: by a token, by a browser's session, or by the Unix socket's other end; in this order.</summary>
/// <param name="book">Who may what.</param>
/// <param name="issuer">Knows bearers of other issuers' tokens; null for none.</param>
internal sealed class Recognizer(AccessBook book, IIdentityIssuer? issuer)
{
    /// <summary>The caller; <see cref="Caller.Anonymous"/> when nothing says who.</summary>
    /// <exception cref="ApiException">401: what was brought is not, or no longer, right.</exception>
    public async ValueTask<Caller> RecognizeAsync(HttpContext context, CancellationToken cancellation)
    {
        if (context.Request.Headers.Authorization is { Count: > 0 } authorization)
            return new(book.StandingOf(await OfBearerAsync(authorization.ToString(), cancellation)));
        if (context.Features.Get<LocalPeer>() is { } peer) return new(book.StandingOf(peer.Who));
        if (SessionCookie.Read(context.Request) is not { } secret) return Caller.Anonymous;
        return book.OfSession(secret) is { } who ? new(book.StandingOf(who), secret.CsrfToken)
            : throw Unauthorized("session-over", "this session is over", "sign in again; `fairway login` prints a link");
    }

    private async ValueTask<Principal> OfBearerAsync(string authorization, CancellationToken cancellation)
    {
        const string scheme = "Bearer ";
        if (!authorization.StartsWith(scheme, StringComparison.OrdinalIgnoreCase))
            throw Unauthorized("bearer-needed", "the Authorization header is of another scheme", "send `Authorization: Bearer` and a token");
        var bearer = authorization[scheme.Length..].Trim();
        if (Secret.LooksLikeToken(bearer))
            return Secret.ParseToken(bearer) is { } secret && book.OfToken(secret) is { } who ? who
                : throw Unauthorized("token-unknown", "this token is not known, was revoked, or has expired", "make another with `fairway token create`");
        if (issuer is null) throw Unauthorized("token-unknown", "this is no token of this control plane", "make one with `fairway token create`, or configure access.oidc");
        var (principal, refused) = await issuer.RecognizeAsync(bearer, cancellation);
        if (principal is not null) return principal;
        throw refused!.Kind is FaultKind.Unavailable or FaultKind.Timeout ? ApiException.Of(refused, "issuer-away") : Unauthorized("jwt-refused", refused.Message, null);
    }

    private static ApiException Unauthorized(string code, string detail, string? mend) => new(new("Sign in", StatusCodes.Status401Unauthorized, code, detail, mend));
}
