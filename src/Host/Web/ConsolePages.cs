using Fairway.Access;
using Fairway.Api;
using Microsoft.AspNetCore.Http;

namespace Fairway.Web;

/// <summary>The console: its pages, their live streams, and what they are made of.</summary>
internal static class ConsolePages
{
    /// <summary>Maps them.</summary>
    public static void Map(ApiRoutes routes, ControlPlaneServices services)
    {
        var writer = new PageWriter(services);
        var topics = new LiveTopics(services.Clock.Time, services.Report, services.Stopping);
        var stream = new LiveStream(services);
        routes.Pages.Error = (context, problem) => PageWriter.WriteAsync<ErrorPage>(
            context, new ErrorPageModel(PageWriter.Bare(context, problem.Title), problem), context.Response.StatusCode);
        routes.Pages.SignIn = (context, view) => PageWriter.WriteAsync<SignInPage>(
            context, new SignInPageModel(PageWriter.Bare(context, "Sign in"), view), context.Response.StatusCode);

        routes.MapPage("GET", "/assets/{name}", Permission.None, ConsoleAssets.AnswerAsync);
        routes.MapPage("GET", "/theme", Permission.None, ThemeAsync);
        OverviewPages.Map(routes, services, writer, topics, stream);
        ServicePages.Map(routes, services, writer, topics, stream);
        RolloutPages.Map(routes, services, writer, topics, stream);
        SteerPages.Map(routes, services, writer);
        GatePages.Map(routes, services, writer);
        RunPages.Map(routes, services, writer, topics, stream);
        HistoryPages.Map(routes, services, writer);
        LogPages.Map(routes, services, writer, stream);
        ExplorePages.Map(routes, services, writer);
        ActivityPages.Map(routes, services, writer, topics, stream);
        SettingsPages.Map(routes, services, writer);
    }

    // It changes how this browser sees pages, and nothing else.
    private static Task ThemeAsync(ApiRequest call)
    {
        var to = call.Http.Request.Query["to"].ToString();
        if (to is "dark" or "light")
            call.Http.Response.Cookies.Append(PageWriter.ThemeCookie, to, new() { Path = "/", SameSite = SameSiteMode.Lax, MaxAge = TimeSpan.FromDays(365), IsEssential = true });
        return PageWriter.SeeOther(call, SignInPages.SafePath(call.Http.Request.Query["return"]));
    }
}
