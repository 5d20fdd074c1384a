using Fairway.Access;
using Fairway.Kernel;
using Fairway.Ports;
using Microsoft.AspNetCore.Http;

namespace Fairway.Api;

/// <summary>Who calls: by a token, by a browser's session, or by the Unix socket's other end; in this order.</summary>
/// <param name="book">Who may what.</param>
/// <param name="issuer">Knows bearers of other issuers' tokens; null for none.</param>
/// <param name="tickets">Knows passwords of git clients.</param>
internal sealed class Recognizer(AccessBook book, IIdentityIssuer? issuer, GitTickets tickets)
{
    private readonly RequestRate _failures = new(MostFailures, tickets.Time);
    private const int MostFailures = 30;

    /// <summary>The caller; <see cref="Caller.Anonymous"/> when nothing says who.</summary>
    /// <exception cref="ApiException">401: what was brought is not, or no longer, right.</exception>
    public async ValueTask<Caller> RecognizeAsync(HttpContext context, CancellationToken cancellation)
    {
        if (context.Request.Headers.Authorization is [{ } basic] && basic.StartsWith("Basic ", StringComparison.OrdinalIgnoreCase)
            && context.GetEndpoint()?.Metadata.GetMetadata<DeclaredEndpoint>() is { TakesBasic: true })
            return new(book.StandingOf(await OfBasicAsync(context, basic["Basic ".Length..], cancellation)));
        if (context.Request.Headers.Authorization is { Count: > 0 } authorization)
            return new(book.StandingOf(await OfBearerAsync(authorization.ToString(), cancellation)));
        if (context.Features.Get<LocalPeer>() is { } peer) return new(book.StandingOf(peer.Who));
        if (SessionCookie.Read(context.Request) is not { } secret) return Caller.Anonymous;
        return book.OfSession(secret) is { } who ? new(book.StandingOf(who), secret.CsrfToken)
            : throw Unauthorized("session-over", "this session is over", "sign in again; `fairway login` prints a link");
    }

    /// <summary>The password is a ticket or a token; the user's name says nothing, and is not believed.</summary>
    private async ValueTask<Principal> OfBasicAsync(HttpContext context, string encoded, CancellationToken cancellation)
    {
        var address = context.Connection.RemoteIpAddress?.ToString() ?? "local";
        if (_failures.IsOver(address))
            throw new ApiException(new("Too many requests", StatusCodes.Status429TooManyRequests, "too-many-attempts", "too many wrong passwords from this address", "wait a minute"));
        try
        {
            var bytes = new byte[encoded.Length];
            if (!Convert.TryFromBase64String(encoded.Trim(), bytes, out var length)) throw Unauthorized("basic-malformed", "the Authorization header cannot be read", null);
            var password = System.Text.Encoding.UTF8.GetString(bytes, 0, length) is var pair && pair.IndexOf(':', StringComparison.Ordinal) is >= 0 and var colon ? pair[(colon + 1)..] : "";
            return tickets.Find(password) ?? await OfBearerAsync("Bearer " + password, cancellation);
        }
        catch (ApiException refused) when (refused.Problem.Status == StatusCodes.Status401Unauthorized)
        {
            _failures.Add(address);
            throw;
        }
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
