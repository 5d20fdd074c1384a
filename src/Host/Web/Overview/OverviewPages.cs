using Fairway.Access;
using Fairway.Api;

namespace Fairway.Web;

/// <summary>The overview and its stream.</summary>
internal static class OverviewPages
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    /// <summary>Maps them.</summary>
    public static void Map(ApiRoutes routes, ControlPlaneServices services, PageWriter writer, LiveTopics topics, LiveStream stream)
    {
        routes.MapPage("GET", "/", Permission.View, call =>
        {
            var query = QueryOf(call);
            var view = OverviewView.Of(services, query, SeenBy(call.Caller, services));
            return PageWriter.WriteAsync<OverviewPage>(call.Http, new OverviewPageModel(writer.Frame(call, "Overview", "overview", "/live/overview" + query.Address(view.Query.Page)), view));
        }, Reach.Somewhere);
        routes.MapPage("GET", "/live/overview", Permission.View, call =>
        {
            var (query, seen) = (QueryOf(call), SeenBy(call.Caller, services));
            var name = $"overview{query.Address(query.Page)}#{string.Join(',', seen ?? ["*"])}";
            return stream.SendAsync(call, topics, name, () => new(
                async _ => [new("overview", await Templates.RenderAsync<OverviewTable>(OverviewView.Of(services, query, seen)))],
                cancellation => Task.Delay(Interval, services.Clock.Time, cancellation)));
        }, Reach.Somewhere);
    }

    /// <summary>The environments that a caller may see; null is all.</summary>
    public static IReadOnlyList<string>? SeenBy(Caller caller, ControlPlaneServices services) => caller.May(Permission.View, null)
        ? null
        : [.. ServiceNames.Known(services).Select(key => key.Environment).Distinct(StringComparer.Ordinal).Where(name => caller.May(Permission.View, name))];

    private static OverviewQuery QueryOf(ApiRequest call)
        => new(call.Query("q"), call.Query("show") is { } show and ("moving" or "trouble") ? show : null, (int)call.Query("page", 1, 1, 100_000));
}
