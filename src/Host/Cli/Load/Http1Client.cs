using System.Globalization;
using System.Net.Security;
using System.Net.Sockets;
using System.Text;
using System.Threading.Channels;

namespace Fairway.Cli.Load;

/// <summary>
/// HTTP/1.1 over a fixed number of kept-alive connections used in turn. Written by hand because a library's client quietly sends a request again when
/// its connection was cut, and this one must see every such cut.
/// </summary>
internal sealed class Http1Client : ILoadClient
{
    private readonly LoadPlan _plan;
    private readonly byte[][] _requests;
    private readonly Channel<Http1Connection?> _slots;

    public Http1Client(LoadPlan plan)
    {
        _plan = plan;
        _requests = [.. plan.Urls.Select(url => Serialize(plan, url))];
        _slots = Channel.CreateBounded<Http1Connection?>(plan.Connections);
        for (var i = 0; i < plan.Connections; i++) _slots.Writer.TryWrite(null);
    }

    public async Task<Exchange> SendAsync(int target, CancellationToken cancellation)
    {
        Http1Connection? connection;
        try
        {
            connection = await _slots.Reader.ReadAsync(cancellation);
        }
        catch (OperationCanceledException)
        {
            return Exchange.Failed("timeout", $"all {_plan.Connections} connections were busy for {_plan.Timeout.TotalSeconds} s");
        }

        try
        {
            if (connection is { Closed: true })
            {
                connection.Dispose();
                connection = null;
            }

            if (connection is null)
            {
                (connection, var failure) = await ConnectAsync(cancellation);
                if (connection is null) return failure;
            }

            var exchange = await connection.ExchangeAsync(_requests[target], _plan.Method == "HEAD", _plan.GroupByHeader, cancellation);
            if (connection.Reusable) return exchange;
            connection.Dispose();
            connection = null;
            return exchange;
        }
        finally
        {
            _slots.Writer.TryWrite(connection);
        }
    }

    public ValueTask DisposeAsync()
    {
        while (_slots.Reader.TryRead(out var connection)) connection?.Dispose();
        return ValueTask.CompletedTask;
    }

    private async Task<(Http1Connection?, Exchange)> ConnectAsync(CancellationToken cancellation)
    {
        var url = _plan.Urls[0];
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        Stream? stream = null;
        try
        {
            await socket.ConnectAsync(url.IdnHost, url.Port, cancellation);
            stream = new NetworkStream(socket, ownsSocket: true);
            if (url.Scheme == Uri.UriSchemeHttps)
            {
                var tls = new SslStream(stream);
                stream = tls;
                await tls.AuthenticateAsClientAsync(Tls(url.IdnHost), cancellation);
            }

            return (new(socket, stream), default);
        }
        catch (Exception e) when (e is SocketException or IOException or OperationCanceledException or System.Security.Authentication.AuthenticationException)
        {
            if (stream is not null) await stream.DisposeAsync();
            socket.Dispose();
            return (null, e switch
            {
                OperationCanceledException => Exchange.Failed("timeout", $"no connection within {_plan.Timeout.TotalSeconds} s"),
                SocketException { SocketErrorCode: SocketError.ConnectionRefused } => Exchange.Failed("refused", e.Message),
                SocketException => Exchange.Failed("connect", e.Message),
                _ => Exchange.Failed("tls", e.GetBaseException().Message),
            });
        }
    }

    private SslClientAuthenticationOptions Tls(string host)
    {
        var options = new SslClientAuthenticationOptions { TargetHost = host };
        if (_plan.Insecure) options.RemoteCertificateValidationCallback = LoadPlan.AnyCertificate;
        return options;
    }

    private static byte[] Serialize(LoadPlan plan, Uri url)
    {
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"{plan.Method} {url.PathAndQuery} HTTP/1.1\r\n");
        if (!plan.Headers.Any(h => h.Key.Equals("Host", StringComparison.OrdinalIgnoreCase))) text.Append(CultureInfo.InvariantCulture, $"Host: {url.Authority}\r\n");
        foreach (var (name, value) in plan.Headers) text.Append(CultureInfo.InvariantCulture, $"{name}: {value}\r\n");
        if (plan.Body.Length > 0 || plan.Method is "POST" or "PUT" or "PATCH") text.Append(CultureInfo.InvariantCulture, $"Content-Length: {plan.Body.Length}\r\n");
        return [.. Encoding.Latin1.GetBytes(text.Append("\r\n").ToString()), .. plan.Body.Span];
    }
}
