using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using Fairway.Access;
using Fairway.Api;
using Fairway.Catalog;
using Fairway.Ledger;
using Fairway.Rollouts;

namespace Fairway.Web;

/// <summary>The ledger: what happened, by whom, and what led to what.</summary>
internal static class ActivityPages
{
    private const int Rows = 50;
    private const int Searched = 2_000;
    private const int Traced = 100;
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);
    private static readonly string[] Noise = ["judged", "effect-issued", "effect-settled", "judge-learned", "candidates-ready"];

    /// <summary>Maps them. The ledger is one for all environments, so who sees it may see all of them.</summary>
    public static void Map(ApiRoutes routes, ControlPlaneServices services, PageWriter writer, LiveTopics topics, LiveStream stream)
    {
        var ledger = new LedgerQueries(services.Ledger);
        routes.MapPage("GET", "/activity", Permission.View, async call =>
        {
            var filter = FilterOf(call);
            var (rows, next) = await SearchAsync(ledger, filter, call.Aborted);
            var live = filter.Cursor is null ? "/live/activity" + filter.Address(null) : null;
            await PageWriter.WriteAsync<ActivityPage>(call.Http, new ActivityPageModel(
                writer.Frame(call, "Activity", "activity", live), filter,
                [.. EventTypes<RolloutEvent>.Names.Append(ReleasesProjection.Created).Select(type => type.Split('.')[0]).Order(StringComparer.Ordinal)], rows,
                next is null ? null : "/activity" + filter.Address(next)));
        });
        routes.MapPage("GET", "/live/activity", Permission.View, call =>
        {
            var filter = FilterOf(call) with { Cursor = null };
            return stream.SendAsync(call, topics, "activity" + filter.Address(null), () => new(
                async cancellation => [new("activity", await Templates.RenderAsync<ActivityRows>((await SearchAsync(ledger, filter, cancellation)).Rows))],
                cancellation => GrownAsync(services, cancellation)));
        });
        routes.MapPage("GET", "/activity/{seq}", Permission.View, async call =>
        {
            var trace = long.TryParse(call.Route("seq"), NumberStyles.None, CultureInfo.InvariantCulture, out var seq) ? await ledger.TraceAsync(seq, Traced, call.Aborted) : null;
            if (trace is not { Record: var record }) throw ApiException.NotFound("unknown-record", $"the ledger has no record {call.Route("seq")}");
            await PageWriter.WriteAsync<RecordPage>(call.Http, new RecordPageModel(
                writer.Frame(call, $"Record {record.Seq}", "activity"), ActivityRow.Of(record), record.Type, record.Version, record.Hash, record.PreviousHash, Pretty(record.Data),
                [.. trace.Causes.Select(ActivityRow.Of)], [.. trace.Effects.Select(ActivityRow.Of)], trace.Whole));
        });
    }

    private static ActivityFilter FilterOf(ApiRequest call) => new(
        call.Query("stream"), call.Query("type"), call.Query("actor"), call.QueryFlag("all"), call.Query("cursor", 0, 0, long.MaxValue) is > 0 and var cursor ? cursor : null);

    private static async Task<(IReadOnlyList<ActivityRow> Rows, long? Next)> SearchAsync(LedgerQueries ledger, ActivityFilter filter, CancellationToken cancellation)
    {
        var hidesNoise = !filter.All && filter.Type is null;
        var query = new LedgerQuery
        {
            Stream = filter.Stream is { } stream && !stream.EndsWith('/') ? stream : null,
            StreamPrefix = filter.Stream is { } prefix && prefix.EndsWith('/') ? prefix : null,
            Types = filter.Type is { } type ? [type] : [],
            Actor = filter.Actor,
            Limit = hidesNoise ? 4 * Rows : Rows,
        };
        var (rows, cursor, searched) = (new List<ActivityRow>(Rows), filter.Cursor, 0);
        while (true)
        {
            var page = await ledger.SearchAsync(query with { Cursor = cursor }, cancellation);
            foreach (var record in page.Records)
            {
                cursor = record.Seq;
                searched++;
                if (hidesNoise && Noise.Contains(record.Type.Split('.')[0], StringComparer.Ordinal)) continue;
                rows.Add(ActivityRow.Of(record));
                if (rows.Count == Rows) return (rows, cursor);
            }
            if (page.Next is null) return (rows, null);
            // A long judgement is thousands of records: who wants more asks for it.
            if (searched >= Searched) return (rows, cursor);
        }
    }

    private static async Task GrownAsync(ControlPlaneServices services, CancellationToken cancellation)
    {
        var before = services.Describe().LedgerPosition;
        do await Task.Delay(Interval, services.Clock.Time, cancellation);
        while (services.Describe().LedgerPosition == before);
    }

    private static string Pretty(string json)
    {
        using var document = JsonDocument.Parse(json);
        using var output = new MemoryStream();
        using (var writer = new Utf8JsonWriter(output, new() { Indented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping })) document.RootElement.WriteTo(writer);
        return System.Text.Encoding.UTF8.GetString(output.ToArray());
    }
}
