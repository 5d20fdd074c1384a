using Fairway.Access;
using Fairway.Client.Wire;

namespace Fairway.Api;

/// <summary>Who one is; tokens, login links, sessions and grants. What a caller may with them, <see cref="AccessDesk"/> decides.</summary>
internal static class AccessEndpoints
{
    /// <summary>Maps them.</summary>
    public static void Map(ApiRoutes routes, ControlPlaneServices services)
    {
        routes.Map("GET", "access/me", Permission.SignedIn, call =>
        {
            call.OnlyQueries();
            return call.WriteAsync(AccessWire.Of(call.Caller, services.Access.Book), WireJson.Default.MeInfo);
        });
        MapTokens(routes, services);
        MapSessions(routes, services);
        MapGrants(routes, services);
    }

    /// <summary>Whether a caller may see somebody's token or session: their own, or where they administer.</summary>
    public static bool MaySee(Caller caller, string person, ImmutableArray<RoleBinding> roles)
        => caller.Who.Person == person || roles.All(role => caller.May(Permission.Administer, role.Environment));

    private static void MapTokens(ApiRoutes routes, ControlPlaneServices services)
    {
        var book = services.Access.Book;
        routes.Map("GET", "access/tokens", Permission.SignedIn, call =>
        {
            call.OnlyQueries();
            return call.WriteAsync(
                [.. book.Tokens.Where(token => MaySee(call.Caller, token.Person, token.Roles)).Select(token => AccessWire.Of(token, book))], WireJson.Default.IReadOnlyListTokenInfo);
        });
        routes.Map("POST", "access/tokens", Permission.Administer, async call =>
        {
            call.OnlyQueries();
            var body = await call.ReadAsync(WireJson.Default.TokenRequest);
            var reply = AccessWire.Done(
                await services.Access.CreateTokenAsync(
                    call.Caller.Standing, body.Name ?? "", [.. (body.Roles ?? []).Select(role => AccessWire.Role(role, services))], AccessWire.Seconds(body.LifeSeconds), call.Aborted),
                "token");
            await call.WriteAsync(new(AccessWire.Of((AccessToken)reply.Record!, book), reply.Secret!.AsToken), WireJson.Default.CreatedToken, 201);
        }, Reach.Somewhere);
        routes.Map("DELETE", "access/tokens/{id}", Permission.SignedIn, async call =>
        {
            call.OnlyQueries("reason");
            var reason = call.Query("reason");
            var reply = AccessWire.Done(await services.Access.RevokeTokenAsync(call.Caller.Standing, call.Route("id"), reason, call.Aborted), "token");
            await call.WriteAsync(RolloutWire.Of(reply.Why), WireJson.Default.WhyInfo);
        });
    }

    private static void MapSessions(ApiRoutes routes, ControlPlaneServices services)
    {
        var book = services.Access.Book;
        routes.Map("POST", "access/links", Permission.SignedIn, async call =>
        {
            call.OnlyQueries();
            var body = await call.ReadAsync(WireJson.Default.LinkRequest);
            var reply = AccessWire.Done(
                await services.Access.CreateLinkAsync(
                    call.Caller.Standing, body.Name, [.. (body.Roles ?? []).Select(role => AccessWire.Role(role, services))], call.Aborted),
                "link");
            var link = (SignIn)reply.Record!;
            await call.WriteAsync(
                new(LoginUrl(services, reply.Secret!), reply.Secret!.AsCode, link.Name, AccessWire.Of(link.Roles), RolloutWire.At(link.ExpiresAt)), WireJson.Default.LinkInfo, 201);
        });
        routes.Map("GET", "access/sessions", Permission.SignedIn, call =>
        {
            call.OnlyQueries();
            return call.WriteAsync(
                [.. book.Sessions.Where(session => MaySee(call.Caller, session.Person, session.Roles)).Select(session => AccessWire.Of(session, book, call.Caller))],
                WireJson.Default.IReadOnlyListSessionInfo);
        });
        routes.Map("DELETE", "access/sessions/{id}", Permission.SignedIn, async call =>
        {
            call.OnlyQueries();
            var reply = AccessWire.Done(await services.Access.EndSessionAsync(call.Caller.Standing, call.Route("id"), call.Aborted), "session");
            await call.WriteAsync(RolloutWire.Of(reply.Why), WireJson.Default.WhyInfo);
        });
    }

    /// <summary>Where a link is opened; null without a console.</summary>
    public static string? LoginUrl(ControlPlaneServices services, Secret secret) => services.ConsoleAddress() is { } console ? $"{console}/sign-in?code={secret.AsCode}" : null;

    private static void MapGrants(ApiRoutes routes, ControlPlaneServices services)
    {
        var (access, book) = (services.Access, services.Access.Book);
        routes.Map("GET", "access/grants", Permission.SignedIn, call =>
        {
            call.OnlyQueries();
            return call.WriteAsync(
                [.. book.Grants.Where(grant => grant.Person == call.Caller.Who.Person || call.Caller.May(Permission.View, grant.Role.Environment)).Select(AccessWire.Of)],
                WireJson.Default.IReadOnlyListGrantInfo);
        });
        routes.Map("POST", "access/grants", Permission.SignedIn, async call =>
        {
            call.OnlyQueries();
            var body = await call.ReadAsync(WireJson.Default.GrantRequest);
            var (role, length, by) = (AccessWire.Role(body.Role, services), AccessWire.Seconds(body.LengthSeconds), call.Caller.Standing);
            await AnswerAsync(call, body.BreakGlass
                ? await access.BreakGlassAsync(by, role, length, body.Reason, call.Aborted)
                : await access.RequestGrantAsync(by, role, length, body.Reason, call.Aborted), 201);
        });
        Decide("approve", access.ApproveGrantAsync);
        Decide("deny", access.DenyGrantAsync);
        Decide("revoke", access.RevokeGrantAsync);

        void Decide(string verb, Func<Standing, string, string?, CancellationToken, Task<AccessReply?>> decide)
            => routes.Map("POST", $"access/grants/{{id}}/{verb}", Permission.SignedIn, async call =>
            {
                call.OnlyQueries();
                var body = await call.ReadAsync(WireJson.Default.GrantDecision);
                Limits.Reason(body.Reason);
                await AnswerAsync(call, await decide(call.Caller.Standing, call.Route("id"), body.Reason, call.Aborted), 200);
            });
    }

    private static Task AnswerAsync(ApiRequest call, AccessReply? reply, int status)
    {
        var done = AccessWire.Done(reply, "grant");
        return call.WriteAsync(new(AccessWire.Of((Grant)done.Record!), RolloutWire.Of(done.Why)), WireJson.Default.GrantAnswer, status);
    }
}
