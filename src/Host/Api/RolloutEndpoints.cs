using System.Globalization;
using Fairway.Access;
using Fairway.Catalog;
using Fairway.Client.Wire;
using Fairway.Rollouts;

namespace Fairway.Api;

/// <summary>Rollouts: begun, listed, explained.</summary>
internal static class RolloutEndpoints
{
    /// <summary>Maps them.</summary>
    public static void Map(ApiRoutes routes, ControlPlaneServices services)
    {
        routes.Map("POST", "rollouts", Permission.Deploy, call => DeployAsync(call, services), Reach.Somewhere)
            .Says("Asks for a release in an environment.").Takes(() => WireJson.Default.DeployRequest).Gives(() => WireJson.Default.DecisionAnswer, 202);
        routes.Map("GET", "rollouts", Permission.View, call => ListAsync(call, services), Reach.Somewhere)
            .Says("The history, the newest first.").Asks("service", "Only this service.").Asks("environment", "Only this environment.").Pages(500, 50)
            .Gives(() => WireJson.Default.RolloutPage).IsTagged();
        routes.Map("GET", "rollouts/{environment}/{service}/{number}", Permission.View, async call =>
        {
            call.OnlyQueries();
            var row = await FindAsync(call, services);
            await call.WriteTaggedAsync(await PlanAsync(row, services, call.Aborted), WireJson.Default.RolloutInfo);
        }).Says("A rollout with its plan.").Gives(() => WireJson.Default.RolloutInfo).IsTagged();
        routes.Map("GET", "rollouts/{environment}/{service}/{number}/explain", Permission.View, async call =>
        {
            call.OnlyQueries("after");
            var row = await FindAsync(call, services);
            var records = await services.History.ExplainAsync(row, call.Aborted);
            await call.WriteTaggedAsync(RolloutWire.Of(row, records, call.Query("after", 0, 0, long.MaxValue)), WireJson.Default.ExplainInfo);
        }).Says("Every decision of a rollout, in order, with its reason, numbers and evidence.").AsksNumber("after", "Only records after this position in the ledger.", 0, long.MaxValue, 0)
            .Gives(() => WireJson.Default.ExplainInfo).IsTagged();
    }

    /// <summary>The answer to a command; a refusal is a problem with its reason.</summary>
    public static DecisionAnswer Answer(CommandReply reply)
    {
        var gate = reply.Gate is { Rules.IsEmpty: false } verdict ? GateWire.Of(verdict) : null;
        if (reply.Refused is not { } refused) return new(reply.Rollout?.Id, reply.Queued, RolloutWire.Of(reply.Why), reply.Seq) { Gate = gate };
        throw new ApiException(new(
            refused == Refusal.Refused ? "Refused" : "Conflict", 409, reply.Why.Code, reply.Why.Sentence, null, null, RolloutWire.Of(reply.Why),
            Refused: refused == Refusal.Refused) { Gate = reply.Why.Code == "gate-denies" ? gate : null });
    }

    /// <summary>A strategy by its name; null when none is named.</summary>
    public static Strategy? ReadStrategy(string? name)
    {
        if (name is null) return null;
        return Enum.TryParse<Strategy>(name, ignoreCase: true, out var parsed) && Enum.IsDefined(parsed) && char.IsAsciiLetter(name[0])
            ? parsed
            : throw ApiException.Unprocessable("unknown-strategy", $"there is no strategy \"{name}\"", $"known: {string.Join(", ", Enum.GetValues<Strategy>().Select(RolloutWire.Name))}");
    }

    private static async Task DeployAsync(ApiRequest call, ControlPlaneServices services)
    {
        call.OnlyQueries();
        var body = await call.ReadAsync(WireJson.Default.DeployRequest);
        Limits.Reason(body.Reason);
        var strategy = ReadStrategy(body.Strategy);
        var spec = ServiceNames.Configured(services, body.Environment, body.Service);
        call.Demand(Permission.Deploy, spec.Key.Environment);
        var release = await ReleaseEndpoints.FindAsync(services, body.Service, body.Release, call.Aborted);
        // It is asked again when the release is prepared; here the answer is at once.
        if (services.Verify is { } verify && await verify(spec.Key, release, call.Aborted) is { } untrusted)
            throw new ApiException(new("Refused", 409, "provenance-refused", untrusted.Message, "build it by a pipeline of this control plane, which signs it", Refused: true));
        var request = new RolloutObservation.DeployRequested(services.Ephemeral.For(release, spec.Key.Environment), spec, strategy, call.Caller.As(body.Reason), Automatic: false, body.Force);
        await call.WriteAsync(Answer(await services.Engine.AskAsync(spec.Key, request, call.Aborted)), WireJson.Default.DecisionAnswer, 202);
    }

    private static async Task ListAsync(ApiRequest call, ControlPlaneServices services)
    {
        call.OnlyQueries("service", "environment", "cursor", "limit");
        var (service, environment) = (call.Query("service"), call.Query("environment"));
        try
        {
            var page = await services.History.PageAsync(
                key => call.Caller.May(Permission.View, key.Environment) && (service is null || key.Service == service) && (environment is null || key.Environment == environment),
                call.Query("cursor"), (int)call.Query("limit", 50, 1, 500), call.Aborted);
            await call.WriteTaggedAsync(new RolloutPage([.. page.Rows.Select(RolloutWire.Of)], page.Cursor), WireJson.Default.RolloutPage);
        }
        catch (FormatException error)
        {
            throw ApiException.BadRequest("cursor-invalid", error.Message, "begin again without a cursor");
        }
    }

    /// <summary>The rollout that the address names.</summary>
    public static async Task<RolloutRow> FindAsync(ApiRequest call, ControlPlaneServices services)
    {
        var key = ServiceNames.Find(services, call.Route("environment"), call.Route("service"));
        var text = call.Route("number");
        var row = int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            ? await services.History.LoadAsync(key, number, call.Aborted)
            : null;
        return row ?? throw ApiException.NotFound("unknown-rollout", $"{key} has no rollout {text}", "see which there are with `fairway history`");
    }

    /// <summary>A rollout as it is, or as it was when its last record was written: its own records are folded, nothing else.</summary>
    private static async Task<RolloutInfo> PlanAsync(RolloutRow row, ControlPlaneServices services, CancellationToken cancellation)
    {
        if (services.Engine.Find(row.Key)?.Current is { } now && now.State.Rollout is { IsActive: true } live && live.Id == row.Id)
            return RolloutWire.Of(live, RolloutDecider.Explain(now.State, now.World, services.Clock.Now));
        var state = new ServiceState { Key = row.Key };
        foreach (var record in await services.History.ExplainAsync(row, cancellation)) state = RolloutEvolver.Apply(state, record.Happened);
        return RolloutWire.Of(state.Rollout!, row.Why);
    }
}
