using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;

namespace Fairway.Cli.Load;

/// <summary>HTTP/2 over a fixed number of connections used in turn.</summary>
internal sealed class Http2Client : ILoadClient
{
    private readonly LoadPlan _plan;
    private readonly HttpMessageInvoker[] _connections;
    private int _turn;

    public Http2Client(LoadPlan plan)
    {
        _plan = plan;
        _connections = new HttpMessageInvoker[plan.Connections];
        for (var i = 0; i < _connections.Length; i++) _connections[i] = new(Handler(plan), disposeHandler: true);
    }

    public async Task<Exchange> SendAsync(int target, CancellationToken cancellation)
    {
        var connection = _connections[(uint)Interlocked.Increment(ref _turn) % (uint)_connections.Length];
        using var request = Request(_plan.Urls[target]);
        try
        {
            using var response = await connection.SendAsync(request, cancellation);
            try
            {
                await response.Content.CopyToAsync(Stream.Null, cancellation);
            }
            catch (Exception e) when (e is HttpRequestException or IOException)
            {
                return Exchange.Failed("truncated", Innermost(e));
            }

            return new(
                (int)response.StatusCode, _plan.GroupByHeader is { } name ? Header(response, name) : "all", Header(response, "Fairway-Error"), null, "");
        }
        catch (OperationCanceledException)
        {
            return Exchange.Failed("timeout", $"no whole answer within {_plan.Timeout.TotalSeconds} s");
        }
        catch (HttpRequestException e)
        {
            return Exchange.Failed(Kind(e), Innermost(e));
        }
    }

    public ValueTask DisposeAsync()
    {
        foreach (var connection in _connections) connection.Dispose();
        return ValueTask.CompletedTask;
    }

    private static SocketsHttpHandler Handler(LoadPlan plan)
    {
        var handler = new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            UseCookies = false,
            UseProxy = false,
            ConnectTimeout = plan.Timeout,
            PooledConnectionIdleTimeout = Timeout.InfiniteTimeSpan,
        };
        if (plan.Insecure) handler.SslOptions.RemoteCertificateValidationCallback = LoadPlan.AnyCertificate;
        return handler;
    }

    private HttpRequestMessage Request(Uri url)
    {
        var request = new HttpRequestMessage(new(_plan.Method), url) { Version = HttpVersion.Version20, VersionPolicy = HttpVersionPolicy.RequestVersionExact };
        if (_plan.Body.Length > 0) request.Content = new ReadOnlyMemoryContent(_plan.Body);
        foreach (var (name, value) in _plan.Headers)
        {
            if (name.Equals("Host", StringComparison.OrdinalIgnoreCase)) request.Headers.Host = value;
            else if (!request.Headers.TryAddWithoutValidation(name, value)) AddToContent(request, name, value);
        }

        return request;
    }

    private static void AddToContent(HttpRequestMessage request, string name, string value)
    {
        request.Content ??= new ByteArrayContent([]);
        request.Content.Headers.TryAddWithoutValidation(name, value);
    }

    private static string? Header(HttpResponseMessage response, string name) =>
        First(response.Headers, name) ?? First(response.Content.Headers, name);

    private static string? First(HttpHeaders headers, string name) => headers.TryGetValues(name, out var values) ? values.FirstOrDefault() : null;

    private static string Kind(HttpRequestException e) => e.HttpRequestError switch
    {
        HttpRequestError.ConnectionError or HttpRequestError.NameResolutionError =>
            e.InnerException is SocketException { SocketErrorCode: SocketError.ConnectionRefused } ? "refused" : "connect",
        HttpRequestError.SecureConnectionError => "tls",
        HttpRequestError.ResponseEnded => "reset",
        _ => e.InnerException is IOException and not HttpProtocolException ? "reset" : "protocol",
    };

    private static string Innermost(Exception e) => e.GetBaseException().Message;
}
