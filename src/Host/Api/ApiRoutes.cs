using System.Text.Json;
using Fairway.Access;
using Fairway.Client.Wire;
using Fairway.Ports;
using Fairway.Rollouts;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Fairway.Api;

/// <summary>
/// The program's endpoints, each with the permission it needs: there is no way to map one without. Who calls is settled by the
/// <see cref="Gate"/>, and every error is written here and nowhere else.
/// </summary>
public sealed class ApiRoutes
{
    private readonly IEndpointRouteBuilder _endpoints;
    private readonly Gate _gate;
    private readonly IdempotencyKeys _keys;
    private readonly Action<Exception> _report;
    private readonly List<DeclaredEndpoint> _declared = [];

    /// <summary>Endpoints go where they are told.</summary>
    /// <param name="endpoints">Where.</param>
    /// <param name="gate">Lets calls in.</param>
    /// <param name="keys">Keep calls from being done twice.</param>
    /// <param name="pages">How pages look that belong to nobody else.</param>
    /// <param name="report">Told of errors that are ours.</param>
    internal ApiRoutes(IEndpointRouteBuilder endpoints, Gate gate, IdempotencyKeys keys, Pages pages, Action<Exception> report)
        => (_endpoints, _gate, _keys, Pages, _report) = (endpoints, gate, keys, pages, report);

    /// <summary>Error and sign-in pages; the console sets them.</summary>
    public Pages Pages { get; }

    /// <summary>Every endpoint mapped so far.</summary>
    public IReadOnlyList<DeclaredEndpoint> Declared => _declared;

    /// <summary>Maps an endpoint of the API.</summary>
    /// <param name="method">HTTP method.</param>
    /// <param name="pattern">Under <c>/api</c>; where it has <c>{environment}</c>, the permission is asked for there.</param>
    /// <param name="needs">What the caller must be allowed.</param>
    /// <param name="handle">Answers, or throws <see cref="ApiException"/>.</param>
    /// <param name="reach">Where the permission must be held when the pattern names no environment.</param>
    public DeclaredEndpoint Map(string method, string pattern, Permission needs, Func<ApiRequest, Task> handle, Reach reach = Reach.Everywhere)
        => Add(new(method, "/api/" + pattern, needs, EndpointKind.Api) { Reach = reach }, handle);

    /// <summary>
    /// Maps a page: who is not signed in is sent to <c>/sign-in</c>, and errors are pages too. A GET also answers HEAD.
    /// </summary>
    /// <param name="method">HTTP method.</param>
    /// <param name="pattern">Such as <c>/services/{environment}/{service}</c>; not under <c>/api</c>.</param>
    /// <param name="needs">What the caller must be allowed.</param>
    /// <param name="handle">Answers, or throws <see cref="ApiException"/>.</param>
    /// <param name="reach">Where the permission must be held when the pattern names no environment.</param>
    public DeclaredEndpoint MapPage(string method, string pattern, Permission needs, Func<ApiRequest, Task> handle, Reach reach = Reach.Everywhere)
        => Add(new(method, pattern, needs, EndpointKind.Page) { Reach = reach }, handle);

    /// <summary>Maps another API, whose paths, answers and errors are its own.</summary>
    /// <param name="prefix">Where it is, such as <c>/prometheus</c>; it sees what comes behind.</param>
    /// <param name="writes">Tells requests that need <see cref="Permission.Deploy"/> from those that need <see cref="Permission.View"/>.</param>
    /// <param name="handle">Answers.</param>
    public void MapForeign(string prefix, Func<HttpRequest, bool> writes, Func<HttpContext, Task> handle)
    {
        var pattern = prefix + "/{**rest}";
        var reading = new DeclaredEndpoint("*", pattern, Permission.View, EndpointKind.Foreign);
        var writing = new DeclaredEndpoint("*", pattern, Permission.Deploy, EndpointKind.Foreign);
        _declared.Add(reading);
        _declared.Add(writing);
        _endpoints.Map(pattern, context =>
        {
            context.Request.PathBase = prefix;
            context.Request.Path = context.Request.Path.Value![prefix.Length..] is { Length: > 0 } rest ? rest : "/";
            return RunAsync(context, writes(context.Request) ? writing : reading, _ => handle(context));
        }).WithMetadata(writing);
    }

    /// <summary>Maps an endpoint of another protocol at an address of its own.</summary>
    /// <param name="method">HTTP method.</param>
    /// <param name="pattern">Such as <c>/hooks/github/{repository}</c>.</param>
    /// <param name="needs">What the caller must be allowed.</param>
    /// <param name="challenge">What is asked for from who is not known.</param>
    /// <param name="handle">Answers, or throws <see cref="ApiException"/>.</param>
    public void MapForeign(string method, string pattern, Permission needs, string challenge, Func<ApiRequest, Task> handle)
        => Add(new(method, pattern, needs, EndpointKind.Foreign) { Challenge = challenge }, handle);

    /// <summary>What no endpoint answered: unknown paths and methods, as problems or pages.</summary>
    internal static async Task AnswerTheRestAsync(HttpContext context, Pages pages, Func<Task> next)
    {
        await next();
        if (context.Response.HasStarted || context.Response.StatusCode is not (404 or 405) || context.Response.ContentType is not null) return;
        var request = $"{context.Request.Method} {context.Request.Path}";
        var isPage = !context.Request.Path.StartsWithSegments("/api", StringComparison.OrdinalIgnoreCase) && context.Request.GetTypedHeaders().Accept.Any(type => type.MediaType == "text/html");
        await WriteAsync(context, context.Response.StatusCode == 404
            ? new("Not found", 404, "unknown-path", $"there is no {request}", isPage ? null : "the API is under /api; see docs/reference/api.md")
            : new("Method not allowed", 405, "method-not-allowed", $"there is no {request}", $"allowed here: {context.Response.Headers.Allow}"), isPage ? pages : null);
    }

    /// <summary>Finds endpoints that came here another way, and so without a permission.</summary>
    /// <exception cref="InvalidOperationException">There is one; nothing starts.</exception>
    internal static void CheckAllDeclared(IEndpointRouteBuilder endpoints)
    {
        foreach (var endpoint in endpoints.DataSources.SelectMany(source => source.Endpoints))
            if (endpoint.Metadata.GetMetadata<DeclaredEndpoint>() is null) throw new InvalidOperationException($"{endpoint.DisplayName} declares no permission");
    }

    private DeclaredEndpoint Add(DeclaredEndpoint endpoint, Func<ApiRequest, Task> handle)
    {
        _declared.Add(endpoint);
        string[] methods = endpoint is { Kind: EndpointKind.Page, Method: "GET" } ? ["GET", "HEAD"] : [endpoint.Method];
        _endpoints.MapMethods(endpoint.Pattern, methods, context => RunAsync(context, endpoint, handle)).WithMetadata(endpoint);
        return endpoint;
    }

    private async Task RunAsync(HttpContext context, DeclaredEndpoint endpoint, Func<ApiRequest, Task> handle)
    {
        try
        {
            var request = new ApiRequest(context, await _gate.AdmitAsync(context, endpoint));
            await _keys.RunAsync(context, request.Caller.Name, endpoint, () => handle(request));
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
            var problem = Describe(error);
            if (endpoint.Kind == EndpointKind.Page && problem.Status == StatusCodes.Status401Unauthorized) SendToSignIn(context);
            else await WriteAsync(context, problem, endpoint.Kind == EndpointKind.Page ? Pages : null, endpoint.Challenge);
        }
    }

    private static void SendToSignIn(HttpContext context)
    {
        // A form that was sent without a session is lost; the page it was on is not.
        var back = HttpMethods.IsGet(context.Request.Method) ? context.Request.Path + context.Request.QueryString.ToString() : "/";
        context.Response.StatusCode = StatusCodes.Status303SeeOther;
        context.Response.Headers.Location = back == "/" ? "/sign-in" : "/sign-in?return=" + Uri.EscapeDataString(back);
    }

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
                _report(error);
                return new("Failed", 500, "internal-error", $"Fairway found an error of its own: {error.GetType().Name}: {error.Message}", "see `fairway status`; please report it");
        }
    }

    private static Task WriteAsync(HttpContext context, ProblemInfo problem, Pages? pages, string challenge = "Bearer")
    {
        context.Response.StatusCode = problem.Status;
        if (problem.Status == StatusCodes.Status401Unauthorized) context.Response.Headers.WWWAuthenticate = challenge;
        if (problem.Status == StatusCodes.Status429TooManyRequests) context.Response.Headers.RetryAfter = "60";
        if (pages is not null) return pages.Error(context, problem);
        // git shows a person nothing but plain text.
        if (context.Request.Headers.UserAgent.ToString().StartsWith("git/", StringComparison.Ordinal))
        {
            context.Response.ContentType = "text/plain; charset=utf-8";
            return context.Response.WriteAsync(problem.Detail + (problem.Mend is { } mend ? "\nmend: " + mend : "") + "\n", context.RequestAborted);
        }
        context.Response.ContentType = "application/problem+json";
        return context.Response.Body.WriteAsync(JsonSerializer.SerializeToUtf8Bytes(problem, WireJson.Default.ProblemInfo), context.RequestAborted).AsTask();
    }
}
