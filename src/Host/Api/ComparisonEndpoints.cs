using Fairway.Access;
using Fairway.Baselines;
using Fairway.Catalog;
using Fairway.Client.Wire;
using Fairway.Rollouts;

namespace Fairway.Api;

/// <summary>How services were before and after their rollouts, and what is usual of them.</summary>
internal static class ComparisonEndpoints
{
    /// <summary>Maps them.</summary>
    public static void Map(ApiRoutes routes, ControlPlaneServices services)
    {
        routes.Map("GET", "rollouts/{environment}/{service}/{number}/comparison", Permission.View, async call =>
        {
            call.OnlyQueries();
            var row = await RolloutEndpoints.FindAsync(call, services);
            await call.WriteTaggedAsync(await FindAsync(services, row, call.Aborted), WireJson.Default.ComparisonInfo);
        }).Says("How the service was before a rollout and after it, metric by metric, beside what is usual.").Gives(() => WireJson.Default.ComparisonInfo).IsTagged();
        routes.Map("GET", "services/{environment}/{service}/baseline", Permission.View, async call =>
        {
            call.OnlyQueries();
            var key = ServiceNames.Find(services, call.Route("environment"), call.Route("service"));
            var past = await services.Baselines.PastAsync(key, call.Aborted);
            await call.WriteTaggedAsync(new(key.Environment, key.Service, [.. past.Usual.Select(usual => ComparisonWire.Of(usual, null))],
                [.. past.Releases.Select(release => new BaselineReleaseInfo(release.Rollout, release.Version))], UsualValue.Least), WireJson.Default.BaselineInfo);
        }).Says("What is usual of a service: median and spread of each metric after its last ten releases that stayed.").Gives(() => WireJson.Default.BaselineInfo).IsTagged();
        routes.Map("GET", "releases/{digest}/comparisons", Permission.View, async call =>
        {
            call.OnlyQueries();
            var digest = call.Route("digest");
            if (!ContentDigest.IsDigest(digest))
                throw ApiException.Unprocessable("digest-invalid", $"\"{digest}\" is not a release's digest", "write sha256: and all 64 hex digits");
            var rows = await services.Baselines.OfReleaseAsync(digest, call.Aborted);
            var shown = rows.Where(row => BaselinesProjection.KeyOf(row.Compared.Rollout) is var (key, _) && call.Caller.May(Permission.View, key.Environment));
            await call.WriteTaggedAsync<IReadOnlyList<ComparisonInfo>>([.. shown.Select(ComparisonWire.Of)], WireJson.Default.IReadOnlyListComparisonInfo);
        }, Reach.Somewhere).Says("How services were before and after a release, wherever it was shipped, the newest first.").Gives(() => WireJson.Default.IReadOnlyListComparisonInfo).IsTagged();
    }

    /// <summary>A rollout's comparison, or how far it is.</summary>
    public static async Task<ComparisonInfo> FindAsync(ControlPlaneServices services, RolloutRow row, CancellationToken cancellation)
    {
        if (await services.Baselines.FindAsync(row.Key, row.Number, cancellation) is { } known) return ComparisonWire.Of(known);
        return services.Measuring.Find(row.Key, row.Number) is { } pending
            ? ComparisonWire.Of(row, pending, services.Engine.Find(row.Key)?.Current.State.Memory, await services.Baselines.PastAsync(row.Key, cancellation))
            : ComparisonWire.None(row);
    }
}
