using System.Runtime.CompilerServices;
using Fairway.Access;
using Fairway.Api;
using Fairway.Catalog;
using Fairway.Ports;

namespace Fairway.Web;

/// <summary>What services write: the newest lines that match, and then each new one.</summary>
internal static class LogPages
{
    private const int Searched = 5_000;
    private const int Shown = 300;

    /// <summary>Maps them.</summary>
    public static void Map(ApiRoutes routes, ControlPlaneServices services, PageWriter writer, LiveStream stream)
    {
        routes.MapPage("GET", "/logs", Permission.View, call => PageWriter.WriteAsync<LogsPage>(call.Http, new LogsPageModel(
            writer.Frame(call, "Logs", "logs"), null,
            [.. ServiceNames.Known(services).Where(key => call.Caller.May(Permission.View, key.Environment)).Select(key => key.ToString())],
            new(null, LogLevel.Unknown, null, null), [], [])), Reach.Somewhere);
        routes.MapPage("GET", "/logs/{environment}/{service}", Permission.View, call => AnswerAsync(call, services, writer));
        routes.MapPage("GET", "/live/logs/{environment}/{service}", Permission.View, call => FollowAsync(call, services, stream));
    }

    private static async Task AnswerAsync(ApiRequest call, ControlPlaneServices services, PageWriter writer)
    {
        var key = ServiceNames.Find(services, call.Route("environment"), call.Route("service"));
        var filter = FilterOf(call);
        var lines = new Queue<LogLine>();
        await foreach (var line in services.Workloads.ReadLogsAsync(new(key, filter.Instance, Searched, Follow: false), call.Aborted))
        {
            if (!filter.Shows(line)) continue;
            lines.Enqueue(line);
            if (lines.Count > Shown) lines.Dequeue();
        }
        var instances = (services.Engine.Find(key)?.Current.World?.Instances ?? []).Select(one => one.Id);
        if (filter.Instance is { } chosen) instances = instances.Append(chosen);
        var follow = $"/live/logs/{key}" + (filter.Address.Length > 0 ? "?" + filter.Address : "");
        await PageWriter.WriteAsync<LogsPage>(call.Http, new LogsPageModel(
            writer.Frame(call, $"Logs of {key}", "logs", follow), key.ToString(), [], filter, [.. instances.Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)],
            [.. lines]));
    }

    private static Task FollowAsync(ApiRequest call, ControlPlaneServices services, LiveStream stream)
    {
        var key = ServiceNames.Find(services, call.Route("environment"), call.Route("service"));
        var filter = FilterOf(call);
        return stream.RunAsync(call, (body, cancellation) => LiveLines.AppendAsync(
            stream, call, body, LinesAsync(services, key, filter, cancellation), "log-lines", lines => Templates.RenderAsync<LogRows>(lines), services.Clock.Time, cancellation));
    }

    private static async IAsyncEnumerable<LogLine> LinesAsync(
        ControlPlaneServices services, ServiceKey key, LogFilter filter, [EnumeratorCancellation] CancellationToken cancellation)
    {
        await foreach (var line in services.Workloads.ReadLogsAsync(new(key, filter.Instance, 0, Follow: true), cancellation))
            if (filter.Shows(line)) yield return line;
    }

    private static LogFilter FilterOf(ApiRequest call) => new(
        call.Query("text"), Enum.TryParse<LogLevel>(call.Query("level"), ignoreCase: true, out var level) && Enum.IsDefined(level) ? level : LogLevel.Unknown,
        call.Query("request"), call.Query("instance"));
}
