using Fairway.Metrics.PromQl;
using Fairway.Metrics.PromQl.Execution;
using Fairway.Metrics.PromQl.Json;
using Fairway.Metrics.PromQl.Syntax;
using Fairway.Metrics.Storage;
using Microsoft.AspNetCore.Http;

namespace Fairway.Metrics;

/// <summary><c>query</c>, <c>query_range</c> and <c>format_query</c>.</summary>
/// <param name="source">Where series come from.</param>
/// <param name="options">What a query may use.</param>
/// <param name="running">As many at once as it lets in.</param>
internal sealed class QueryEndpoints(ISeriesSource source, Func<EngineOptions> options, SemaphoreSlim running)
{
    private const long MostPoints = 11_000;

    /// <summary>At one time.</summary>
    public async Task InstantAsync(HttpContext context, ApiParameters parameters)
    {
        var limit = parameters.Limit();
        var time = parameters.Time("time", options().Time.GetUtcNow().ToUnixTimeMilliseconds());
        var query = parameters.One("query");
        await RunAsync(context, parameters, limit, (engine, cancellation) => engine.Instant(query, time, cancellation));
    }

    /// <summary>At regular times.</summary>
    public async Task RangeAsync(HttpContext context, ApiParameters parameters)
    {
        var limit = parameters.Limit();
        var (from, to) = (parameters.Time("start", null), parameters.Time("end", null));
        if (to < from) throw ApiParameters.Invalid("end", "end timestamp must not be before start time");
        var step = (long)(parameters.Duration("step") ?? throw ApiParameters.Invalid("step", "cannot parse \"\" to a valid duration")).TotalMilliseconds;
        if (step <= 0) throw ApiParameters.Invalid("step", "zero or negative query resolution step widths are not accepted. Try a positive integer");
        if ((to - from) / step > MostPoints)
            throw new PromQlException(QueryErrorKind.BadData, "exceeded maximum resolution of 11,000 points per timeseries. Try decreasing the query resolution (?step=XX)");
        var query = parameters.One("query");
        await RunAsync(context, parameters, limit, (engine, cancellation) => engine.Range(query, from, to, step, cancellation));
    }

    /// <summary>The query, laid out.</summary>
    public static Task FormatAsync(HttpContext context, ApiParameters parameters)
    {
        var text = Printer.Pretty(Parse(parameters));
        return ApiAnswer.SuccessAsync(context, json => json.WriteStringValue(text));
    }

    private async Task RunAsync(HttpContext context, ApiParameters parameters, int limit, Func<PromQlEngine, CancellationToken, QueryResult> evaluate)
    {
        var own = options();
        if (parameters.Duration("lookback_delta") is { Ticks: > 0 } lookback) own = own with { Lookback = lookback };
        if (parameters.Duration("timeout") is { } timeout && timeout < own.Timeout) own = own with { Timeout = timeout };
        Parse(parameters);
        QueryResult result;
        if (!await running.WaitAsync(own.Timeout, context.RequestAborted)) throw new PromQlException(QueryErrorKind.Timeout, "query timed out in query queue");
        try
        {
            result = Cut(evaluate(new(source, own), context.RequestAborted), limit);
        }
        finally
        {
            running.Release();
        }

        context.Response.ContentType = "application/json";
        await MatrixStream.WriteAsync(context.Response.BodyWriter, result, context.RequestAborted);
    }

    private static Expr Parse(ApiParameters parameters)
    {
        try
        {
            return Parser.Parse(parameters.One("query"));
        }
        catch (PromQlException e) when (e.Kind == QueryErrorKind.BadData)
        {
            throw ApiParameters.Invalid("query", e.Message);
        }
    }

    private static QueryResult Cut(QueryResult result, int limit) => result.Value switch
    {
        VectorValue vector when vector.Samples.Count > limit =>
            result with { Value = vector with { Samples = [.. vector.Samples.Take(limit)] }, Warnings = [.. result.Warnings, ApiAnswer.Truncated] },
        MatrixValue matrix when matrix.Series.Count > limit =>
            result with { Value = new MatrixValue([.. matrix.Series.Take(limit)]), Warnings = [.. result.Warnings, ApiAnswer.Truncated] },
        _ => result,
    };
}
