using System.Text.Json;
using Fairway.Access;
using Fairway.Client.Wire;
using Fairway.Ports;
using Fairway.Rollouts;

namespace Fairway.Api;

/// <summary>Services: how they are, what they write, and what steers them.</summary>
internal static class ServiceEndpoints
{
    private const int MostLines = 10_000;
    private static readonly ReadOnlyMemory<byte> LineEnd = "\n"u8.ToArray();

    /// <summary>Maps them.</summary>
    public static void Map(ApiRoutes routes, ControlPlaneServices services)
    {
        var wire = new ServiceWire(services);
        routes.Map("GET", "status", Permission.View, async call =>
        {
            call.OnlyQueries();
            var edge = await services.DescribeEdgeAsync(call.Aborted);
            await call.WriteAsync(new(services.Describe(), edge, Summaries(services, wire, call.Caller)), WireJson.Default.StatusInfo);
        }, Reach.Somewhere);
        routes.Map("GET", "services", Permission.View, call =>
        {
            call.OnlyQueries();
            return call.WriteAsync(Summaries(services, wire, call.Caller), WireJson.Default.IReadOnlyListServiceSummary);
        }, Reach.Somewhere);
        routes.Map("GET", "services/{environment}/{service}", Permission.View, call =>
        {
            call.OnlyQueries();
            return call.WriteAsync(wire.Describe(ServiceNames.Find(services, call.Route("environment"), call.Route("service"))), WireJson.Default.ServiceInfo);
        });
        routes.Map("GET", "services/{environment}/{service}/logs", Permission.View, call => LogsAsync(call, services));
        routes.Map("POST", "services/{environment}/{service}/commands", Permission.Steer, call => CommandAsync(call, services));
    }

    private static IReadOnlyList<ServiceSummary> Summaries(ControlPlaneServices services, ServiceWire wire, Caller caller)
        => [.. ServiceNames.Known(services).Where(key => caller.May(Permission.View, key.Environment)).Select(wire.Summarize)];

    private static async Task CommandAsync(ApiRequest call, ControlPlaneServices services)
    {
        call.OnlyQueries();
        var key = ServiceNames.Find(services, call.Route("environment"), call.Route("service"));
        var body = await call.ReadAsync(WireJson.Default.CommandRequest);
        if (!Enum.TryParse<RolloutCommand>(body.Command, ignoreCase: true, out var command) || !char.IsAsciiLetter(body.Command[0]))
            throw ApiException.Unprocessable(
                "unknown-command", $"there is no command \"{body.Command}\"", $"known: {string.Join(", ", Enum.GetValues<RolloutCommand>().Select(RolloutWire.Name))}");
        if (command is not (RolloutCommand.Pause or RolloutCommand.Resume or RolloutCommand.Abort or RolloutCommand.Rollback))
            call.Demand(Permission.Deploy, key.Environment);
        Limits.Reason(body.Reason);
        var target = body.Target is null ? null : await ReleaseEndpoints.FindAsync(services, key.Service, body.Target, call.Aborted);
        var reply = await services.Engine.AskAsync(key, new RolloutObservation.Commanded(command, call.Caller.As(body.Reason), target?.Digest), call.Aborted);
        await call.WriteAsync(RolloutEndpoints.Answer(reply), WireJson.Default.DecisionAnswer);
    }

    private static async Task LogsAsync(ApiRequest call, ControlPlaneServices services)
    {
        call.OnlyQueries("instance", "tail", "follow");
        var key = ServiceNames.Find(services, call.Route("environment"), call.Route("service"));
        var query = new LogQuery(key, call.Query("instance"), (int)call.Query("tail", 100, 0, MostLines), call.QueryFlag("follow"));
        call.Http.Response.ContentType = "application/x-ndjson";
        call.Http.Response.Headers.CacheControl = "no-store";
        using var either = CancellationTokenSource.CreateLinkedTokenSource(call.Aborted, services.Stopping);
        var output = call.Http.Response.BodyWriter;
        if (query.Follow) await call.Http.Response.StartAsync(either.Token);
        try
        {
            await foreach (var line in services.Workloads.ReadLogsAsync(query, either.Token))
            {
                var info = new LogLineInfo(RolloutWire.At(line.At), line.Instance, line.Stream, line.Text);
                await output.WriteAsync(JsonSerializer.SerializeToUtf8Bytes(info, WireJson.Default.LogLineInfo), either.Token);
                await output.WriteAsync(LineEnd, either.Token);
            }
        }
        catch (OperationCanceledException) when (services.Stopping.IsCancellationRequested)
        {
            // The stream ends whole: the reader may go on when the control plane is back.
        }
    }
}
