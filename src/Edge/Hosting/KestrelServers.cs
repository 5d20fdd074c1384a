using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections;
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
    public static (WebApplication Owner, IServer Server) ForClients(
        EdgeOptions options, IReadOnlyList<CleartextPort> cleartext, IReadOnlyList<TlsPort> tls, ILoggerProvider log)
        => Make(log, kestrel =>
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
    public static (WebApplication Owner, IServer Server) ForAdmin(Socket admin, IPEndPoint? metrics, Action<ListenOptions> bound, ILoggerProvider log)
        => Make(
            log,
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

    private static (WebApplication, IServer) Make(ILoggerProvider log, Action<KestrelServerOptions> configure, Action<SocketTransportOptions>? sockets = null)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.Logging.AddProvider(log).SetMinimumLevel(LogLevel.Warning);
        builder.WebHost.UseKestrelCore().ConfigureKestrel(configure);
        builder.Services.Configure<SocketTransportOptions>(transport =>
        {
            transport.Backlog = Backlog;
            sockets?.Invoke(transport);
        });
        // Asked before the socket transport, because it was registered later.
        builder.Services.AddSingleton<IConnectionListenerFactory>(services => new CleartextTransport(
            new SocketTransportFactory(services.GetRequiredService<IOptions<SocketTransportOptions>>(), services.GetRequiredService<ILoggerFactory>())));
        var owner = builder.Build();
        return (owner, owner.Services.GetRequiredService<IServer>());
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
