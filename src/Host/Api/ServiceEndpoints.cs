using System.Text.Json;
using Fairway.Access;
using Fairway.Catalog;
using Fairway.Client.Wire;
using Fairway.Rollouts;

namespace Fairway.Api;

/// <summary>Services: how they are, and what steers them.</summary>
internal static class ServiceEndpoints
{
    /// <summary>Maps them.</summary>
    public static void Map(ApiRoutes routes, ControlPlaneServices services)
    {
        var wire = new ServiceWire(services);
        routes.Map("GET", "status", Permission.View, async call =>
        {
            call.OnlyQueries();
            var edge = await services.DescribeEdgeAsync(call.Aborted);
            await call.WriteAsync(new(services.Describe(), edge, Summaries(services, wire, call.Caller)), WireJson.Default.StatusInfo);
        }, Reach.Somewhere).Says("The control plane, the edge, and every service in a line.").Gives(() => WireJson.Default.StatusInfo);
        routes.Map("GET", "services", Permission.View, call =>
        {
            call.OnlyQueries();
            return call.WriteAsync(Summaries(services, wire, call.Caller), WireJson.Default.IReadOnlyListServiceSummary);
        }, Reach.Somewhere).Says("Every service in a line, by environment and name.").Gives(() => WireJson.Default.IReadOnlyListServiceSummary);
        routes.Map("GET", "services/{environment}/{service}", Permission.View, call =>
        {
            call.OnlyQueries();
            var described = wire.Describe(ServiceNames.Find(services, call.Route("environment"), call.Route("service")));
            return call.WriteTaggedAsync(JsonSerializer.SerializeToUtf8Bytes(described, WireJson.Default.ServiceInfo), "application/json; charset=utf-8", VersionOf(described.StreamVersion));
        }).Says("A service's live view: slots, arms, instances, its rollout and what it waits for.").Gives(() => WireJson.Default.ServiceInfo).IsTagged();
        LogEndpoints.Map(routes, services);
        routes.Map("POST", "services/{environment}/{service}/commands", Permission.Steer, call => CommandAsync(call, services))
            .Says("Steers a rollout: pause, resume, promote, abort, rollback, unreject.")
            .AsksHeader("If-Match", "The service's ETag: the command is refused when anything was recorded of the service since.")
            .Takes(() => WireJson.Default.CommandRequest).Gives(() => WireJson.Default.DecisionAnswer);
    }

    private static IReadOnlyList<ServiceSummary> Summaries(ControlPlaneServices services, ServiceWire wire, Caller caller)
        => [.. ServiceNames.Known(services).Where(key => caller.May(Permission.View, key.Environment)).Select(wire.Summarize)];

    private static async Task CommandAsync(ApiRequest call, ControlPlaneServices services)
    {
        call.OnlyQueries();
        var key = ServiceNames.Find(services, call.Route("environment"), call.Route("service"));
        var body = await call.ReadAsync(WireJson.Default.CommandRequest);
        if (!Enum.TryParse<RolloutCommand>(body.Command, ignoreCase: true, out var command) || !char.IsAsciiLetter(body.Command[0]) || command == RolloutCommand.Retire)
            throw ApiException.Unprocessable(
                "unknown-command", $"there is no command \"{body.Command}\"", $"known: {string.Join(", ", Enum.GetValues<RolloutCommand>().Where(known => known != RolloutCommand.Retire).Select(RolloutWire.Name))}");
        if (command is not (RolloutCommand.Pause or RolloutCommand.Resume or RolloutCommand.Abort or RolloutCommand.Rollback))
            call.Demand(Permission.Deploy, key.Environment);
        Limits.Reason(body.Reason);
        CheckVersion(call, services, key);
        var target = body.Target is null ? null : await ReleaseEndpoints.FindAsync(services, key.Service, body.Target, call.Aborted);
        var reply = await services.Engine.AskAsync(key, new RolloutObservation.Commanded(command, call.Caller.As(body.Reason), target?.Digest), call.Aborted);
        await call.WriteAsync(RolloutEndpoints.Answer(reply), WireJson.Default.DecisionAnswer);
    }

    private static string VersionOf(long version) => version.ToString(System.Globalization.CultureInfo.InvariantCulture);

    /// <summary>Refuses a command that was decided upon an older state than the present one.</summary>
    private static void CheckVersion(ApiRequest call, ControlPlaneServices services, ServiceKey key)
    {
        if (call.IfMatch.IsEmpty) return;
        var present = VersionOf(services.Engine.Find(key)?.Current.State.Version ?? 0);
        if (!call.IfMatch.Any(tag => tag == "*" || tag.Trim('"').Split('-')[0] == present)) throw ApiRequest.PreconditionFailed($"{key} has changed since");
    }
}
