using System.Threading.Channels;
using Fairway.Access;
using Fairway.Api;
using Fairway.Ports;

namespace Fairway.Web;

/// <summary>What services write: the newest lines that match, and then each new one.</summary>
internal static class LogPages
{
    private const int Searched = 5_000;
    private const int Shown = 300;
    private const int Batch = 200;
    private static readonly TimeSpan Gathering = TimeSpan.FromMilliseconds(200);

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
        return stream.RunAsync(call, async (body, cancellation) =>
        {
            // Where a viewer is slow, lines wait in the files and not in memory.
            var found = Channel.CreateBounded<LogLine>(Batch);
            using var both = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
            var reading = ReadAsync(services, new(key, filter.Instance, 0, Follow: true), filter, found.Writer, both.Token);
            try
            {
                while (true)
                {
                    var some = found.Reader.WaitToReadAsync(cancellation).AsTask();
                    if (!await stream.BeatUntilAsync(call, some, body, cancellation) || !await some) break;
                    await Task.Delay(Gathering, services.Clock.Time, cancellation);
                    var lines = new List<LogLine>(Batch);
                    while (lines.Count < Batch && found.Reader.TryRead(out var line)) lines.Add(line);
                    await body.WriteAsync(LiveSegment.Append("log-lines", await Templates.RenderAsync<LogRows>(lines)), cancellation);
                }
            }
            finally
            {
                await both.CancelAsync();
                await ((Task)reading).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        });
    }

    private static async Task ReadAsync(ControlPlaneServices services, LogQuery query, LogFilter filter, ChannelWriter<LogLine> found, CancellationToken cancellation)
    {
        try
        {
            await foreach (var line in services.Workloads.ReadLogsAsync(query, cancellation))
                if (filter.Shows(line)) await found.WriteAsync(line, cancellation);
        }
        finally
        {
            found.TryComplete();
        }
    }

    private static LogFilter FilterOf(ApiRequest call) => new(
        call.Query("text"), Enum.TryParse<LogLevel>(call.Query("level"), ignoreCase: true, out var level) && Enum.IsDefined(level) ? level : LogLevel.Unknown,
        call.Query("request"), call.Query("instance"));
}
