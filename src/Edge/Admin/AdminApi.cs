using System.Text.Json;
using Fairway.Catalog;
using Fairway.Edge.Counters;
using Fairway.Edge.Routing;
using Fairway.Kernel;
using Fairway.Traffic;
using Microsoft.AspNetCore.Http;

namespace Fairway.Edge.Admin;

/// <summary>
/// The edge's admin API. Whoever may open its Unix socket (mode 0600) may use it; the loopback port serves <c>GET /metrics</c> and nothing else.
/// </summary>
/// <remarks>
/// <c>GET|PUT /table</c>, <c>GET|PUT|DELETE /services/{environment}/{service}</c>, <c>GET /counters</c>, <c>GET /status</c>, <c>GET /metrics</c>,
/// <c>POST /drain</c>. Bodies are <see cref="FairwayJson"/>; refusals are <see cref="EdgeProblem"/>.
/// </remarks>
internal sealed class AdminApi(TableKeeper keeper, EdgeReport report, Action drain)
{
    /// <summary>Answers one request.</summary>
    public Task HandleAsync(HttpContext context)
    {
        var request = context.Request;
        var path = request.Path.Value ?? "";
        if (context.Connection.LocalIpAddress is not null && path != "/metrics")
            return RefuseAsync(context, 403, "Forbidden", "this port serves GET /metrics only; the admin API is on the Unix socket", []);
        return (request.Method, path.Split('/')) switch
        {
            ("GET", ["", "table"]) => AnswerAsync(context, keeper.Current.Table),
            ("PUT", ["", "table"]) => ChangeAsync<RouteTable>(context, static (held, table) => held.Put(table)),
            ("GET", ["", "services", var environment, var service]) => AnswerAsync(context, report.View(new ServiceKey(environment, service))),
            ("PUT", ["", "services", var environment, var service]) => PutServiceAsync(context, environment, service),
            ("DELETE", ["", "services", var environment, var service]) => DeleteServiceAsync(context, environment, service),
            ("GET", ["", "counters"]) => AnswerAsync(context, report.Counters()),
            ("GET", ["", "status"]) => AnswerAsync(context, report.Status()),
            ("GET", ["", "metrics"]) => MetricsAsync(context),
            ("POST", ["", "drain"]) => DrainAsync(context),
            (_, ["", "table" or "counters" or "status" or "metrics" or "drain"]) or (_, ["", "services", _, _])
                => RefuseAsync(context, 405, "Method not allowed", $"{request.Method} is not for {path}", []),
            _ => RefuseAsync(context, 404, "Not found", $"there is no {path}; there are /table, /services/ENVIRONMENT/SERVICE, /counters, /status, /metrics, /drain", []),
        };
    }

    private Task PutServiceAsync(HttpContext context, string environment, string service) => ChangeAsync<ServiceRoutes>(context, (held, routes) =>
        routes.Environment == environment && routes.Service == service
            ? held.Put(routes)
            : new(held, TableVerdict.Invalid, [$"the body is {routes.Environment}/{routes.Service}, the path {environment}/{service}"]));

    private Task DeleteServiceAsync(HttpContext context, string environment, string service)
    {
        long? generation = null;
        if (context.Request.Query.TryGetValue("generation", out var text))
        {
            if (!long.TryParse(text, out var parsed)) return RefuseAsync(context, 400, "Bad request", $"generation \"{text}\" is no whole number", []);
            generation = parsed;
        }
        return DecideAsync(context, held => held.Delete(environment, service, generation));
    }

    private async Task ChangeAsync<T>(HttpContext context, Func<FencedTable, T, TableChange> decide)
        where T : class
    {
        T? body;
        try
        {
            body = await JsonSerializer.DeserializeAsync<T>(context.Request.Body, FairwayJson.Options, context.RequestAborted);
        }
        catch (JsonException failure)
        {
            await RefuseAsync(context, 400, "Bad request", $"the body is no {typeof(T).Name}: {failure.Message}", []);
            return;
        }
        if (body is null) await RefuseAsync(context, 400, "Bad request", $"the body is null where a {typeof(T).Name} is expected", []);
        else await DecideAsync(context, held => decide(held, body));
    }

    private async Task DecideAsync(HttpContext context, Func<FencedTable, TableChange> decide)
    {
        var change = await keeper.ChangeAsync(decide, context.RequestAborted);
        switch (change.Verdict)
        {
            case TableVerdict.Invalid:
                await RefuseAsync(context, 400, "Bad request", "the change is wrong in itself; nothing was applied", change.Problems);
                return;
            case TableVerdict.Stale:
                await RefuseAsync(context, 409, "Conflict", "something newer was applied before; nothing was applied", change.Problems);
                return;
            case TableVerdict.Applied or TableVerdict.Unchanged:
                await AnswerAsync(context, new TableReceipt(change.Next.Table.Version, change.Verdict == TableVerdict.Applied, keeper.StoreFailure is null));
                return;
        }
    }

    private async Task MetricsAsync(HttpContext context)
    {
        context.Response.ContentType = MetricsText.ContentType;
        await context.Response.WriteAsync(report.Metrics(), context.RequestAborted);
    }

    private Task DrainAsync(HttpContext context)
    {
        // The edge may end before a slow reader has the answer; answering first is what can be done.
        context.Response.OnCompleted(() =>
        {
            drain();
            return Task.CompletedTask;
        });
        context.Response.StatusCode = 202;
        return AnswerAsync(context, report.Status() with { Draining = true });
    }

    private static Task AnswerAsync<T>(HttpContext context, T body)
    {
        context.Response.ContentType = "application/json";
        return JsonSerializer.SerializeAsync(context.Response.Body, body, FairwayJson.Options, context.RequestAborted);
    }

    private Task RefuseAsync(HttpContext context, int status, string title, string detail, ImmutableArray<string> problems)
    {
        context.Response.StatusCode = status;
        context.Response.ContentType = "application/problem+json";
        var problem = new EdgeProblem(title, status, detail, problems, keeper.Current.Table.Version);
        return JsonSerializer.SerializeAsync(context.Response.Body, problem, FairwayJson.Options, context.RequestAborted);
    }
}
