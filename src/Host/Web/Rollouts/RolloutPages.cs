using Fairway.Access;
using Fairway.Api;
using Fairway.Ports;
using Fairway.Rollouts;

namespace Fairway.Web;

/// <summary>A rollout's page, its stream, and what changed with it.</summary>
internal static class RolloutPages
{
    // A long rollout is read from the ledger in seconds; the page comes first, its charts follow.
    private static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(120);

    /// <summary>Maps them.</summary>
    public static void Map(ApiRoutes routes, ControlPlaneServices services, PageWriter writer, LiveTopics topics, LiveStream stream)
    {
        var traces = new RolloutTraces(services.Ledger, services.Stopping);
        routes.MapPage("GET", "/rollouts/{environment}/{service}/{number}", Permission.View, async call =>
        {
            var row = await RolloutEndpoints.FindAsync(call, services);
            var trace = traces.Of(row);
            var read = trace.ReadAsync(call.Aborted);
            await Task.WhenAny(read, Task.Delay(Patience, services.Clock.Time, call.Aborted));
            if (read.IsCompleted) await read;
            var comparison = await ComparisonEndpoints.FindAsync(services, row, call.Aborted);
            var view = RolloutView.Of(services, row, trace.Picture, comparison, May(call, Permission.Steer, row), May(call, Permission.Deploy, row));
            await PageWriter.WriteAsync<RolloutPage>(call.Http, new RolloutPageModel(
                writer.Frame(call, $"{row.Id} {view.Summary.Version}", "overview", $"/live/rollouts/{row.Id}"), view));
        });
        routes.MapPage("GET", "/live/rollouts/{environment}/{service}/{number}", Permission.View, async call =>
        {
            var row = await RolloutEndpoints.FindAsync(call, services);
            var (steers, ships) = (May(call, Permission.Steer, row), May(call, Permission.Deploy, row));
            await stream.SendAsync(call, topics, $"rollout {row.Id} {steers} {ships}", () => new(
                cancellation => RenderAsync(services, row, traces.Of(row), steers, ships, cancellation),
                cancellation => ServicePages.NextChangeAsync(services, row.Key, cancellation)));
        });
        routes.MapPage("GET", "/rollouts/{environment}/{service}/{number}/diff", Permission.View, call => DiffAsync(call, services, writer));
    }

    private static bool May(ApiRequest call, Permission permission, RolloutRow row) => call.Caller.May(permission, row.Key.Environment);

    private static async Task<IReadOnlyList<LiveFragment>> RenderAsync(
        ControlPlaneServices services, RolloutRow row, RolloutTrace trace, bool steers, bool ships, CancellationToken cancellation)
    {
        var picture = await trace.ReadAsync(cancellation);
        var view = RolloutView.Of(services, row, picture, await ComparisonEndpoints.FindAsync(services, row, cancellation), steers, ships);
        var fragments = new List<LiveFragment>
        {
            new("rollout-said", await Templates.RenderAsync<RolloutSaid>(view)),
            new("rollout-head", await Templates.RenderAsync<RolloutHead>(view)),
            new("rollout-checks", await Templates.RenderAsync<RolloutChecks>(view)),
            new("rollout-lines", await Templates.RenderAsync<RolloutLines>(view)),
            new("rollout-evidence", await Templates.RenderAsync<RolloutEvidence>(view)),
            new("rollout-comparison", await Templates.RenderAsync<RolloutComparison>(view)),
            new("rollout-story", await Templates.RenderAsync<RolloutStory>(view)),
        };
        if (view.Service is { } service) fragments.Add(new("rollout-instances", await Templates.RenderAsync<InstanceTable>(service)));
        return fragments;
    }

    private static async Task DiffAsync(ApiRequest call, ControlPlaneServices services, PageWriter writer)
    {
        var row = await RolloutEndpoints.FindAsync(call, services);
        var after = await StartOfAsync(services.Ledger, row, call.Aborted);
        // The settings before are those of the rollout that shipped what served before; a release taken back in between is passed over.
        RolloutEvent.RolloutStarted? before = null;
        for (var number = row.Number - 1; number > 0 && row.Previous is { } previous && before is null; number--)
        {
            if (await services.History.LoadAsync(row.Key, number, call.Aborted) is { } older && older.Release.Digest == previous.Digest)
                before = await StartOfAsync(services.Ledger, older, call.Aborted);
        }
        var (changes, same) = SettingsDiff.Between(after.Previous, before?.Service, after.Release, after.Service);
        await PageWriter.WriteAsync<DiffPage>(call.Http, new DiffPageModel(writer.Frame(call, $"{row.Id} changes", "history"), RolloutWire.Of(row), changes, same));
    }

    private static async Task<RolloutEvent.RolloutStarted> StartOfAsync(ILedger ledger, RolloutRow row, CancellationToken cancellation)
    {
        var records = await ledger.ReadStreamAsync(row.Key.Stream, row.FirstVersion - 1, 1, cancellation);
        return (RolloutEvent.RolloutStarted)RolloutEventCodec.Read(records[0])!;
    }
}
