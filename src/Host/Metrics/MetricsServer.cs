using System.Net;
using Fairway.Adapters.Yaml;
using Fairway.Metrics.RemoteWrite;
using Fairway.Metrics.Scrape;
using Fairway.Metrics.Storage;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Fairway.Metrics;

/// <summary>The metrics engine alone: a store, what fills it, and the API in front.</summary>
public sealed class MetricsServer : IAsyncDisposable
{
    // As many as Prometheus runs at once.
    private const int MostQueries = 20;

    private static readonly TimeSpan MaintenanceInterval = TimeSpan.FromMinutes(1);

    private readonly Action<string> _report;
    private readonly SwitchedStore _incoming;
    private readonly CancellationTokenSource _stop = new();
    private readonly SemaphoreSlim _reloading = new(1);
    private readonly SemaphoreSlim _queries = new(MostQueries);
    private WebApplication? _application;
    private Task _maintenance = Task.CompletedTask;

    private MetricsServer(MetricsOptions options, TimeSeriesStore store, Action<string> report)
    {
        (Options, Store, _report) = (options, store, report);
        _incoming = new(store);
        Scraper = new(_incoming, options.Time, PrometheusYaml.Parse);
        StartedAt = ConfiguredAt = options.Time.GetUtcNow();
    }

    /// <summary>Where the API listens.</summary>
    public IPEndPoint Address { get; private set; } = new(IPAddress.None, 0);

    /// <summary>Where OTLP over gRPC listens; null for nowhere.</summary>
    public IPEndPoint? GrpcAddress { get; private set; }

    internal MetricsOptions Options { get; }

    internal TimeSeriesStore Store { get; }

    internal ISampleStore Incoming => _incoming;

    internal Scraper Scraper { get; }

    internal SemaphoreSlim Queries => _queries;

    internal MetricsConfiguration Configuration { get; private set; } = MetricsConfiguration.Empty;

    internal IEnumerable<RemoteWriteStatus> Senders => _incoming.Senders;

    internal DateTimeOffset StartedAt { get; }

    internal DateTimeOffset ConfiguredAt { get; private set; }

    internal bool ReloadSucceeded { get; private set; } = true;

    /// <summary>Starts one.</summary>
    /// <param name="options">Where and how.</param>
    /// <param name="report">Told what goes wrong while it runs, a line at a time.</param>
    /// <param name="cancellation">Gives up.</param>
    /// <exception cref="FormatException">The configuration is broken; a line for each mistake.</exception>
    /// <exception cref="IOException">The folder, a file or the address cannot be used.</exception>
    /// <exception cref="UnauthorizedAccessException">A file must not be read.</exception>
    public static async Task<MetricsServer> StartAsync(MetricsOptions options, Action<string> report, CancellationToken cancellation)
    {
        // Before the store is touched: a typing mistake costs nothing.
        var configuration = Load(options);
        var store = TimeSeriesStore.Open(new() { Folder = options.Data, Retention = options.Retention }, options.Time);
        var server = new MetricsServer(options, store, report);
        try
        {
            foreach (var fault in store.Faults) report(fault.ToString());
            await server.ApplyAsync(configuration, cancellation);
            await server.ListenAsync(cancellation);
            server._maintenance = Task.Run(server.MaintainAsync, CancellationToken.None);
            return server;
        }
        catch
        {
            await server.DisposeAsync();
            throw;
        }
    }

    /// <summary>Reads the configuration again. A broken one is reported and changes nothing.</summary>
    public async Task ReloadAsync(CancellationToken cancellation)
    {
        await _reloading.WaitAsync(cancellation);
        try
        {
            await ApplyAsync(Load(Options), cancellation);
            ReloadSucceeded = true;
        }
        catch (Exception e) when (e is FormatException or IOException or UnauthorizedAccessException)
        {
            ReloadSucceeded = false;
            _report($"the configuration stays as it was:\n{e.Message}");
        }
        finally
        {
            _reloading.Release();
        }
    }

    /// <summary>Takes no more requests, ends scrapes, sends what waits, and closes the store.</summary>
    public async ValueTask DisposeAsync()
    {
        if (_stop.IsCancellationRequested) return;
        if (_application is not null)
        {
            await _application.StopAsync(CancellationToken.None);
            await _application.DisposeAsync();
        }

        await _stop.CancelAsync();
        await _maintenance;
        await Scraper.DisposeAsync();
        await _incoming.DisposeAsync();
        Store.Dispose();
        _reloading.Dispose();
        _queries.Dispose();
        _stop.Dispose();
    }

    private static MetricsConfiguration Load(MetricsOptions options) => options.ConfigFile is { } file ? MetricsConfiguration.Load(file) : MetricsConfiguration.Empty;

    private async Task ApplyAsync(MetricsConfiguration configuration, CancellationToken cancellation)
    {
        foreach (var warning in configuration.Warnings) _report($"{Options.ConfigFile}: {warning}");
        var senders = configuration.Config.RemoteWrite.Select(w => new RemoteWriteSender(w, configuration.Config.ExternalLabels, Options.Time)).ToArray();
        await _incoming.SwitchAsync(senders);
        await Scraper.ApplyAsync(configuration.Config.ScrapeConfigs, cancellation);
        Configuration = configuration;
        ConfiguredAt = Options.Time.GetUtcNow();
    }

    private async Task MaintainAsync()
    {
        using var timer = new PeriodicTimer(MaintenanceInterval, Options.Time);
        try
        {
            while (await timer.WaitForNextTickAsync(_stop.Token))
            {
                foreach (var fault in Store.Maintain(Options.Time.GetUtcNow(), _stop.Token).Faults) _report(fault.ToString());
            }
        }
        catch (OperationCanceledException) when (_stop.IsCancellationRequested)
        {
            // That is how it ends.
        }
    }

    private async Task ListenAsync(CancellationToken cancellation)
    {
        var builder = WebApplication.CreateEmptyBuilder(new() { ContentRootPath = "/", ApplicationName = "fairway" });
        builder.Services.Configure<HostOptions>(options => options.ShutdownTimeout = TimeSpan.FromSeconds(5));
        builder.WebHost.UseKestrelCore();
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxRequestBodySize = WriteEndpoints.MostBytes;
            kestrel.Limits.MaxConcurrentConnections = 4_096;
            kestrel.Listen(Options.Listen);
            if (Options.Grpc is { } grpc) kestrel.Listen(grpc, listen => listen.Protocols = HttpProtocols.Http2);
        });
        _application = builder.Build();
        var api = new PrometheusApi(this, _report);
        // Without TLS nothing negotiates the protocol: HTTP/2 comes only where gRPC is served.
        _application.Run(context => HttpProtocol.IsHttp2(context.Request.Protocol) ? api.Grpc(context) : api.HandleAsync(context));
        await _application.StartAsync(cancellation);
        var bound = _application.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses
            .Select(a => IPEndPoint.Parse(new Uri(a).Authority)).ToArray();
        Address = bound[0];
        if (Options.Grpc is not null) GrpcAddress = bound[1];
    }
}
