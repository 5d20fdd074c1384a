using System.Globalization;
using Fairway.Access;
using Fairway.Api;
using Fairway.Client.Wire;
using Microsoft.AspNetCore.Http;
using NodaTime;

namespace Fairway.Web;

/// <summary>Who one is; tokens, sessions and grants. What is allowed, the desk decides.</summary>
internal static class SettingsPages
{
    private const string Home = "/settings";

    /// <summary>Maps them.</summary>
    public static void Map(ApiRoutes routes, ControlPlaneServices services, PageWriter writer)
    {
        var access = services.Access;
        routes.MapPage("GET", Home, Permission.SignedIn, call => ShowAsync(call, services, writer, null, null, StatusCodes.Status200OK));
        routes.MapPage("POST", "/settings/tokens", Permission.Administer, call => TryAsync(call, services, writer, async form =>
        {
            var days = int.TryParse(form["days"], NumberStyles.None, CultureInfo.InvariantCulture, out var given) ? given : 30;
            var reply = AccessWire.Done(
                await access.CreateTokenAsync(call.Caller.Standing, form["name"].ToString(), [RoleOf(form, services)], Duration.FromDays(Math.Clamp(days, 0, 10_000)), call.Aborted), "token");
            await ShowAsync(call, services, writer, reply.Secret!.AsToken, null, StatusCodes.Status201Created);
        }), Reach.Somewhere);
        routes.MapPage("POST", "/settings/tokens/{id}/revoke", Permission.SignedIn, call => TryAsync(call, services, writer, async form =>
        {
            AccessWire.Done(await access.RevokeTokenAsync(call.Caller.Standing, call.Route("id"), Text(form, "reason"), call.Aborted), "token");
            await PageWriter.SeeOther(call, Home);
        }));
        routes.MapPage("POST", "/settings/sessions/{id}/end", Permission.SignedIn, call => TryAsync(call, services, writer, async _ =>
        {
            AccessWire.Done(await access.EndSessionAsync(call.Caller.Standing, call.Route("id"), call.Aborted), "session");
            await PageWriter.SeeOther(call, Home);
        }));
        routes.MapPage("POST", "/settings/grants", Permission.SignedIn, call => TryAsync(call, services, writer, async form =>
        {
            var hours = int.TryParse(form["hours"], NumberStyles.None, CultureInfo.InvariantCulture, out var given) ? given : 1;
            var (role, length, reason) = (RoleOf(form, services), Duration.FromHours(Math.Clamp(hours, 0, 10_000)), Text(form, "reason"));
            AccessWire.Done(
                form["how"] == "break-glass"
                    ? await access.BreakGlassAsync(call.Caller.Standing, role, length, reason, call.Aborted)
                    : await access.RequestGrantAsync(call.Caller.Standing, role, length, reason, call.Aborted), "grant");
            await PageWriter.SeeOther(call, Home);
        }));
        Decide("approve", access.ApproveGrantAsync);
        Decide("deny", access.DenyGrantAsync);
        Decide("revoke", access.RevokeGrantAsync);

        void Decide(string verb, Func<Standing, string, string?, CancellationToken, Task<AccessReply?>> decide)
            => routes.MapPage("POST", $"/settings/grants/{{id}}/{verb}", Permission.SignedIn, call => TryAsync(call, services, writer, async form =>
            {
                var reason = Text(form, "reason");
                Limits.Reason(reason);
                AccessWire.Done(await decide(call.Caller.Standing, call.Route("id"), reason, call.Aborted), "grant");
                await PageWriter.SeeOther(call, Home);
            }));
    }

    // A refusal is said on the page that the form was on.
    private static async Task TryAsync(ApiRequest call, ControlPlaneServices services, PageWriter writer, Func<IFormCollection, Task> act)
    {
        try
        {
            await act(await call.FormAsync());
        }
        catch (ApiException refused) when (refused.Problem.Status is 403 or 404 or 409 or 422)
        {
            await ShowAsync(call, services, writer, null, refused.Problem.Detail + (refused.Problem.Mend is { } mend ? $" – {mend}" : ""), refused.Problem.Status);
        }
    }

    private static Task ShowAsync(ApiRequest call, ControlPlaneServices services, PageWriter writer, string? secret, string? refused, int status)
    {
        var (caller, book) = (call.Caller, services.Access.Book);
        var model = new SettingsPageModel(
            writer.Frame(call, "Settings", "settings"), AccessWire.Of(caller, book),
            [.. book.Tokens.Where(token => AccessEndpoints.MaySee(caller, token.Person, token.Roles)).Select(token => AccessWire.Of(token, book))],
            [.. book.Sessions.Where(session => AccessEndpoints.MaySee(caller, session.Person, session.Roles)).Select(session => AccessWire.Of(session, book, caller))],
            [.. book.Grants.Where(grant => grant.Person == caller.Who.Person || caller.May(Permission.View, grant.Role.Environment)).Take(50).Select(AccessWire.Of)],
            [.. services.Configuration.Environments], caller.MaySomewhere(Permission.Administer), caller.MaySomewhere(Permission.Respond),
            grant => grant.For != caller.Name && RoleBinding.TryParse(grant.Role, out var role) && caller.May(Permission.Approve, role.Environment),
            services.Describe(), secret, refused);
        return PageWriter.WriteAsync<SettingsPage>(call.Http, model, status);
    }

    private static RoleBinding RoleOf(IFormCollection form, ControlPlaneServices services)
        => AccessWire.Role(Text(form, "environment") is { } environment ? $"{form["role"]}@{environment}" : form["role"].ToString(), services);

    private static string? Text(IFormCollection form, string field) => form[field].ToString().Trim() is { Length: > 0 } text ? text : null;
}
