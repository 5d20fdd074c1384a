using Fairway.Adapters.Yaml;
using Fairway.Metrics.PromQl;
using Fairway.Metrics.PromQl.Execution;
using Fairway.Metrics.PromQl.Syntax;
using Fairway.Metrics.RemoteWrite;
using Fairway.Metrics.Rules;
using Fairway.Metrics.Scrape;
using Fairway.Metrics.Storage;
using Microsoft.AspNetCore.Http;

namespace Fairway.Metrics;

/// <summary>The metrics engine without a listener of its own: a store, what fills it, and the answers to Prometheus' HTTP API.</summary>
public sealed class MetricsEngine : IAsyncDisposable
{
    // As many as Prometheus runs at once.
    private const int MostQueries = 20;

    private static readonly TimeSpan MaintenanceInterval = TimeSpan.FromMinutes(1);

    private readonly Action<string> _report;
    private readonly SwitchedStore _incoming;
    private readonly CancellationTokenSource _stop = new();
    private readonly SemaphoreSlim _reloading = new(1);
    private readonly SemaphoreSlim _queries = new(MostQueries);
    private readonly PrometheusApi _api;
    private Task _maintenance = Task.CompletedTask;

    private MetricsEngine(MetricsOptions options, TimeSeriesStore store, Action<string> report)
    {
        (Options, Store, _report) = (options, store, report);
        _incoming = new(store);
        Scraper = new(_incoming, options.Time, PrometheusYaml.Parse);
        StartedAt = ConfiguredAt = options.Time.GetUtcNow();
        Rules = new();
        _api = new(this, report);
    }

    /// <summary>Where the API is reached, for its own answers.</summary>
    public string Address { get; set; } = "";

    internal MetricsOptions Options { get; }

    internal TimeSeriesStore Store { get; }

    internal ISampleStore Incoming => _incoming;

    internal Scraper Scraper { get; }

    internal RuleRunner Rules { get; }

    internal SemaphoreSlim Queries => _queries;

    internal MetricsConfiguration Configuration { get; private set; } = MetricsConfiguration.Empty;

    internal IEnumerable<RemoteWriteStatus> Senders => _incoming.Senders;

    internal DateTimeOffset StartedAt { get; }

    internal DateTimeOffset ConfiguredAt { get; private set; }

    internal bool ReloadSucceeded { get; private set; } = true;

    internal EngineOptions QueryOptions => new() { SubqueryStep = Configuration.Config.EvaluationInterval, Time = Options.Time };

    /// <summary>Opens one, and begins to scrape.</summary>
    /// <param name="options">Where and how.</param>
    /// <param name="report">Told what goes wrong while it runs, a line at a time.</param>
    /// <param name="cancellation">Gives up.</param>
    /// <exception cref="FormatException">The configuration is broken; a line for each mistake.</exception>
    /// <exception cref="IOException">The folder or a file cannot be used.</exception>
    /// <exception cref="UnauthorizedAccessException">A file must not be read.</exception>
    public static async Task<MetricsEngine> OpenAsync(MetricsOptions options, Action<string> report, CancellationToken cancellation)
    {
        // Before the store is touched: a typing mistake costs nothing.
        var configuration = Load(options);
        var store = TimeSeriesStore.Open(new() { Folder = options.Data, Retention = options.Retention }, options.Time);
        var engine = new MetricsEngine(options, store, report);
        try
        {
            foreach (var fault in store.Faults) report(fault.ToString());
            await engine.ApplyAsync(configuration, cancellation);
            engine._maintenance = Task.Run(engine.MaintainAsync, CancellationToken.None);
            return engine;
        }
        catch
        {
            await engine.DisposeAsync();
            throw;
        }
    }

    /// <summary>Answers a request to Prometheus' HTTP API.</summary>
    public Task HandleAsync(HttpContext context) => _api.HandleAsync(context);

    /// <summary>Answers OTLP over gRPC.</summary>
    public Task HandleGrpcAsync(HttpContext context) => _api.Grpc(context);

    /// <summary>Evaluates a query now, within the engine's limits.</summary>
    /// <exception cref="PromQlException">It is wrong, or refused.</exception>
    internal async Task<QueryResult> AskAsync(string query, long? at, TimeSpan timeout, CancellationToken cancellation)
    {
        if (!await _queries.WaitAsync(timeout, cancellation)) throw new PromQlException(QueryErrorKind.Timeout, "query timed out in query queue");
        try
        {
            return new PromQlEngine(Store, QueryOptions with { Timeout = timeout }).Instant(query, at ?? Options.Time.GetUtcNow().ToUnixTimeMilliseconds(), cancellation);
        }
        finally
        {
            _queries.Release();
        }
    }

    /// <summary>Evaluates a query at regular times, in milliseconds since 1970, within the engine's limits.</summary>
    /// <exception cref="PromQlException">It is wrong, or refused.</exception>
    internal async Task<QueryResult> RangeAsync(string query, long from, long to, long step, CancellationToken cancellation)
    {
        var options = QueryOptions;
        if (!await _queries.WaitAsync(options.Timeout, cancellation)) throw new PromQlException(QueryErrorKind.Timeout, "query timed out in query queue");
        try
        {
            return new PromQlEngine(Store, options).Range(query, from, to, step, cancellation);
        }
        finally
        {
            _queries.Release();
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

    /// <summary>Ends scrapes, sends what waits, and closes the store.</summary>
    public async ValueTask DisposeAsync()
    {
        if (_stop.IsCancellationRequested) return;
        await _stop.CancelAsync();
        await _maintenance;
        await Rules.DisposeAsync();
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
        await Scraper.ApplyAsync([.. Options.Discovered, .. configuration.Config.ScrapeConfigs], cancellation);
        var world = new RuleWorld(
            Store, _incoming, (query, at, stop) => new PromQlEngine(Store, QueryOptions).Instant(query, at, stop).Value, configuration.Config.ExternalLabels,
            $"http://{(Address.Length > 0 ? Address : Environment.MachineName)}", Options.Time, _report);
        await Rules.ApplyAsync(configuration.Rules, configuration.Config.EvaluationInterval, world, cancellation);
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
}
