using System.Text.Json;
using Fairway.Access;
using Fairway.Client.Wire;
using Fairway.Kernel;
using Fairway.Rollouts;

namespace Fairway.Api;

/// <summary>Past rollouts judged again.</summary>
internal static class JudgeEndpoints
{
    private const int Most = 1_000;

    /// <summary>Maps them.</summary>
    public static void Map(ApiRoutes routes, ControlPlaneServices services)
    {
        routes.Map("GET", "rollouts/{environment}/{service}/{number}/replay", Permission.View, async call =>
        {
            call.OnlyQueries();
            var row = await RolloutEndpoints.FindAsync(call, services);
            var again = JudgeReplay.Replay(await services.History.ExplainAsync(row, call.Aborted));
            await call.WriteAsync(new(
                row.Id, again.Ticks, again.FirstDifference is null, RolloutWire.Name(again.Verdict), again.Why is { } why ? RolloutWire.Of(why) : null,
                again.FirstDifference, again.Difference), WireJson.Default.ReplayInfo);
        });
        // It changes nothing: the body is only too long for an address.
        routes.Map("POST", "judge/backtest", Permission.View, call => BacktestAsync(call, services));
    }

    private static async Task BacktestAsync(ApiRequest call, ControlPlaneServices services)
    {
        call.OnlyQueries();
        var body = await call.ReadAsync(WireJson.Default.BacktestRequest);
        if (body.Last is < 1 or > Most) throw ApiException.Unprocessable("last-out-of-range", $"last is a number from 1 to {Most}, not {body.Last}", "ask for fewer");
        var settings = Read(body.Policy);
        var page = await services.History.PageAsync(
            key => (body.Service is null || key.Service == body.Service) && (body.Environment is null || key.Environment == body.Environment), null, body.Last, call.Aborted);
        var rows = new List<BacktestRow>();
        foreach (var row in page.Rows)
        {
            if (row.Previous is null || row.IsRollback) continue;
            if (JudgeReplay.Backtest(await services.History.ExplainAsync(row, call.Aborted), settings) is { } tested) rows.Add(Of(row, tested));
        }
        await call.WriteAsync(new(rows), WireJson.Default.BacktestInfo);
    }

    private static BacktestRow Of(RolloutRow row, Backtested tested) => new(
        RolloutWire.Of(row), tested.Requests, RolloutWire.Name(tested.Verdict), After(row, tested.Regressed), tested.Regressed?.Requests,
        (double?)tested.Regressed?.Weight.Percent, After(row, tested.Safe), tested.Safe?.Requests, tested.Why is { } why ? RolloutWire.Of(why) : null);

    private static long? After(RolloutRow row, BacktestMoment? moment) => moment is null ? null : (long)(moment.At - row.StartedAt).TotalMilliseconds;

    private static JudgeSettings Read(JsonElement policy)
    {
        try
        {
            return policy.Deserialize<JudgeSettings>(FairwayJson.Options) ?? throw new JsonException("null");
        }
        catch (JsonException error)
        {
            throw ApiException.Unprocessable("policy-unreadable", $"the policy is none: {error.Message}", "send it with `fairway judge backtest --policy FILE`");
        }
    }
}
