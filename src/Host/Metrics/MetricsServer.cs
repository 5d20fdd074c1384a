using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Fairway.Metrics;

/// <summary>A listener of its own for the metrics engine: Prometheus' HTTP API at the root, and OTLP over gRPC when asked for.</summary>
public sealed class MetricsServer : IAsyncDisposable
{
    private readonly WebApplication _application;

    private MetricsServer(WebApplication application, IPEndPoint address, IPEndPoint? grpc) => (_application, Address, GrpcAddress) = (application, address, grpc);

    /// <summary>Where the API listens.</summary>
    public IPEndPoint Address { get; }

    /// <summary>Where OTLP over gRPC listens; null for nowhere.</summary>
    public IPEndPoint? GrpcAddress { get; }

    /// <summary>Begins to listen.</summary>
    /// <param name="engine">What answers; not owned.</param>
    /// <param name="listen">Where; port 0 for any.</param>
    /// <param name="grpc">Where OTLP over gRPC listens; null for nowhere.</param>
    /// <param name="cancellation">Gives up.</param>
    /// <exception cref="IOException">An address cannot be used.</exception>
    public static async Task<MetricsServer> StartAsync(MetricsEngine engine, IPEndPoint listen, IPEndPoint? grpc, CancellationToken cancellation)
    {
        var builder = WebApplication.CreateEmptyBuilder(new() { ContentRootPath = "/", ApplicationName = "fairway" });
        builder.Services.Configure<HostOptions>(options => options.ShutdownTimeout = TimeSpan.FromSeconds(5));
        builder.WebHost.UseKestrelCore();
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxRequestBodySize = WriteEndpoints.MostBytes;
            kestrel.Limits.MaxConcurrentConnections = 4_096;
            kestrel.Listen(listen);
            if (grpc is not null) kestrel.Listen(grpc, options => options.Protocols = HttpProtocols.Http2);
        });
        var application = builder.Build();
        // Without TLS nothing negotiates the protocol: HTTP/2 comes only where gRPC is served.
        application.Run(context => HttpProtocol.IsHttp2(context.Request.Protocol) ? engine.HandleGrpcAsync(context) : engine.HandleAsync(context));
        try
        {
            await application.StartAsync(cancellation);
        }
        catch
        {
            await application.DisposeAsync();
            throw;
        }

        var bound = application.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses
            .Select(a => IPEndPoint.Parse(new Uri(a).Authority)).ToArray();
        engine.Address = bound[0].ToString();
        return new(application, bound[0], grpc is null ? null : bound[1]);
    }

    /// <summary>Takes no more requests.</summary>
    public async ValueTask DisposeAsync()
    {
        await _application.StopAsync(CancellationToken.None);
        await _application.DisposeAsync();
    }
}
