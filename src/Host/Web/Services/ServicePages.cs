using Fairway.Access;
using Fairway.Api;
using Fairway.Catalog;

namespace Fairway.Web;

/// <summary>A service's page and its stream.</summary>
internal static class ServicePages
{
    private const int LastRollouts = 5;

    /// <summary>Maps them.</summary>
    public static void Map(ApiRoutes routes, ControlPlaneServices services, PageWriter writer, LiveTopics topics, LiveStream stream)
    {
        routes.MapPage("GET", "/services/{environment}/{service}", Permission.View, call => AnswerAsync(call, services, writer));
        routes.MapPage("GET", "/live/services/{environment}/{service}", Permission.View, call =>
        {
            var key = ServiceNames.Find(services, call.Route("environment"), call.Route("service"));
            var (steers, ships) = (call.Caller.May(Permission.Steer, key.Environment), call.Caller.May(Permission.Deploy, key.Environment));
            return stream.SendAsync(call, topics, $"service {key} {steers} {ships}", () => new(
                async _ =>
                {
                    var view = ServiceView.Of(services, key, steers, ships);
                    return
                    [
                        new("service-head", await Templates.RenderAsync<ServiceHead>(view)),
                        new("service-instances", await Templates.RenderAsync<InstanceTable>(view.Service)),
                    ];
                },
                cancellation => NextChangeAsync(services, key, cancellation)));
        });
    }

    /// <summary>Ends when a service may have changed: at once for a loop's turn, and now and then for what only time changes.</summary>
    public static async Task NextChangeAsync(ControlPlaneServices services, ServiceKey key, CancellationToken cancellation)
    {
        using var waiting = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        var tick = Task.Delay(TimeSpan.FromSeconds(1), services.Clock.Time, waiting.Token);
        await Task.WhenAny(services.Engine.Find(key)?.NextChange ?? tick, tick);
        await waiting.CancelAsync();
        cancellation.ThrowIfCancellationRequested();
    }

    private static async Task AnswerAsync(ApiRequest call, ControlPlaneServices services, PageWriter writer)
    {
        var key = ServiceNames.Find(services, call.Route("environment"), call.Route("service"));
        var range = TimeRange.Of(call.Query("range"));
        var view = ServiceView.Of(services, key, call.Caller.May(Permission.Steer, key.Environment), call.Caller.May(Permission.Deploy, key.Environment));
        var history = await services.History.PageAsync(other => other == key, null, LastRollouts, call.Aborted);
        var (charts, problem) = await MetricQuestions.OfServiceAsync(services, key, range, call.Aborted);
        await PageWriter.WriteAsync<ServicePage>(call.Http, new ServicePageModel(
            writer.Frame(call, key.ToString(), "overview", $"/live/services/{key}"), view, charts, problem, range, [.. history.Rows.Select(RolloutWire.Of)],
            ServiceSettings.Of(services.Configuration.Services.FirstOrDefault(spec => spec.Key == key))));
    }
}
