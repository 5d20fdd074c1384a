using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Fairway.Edge.Hosting;

/// <summary>Kestrel as the edge uses it: the bare server, without host, configuration or middleware.</summary>
internal static class KestrelServers
{
    private const int MaxTableBytes = 64 * 1024 * 1024;
    private const int Backlog = 4096;

    /// <summary>The server for clients.</summary>
    public static OwnedServer ForClients(
        EdgeOptions options, IReadOnlyList<CleartextPort> cleartext, IReadOnlyList<TlsPort> tls, ILoggerProvider log)
        => Make(log, tls.Count > 0, kestrel =>
        {
            Limit(kestrel, options.Limits);
            foreach (var port in cleartext)
            {
                kestrel.Listen(port.Http1, listen => listen.Protocols = HttpProtocols.Http1);
                kestrel.Listen(port.Http2, listen => listen.Protocols = HttpProtocols.Http2);
            }
            foreach (var port in tls) kestrel.Listen(port.Address, listen => port.Use(listen));
        });

    /// <summary>The admin API's server.</summary>
    public static OwnedServer ForAdmin(Socket admin, IPEndPoint? metrics, Action<ListenOptions> bound, ILoggerProvider log)
        => Make(
            log,
            tls: false,
            kestrel =>
            {
                kestrel.AddServerHeader = false;
                kestrel.Limits.MaxRequestBodySize = MaxTableBytes;
                kestrel.Listen(admin.LocalEndPoint!, listen => listen.Protocols = HttpProtocols.Http1);
                if (metrics is not null)
                {
                    kestrel.Listen(metrics, listen =>
                    {
                        listen.Protocols = HttpProtocols.Http1;
                        bound(listen);
                    });
                }
            },
            sockets =>
            {
                var bind = sockets.CreateBoundListenSocket;
                sockets.CreateBoundListenSocket = endpoint => endpoint is UnixDomainSocketEndPoint ? admin : bind(endpoint);
            });

    // Without ASP.NET's host: an edge that was killed is back sooner.
    private static OwnedServer Make(ILoggerProvider log, bool tls, Action<KestrelServerOptions> configure, Action<SocketTransportOptions>? sockets = null)
    {
        var transport = new SocketTransportOptions { Backlog = Backlog };
        sockets?.Invoke(transport);
        var logging = new LoggerFactory([log], new LoggerFilterOptions { MinLevel = LogLevel.Warning });
        var services = Services(logging, tls);
        var options = new KestrelServerOptions { ApplicationServices = services };
        configure(options);
        var server = new KestrelServer(Options.Create(options), new CleartextTransport(new SocketTransportFactory(Options.Create(transport), logging)), logging);
        return new(server, services);
    }

    private static ServiceProvider Services(ILoggerFactory logging, bool tls)
    {
        var services = new ServiceCollection();
        if (tls)
        {
            // Kestrel's TLS asks for services that only its own registration knows.
            var builder = WebApplication.CreateEmptyBuilder(new());
            builder.WebHost.UseKestrelCore();
            foreach (var service in builder.Services) ((ICollection<ServiceDescriptor>)services).Add(service);
        }
        return services.AddSingleton(logging).BuildServiceProvider();
    }

    private static void Limit(KestrelServerOptions kestrel, EdgeLimits limits)
    {
        kestrel.AddServerHeader = false;
        kestrel.AllowSynchronousIO = false;
        // Names and values go on as they came: a proxy judges framing, not content.
        kestrel.RequestHeaderEncodingSelector = static _ => System.Text.Encoding.Latin1;
        kestrel.ResponseHeaderEncodingSelector = static _ => System.Text.Encoding.Latin1;
        var kestrelLimits = kestrel.Limits;
        kestrelLimits.MaxRequestHeadersTotalSize = limits.HeaderBytes;
        kestrelLimits.MaxRequestHeaderCount = limits.HeaderCount;
        kestrelLimits.MaxRequestLineSize = limits.RequestLineBytes;
        kestrelLimits.RequestHeadersTimeout = limits.HeadersTimeout;
        kestrelLimits.KeepAliveTimeout = limits.KeepAlive;
        kestrelLimits.MaxConcurrentConnections = limits.MaxConnections;
        kestrelLimits.MaxConcurrentUpgradedConnections = limits.MaxConnections;
        // The body's limit is each service's own.
        kestrelLimits.MaxRequestBodySize = null;
        kestrelLimits.MinRequestBodyDataRate = limits.MinRequestRate > 0 ? new MinDataRate(limits.MinRequestRate, limits.RateGrace) : null;
        kestrelLimits.MinResponseDataRate = limits.MinResponseRate > 0 ? new MinDataRate(limits.MinResponseRate, limits.RateGrace) : null;
        kestrelLimits.Http2.MaxStreamsPerConnection = limits.MaxStreams;
        kestrelLimits.Http2.MaxRequestHeaderFieldSize = limits.HeaderBytes;
    }
}

/// <summary>A server and what it uses; both end together.</summary>
internal sealed class OwnedServer(KestrelServer server, ServiceProvider services) : IAsyncDisposable
{
    /// <summary>The server.</summary>
    public IServer Server => server;

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        // As a host does: connections are closed before what they use.
        using var atOnce = new CancellationTokenSource();
        await atOnce.CancelAsync();
        await server.StopAsync(atOnce.Token);
        server.Dispose();
        await services.DisposeAsync();
    }
}

/// <summary>One TLS port: HTTP/1.1 and HTTP/2 by ALPN.</summary>
internal sealed class TlsPort(IPEndPoint address, CertificateFile certificate)
{
    private ListenOptions? _listen;

    /// <summary>Where it is asked to listen.</summary>
    public IPEndPoint Address => address;

    /// <summary>Where it listens, once bound.</summary>
    public IPEndPoint Bound => _listen?.IPEndPoint ?? address;

    /// <summary>Sets Kestrel's endpoint up.</summary>
    public void Use(ListenOptions listen)
    {
        _listen = listen;
        listen.Protocols = HttpProtocols.Http1AndHttp2;
        listen.UseHttps(new TlsHandshakeCallbackOptions
        {
            OnConnection = _ => new(new SslServerAuthenticationOptions
            {
                ServerCertificateContext = certificate.Context,
                ApplicationProtocols = [SslApplicationProtocol.Http2, SslApplicationProtocol.Http11],
            }),
        });
    }
}
