using Fairway.Access;
using Fairway.Catalog;
using Fairway.Client.Wire;
using Fairway.Migrations;
using Fairway.Rollouts;

namespace Fairway.Api;

/// <summary>Databases: where migrations stand. A contract is asked for as a command of the service.</summary>
internal static class MigrationEndpoints
{
    /// <summary>Maps them.</summary>
    public static void Map(ApiRoutes routes, ControlPlaneServices services)
        => routes.Map("GET", "services/{environment}/{service}/migrations", Permission.View, async call =>
        {
            call.OnlyQueries("release");
            var key = ServiceNames.Find(services, call.Route("environment"), call.Route("service"));
            var state = services.Engine.Find(key)?.Current.State;
            var release = await ReleaseAsync(call, services, key, state);
            var database = services.Configuration.Services.FirstOrDefault(spec => spec.Key == key)?.Database ?? state?.Service?.Database
                ?? throw ApiException.Unprocessable("no-database", $"{key} has no database", "declare one as `database` of the service");
            var (status, fault) = await (services.Migrations ?? throw ApiException.Unprocessable("no-databases", "this control plane has no way to a database", "ask one that runs `fairway serve`"))
                .StatusAsync(key, release.In(key.Environment), database, state, call.Aborted);
            if (status is null) throw ApiException.Unprocessable("migrations-unread", fault!.Message, "mend that and ship it again");
            await call.WriteAsync(MigrationWire.Of(status, state, services.Clock.Now), WireJson.Default.MigrationStatusInfo);
        }).Says("Where the migrations of a service's release stand, as its database says now.")
            .Asks("release", "Its digest, or the beginning of it; by default what is on its way, or what serves, or the newest.").Gives(() => WireJson.Default.MigrationStatusInfo);

    private static async Task<Release> ReleaseAsync(ApiRequest call, ControlPlaneServices services, ServiceKey key, ServiceState? state)
        => call.Query("release") is { } digest ? await ReleaseEndpoints.FindAsync(services, key.Service, digest, call.Aborted)
            : state?.Active?.Release ?? state?.Queued?.Release ?? state?.StableRelease ?? (await services.Releases.ListAsync(key.Service, call.Aborted)).FirstOrDefault()
                ?? throw ApiException.Unprocessable("which-release", $"nothing of {key.Service} was shipped yet", "deploy it, or look at a folder with `fairway migration check`");
}
