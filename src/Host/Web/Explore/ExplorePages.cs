using Fairway.Access;
using Fairway.Api;
using Fairway.Metrics.Model;
using Fairway.Metrics.PromQl;
using Fairway.Metrics.PromQl.Syntax;
using Fairway.Web.Charts;

namespace Fairway.Web;

/// <summary>The metrics explorer: a query, its chart, its values.</summary>
internal static class ExplorePages
{
    private const int MostRows = 100;

    /// <summary>Maps it.</summary>
    public static void Map(ApiRoutes routes, ControlPlaneServices services, PageWriter writer)
        => routes.MapPage("GET", "/explore", Permission.View, async call =>
            await PageWriter.WriteAsync<ExplorePage>(call.Http, await AskAsync(call, services, writer.Frame(call, "Metrics", "metrics"))));

    private static async Task<ExplorePageModel> AskAsync(ApiRequest call, ControlPlaneServices services, PageFrame frame)
    {
        // A query is often longer than a name.
        var query = call.Http.Request.Query["query"].ToString() is { Length: > 0 and <= 4_096 } text ? text : null;
        var range = TimeRange.Of(call.Query("range"));
        var empty = new ExplorePageModel(frame, query, range, [], null, [], 0, null, []);
        if (services.QueryMetrics is null) return empty with { Problem = "No metrics are kept here." };
        try
        {
            empty = empty with { Names = await NamesAsync(services, call.Aborted) };
            if (query is null) return empty;
            var (series, remarks) = await MetricQuestions.AskAsync(services, query, range, call.Aborted);
            var named = series.Select(one => (Name: MetricQuestions.NameOf(one.Labels), Series: one)).ToArray();
            Chart? chart = named.Length == 0 ? null
                : MetricQuestions.Draw(Say.Fit(query, 120), [.. named.Take(MetricQuestions.MostLines).Select(one => (Say.Fit(one.Name, 80), one.Series))], range, services) with { Height = 260 };
            var rows = named.Take(MostRows).Where(one => one.Series.Histograms is null && one.Series.Values.Length > 0)
                .Select(one => new SeriesRow(one.Name, one.Series.Values[^1], one.Series.Values.Min(), one.Series.Values.Max()));
            return empty with { Chart = chart, Rows = [.. rows], MoreSeries = Math.Max(0, named.Length - MostRows), Remarks = remarks };
        }
        catch (PromQlException error)
        {
            return empty with { Problem = error.Message };
        }
    }

    private static async Task<IReadOnlyList<string>> NamesAsync(ControlPlaneServices services, CancellationToken cancellation)
    {
        var now = services.Clock.Time.GetUtcNow().ToUnixTimeMilliseconds();
        var found = await services.QueryMetrics!("group by (__name__) ({__name__!=\"\"})", now, now, 1_000, cancellation);
        return [.. ((MatrixValue)found.Value).Series.Select(one => one.Labels.Value(Labels.MetricName)).Where(name => name.Length > 0).Order(StringComparer.Ordinal).Take(500)];
    }
}
