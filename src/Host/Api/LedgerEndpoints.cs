using Fairway.Access;
using Fairway.Client.Wire;

namespace Fairway.Api;

/// <summary>The ledger's own verbs, the configuration's, and the process's.</summary>
internal static class LedgerEndpoints
{
    /// <summary>Maps them.</summary>
    public static void Map(ApiRoutes routes, ControlPlaneServices services)
    {
        routes.Map("GET", "healthz", Permission.None, call =>
        {
            call.Http.Response.ContentType = "text/plain";
            return call.Http.Response.Body.WriteAsync("ok\n"u8.ToArray(), call.Aborted).AsTask();
        }).Says("Whether the control plane answers.").GivesStream("text/plain", null);
        routes.Map("POST", "ledger/verify", Permission.Administer, async call =>
        {
            call.OnlyQueries();
            var report = await services.Ledger.VerifyAsync(call.Aborted);
            await call.WriteAsync(new(report.Records, report.LastHash, report.Problems), WireJson.Default.LedgerVerification);
        }).Says("Recomputes the ledger's hash chain and names every record that was changed.").Gives(() => WireJson.Default.LedgerVerification);
        routes.Map("POST", "ledger/rebuild", Permission.Administer, async call =>
        {
            call.OnlyQueries();
            await call.WriteAsync(new(await services.Ledger.RebuildAsync(call.Aborted)), WireJson.Default.LedgerRebuild);
        }).Says("Derives the read models again from the records.").Gives(() => WireJson.Default.LedgerRebuild);
        routes.Map("POST", "configuration/reload", Permission.Deploy, call =>
        {
            call.OnlyQueries();
            services.Reload();
            if (!services.Configuration.Problems.IsEmpty)
                throw ApiException.Unprocessable(
                    "configuration-broken", $"{services.Configuration.File} has mistakes; the last good state of it stays in force",
                    "mend the file; `fairway validate` shows the mistakes with the lines around them", services.Configuration.Problems);
            return call.WriteAsync(
                new(services.Configuration.File ?? "", [.. services.Configuration.Services.Select(spec => spec.Key.ToString())]), WireJson.Default.ConfigurationInfo);
        }).Says("Reads the configuration's file again; a broken one changes nothing.").Gives(() => WireJson.Default.ConfigurationInfo);
        routes.Map("POST", "down", Permission.Administer, async call =>
        {
            call.OnlyQueries();
            // Begun is begun, also when the caller leaves.
            await call.WriteAsync(await services.DownAsync(call.Caller.As(null), CancellationToken.None), WireJson.Default.DownInfo);
        }).Says("Stops every instance and the edge, and then the control plane.").Gives(() => WireJson.Default.DownInfo);
    }
}
