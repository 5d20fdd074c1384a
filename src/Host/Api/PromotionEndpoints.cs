using Fairway.Access;
using Fairway.Client.Wire;
using Fairway.Environments;
using Fairway.Rollouts;

namespace Fairway.Api;

/// <summary>Promotions: the same release, one environment further.</summary>
internal static class PromotionEndpoints
{
    /// <summary>Maps them.</summary>
    public static void Map(ApiRoutes routes, ControlPlaneServices services)
        => routes.Map("POST", "promotions", Permission.Deploy, call => PromoteAsync(call, services), Reach.Somewhere)
            .Says("Takes the release that serves in one environment to another, as it is.").Takes(() => WireJson.Default.PromotionRequest)
            .Gives(() => WireJson.Default.DecisionAnswer, 202);

    private static async Task PromoteAsync(ApiRequest call, ControlPlaneServices services)
    {
        call.OnlyQueries();
        var body = await call.ReadAsync(WireJson.Default.PromotionRequest);
        Limits.Reason(body.Reason);
        var strategy = RolloutEndpoints.ReadStrategy(body.Strategy);
        var spec = ServiceNames.Configured(services, body.To, body.Service);
        call.Demand(Permission.Deploy, spec.Key.Environment);
        var from = body.From ?? Only(services, body.To);
        if (!services.Configuration.Environments.Contains(from, StringComparer.Ordinal))
            throw ApiException.NotFound("unknown-environment", $"there is no environment {AccessNames.Tame(from, 80)}", $"known: {string.Join(", ", services.Configuration.Environments)}");
        var named = body.Release is null ? null : await ReleaseEndpoints.FindAsync(services, body.Service, body.Release, call.Aborted);
        var (release, refused) = await services.Promotions.FindAsync(body.Service, from, body.To, named, call.Aborted);
        if (refused is not null) throw new ApiException(new("Refused", 409, refused.Code, refused.Sentence, null, null, RolloutWire.Of(refused), Refused: true));
        var by = call.Caller.As(body.Reason ?? $"promoted from {from}");
        var request = new RolloutObservation.DeployRequested(services.Ephemeral.For(release!, body.To), spec, strategy, by, Automatic: false);
        await call.WriteAsync(RolloutEndpoints.Answer(await services.Engine.AskAsync(spec.Key, request, call.Aborted)), WireJson.Default.DecisionAnswer, 202);
    }

    /// <summary>The only environment before another.</summary>
    public static string Only(ControlPlaneServices services, string to) => EnvironmentOrder.Before(services.Configuration.Settings, to) switch
    {
        [var only] => only,
        [] => throw ApiException.Unprocessable("first-environment", $"no environment comes before {to}", "deploy there, or name the environment with --from"),
        var several => throw ApiException.Unprocessable("which-environment", $"{to} comes after {string.Join(" and ", several)}", "name one with --from"),
    };
}
