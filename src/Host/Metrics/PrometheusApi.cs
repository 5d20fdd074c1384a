using Fairway.Metrics.PromQl.Syntax;
using Microsoft.AspNetCore.Http;

namespace Fairway.Metrics;

/// <summary>Prometheus' HTTP API (prometheus.io/docs, "HTTP API"): which address is what.</summary>
internal sealed class PrometheusApi
{
    private const string Api = "/api/v1/";
    private const string Label = "label/";
    private const string Values = "/values";

    private readonly Dictionary<string, Endpoint> _endpoints;
    private readonly SeriesEndpoints _series;
    private readonly Action<string> _report;

    /// <param name="engine">The engine.</param>
    /// <param name="report">Told of errors that are ours.</param>
    public PrometheusApi(MetricsEngine engine, Action<string> report)
    {
        _report = report;
        _series = new(engine.Store);
        var query = new QueryEndpoints(engine.Store, () => engine.QueryOptions, engine.Queries);
        var status = new StatusEndpoints(engine);
        var write = new WriteEndpoints(engine.Incoming, engine.Options.Time);
        var rules = new RuleEndpoints(engine.Rules);
        var exposition = new ExpositionEndpoints(engine);
        _endpoints = new(StringComparer.Ordinal)
        {
            [Api + "query"] = Both(query.InstantAsync),
            [Api + "query_range"] = Both(query.RangeAsync),
            [Api + "query_exemplars"] = Both((context, _) => ApiAnswer.ListAsync(context, [], 0)),
            [Api + "format_query"] = Both(QueryEndpoints.FormatAsync),
            [Api + "series"] = Both(_series.SeriesAsync),
            [Api + "labels"] = Both(_series.NamesAsync),
            [Api + "metadata"] = Get(_series.MetadataAsync),
            [Api + "targets"] = Get(status.TargetsAsync),
            [Api + "rules"] = Get(rules.RulesAsync),
            [Api + "alerts"] = Get((context, _) => rules.AlertsAsync(context)),
            [Api + "status/buildinfo"] = Get((context, _) => StatusEndpoints.BuildAsync(context)),
            [Api + "status/runtimeinfo"] = Get((context, _) => status.RuntimeAsync(context)),
            [Api + "status/flags"] = Get((context, _) => status.FlagsAsync(context)),
            [Api + "status/config"] = Get((context, _) => status.ConfigAsync(context)),
            [Api + "status/tsdb"] = Get(status.StoreAsync),
            [Api + "write"] = Post(write.RemoteWriteAsync),
            [Api + "otlp/v1/metrics"] = Post(write.OtlpAsync),
            ["/federate"] = Get(exposition.FederateAsync),
            ["/metrics"] = Get((context, _) => exposition.OwnAsync(context)),
            ["/-/healthy"] = Get((context, _) => ApiAnswer.TextAsync(context, 200, "Fairway is Healthy.")),
            ["/-/ready"] = Get((context, _) => ApiAnswer.TextAsync(context, 200, "Fairway is Ready.")),
            ["/"] = Get((context, _) => ApiAnswer.TextAsync(context, 200, "Fairway metrics: the Prometheus HTTP API is under /api/v1.")),
        };
        Grpc = context => GuardAsync(context, () => write.GrpcAsync(context));
    }

    /// <summary>Answers OTLP over gRPC.</summary>
    public RequestDelegate Grpc { get; }

    /// <summary>Answers a request.</summary>
    public Task HandleAsync(HttpContext context)
    {
        var (method, path) = (context.Request.Method, context.Request.Path.Value ?? "/");
        if (Find(path) is not { } endpoint) return ApiAnswer.TextAsync(context, 404, "404 page not found");
        if (!endpoint.Methods.Contains(HttpMethods.IsHead(method) ? "GET" : method, StringComparer.Ordinal))
        {
            context.Response.Headers.Allow = string.Join(", ", endpoint.Methods);
            return ApiAnswer.TextAsync(context, 405, "Method Not Allowed");
        }

        return GuardAsync(context, async () => await endpoint.Answer(context));
    }

    private Endpoint? Find(string path)
    {
        if (_endpoints.TryGetValue(path, out var endpoint)) return endpoint;
        if (!path.StartsWith(Api + Label, StringComparison.Ordinal) || !path.EndsWith(Values, StringComparison.Ordinal)) return null;
        var name = path.Length > Api.Length + Label.Length + Values.Length ? path[(Api.Length + Label.Length)..^Values.Length] : "";
        return Get((context, parameters) => _series.ValuesAsync(context, parameters, LabelName(name)));
    }

    // Names that an address cannot carry come as U__ with _hex_ for other characters (Prometheus, "UTF-8 in Prometheus").
    private static string LabelName(string name)
    {
        if (!name.StartsWith("U__", StringComparison.Ordinal)) return name;
        var text = new System.Text.StringBuilder();
        for (var i = 3; i < name.Length; i++)
        {
            if (name[i] != '_')
            {
                text.Append(name[i]);
                continue;
            }

            var end = name.IndexOf('_', i + 1);
            if (end == i + 1) text.Append('_');
            else if (end > 0 && int.TryParse(name.AsSpan(i + 1, end - i - 1), System.Globalization.NumberStyles.AllowHexSpecifier, null, out var rune) && System.Text.Rune.IsValid(rune))
                text.Append(new System.Text.Rune(rune));
            else return name;
            i = end;
        }

        return text.ToString();
    }

    private async Task GuardAsync(HttpContext context, Func<Task> answer)
    {
        try
        {
            await answer();
        }
        catch (PromQlException e)
        {
            await ApiAnswer.ErrorAsync(context, e);
        }
        catch (OperationCanceledException) when (!context.RequestAborted.IsCancellationRequested)
        {
            await ApiAnswer.ErrorAsync(context, new(QueryErrorKind.Canceled, "the server is stopping"));
        }
        catch (OperationCanceledException)
        {
            // Nobody is there any more.
        }
        catch (BadHttpRequestException e) when (!context.Response.HasStarted)
        {
            await ApiAnswer.TextAsync(context, e.StatusCode, e.Message);
        }
        catch (Exception e) when (!context.Response.HasStarted && e is not BadHttpRequestException)
        {
            _report($"{context.Request.Method} {context.Request.Path}: {e}");
            await ApiAnswer.WriteAsync(context, 500, json =>
            {
                json.WriteStartObject();
                json.WriteString("status"u8, "error"u8);
                json.WriteString("errorType"u8, "internal"u8);
                json.WriteString("error"u8, "an error of the program itself; it is in its log"u8);
                json.WriteEndObject();
            });
        }
    }

    private static Endpoint Both(Func<HttpContext, ApiParameters, Task> answer) => new(["GET", "POST"], With(answer));

    private static Endpoint Get(Func<HttpContext, ApiParameters, Task> answer) => new(["GET"], With(answer));

    private static Endpoint Post(Func<HttpContext, Task> answer) => new(["POST"], answer);

    private static Func<HttpContext, Task> With(Func<HttpContext, ApiParameters, Task> answer) =>
        async context => await answer(context, await ApiParameters.ReadAsync(context.Request, context.RequestAborted));

    private sealed record Endpoint(ImmutableArray<string> Methods, Func<HttpContext, Task> Answer);
}
