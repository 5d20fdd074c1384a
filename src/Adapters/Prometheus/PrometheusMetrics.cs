using System.Net;
using System.Net.Http.Headers;
using Fairway.Kernel;
using Fairway.Ports;
using Fairway.Rollouts;

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

    private readonly HttpClient _http = new(new SocketsHttpHandler
    {
        // A token must not go where a redirect says.
        AllowAutoRedirect = false, MaxConnectionsPerServer = MostAtOnce, PooledConnectionLifetime = TimeSpan.FromMinutes(5),
    })
    {
        Timeout = Timeout.InfiniteTimeSpan, MaxResponseContentBufferSize = LargestAnswer,
    };

    /// <inheritdoc/>
    public async Task<ImmutableArray<QueryAnswer>> AskAsync(ImmutableArray<string> expressions, CancellationToken cancellation)
    {
        if (options() is not { } now)
            return All(expressions, new(FaultKind.NotFound, Blame.Configuration, Retryable: false, "no server is configured to ask; set metrics.url"));
        AuthenticationHeaderValue? bearer = null;
        if (now.BearerFile is { } file)
        {
            try
            {
                bearer = new("Bearer", (await File.ReadAllTextAsync(file, cancellation)).Trim());
            }
            // What is in the file must not be told.
            catch (Exception error) when (error is IOException or UnauthorizedAccessException or FormatException)
            {
                return All(expressions, new(FaultKind.Forbidden, Blame.Configuration, Retryable: true,
                    $"the token in {file} (metrics.bearerFile) cannot be read: {(error is FormatException ? "it is no token" : error.Message)}"));
            }
        }
        using var deadline = new CancellationTokenSource(now.Timeout, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, cancellation);
        return [.. await Task.WhenAll(expressions.Select(expression => AskAsync(now, bearer, expression, either.Token, cancellation)))];
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        _http.Dispose();
        return default;
    }

    private async Task<QueryAnswer> AskAsync(
        PrometheusOptions now, AuthenticationHeaderValue? bearer, string expression, CancellationToken deadline, CancellationToken cancellation)
    {
        try
        {
            using var request = Request(now.Url, expression);
            request.Headers.Authorization = bearer;
            using var response = await _http.SendAsync(request, HttpCompletionOption.ResponseContentRead, deadline);
            return PrometheusAnswer.Read(expression, response.StatusCode, await response.Content.ReadAsByteArrayAsync(deadline));
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            return new(null, new(FaultKind.Timeout, Blame.Platform, Retryable: true,
                $"the metrics server at {Name(now.Url)} did not answer within {now.Timeout.TotalSeconds:0.###} s"));
        }
        catch (HttpRequestException error)
        {
            return new(null, new(FaultKind.Unavailable, Blame.Platform, Retryable: true, $"the metrics server at {Name(now.Url)} cannot be asked: {error.Message}"));
        }
    }

    private static HttpRequestMessage Request(Uri server, string expression)
    {
        var path = new Uri(server.GetLeftPart(UriPartial.Path).TrimEnd('/') + "/api/v1/query");
        var query = "?query=" + Uri.EscapeDataString(expression);
        return query.Length <= LongestLine
            ? new HttpRequestMessage(HttpMethod.Get, new Uri(path.AbsoluteUri + query))
            : new HttpRequestMessage(HttpMethod.Post, path) { Content = new FormUrlEncodedContent([new("query", expression)]) };
    }

    // Without what might be a secret.
    private static string Name(Uri server) => server.GetComponents(UriComponents.SchemeAndServer | UriComponents.Path, UriFormat.UriEscaped);

    private static ImmutableArray<QueryAnswer> All(ImmutableArray<string> expressions, Fault fault) => [.. expressions.Select(_ => new QueryAnswer(null, fault))];
}
