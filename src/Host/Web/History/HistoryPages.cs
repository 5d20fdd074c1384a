using Fairway.Access;
using Fairway.Api;

namespace Fairway.Web;

/// <summary>What was shipped.</summary>
internal static class HistoryPages
{
    private const int Rows = 50;

    /// <summary>Maps them.</summary>
    public static void Map(ApiRoutes routes, ControlPlaneServices services, PageWriter writer)
        => routes.MapPage("GET", "/history", Permission.View, call => AnswerAsync(call, services, writer), Reach.Somewhere);

    private static async Task AnswerAsync(ApiRequest call, ControlPlaneServices services, PageWriter writer)
    {
        var (service, environment) = (call.Query("service"), call.Query("environment"));
        try
        {
            var page = await services.History.PageAsync(
                key => (service is null || key.Service == service) && (environment is null || key.Environment == environment) && call.Caller.May(Permission.View, key.Environment),
                call.Query("cursor"), Rows, call.Aborted);
            var known = ServiceNames.Known(services).Where(key => call.Caller.May(Permission.View, key.Environment)).ToArray();
            var next = page.Cursor is null ? null
                : $"/history?service={Uri.EscapeDataString(service ?? "")}&environment={Uri.EscapeDataString(environment ?? "")}&cursor={Uri.EscapeDataString(page.Cursor)}";
            await PageWriter.WriteAsync<HistoryPage>(call.Http, new HistoryPageModel(
                writer.Frame(call, "History", "history"), service, environment, [.. known.Select(key => key.Service).Distinct(StringComparer.Ordinal)],
                [.. known.Select(key => key.Environment).Distinct(StringComparer.Ordinal)], [.. page.Rows.Select(RolloutWire.Of)], next));
        }
        catch (FormatException error)
        {
            throw ApiException.BadRequest("cursor-invalid", error.Message, "begin again at /history");
        }
    }
}
