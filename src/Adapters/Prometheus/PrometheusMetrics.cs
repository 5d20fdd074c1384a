using System.Net;
using System.Net.Http.Headers;
using Fairway.Kernel;
using Fairway.Ports;
using Fairway.Rollouts;
using NodaTime;

namespace Fairway.Adapters.Prometheus;

/// <summary>A server that speaks Prometheus' HTTP API.</summary>
/// <param name="options">Where it is now; null is nowhere.</param>
/// <param name="time">Where time comes from.</param>
public sealed class PrometheusMetrics(Func<PrometheusOptions?> options, TimeProvider time) : IMetricsSource, IAsyncDisposable
{
    // Longer ones do not fit in some servers' request lines.
    private const int LongestLine = 2_000;
    private const int MostAtOnce = 8;
    private const int LargestAnswer = 1 << 20;
    private const int LargestRules = 8 << 20;

    private readonly HttpClient _http = new(new SocketsHttpHandler
    {
        // A token must not go where a redirect says.
        AllowAutoRedirect = false, MaxConnectionsPerServer = MostAtOnce, PooledConnectionLifetime = TimeSpan.FromMinutes(5),
    })
    {
        Timeout = Timeout.InfiniteTimeSpan, MaxResponseContentBufferSize = LargestAnswer,
    };

    /// <inheritdoc/>
    public Task<ImmutableArray<QueryAnswer>> AskAsync(ImmutableArray<string> expressions, CancellationToken cancellation) => AskAsync(expressions, (Instant?)null, cancellation);

    /// <inheritdoc/>
    public Task<ImmutableArray<QueryAnswer>> AskAsync(ImmutableArray<string> expressions, Instant at, CancellationToken cancellation) => AskAsync(expressions, (Instant?)at, cancellation);

    private async Task<ImmutableArray<QueryAnswer>> AskAsync(ImmutableArray<string> expressions, Instant? at, CancellationToken cancellation)
    {
        if (options() is not { } now) return All(expressions, Nowhere);
        var (bearer, unreadable) = await BearerAsync(now, cancellation);
        if (unreadable is not null) return All(expressions, unreadable);
        using var deadline = new CancellationTokenSource(now.Timeout, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, cancellation);
        return [.. await Task.WhenAll(expressions.Select(expression => AskAsync(now, bearer, expression, at, either.Token, cancellation)))];
    }

    /// <inheritdoc/>
    public async Task<(ImmutableArray<AlertingRule> Rules, Fault? Fault)> AlertsAsync(CancellationToken cancellation)
    {
        if (options() is not { } now) return ([], Nowhere);
        var (bearer, unreadable) = await BearerAsync(now, cancellation);
        if (unreadable is not null) return ([], unreadable);
        using var deadline = new CancellationTokenSource(now.Timeout, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, cancellation);
        try
        {
            // The alerts that hold now can be many; servers that do not know the parameter read over it.
            using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(now.Url.GetLeftPart(UriPartial.Path).TrimEnd('/') + "/api/v1/rules?type=alert&exclude_alerts=true"));
            request.Headers.Authorization = bearer;
            using var response = await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, either.Token);
            await response.Content.LoadIntoBufferAsync(LargestRules, either.Token);
            return PrometheusRules.Read(response.StatusCode, await response.Content.ReadAsByteArrayAsync(either.Token));
        }
        catch (Exception error) when ((error is OperationCanceledException && !cancellation.IsCancellationRequested) || error is HttpRequestException)
        {
            return ([], Failed(now, error));
        }
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        _http.Dispose();
        return default;
    }

    private async Task<QueryAnswer> AskAsync(
        PrometheusOptions now, AuthenticationHeaderValue? bearer, string expression, Instant? at, CancellationToken deadline, CancellationToken cancellation)
    {
        try
        {
            using var request = Request(now.Url, expression, at);
            request.Headers.Authorization = bearer;
            using var response = await _http.SendAsync(request, HttpCompletionOption.ResponseContentRead, deadline);
            return PrometheusAnswer.Read(expression, response.StatusCode, await response.Content.ReadAsByteArrayAsync(deadline));
        }
        catch (Exception error) when ((error is OperationCanceledException && !cancellation.IsCancellationRequested) || error is HttpRequestException)
        {
            return new(null, Failed(now, error));
        }
    }

    private static Fault Nowhere { get; } = new(FaultKind.NotFound, Blame.Configuration, Retryable: false, "no server is configured to ask; set metrics.url");

    private static Fault Failed(PrometheusOptions now, Exception error) => error is OperationCanceledException
        ? new(FaultKind.Timeout, Blame.Platform, Retryable: true, $"the metrics server at {Name(now.Url)} did not answer within {now.Timeout.TotalSeconds:0.###} s")
        : new(FaultKind.Unavailable, Blame.Platform, Retryable: true, $"the metrics server at {Name(now.Url)} cannot be asked: {error.Message}");

    private static async Task<(AuthenticationHeaderValue? Bearer, Fault? Fault)> BearerAsync(PrometheusOptions now, CancellationToken cancellation)
    {
        if (now.BearerFile is not { } file) return (null, null);
        try
        {
            return (new("Bearer", (await File.ReadAllTextAsync(file, cancellation)).Trim()), null);
        }
        // What is in the file must not be told.
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or FormatException)
        {
            return (null, new(FaultKind.Forbidden, Blame.Configuration, Retryable: true,
                $"the token in {file} (metrics.bearerFile) cannot be read: {(error is FormatException ? "it is no token" : error.Message)}"));
        }
    }

    private static HttpRequestMessage Request(Uri server, string expression, Instant? at)
    {
        var path = new Uri(server.GetLeftPart(UriPartial.Path).TrimEnd('/') + "/api/v1/query");
        var query = "?query=" + Uri.EscapeDataString(expression);
        // Seconds with a fraction; without it the server takes its own present.
        var time = at?.ToUnixTimeMilliseconds() is { } milliseconds ? (milliseconds / 1000m).ToString("0.000", System.Globalization.CultureInfo.InvariantCulture) : null;
        return query.Length <= LongestLine
            ? new HttpRequestMessage(HttpMethod.Get, new Uri(path.AbsoluteUri + query + (time is null ? "" : "&time=" + time)))
            : new HttpRequestMessage(HttpMethod.Post, path) { Content = new FormUrlEncodedContent(time is null ? [new("query", expression)] : [new("query", expression), new("time", time)]) };
    }

    // Without what might be a secret.
    private static string Name(Uri server) => server.GetComponents(UriComponents.SchemeAndServer | UriComponents.Path, UriFormat.UriEscaped);

    private static ImmutableArray<QueryAnswer> All(ImmutableArray<string> expressions, Fault fault) => [.. expressions.Select(_ => new QueryAnswer(null, fault))];
}
