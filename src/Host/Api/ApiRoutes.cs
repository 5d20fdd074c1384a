using System.Text.Json;
using Fairway.Client.Wire;
using Fairway.Ports;
using Fairway.Rollouts;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Fairway.Api;

/// <summary>
/// The API's endpoints, each with the permission it needs: there is no way to map one without. Who calls is settled, checked and every
/// error written here and
/// nowhere else.
/// </summary>
/// <param name="endpoints">Where they go.</param>
/// <param name="report">Told of errors that are ours.</param>
public sealed class ApiRoutes(IEndpointRouteBuilder endpoints, Action<Exception> report)
{
    /// <summary>Maps an endpoint.</summary>
    /// <param name="method">HTTP method.</param>
    /// <param name="pattern">Under <c>/api</c>.</param>
    /// <param name="needs">What the caller must be allowed.</param>
    /// <param name="handle">Answers, or throws <see cref="ApiException"/>.</param>
    public void Map(string method, string pattern, Permission needs, Func<ApiRequest, Task> handle)
        => endpoints.MapMethods("/api/" + pattern, [method], context => RunAsync(context, needs, handle));

    /// <summary>Maps another API, whose paths, answers and errors are its own.</summary>
    /// <param name="prefix">Where it is, such as <c>/prometheus</c>; it sees what comes behind.</param>
    /// <param name="needs">What the caller of a request must be allowed.</param>
    /// <param name="handle">Answers.</param>
    public void MapForeign(string prefix, Func<HttpRequest, Permission> needs, Func<HttpContext, Task> handle)
        => endpoints.Map(prefix + "/{**rest}", context =>
        {
            context.Request.PathBase = prefix;
            context.Request.Path = context.Request.Path.Value![prefix.Length..] is { Length: > 0 } rest ? rest : "/";
            return RunAsync(context, needs(context.Request), _ => handle(context));
        });

    /// <summary>What no endpoint answered: unknown paths and methods, as problems.</summary>
    public static async Task AnswerTheRestAsync(HttpContext context, Func<Task> next)
    {
        await next();
        if (context.Response.HasStarted || context.Response.StatusCode is not (404 or 405) || context.Response.ContentType is not null) return;
        var request = $"{context.Request.Method} {context.Request.Path}";
        await WriteAsync(context, context.Response.StatusCode == 404
            ? new("Not found", 404, "unknown-path", $"there is no {request}", "the API is under /api; see docs/reference/api.md")
            : new("Method not allowed", 405, "method-not-allowed", $"there is no {request}", $"allowed here: {context.Response.Headers.Allow}"));
    }

    private async Task RunAsync(HttpContext context, Permission needs, Func<ApiRequest, Task> handle)
    {
        try
        {
            var caller = context.Features.Get<Caller>() ?? Caller.Anonymous;
            if (!caller.May(needs)) throw Refuse(caller, needs, context);
            await handle(new(context, caller));
        }
        catch (OperationCanceledException) when (context.RequestAborted.IsCancellationRequested)
        {
            // Nobody is left to answer.
        }
        catch (Exception error)
        {
            if (context.Response.HasStarted)
            {
                // Half an answer must not look whole.
                context.Abort();
                return;
            }
            await WriteAsync(context, Describe(error));
        }
    }

    private static ApiException Refuse(Caller caller, Permission needs, HttpContext context) => caller == Caller.Anonymous
        ? ApiException.Forbidden(
            "not-over-tcp", $"{context.Request.Method} {context.Request.Path} needs the permission to {needs.ToString().ToLowerInvariant()}; over TCP anybody may only look",
            "use the Unix socket in the data folder, as `fairway` does")
        : ApiException.Forbidden("not-yours", $"this control plane belongs to another user than {caller.Name}", "run the command as that user, or as root");

    private ProblemInfo Describe(Exception error)
    {
        switch (error)
        {
            case ApiException known:
                return known.Problem;
            case LedgerException ledger:
                return ApiException.Of(ledger.Fault, "ledger-" + ledger.Fault.Kind.ToString().ToLowerInvariant()).Problem;
            case ServiceBusyException busy:
                return new("Busy", 503, "busy", busy.Message, "ask again");
            case BadHttpRequestException { StatusCode: 413 }:
                return new("Too large", 413, "body-too-large", "the body is larger than this endpoint reads", null);
            case BadHttpRequestException bad:
                return new("Bad request", bad.StatusCode, "bad-request", bad.Message, null);
            case OperationCanceledException:
                return new("Unavailable", 503, "ending", "the control plane is ending", "ask again when it is back");
            default:
                report(error);
                return new("Failed", 500, "internal-error", $"Fairway found an error of its own: {error.GetType().Name}: {error.Message}", "see `fairway status`; please report it");
        }
    }

    private static Task WriteAsync(HttpContext context, ProblemInfo problem)
    {
        context.Response.StatusCode = problem.Status;
        context.Response.ContentType = "application/problem+json";
        return context.Response.Body.WriteAsync(JsonSerializer.SerializeToUtf8Bytes(problem, WireJson.Default.ProblemInfo), context.RequestAborted).AsTask();
    }
}
