using System.Globalization;
using Fairway.Access;
using Fairway.Client.Wire;
using Microsoft.AspNetCore.Http;

namespace Fairway.Api;

/// <summary>Signing in by a one-time link, and out. How the page looks is the console's affair (<see cref="Pages"/>).</summary>
internal static class SignInPages
{
    /// <summary>Maps them.</summary>
    public static void Map(ApiRoutes routes, ControlPlaneServices services)
    {
        // Looking at the link uses nothing up: previews of chats and scanners of mail open links too.
        routes.MapPage("GET", "/sign-in", Permission.None, call =>
        {
            var code = call.Query("code");
            return routes.Pages.SignIn(call.Http, new(code ?? "", SafePath(call.Query("return")), null, services.Access.FindLink(code)?.Name));
        });
        routes.MapPage("POST", "/sign-in", Permission.None, call => SignInAsync(routes, services, call));
        routes.MapPage("POST", "/sign-out", Permission.SignedIn, async call =>
        {
            if (call.Caller.Who is { Kind: PrincipalKind.Session, Credential: { } id })
                AccessWire.Done(await services.Access.EndSessionAsync(call.Caller.Standing, id, CancellationToken.None), "session");
            SessionCookie.Clear(call.Http);
            Redirect(call.Http, "/sign-in");
        });
    }

    /// <summary>A path on this server, from what a request claims; anything that could lead elsewhere is the overview.</summary>
    public static string SafePath(string? path)
    {
        var safe = path is ['/', ..] && !path.StartsWith("//", StringComparison.Ordinal) && !path.StartsWith("/sign-in", StringComparison.Ordinal)
            && path.All(letter => letter is > ' ' and <= '~' and not '\\');
        return safe ? path! : "/";
    }

    private static async Task SignInAsync(ApiRoutes routes, ControlPlaneServices services, ApiRequest call)
    {
        var form = await call.FormAsync();
        var (code, back) = (form["code"].ToString().Trim(), SafePath(form["return"].ToString()));
        var address = call.Http.Connection.RemoteIpAddress?.ToString() ?? "local";
        var reply = await services.Access.SignInAsync(code, address, call.Http.Request.Headers.UserAgent.ToString(), call.Aborted);
        if (reply is { Refused: null, Secret: { } session })
        {
            SessionCookie.Write(call.Http, session, RolloutWire.At(((SignIn)reply.Record!).ExpiresAt));
            Redirect(call.Http, back);
            return;
        }
        var problem = AccessWire.Problem(reply);
        call.Http.Response.StatusCode = problem.Status;
        if (reply.RetryAfter is { } wait) call.Http.Response.Headers.RetryAfter = Math.Ceiling(wait.TotalSeconds).ToString(CultureInfo.InvariantCulture);
        await routes.Pages.SignIn(call.Http, new("", back, problem, null));
    }

    private static void Redirect(HttpContext context, string path)
    {
        context.Response.StatusCode = StatusCodes.Status303SeeOther;
        context.Response.Headers.Location = path;
    }
}
